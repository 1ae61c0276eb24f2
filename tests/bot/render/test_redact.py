import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render.redact import redact, redact_text
from tests.bot.render.secret_shapes import HARMLESS, JWT, KEY_BODY, SHAPES, SURROUNDINGS

LAB = Path(__file__).parents[2] / "lab" / "secrets.tsv"
DEMO = Path(__file__).parents[3] / "bot" / "demo.tar.gz"


@pytest.mark.parametrize(("text", "secret"), SHAPES, ids=[shape[0][:40] for shape in SHAPES])
@pytest.mark.parametrize("surrounding", SURROUNDINGS)
def test_no_secret_survives_anywhere(text: str, secret: str, surrounding: str) -> None:
    shown = redact(surrounding.format(text))
    assert secret not in shown.text
    assert secret not in shown.text.replace("\x1b[0m", "").replace("\u200b", "")
    assert "«redacted»" in shown.text
    assert shown.count >= 1
    assert redact_text(shown.text) == shown.text


@pytest.mark.parametrize("text", HARMLESS)
@pytest.mark.parametrize("surrounding", ["{}", "x\n{}\ny", "level=error {}"])
def test_harmless_words_stay(text: str, surrounding: str) -> None:
    whole = surrounding.format(text)
    assert redact(whole).text == whole
    assert redact(whole).count == 0


def test_surroundings_of_a_secret_stay() -> None:
    line = "connecting to postgresql://mlflow:Tr0ub4dor-and-3@db.example.org:5432/mlflow as mlflow"
    expected = "connecting to postgresql://mlflow:«redacted»@db.example.org:5432/mlflow as mlflow"
    assert redact_text(line) == expected
    line = f"request with header Authorization: Bearer {JWT} rejected: token is expired"
    expected = "request with header Authorization: Bearer «redacted» rejected: token is expired"
    assert redact_text(line) == expected
    assert redact_text('{"user": "a", "password": "b c", "n": 1}') == (
        '{"user": "a", "password": "«redacted»", "n": 1}'
    )


def test_colours_of_a_text_without_secrets_stay() -> None:
    text = "\x1b[32mINFO\x1b[0m all well, tokens: 12"
    assert redact(text).text == text


def test_a_key_that_is_not_closed_hides_the_rest() -> None:
    shown = redact_text(f"a\n-----BEGIN EC PRIVATE KEY-----\n{KEY_BODY}\nshort")
    assert shown == "a\n«redacted»"


def test_a_key_whose_beginning_was_cut_off_is_hidden() -> None:
    shown = redact_text(f"cutLine12\n{KEY_BODY}\nQUJD\n-----END RSA PRIVATE KEY-----\n2026-11-22 INFO next")
    assert shown == "«redacted»\n2026-11-22 INFO next"


def test_a_lone_line_of_a_key_is_hidden() -> None:
    assert redact_text(KEY_BODY) == "«redacted»"


def test_a_yaml_block_and_an_environment_variable_are_hidden() -> None:
    manifest = (
        "data:\n  password: |\n    line one\n    line two\nenv:\n- name: API_TOKEN\n  value: abcd\nx: 1\n"
    )
    shown = redact_text(manifest)
    assert "line one" not in shown
    assert "line two" not in shown
    assert "abcd" not in shown
    assert shown.endswith("x: 1\n")


def test_every_secret_is_counted() -> None:
    assert redact("password=a1b2 token=c3d4e5 user=x").count == 2
    assert redact("nothing here").count == 0


def _lab_rows() -> Iterator[tuple[str, str]]:
    with tarfile.open(DEMO) as demo:
        for row in LAB.read_text().splitlines()[1:]:
            path, literal, _what, must = row.split("\t")
            if must == "redact":
                stream = demo.extractfile(f"bundle/{path}")
                assert stream is not None
                yield stream.read().decode(), literal


@pytest.mark.lab
def test_no_secret_of_the_recorded_cluster_survives() -> None:
    rows = list(_lab_rows())
    assert len(rows) >= 13
    for text, literal in rows:
        assert literal in text
        assert literal not in redact_text(text)
        lines = text.splitlines()
        for number, line in enumerate(lines):
            assert literal not in redact_text(line)
            assert literal not in redact_text("\n".join(lines[number:]))
            assert literal not in redact_text("\n".join(lines[: number + 1]))


@pytest.mark.lab
def test_manifests_and_events_of_the_recorded_cluster_hold_nothing_to_redact() -> None:
    changed = []
    with tarfile.open(DEMO) as demo:
        for member in demo.getmembers():
            if member.isfile() and "/pods/logs/" not in member.name:
                stream = demo.extractfile(member)
                assert stream is not None
                if redact(stream.read().decode()).count:
                    changed.append(member.name)
    assert changed == []


_FRAGMENTS = st.sampled_from(
    [text for text, _secret in SHAPES]
    + HARMLESS
    + [
        "password",
        "=",
        ": ",
        '"',
        "'",
        "\\",
        "«redacted»",
        "&",
        ";",
        ",",
        "\n",
        " ",
        "token",
        "Bearer ",
        "://",
        "@",
    ]
    + [
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "cookie: ",
        "a=b",
        "[",
        "{",
        "%3D",
        "name: ",
        "value: ",
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.one_of(_FRAGMENTS, st.text(max_size=6)), max_size=8).map("".join))
def test_redacting_twice_changes_nothing(text: str) -> None:
    once = redact(text)
    twice = redact(once.text)
    assert twice.text == once.text


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["password=", '"token": "', "--secret ", "Authorization: Bearer ", "postgres://u:"]),
    st.text(alphabet="abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=12, max_size=40),
    st.sampled_from(["", " ", "\n", '"', "@host/db", ", x"]),
)
def test_random_secrets_do_not_survive(before: str, secret: str, after: str) -> None:
    secret = f"x7Q{secret}"
    closing = "@host" if before.startswith("postgres") else ""
    assert secret not in redact_text(f"{before}{secret}{closing}{after}")


PIECES = [
    "password",
    "password=",
    '"token": "',
    "a.",
    "word ",
    "://a:",
    "@",
    "eyJ",
    "Abc1",
    "key ",
    "=",
    "--",
    "Bearer ",
    "authorization:",
    "sk-a-",
    "%3A%2F%2F",
    'secrets: ["',
    "name: token\n value",
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----END RSA PRIVATE KEY-----",
    "\\",
    "\u001b[",
    "://",
    "sk-proj-",
    "glpat-",
    "ghp_",
    "hf_",
    "<token>",
    "token 1a ",
    '"auth":"',
    "://a:b@…",
]


@pytest.mark.parametrize("piece", PIECES)
def test_time_grows_with_the_length_only(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    begun = time.perf_counter()
    redact(text)
    assert time.perf_counter() - begun < 3.0


def test_clean_lines_cost_little() -> None:
    lines = [
        f'INFO:     10.0.3.{n % 250}:48978 - "POST /v1/score HTTP/1.1" 200 OK in {n} ms' for n in range(5000)
    ]
    begun = time.perf_counter()
    for line in lines:
        redact(line)
    assert (time.perf_counter() - begun) / len(lines) < 100e-6


def test_clean_structured_logs_cost_little() -> None:
    lines = [
        f'{{"time": "2026-11-22T10:04:{n % 60:02d}Z", "level": "info", "task": "task-{n}", "tokens": {n}, '
        f'"cache_key": "a{n}", "path": "/v1/score", "duration_ms": {n % 90}, "request_id": "r-{n}"}}'
        for n in range(2500)
    ]
    text = "\n".join(lines)
    begun = time.process_time()
    assert redact(text).count == 0
    assert (time.process_time() - begun) / len(text) < 300e-9


def test_importing_is_cheap() -> None:
    code = (
        "import sys, bot.render.redact;"
        "print(*(name for name in ('kubernetes', 'slack_sdk', 'rich', 'asyncio') if name in sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603 - our own interpreter
    assert loaded.stdout.strip() == ""
