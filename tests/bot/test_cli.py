"""The grammar of the terminal: help, wrong usage, and what a question may look like."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli import main, read_question
from bot.command import Command
from bot.settings_model import Settings
from bot.verbs.question import command_of

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("kubernetes", "boto3", "botocore", "slack_bolt", "slack_sdk", "redis", "pydantic", "rich", "aiohttp"),
    *("bot.settings", "bot.ask", "rules.load"),
)
QUESTIONS = ("msgspec", "asyncio", "bot.command", "handlers", "rules")
"""What it takes to know which questions there are."""
TELLS_MODULES = """
import json, sys
sys.argv = ["mlops", *json.loads(sys.argv[1])]
from bot.__main__ import main
try:
    main()
except SystemExit as end:
    sys.stderr.write("\\n" + json.dumps([end.code, sorted(sys.modules)]))
"""


def code_of(*words: str) -> int:
    """The exit code of a command in this process."""
    try:
        return main(words)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else -1


@pytest.mark.parametrize(
    ("words", "code", "unneeded"),
    [
        (["--help"], 0, ()),
        (["help", "diagnose"], 0, ()),
        (["rules", "explain", "--help"], 0, QUESTIONS),
        (["docter"], 64, ()),
        (["diagnose", "--namspace", "x"], 64, ()),
        (["rules", "lst"], 64, QUESTIONS),
        (["help", "serve"], 0, QUESTIONS),
        (["--version"], 0, QUESTIONS),
    ],
)
def test_help_and_wrong_usage_import_nothing_heavy(
    words: list[str], code: int, unneeded: tuple[str, ...]
) -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", TELLS_MODULES, json.dumps(words)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        check=True,
        timeout=20,
    )
    ended, modules = json.loads(done.stderr.rpartition("\n")[2])
    assert ended == code
    assert not [heavy for heavy in (*HEAVY, *unneeded) if heavy in modules]


@pytest.mark.parametrize("words", [[], ["help"], ["-h"], ["--help"]])
def test_help_names_every_verb_and_exit_code(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(*words) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    for verb in (
        "diagnose",
        "rules",
        "runbook",
        "history",
        "serve",
        "doctor",
        "demo",
        "schema",
        "rbac",
        "iam",
        "64",
        "69",
        "74",
        "130",
    ):
        assert verb in shown.out


@pytest.mark.parametrize(
    "verb", ["diagnose", "rules", "rules explain", "rules list", "history", "serve", "doctor"]
)
def test_help_about_a_verb_is_the_same_in_both_ways(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("help", *verb.split()) == 0
    one = capsys.readouterr().out
    assert code_of(*verb.split(), "--help") == 0
    assert capsys.readouterr().out == one
    assert one.startswith(f"usage: mlops {verb}")


def test_help_of_a_question_tells_where_answers_and_errors_go(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("diagnose", "--help") == 0
    assert "stdout stays empty" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["docter"], "`mlops doctor`"),
        (["sreve"], "`mlops serve`"),
        (["serv", "--config", "x"], "`mlops serve --config x`"),
        (["rule", "list"], "`mlops rules list`"),
        (["diagnos", "pod", "x"], "`mlops diagnose pod x`"),
        (["hlep", "diagnose"], "`mlops help diagnose`"),
        (["help", "diagnos"], "did you mean diagnose?"),
        (["help", "rules", "explian"], "did you mean rules explain?"),
        (["rules"], "list, test, docs, explain"),
        (["history"], "export, import"),
        (["history", "exprt"], "did you mean export?"),
        (["histroy", "export"], "`mlops history export`"),
        (["history", "import"], "required: FILE"),
        (["rules", "lst"], "did you mean list?"),
        (["rules", "explain"], "RULE"),
        (["runbooks", "crash"], "`mlops runbook crash`"),
        (["diagnose", "pod", "x", "--namspace", "y"], "did you mean --namespace?"),
        (["diagnose", "pod", "x", "--out=json"], "did you mean --output?"),
        (["diagnose", "pod", "x", "-n"], "expected one argument"),
        (["diagnose", "pod", "x", "--demo", "--context", "y"], "not allowed with"),
        (["diagnose", "pod", "x", "--timeout", "0"], "above 0 and up to 600"),
        (["diagnose", "pod", "x", "--timeout", "soon"], "above 0 and up to 600"),
        (["diagnose", "pod", "x", "--timeout", "nan"], "above 0 and up to 600"),
        (["diagnose", "pod", "x", "-o", "yaml"], "json"),
        (["doctor", "now"], "'now'"),
        (["--verbose"], "--verbose"),
    ],
)
def test_wrong_usage_ends_with_64_and_what_was_meant(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(*words) == 64
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err


@pytest.mark.parametrize(
    "words",
    [
        "diagnose pod x -n y --demo",
        "diagnose --demo -n y pod x",
        "diagnose pod -n y x --demo",
        "diagnose --demo --namespace=y pod/x",
        "diagnose y/x --demo",
        "pod x in y --demo",
        "--demo po/x -ny",
        "why is x slow in ns y on demo --demo",
        "kubectl describe pod x --namespace y --demo",
    ],
)
def test_one_question_in_many_words(words: str) -> None:
    command = command_of(read_question(words.split()), Settings.model_validate({}))
    assert isinstance(command, Command)
    assert (command.question.name, command.question.namespace) == ("x", "y")


def test_a_verb_and_an_owner_ask_about_its_pods() -> None:
    for words in ("diagnose deployment/x", "diagnose sts/x", "pod deployment/x", "diagnose y/deploy/x"):
        command = command_of(read_question([*words.split(), "--demo"]), Settings.model_validate({}))
        assert isinstance(command, Command)
        assert command.question.name == "x"


def test_options_reach_the_question() -> None:
    settings = Settings.model_validate(
        {"clusters": [{"name": "prod", "default_namespace": "mlops"}, {"name": "test"}]}
    )
    usual = command_of(read_question(["pod", "x", "--timeout", "7"]), settings)
    assert isinstance(usual, Command)
    assert (usual.question.deadline, usual.words) == (7.0, "diagnose pod x -n mlops --cluster prod")
    every = command_of(read_question(["pod", "x", "-A", "--cluster", "test"]), settings)
    assert isinstance(every, Command)
    assert every.words == "diagnose pod x -A --cluster test"


def test_a_question_as_one_argument(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("what's wrong with the pod “tokenizer-svc”, please?", "--demo", "--color", "always") == 0
    shown = capsys.readouterr().out
    assert "✓ HEALTHY" in shown
    assert "\x1b[1;32m" in shown
    assert "log of " not in shown.partition("Checked")[0]


def test_a_typed_question_without_a_verb_is_answered_with_the_whole_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert code_of("tokenizer-svc", "--demo") == 64
    assert "mlops diagnose pod tokenizer-svc" in capsys.readouterr().err


def test_logs_are_an_excerpt_of_what_failed_or_whole(capsys: pytest.CaptureFixture[str]) -> None:
    code_of("diagnose", "pod", "fraud-scorer", "--demo")
    excerpt = capsys.readouterr().out
    assert "log of app, previous run" in excerpt
    assert "log of app, current run" not in excerpt
    assert " logs were read; above is the end of what tells most. --logs prints them in full." in excerpt
    code_of("diagnose", "pod", "fraud-scorer", "--demo", "--logs")
    whole = capsys.readouterr().out
    assert "--- log of app, previous run" in whole
    assert "--- log of app, current run" in whole
    assert whole.count("aws_secret_access_key=«redacted»") == 2
    assert "starting fraud-scorer" in whole
    assert "starting fraud-scorer" not in excerpt


def test_markdown_and_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("diagnose", "pod", "fraud-scorer", "--demo", "-o", "markdown") == 1
    assert capsys.readouterr().out.startswith("# ")
    assert code_of("schema") == 0
    assert json.loads(capsys.readouterr().out)["title"]


def test_the_demo_shows_four_pods_and_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of("demo") == 0
    shown = capsys.readouterr().out
    assert shown.count("$ mlops diagnose pod") == 4
    assert "Go on:" in shown
