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

LAB = Path(__file__).parents[2] / "lab" / "secrets.tsv"
DEMO = Path(__file__).parents[3] / "bot" / "demo.tar.gz"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0ZXN0In0.c2lnbmF0dXJlLW5vdC1yZWFs"
KEY_BODY = "MIIEowIBAAKCAQEAexample0example1example2example3example4example5"

SHAPES = [
    ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
    ("ASIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"),
    ("aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG"),
    ("AWS_SECRET_ACCESS_KEY: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG"),
    ("AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG"),
    ("aws_session_token=IQoJb3JpZ2luX2VjEXAMPLE//////////", "IQoJb3JpZ2luX2VjEXAMPLE"),
    ("postgresql://mlflow:Tr0ub4dor-and-3@db.example.org:5432/mlflow", "Tr0ub4dor-and-3"),
    ("redis://:12345@cache:6379/0", "12345"),
    ("amqp://user:p%40ss%2Fword@mq/vhost", "p%40ss%2Fword"),
    ("mysql+pymysql://root:sl/ash@db:3306/x", "sl/ash"),
    ("mongodb://u:multi@at@m1.example.org,m2.example.org/db", "multi@at"),
    ("https%3A%2F%2Fbot%3As3cr3tpw%40git.example.org", "s3cr3tpw"),
    ("password=hunter2", "hunter2"),
    ("db_password = 'correct horse'", "correct horse"),
    ('"password": "hun\\"ter2 and more"', "ter2 and more"),
    ('{\\"password\\": \\"letmein\\"}', "letmein"),
    ("{'passwd': 'letmein'}", "letmein"),
    ("Server=tcp:db;User ID=sa;Pwd=Pa55word;Encrypt=true", "Pa55word"),
    ("client_secret: 8Q~abcdefgh", "8Q~abcdefgh"),
    ("api-key=0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
    ("X-Api-Key: 9c1185a5c5e9fc54612808977ee8f548", "9c1185a5c5e9fc54612808977ee8f548"),
    ("AccountKey=Zm9vYmFyYmF6cXV4==", "Zm9vYmFyYmF6cXV4"),
    ("token%3Dabc123def456", "abc123def456"),
    ("--password hunter2", "hunter2"),
    ("--api-key=hunter2", "hunter2"),
    ('["--token", "hunter2x"]', "hunter2x"),
    ("curl -u bob:s3cretpw", "s3cretpw"),
    ("Authorization: Bearer abcdefghijklmnop", "abcdefghijklmnop"),
    ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "dXNlcjpwYXNzd29yZA"),
    ("Authorization: ApiKey Zm9vOmJhcg", "Zm9vOmJhcg"),
    (f'"authorization": "Bearer {JWT}"', "c2lnbmF0dXJlLW5vdC1yZWFs"),
    (JWT, "c2lnbmF0dXJlLW5vdC1yZWFs"),
    ("xoxb-123456789012-abcdefGHIJKL", "abcdefGHIJKL"),
    ("xapp-1-A0000-123-deadbeef", "deadbeef"),
    ("xoxe.xoxp-1-Mi0yLTEyMzQ", "Mi0yLTEyMzQ"),
    ("https://hooks.slack.com/services/T000/B000/XXXXXXXX", "B000/XXXXXXXX"),
    ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "0123456789abcdefghij"),
    ("github_pat_11ABCDEFG0aaaaaaaaaaaa_bbbb", "11ABCDEFG0aaaa"),
    ("glpat-EXAMPLE-not-real-00", "EXAMPLE-not-real-00"),
    ("hf_abcdefghijklmnopqrstuvwxyzABCDEF", "abcdefghijklmnop"),
    ("sk-proj-abcdefghijklmnopqrstuvwx0123", "abcdefghijklmnop"),
    ("AIzaSyA0123456789abcdefghijklmnopqrstuv", "SyA0123456789"),
    ("sk_live_0123456789abcdef", "0123456789abcdef"),
    ("npm_abcdefghijklmnopqrstuvwxyz0123456789", "abcdefghijklmnop"),
    ("pypi-AgEIcHlwaS5vcmcCJDU3", "EIcHlwaS5vcmcCJDU3"),
    ("https://s3.example.org/x?X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027", "fe5f80f77d5fa3beca"),
    ("https://blob.example.org/x?sv=2024&sig=abc%2Fdef%3D&se=1", "abc%2Fdef"),
    ("https://maps.example.org/api?key=plainletters", "plainletters"),
    ("https://0123456789abcdef0123@sentry.example.org/1", "0123456789abcdef0123"),
    ('"auths":{"r.example.org":{"auth":"dXNlcjpwYXNzd29yZA=="}}', "dXNlcjpwYXNzd29yZA"),
    ("Set-Cookie: session=abc123; Path=/", "abc123"),
    ('{"name": "DB_PASSWORD", "value": "letmein"}', "letmein"),
    ('"env": [{"name": "API_TOKEN",\n  "value": "letmein0"}]', "letmein0"),
    ('"secrets": ["first1st", "second2nd"]', "second2nd"),
    ("export PGPASSWORD=letmein; psql", "letmein"),
    ("connect(user='a', password='letmein')", "letmein"),
    ("user=a pass=letmein", "letmein"),
    ("user=a pw:letmein1", "letmein1"),
    ("helm upgrade --set auth.password=letmein,auth.user=a", "letmein"),
    ('SECRET_KEY := "letmein"', "letmein"),
    ("<password>letmein</password>", "letmein"),
    ("the password is hunter2", "hunter2"),
    ("secret key 3f9c0123456789abcdef0123456789ab", "3f9c0123456789abcdef"),
    (f"-----BEGIN RSA PRIVATE KEY-----\\n{KEY_BODY}\\n-----END RSA PRIVATE KEY-----", "MIIEowIBAAKC"),
    (f"-----BEGIN PRIVATE KEY-----\n{KEY_BODY}\nQUJD\n-----END PRIVATE KEY-----", "QUJD"),
    ("pass\x1b[31mword=hun\x1b[0mter2", "ter2"),
    ("tok\u200ben=abc123\u200bdef456", "def456"),
]
SURROUNDINGS = [
    "{}",
    "2026-11-22 10:04:06,909 DEBUG store connecting with {} ok",
    "level=error msg=failed {}",
    "({})",
    "[{}]",
    "first line\n{}\nlast line",
    "  {}  ",
    "\x1b[32mINFO\x1b[0m {}",
    "größe ✓ {} …",
    "{}, next=1",
    "> {}",
    "a{{b}} {}\r\nmore",
]
HARMLESS = [
    'secret "billing-exporter-credentials" not found',
    "Secret slack-relay has no key webhook-url",
    "couldn't find key webhook-url in Secret mlops/slack-relay",
    'MountVolume.SetUp failed for volume "certs" : secret "cert-watcher-tls" not found',
    "references non-existent secret key: tls.key",
    "key: velocity_30d",
    "KeyError: 'password'",
    "KeyError: 'velocity_30d'",
    "rejected: token is expired",
    "jwt: token expired",
    'FATAL:  password authentication failed for user "mlflow"',
    "An error occurred (InvalidIdentityToken) when calling an operation: Incorrect token audience",
    "failed to get token: context deadline exceeded",
    "NoCredentialProviders: no valid providers in chain",
    "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
    "ExpiredTokenException: The security token included in the request is expired",
    "image registry.example.org/app@sha256:" + "0123456789abcdef" * 4,
    "0123456789abcdef" * 4,
    "commit 7c1f9b2e7c1f9b2e7c1f9b2e7c1f9b2e7c1f9b2e",
    "uid 4b8f2c1e-1111-2222-3333-444455556666",
    "request id: 3V2K9Q8ZEXAMPLE1, host id: abc",
    "arn:aws:iam::111122223333:role/mlops-model-reader",
    "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mlops/db-AbCdEf",
    "User: arn:aws:sts::111122223333:assumed-role/node/i-0a1b2c3d4e5f60718 is not authorized",
    "max_tokens=4096 prompt_tokens: 33",
    "tokenizer=bert-base-uncased",
    "eos_token='</s>' pad_token_id: 0",
    "secretName: slack-relay",
    "secretKeyRef: {name: slack-relay, key: webhook-url}",
    'imagePullSecrets: [{"name": "regcred"}]',
    "AWS_WEB_IDENTITY_TOKEN_FILE=/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
    "automountServiceAccountToken: true",
    "httpTokens: required",
    "Basic authentication failed",
    "http://mlflow:5000/api?email=a@example.org",
    "dial tcp 10.0.21.37:5432: connect: connection refused",
    "secret=mlops/slack-relay",
    "partition_key=user_id sort_key: created",
    "password: <redacted>",
    "kubectl get secret billing-exporter-credentials -n mlops",
    "--token-ttl 3600s",
    "pass=12 fail=0, bypass: true, 3 passed",
    "compass: north, spawn=1",
]


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


def test_importing_is_cheap() -> None:
    code = (
        "import sys, bot.render.redact;"
        "print(*(name for name in ('kubernetes', 'slack_sdk', 'rich', 'asyncio') if name in sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603 - our own interpreter
    assert loaded.stdout.strip() == ""
