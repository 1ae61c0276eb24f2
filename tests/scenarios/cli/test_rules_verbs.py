"""`mlops rules`: an operator's own rules, good and bad, and why a rule fires on a pod."""

from pathlib import Path

import pytest

from bot.cli import main
from bot.render.redact import redact_text
from tests.fakes.kubernetes import ApiServer, Fault, Login, write_kubeconfig
from tests.scenarios.cli.terminal import mlops

OWN = """
id: pod-of-payments
subject: pod
severity: high
confidence: confirmed
each: container in pod.containers
when: container.log.error is not None
summary: '{pod} says {container.log.error}'
cause: 'It says so itself.'
evidence: [container.log.error]
fix:
  - say: Ask payments.
examples:
  - name: an error in its log
    given:
      containers:
        - name: app
          log: {error: {text: "Boom"}}
    expect: 'default/pod says Boom'
  - name: nothing
    given:
      containers:
        - name: app
    expect: nothing
  - name: no log
    given:
      containers:
        - name: app
    missing: [containers.0.log]
    expect: undecided
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "pod-of-payments.yaml").write_text(OWN.lstrip(), encoding="utf-8")
    return tmp_path / "own"


def break_one(folder: Path) -> Path:
    """A second rule, with a misspelt fact."""
    bad = folder / "pod-misspelt.yaml"
    text = (
        OWN.lstrip().replace("pod-of-payments", "pod-misspelt").replace("log.error is not", "log.eror is not")
    )
    bad.write_text(text, encoding="utf-8")
    return bad


def test_shipped_rules_stand_their_own_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "test"]) == 0
    shown = capsys.readouterr()
    assert shown.out.endswith(" 0 faults\n")
    assert shown.err == ""


def test_own_rules_are_listed_tested_and_documented(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", "--folder", str(folder)]) == 0
    assert "pod-of-payments" in (shown := capsys.readouterr().out)
    assert shown.count("(your own)") == 1
    assert main(["rules", "test", "--folder", str(folder)]) == 0
    assert capsys.readouterr().out.endswith(" 0 faults\n")
    assert main(["rules", "docs", "--folder", str(folder)]) == 0
    assert "| `pod-of-payments` |" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["list", "test"])
def test_a_bad_file_is_refused_with_its_place_while_the_rest_works(
    verb: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = break_one(folder)
    assert main(["rules", verb, "--folder", str(folder)]) == 1
    shown = capsys.readouterr()
    first, source, caret, *_ = shown.err.splitlines()
    assert first.startswith(f"{bad}:6:")
    assert 'did you mean "error"?' in first
    assert source.rstrip("\n").startswith("    when: container.log.eror")
    assert caret.index("^") == source.index("eror")
    assert "pod-of-payments" in shown.out or shown.out.endswith(" 1 fault\n")


def test_a_question_goes_on_with_the_good_rules_and_says_that_one_is_missing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    break_one(folder)
    monkeypatch.setenv("MLOPS_RULES__FOLDER", str(folder))
    assert main(["diagnose", "pod", "fraud-scorer", "--demo", "-o", "json"]) == 1
    shown = capsys.readouterr()
    assert '"pod-of-payments"' in shown.out
    assert "1 fault in your own rules; `mlops rules test` says where." in shown.err


def test_an_unknown_rule_that_is_to_be_off_is_the_fault_of_the_setting(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder.parent / "my settings.yaml"
    file.write_text("rules: {off: [pod-cpu-throtled]}", encoding="utf-8")
    assert main(["diagnose", "pod", "tokenizer-svc", "--demo", "--config", str(file)]) == 0
    said = capsys.readouterr().err
    assert "the setting rules.off: there is no rule" in said
    assert 'did you mean "pod-cpu-throttled"?' in said
    assert "rules test" not in said
    break_one(folder)
    file.write_text(f"rules: {{folder: '{folder}'}}", encoding="utf-8")
    assert main(["diagnose", "pod", "tokenizer-svc", "--demo", "--config", str(file)]) == 0
    assert f"`mlops rules test --config '{file}'` says where." in capsys.readouterr().err


def test_a_candidate_is_explained_by_the_command_beside_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "explain", "pod-cpu-throttled", "--on", "pod/mlflow", "--demo"]) == 64
    command = next(line for line in capsys.readouterr().err.splitlines() if "$ mlops" in line)
    assert main(command.split()[2:]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["list", "--folder", "/nonexistent"], "/nonexistent is not a folder."),
        (["explain", "pod-evictd-disk", "--on", "x"], "There is no rule pod-evictd-disk"),
        (["explain", "nope"], "There is no rule nope"),
        (["explain", "pod-cpu-throttled"], "--on is missing"),
        (["explain", "pod-cpu-throttled", "--on", "configmap/x"], "I cannot diagnose “configmap”"),
        (["explain", "pod-cpu-throttled", "--on", "pod/"], "Which pod?"),
    ],
)
def test_wrong_usage(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", *words]) == 64
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err


@pytest.mark.parametrize("on", ["fraud-scorer", "po/mlops/fraud-scorer"])
def test_explains_clause_by_clause(on: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "explain", "pod-crashloop-app-error", "--on", on, "--demo"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "✓ pod-crashloop-app-error"
    assert any(line.startswith("      ✓ container.crashed") for line in lines)


def test_explains_that_there_is_no_such_pod(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "explain", "pod-cpu-throttled", "--on", "pod/nobody", "--demo"]) == 2
    assert "No pod" in capsys.readouterr().err


async def test_no_part_of_a_secret_is_explained_and_no_control_character(
    tmp_path: Path, folder: Path
) -> None:
    secret = "ghp_" + "xK2pQ9vL4mN8" * 3
    error = f"ValueError: {'no way to the feature store, ' * 3}\x1b[31mwith the key {secret} from here"
    assert secret[:7] not in redact_text(error)
    log = (
        f'starting\nTraceback (most recent call last):\n  File "/app/main.py", line 1, in <module>\n{error}\n'
    )
    async with ApiServer() as server:
        pods = "/api/v1/namespaces/mlops/pods"
        server.fail(f"{pods}/fraud-scorer-59f7f69dff-zwcc5/log", Fault.answer(log.encode(), "text/plain"))
        kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", main=Login(server=server.url))
        options = ("--on", "pod/fraud-scorer-59f7f69dff-zwcc5", "--folder", str(folder))
        ended = await mlops(
            "rules", "explain", "pod-of-payments", *options, "--kubeconfig", str(kubeconfig), "-n", "mlops"
        )
    assert ended.code == 0
    assert "ValueError: no way to the feature store" in ended.out
    assert secret[:7] not in ended.out
    assert "\x1b" not in ended.out
