"""What the terminal says when there is no answer, what can be pasted, and the runbooks an answer names."""

import shlex
from pathlib import Path

import pytest
import yaml

from handlers import HANDLERS
from tests.bot.test_cli import code_of
from tests.shipped import shipped_rules


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 64) -> str:
    """What stderr says to a question that is not answered."""
    assert code_of(*words) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    return shown.err


def test_what_was_meant_asks_the_same_cluster(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = str(tmp_path / "my bundle")
    (tmp_path / "settings.yaml").write_text("clusters: [{name: prod}, {name: test}]")
    config = str(tmp_path / "settings.yaml")
    for options in (
        ["--demo"],
        ["--from", folder],
        ["--context", "a b"],
        ["--kubeconfig", "k", "--config", config],
    ):
        pasted = shlex.join(["mlops", "diagnose", "pod", "x", *options])
        shown = said(capsys, "diagnose", "configmap", "x", *options)
        assert f"$ {pasted}\n" in shown.replace(" --cluster prod", "")
    assert "$ mlops diagnose pod x --demo\n" in said(capsys, "diagnose", "cm", "x", "on", "demo", "--demo")
    known = said(capsys, "diagnose", "cm", "x", "on", "test", "--config", config)
    assert f"$ mlops diagnose pod x --cluster test --config {config}\n" in known
    context = said(capsys, "diagnose pod x on blue --bogus", "--kubeconfig", "k")
    assert "$ mlops diagnose pod x --context blue --kubeconfig k\n" in context


def test_no_command_to_paste_holds_a_name_that_cannot_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert "mlops diagnose" not in said(capsys, "diagnose", "pod", "a b;rm -rf", "--demo")


def test_each_candidate_has_a_command_that_can_be_pasted(capsys: pytest.CaptureFixture[str]) -> None:
    shown = said(capsys, "pod", "mlflow", "--demo")
    commands = [line.strip().removeprefix("$ mlops ") for line in shown.splitlines() if "$ mlops" in line]
    assert len(commands) == 4
    for command in commands:
        assert command.endswith(" --demo")
        assert code_of(*shlex.split(command)) in {0, 1}
        capsys.readouterr()


def test_a_cluster_that_the_settings_do_not_have(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    shown = said(capsys, "diagnose", "pod", "x", "--cluster", "nope")
    assert "There is no cluster nope in the settings." in shown
    assert "--context" in shown
    (tmp_path / "settings.yaml").write_text("clusters: [{name: prod}]")
    known = said(
        capsys, "diagnose", "pod", "x", "--cluster", "nope", "--config", str(tmp_path / "settings.yaml")
    )
    assert "nope" in known
    assert "prod" in known


def test_faults_of_the_settings_stand_in_lines(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("work: {workers: many}\nclusters: {a: b}\n")
    for verb, code in ((["diagnose", "pod", "x"], 64), (["doctor"], 1), (["serve"], 1)):
        shown = said(capsys, *verb, "--config", str(tmp_path / "settings.yaml"), code=code)
        assert [line.strip() for line in shown.splitlines()] == [
            "✗  The settings cannot be used, 2 faults:",
            "- clusters: must be a list",
            "- work.workers: must be a whole number",
        ]


def test_like_lines_of_a_log_are_folded_and_long_ones_cut(capsys: pytest.CaptureFixture[str]) -> None:
    code_of("diagnose", "pod", "dataset-exporter", "--demo")
    excerpt = capsys.readouterr().out.partition("log of app, current run  ")[2]
    assert "… 19 similar lines" in excerpt
    lines = [line for line in excerpt.splitlines() if "upload of part" in line]
    assert len(lines) == 1
    assert lines[0].endswith("…")
    assert len(lines[0].strip()) == 200
    code_of("diagnose", "pod", "dataset-exporter", "--demo", "--logs")
    assert capsys.readouterr().out.count("upload of part") > 19


@pytest.mark.parametrize("verb", ["doctor", "serve"])
def test_help_of_what_is_no_question_tells_its_exit_codes(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of("help", verb) == 0
    assert "settings" in capsys.readouterr().out.partition("exit codes: ")[2].partition("64")[0]


@pytest.mark.parametrize("topic", ["crash.md#application-error", "crash#application-error"])
def test_a_section_of_a_runbook(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("runbook", topic) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("### Application error\n")
    assert shown.count("\n#") == 0


def test_every_runbook_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("runbook") == 0
    topics = capsys.readouterr().out.split("\n")[:-1]
    assert len(topics) > 10
    for topic in topics:
        assert code_of(*topic.split()[1:]) == 0
        assert capsys.readouterr().out.startswith("# ")


def test_every_runbook_a_rule_names_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    named = {rule.runbook: rule.id for rule in shipped_rules().rules if rule.runbook}
    for runbook, rule in named.items():
        assert code_of("runbook", runbook) == 0, rule
        assert capsys.readouterr().out.startswith("#")


def test_a_runbook_nobody_wrote(capsys: pytest.CaptureFixture[str]) -> None:
    assert 'did you mean "crash"?' in said(capsys, "runbook", "crsh")
    assert 'did you mean "oom"?' in said(capsys, "runbook", "crash#ooom")
    assert "There is no runbook" in said(capsys, "runbook", "../catalog/pod")


def test_an_answer_names_the_command_that_prints_its_runbook(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code_of("diagnose", "pod", "dataset-exporter", "--demo")
    assert "mlops runbook aws-identity.md#restart\n" in capsys.readouterr().out
    monkeypatch.setenv("MLOPS_RUNBOOK_BASE_URL", "https://books.example.org")
    code_of("diagnose", "pod", "dataset-exporter", "--demo")
    assert "https://books.example.org/aws-identity.md#restart\n" in capsys.readouterr().out


def test_the_rights_are_those_the_questions_declare_and_only_reading(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert code_of("rbac") == 0
    role = yaml.safe_load(capsys.readouterr().out)
    granted = {
        (verb, group, resource)
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }
    declared = {(n.verb, n.group, n.resource) for handler in HANDLERS for n in handler.needs}
    assert granted == {need for need in declared if need[0] in {"get", "list", "watch"}}
    assert not any("secrets" in resource or "*" in resource for _, _, resource in granted)


def test_a_rule_about_all_workloads_is_explained_on_one_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--on deployment/NAME" in said(capsys, "rules", "explain", "workload-some-ready", "--demo")
    refused = said(capsys, "rules", "explain", "workload-some-ready", "--on", "svc/recommender", "--demo")
    assert "is a rule about a workload" in refused
    on = ("--on", "deployment/recommender", "-n", "mlops", "--demo")
    assert code_of("rules", "explain", "workload-some-ready", *on) == 0
    assert "workload.ready is 1" in capsys.readouterr().out
