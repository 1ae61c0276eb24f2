"""The terminal's commands for many verbs: made from the handlers, with their options and files."""

import json
from pathlib import Path

import pytest

from bot.cli import read_question
from bot.command import Command
from bot.errors import UsageError
from bot.settings_model import Settings
from bot.verbs.json_file import LARGEST, read_json_file
from bot.verbs.question import command_of
from handlers import HANDLERS
from tests.bot.test_cli import code_of

VERBS = sorted({handler.verb for handler in HANDLERS})
PAGES = {"runbook", "guide", "digest"}
"""Verbs that have a command of their own in the terminal."""


def asked(*words: str) -> Command:
    """The command that words and options of the terminal come to."""
    command = command_of(read_question([*words, "--demo"]), Settings.model_validate({}))
    assert isinstance(command, Command)
    return command


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_of_the_handlers_has_its_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("help", verb) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: mlops {verb}")
    if verb in PAGES:
        return
    for handler in HANDLERS:
        if handler.verb == verb:
            assert handler.summary in shown
            assert all(f"--{option.name}" in shown for option in handler.options)
    assert code_of("--help") == 0
    assert f"\n    {verb}" in capsys.readouterr().out


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda each: f"{each.verb}-{each.subject}")
def test_every_question_can_be_asked_by_every_word_for_it(handler: object) -> None:
    assert handler in HANDLERS
    for each in HANDLERS:
        if each is not handler or each.verb in PAGES:
            continue
        name = [] if each.takes == "nothing" else ["a-name"]
        for word in (each.subject, *each.aliases):
            assert asked(each.verb, *([word] if word else []), *name).handler == each


def test_help_about_a_kind_is_that_of_its_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("help", "isvc") == 0
    assert capsys.readouterr().out.startswith("usage: mlops diagnose")


def test_options_reach_the_question_and_are_the_same_in_a_sentence() -> None:
    for words in (
        ("top", "pods", "--sort-by", "memory"),
        ("top", "--sort-by=memory", "pods"),
        ("top pods --sort-by memory",),
        ("top", "pods", "by", "memory"),
    ):
        command = asked(*words)
        assert command.question.options == {"sort-by": "memory"}
        assert command.words.startswith("top pods --sort-by memory")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["top", "pods", "--sort-by", "size"], "--sort-by takes memory or cpu"),
        (["top", "pods", "--sort", "memory"], "did you mean --sort-by?"),
        (["top", "pods", "--sort-by", "a b"], "one plain word"),
        (["health", "pod", "x"], "“health” takes no kind"),
        (["top", "nodes", "--limit", "3"], "“top nodes” has no option --limit."),
        (["helth"], "mlops health"),
        (["diagnose", "configmap", "x"], "I know: pod, deployment"),
    ],
)
def test_wrong_usage_ends_with_64_and_what_was_meant(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(*words, "--demo") == 64
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in " ".join(shown.err.split())


def test_a_file_is_read_into_the_question(tmp_path: Path) -> None:
    request = tmp_path / "a request (1).json"
    request.write_text('{"instances": [[1, 2]]}')
    for words in (["--data", str(request)], [f"--data={request}"]):
        command = asked("predict", "sklearn-iris", *words)
        assert json.loads(command.question.options["data"]) == {"instances": [[1, 2]]}
        assert "data" not in command.words


def test_a_file_that_cannot_be_used_is_told_in_a_sentence(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{x")
    large = tmp_path / "large.json"
    large.write_bytes(b" " * (LARGEST + 1))
    binary = tmp_path / "binary.json"
    binary.write_bytes(b'"\xff"')
    for path, said in (
        (wrong, "is not JSON"),
        (large, "larger than 10 MB"),
        (binary, "is not JSON"),
        (tmp_path / "absent.json", "cannot be read: No such file or directory"),
        (tmp_path, "cannot be read: Is a directory"),
    ):
        with pytest.raises(UsageError, match=said):
            read_json_file("data", str(path))


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("service-endpoints-not-ready", "svc/online-store"),
        ("service-endpoints-not-ready", "online-store"),
        ("cluster-no-nodes", "health"),
        ("events-warnings", "events"),
        ("terraform-digest-mismatch", "dev"),
        ("pod-abort-134", "svc/online-store"),
    ],
)
def test_a_rule_of_any_subject_is_explained(
    rule: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of("rules", "explain", rule, "--on", named, "--demo") == 0
    assert rule in capsys.readouterr().out.splitlines()[0]


def test_a_rule_that_is_about_something_else(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("rules", "explain", "node-silent", "--on", "svc/online-store", "--demo") == 64
    assert "node-silent is a rule about a node." in capsys.readouterr().err


def test_everything_at_once_is_told_by_its_causes(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("status", "--demo") == 1
    shown = capsys.readouterr().out
    assert " causes explain " in shown.splitlines()[0]
    assert "\n   1. " in shown
    assert code_of("status", "--demo", "-o", "json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["overview"] is True
    (table,) = told["tables"]
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    assert table["columns"][-1] == "worst finding"
