"""`mlops digest`: a bundle against an earlier one, in text, JSON and Markdown, without Slack."""

import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from bot.cli import main
from bot.exit_code import FAULTS, UNREACHABLE, USAGE
from bot.render.digest.envelope import digest_schema
from tests.fakes.kubernetes.bundle import DEMO

Shown = Callable[..., tuple[int, str, str]]


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Shown:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["digest", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture(scope="module")
def yesterday(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo cluster a day before: no pod of fraud-scorer yet, and one more that crashed."""
    folder = tmp_path_factory.mktemp("yesterday")
    with tarfile.open(DEMO) as archive:
        archive.extractall(folder, filter="data")
    path = next(folder.rglob("cluster-resources/pods/mlops.json"))
    pods = json.loads(path.read_text("utf-8"))
    crashing = next(pod for pod in pods["items"] if pod["metadata"]["name"].startswith("fraud-scorer-59f"))
    pods["items"].remove(crashing)
    pods["items"].append(json.loads(json.dumps(crashing).replace("fraud-scorer", "old-scorer")))
    path.write_text(json.dumps(pods), "utf-8")
    return folder if (folder / "cluster-resources").exists() else next(folder.iterdir())


def decoded(text: str) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(text)
    Draft202012Validator(json.loads(digest_schema())).validate(made)
    return made


def test_the_demo_is_broken_and_the_first_digest_has_nothing_to_compare_with(shown: Shown) -> None:
    code, out, _ = shown("--demo")
    assert code == FAULTS
    assert out.startswith("✗ BROKEN  demo is broken: ")
    assert "the first digest, with nothing to compare with" in out
    assert "! Workflows: 6 of 15 in the last 24 h failed" in out


def test_what_is_new_and_what_is_gone_since_an_earlier_bundle(shown: Shown, yesterday: Path) -> None:
    code, out, _ = shown("--demo", "--previous", str(yesterday), "-o", "json")
    made = decoded(out)
    assert code == FAULTS
    new = [entry for entry in made["entries"] if entry["change"] == "new"]
    assert [entry["finding"]["subject"]["name"][:12] for entry in new] == ["fraud-scorer"]
    assert [gone["subject"]["name"][:10] for gone in made["resolved"]] == ["old-scorer"]
    assert made["counts"]["ongoing"] > 50
    assert made["notes"] == [
        "the previous bundle is not older than this one: what is new and what is gone are swapped"
    ]


def test_namespaces_and_severity_limit_it(shown: Shown) -> None:
    made = decoded(
        shown(
            "--demo", "--namespaces", "argo,mlflow", "-n", "kserve", "--min-severity", "high", "-o", "json"
        )[1]
    )
    assert made["namespaces"] == ["argo", "mlflow", "kserve"]
    assert {entry["severity"] for entry in made["entries"]} <= {"high", "critical"}
    places = {entry["finding"]["subject"]["namespace"] for entry in made["entries"]}
    assert "argo" in places
    assert "mlops" not in {
        e["finding"]["subject"]["namespace"] for e in made["entries"] if not e["finding"]["explains"]
    }


def test_markdown_with_hygiene(shown: Shown) -> None:
    _, out, _ = shown("--demo", "--hygiene", "-o", "markdown")
    assert out.startswith("# ")
    assert "Hygiene" in out
    assert "single replica" in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--demo", "--previous", "no/such/bundle"), UNREACHABLE, "no/such/bundle"),
        (("--from", "no/such/bundle"), UNREACHABLE, "no/such/bundle"),
        (("--demo", "--namespaces", "UPPER!"), USAGE, "UPPER!"),
        (("--cluster", "nowhere"), USAGE, "nowhere"),
    ],
)
def test_bad_input_is_a_sentence(words: tuple[str, ...], code: int, said: str, shown: Shown) -> None:
    answered, out, err = shown(*words)
    assert (answered, out) == (code, "")
    assert said in err
