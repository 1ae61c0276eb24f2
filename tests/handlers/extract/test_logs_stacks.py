"""Exceptions and panics of many languages, whole and cut."""

import json
from datetime import UTC, datetime

import pytest

from handlers.extract.logs import log_facts
from rules.facts.log import LogFacts
from tests.handlers.extract.log_samples import PYTHON, STACKS

NOW = datetime(2026, 11, 22, 10, 6, 26, tzinfo=UTC)


def facts(text: str, *, truncated: bool = False) -> LogFacts:
    return log_facts(text, container="app", previous=False, now=NOW, truncated=truncated)


def test_a_chained_python_traceback() -> None:
    found = facts(PYTHON)
    assert found.error is not None
    assert found.error.text == "lib.db.ConnectError: no way"
    assert found.error.at == datetime(2026, 11, 22, 10, 4, tzinfo=UTC)
    assert (found.exception_type, found.exception_message) == ("lib.db.ConnectError", "no way")
    assert found.first_cause == "KeyError: 'x'"
    assert found.last_frame == "/app/main.py:20 in main"


def test_a_traceback_whose_head_was_cut_off() -> None:
    found = facts('rames\n  File "/app/x.py", line 3, in f\n    g()\nValueError: bad\n', truncated=True)
    assert (found.exception_type, found.last_frame) == ("ValueError", "/app/x.py:3 in f")
    assert found.truncated


def test_a_traceback_inside_json() -> None:
    stack = 'Traceback (most recent call last):\n  File "/app/x.py", line 3, in f\n    g()\nValueError: bad'
    line = json.dumps(
        {"level": "error", "msg": "job failed", "exc_info": stack, "time": "2026-11-22T10:00:00Z"}
    )
    found = facts(line)
    assert found.error is not None
    assert found.error.text == "ValueError: bad"
    assert found.last_frame == "/app/x.py:3 in f"
    assert found.error_seconds_ago == 386


def test_a_variable_missing_from_the_environment() -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/app/main.py", line 3, in <module>\n    os.environ["MODEL_URI"]\n'
        "  File \"<frozen os>\", line 714, in __getitem__\nKeyError: 'MODEL_URI'\n"
    )
    found = facts(text)
    assert [(one.kind, one.subject) for one in found.signatures] == [("missing_env", "MODEL_URI")]
    assert found.last_frame == "/app/main.py:3 in <module>"


@pytest.mark.parametrize(("text", "expected"), STACKS, ids=[stack[1][0] for stack in STACKS])
def test_stacks_of_many_languages(text: str, expected: tuple[str, str, str]) -> None:
    found = facts(text)
    assert (found.exception_type, found.exception_message, found.last_frame) == expected
    assert found.error is not None
