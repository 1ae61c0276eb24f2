"""`mlops runbook` and `mlops guide` in the terminal need no cluster, and speak JSON like every question."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from bot.cli import main
from bot.exit_code import USAGE
from bot.render.envelope import schema


@pytest.fixture(autouse=True)
def no_cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without any cluster."""
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("words", "begins", "holds"),
    [
        (["runbook"], "mlops runbook apiservice.md\n", "mlops runbook crash.md\n"),
        (["runbook", "crash"], "# Crash\n", "## Mitigation"),
        (["runbook", "crash", "-o", "markdown"], "# Crash\n", "## Mitigation"),
        (["guide"], "# Troubleshooting guide\n", "## Plan Shows Unexpected Changes"),
        (["guide", "prediction", "errors"], "# Troubleshooting guide\n", "## Prediction Errors"),
        (["guide", "ingress"], "# Troubleshooting guide\n", "## ALB Ingress Not Working"),
    ],
)
def test_they_are_read_without_a_cluster(
    words: list[str], begins: str, holds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.startswith(begins)
    assert holds in shown.out


@pytest.mark.parametrize(
    ("words", "subject", "holds"),
    [
        (["runbook", "-o", "json"], "runbooks", "mlops runbook crash"),
        (["runbook", "crash", "-o", "json"], "crash", "# Crash"),
        (["guide", "-o", "json"], "guide", "## Prediction Errors"),
        (["guide", "ALB", "Ingress", "-o", "json"], "ALB Ingress", "## ALB Ingress Not Working"),
    ],
)
def test_json_is_the_envelope_of_every_answer(
    words: list[str], subject: str, holds: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 0
    report = json.loads(capsys.readouterr().out)
    Draft202012Validator(json.loads(schema())).validate(report)
    assert report["subject"]["name"] == subject
    assert report["cluster"] == ""
    assert holds in json.dumps(report, ensure_ascii=False)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["runbook", "crsh"], 'did you mean "crash"'),
        (["guide", "Workflow", "Failde"], 'did you mean "Workflow'),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest(
    words: list[str], hint: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "-o", form]) == USAGE
    shown = capsys.readouterr()
    assert shown.out == ""
    assert hint in shown.err
