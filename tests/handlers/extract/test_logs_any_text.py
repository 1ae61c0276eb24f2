"""Any text gives facts, in time that grows with its length only."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.extract.logs import excerpt, log_facts
from rules.facts.log import LogFacts
from tests.handlers.extract.log_samples import CHATTER, PYTHON, STACKS, STAMPED

NOW = datetime(2026, 11, 22, 10, 6, 26, tzinfo=UTC)


def facts(text: str, *, truncated: bool = False) -> LogFacts:
    return log_facts(text, container="app", previous=False, now=NOW, truncated=truncated)


SAMPLES = [*CHATTER, PYTHON, *(line for line, _age in STAMPED), *(text for text, _expected in STACKS)]
SAMPLES += [
    "Traceback (most recent call last):",
    '  File "x", line 1, in f',
    "\tat a.b(C.java:1)",
    "panic: x",
    "\n",
]
LINES = st.one_of(st.text(max_size=30), st.sampled_from(SAMPLES))


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=12).map("\n".join), st.booleans())
def test_any_text_gives_facts_that_agree_with_it(text: str, truncated: bool) -> None:
    found = facts(text, truncated=truncated)
    for signature in found.signatures:
        assert 1 <= signature.number <= found.lines
        assert signature.count >= 1
    assert excerpt(text, lines=5).count("\n") <= 6


PIECES = [
    "connection refused a.",
    "a.a.",
    "status code: Ab: ",
    "An error occurred (",
    "operation error S3: Get, ",
    "ERROR ",
    'error="',
    '\\"',
    "'",
    "permission denied /",
    "no such file ",
    "Error: ",
    "  at a (",
    "x.rb:1:in `",
    "level=error ",
    " HTTP/1.1",
    "((((",
    "1.1.1.",
    "environment variable ",
    "config ",
    "lookup ",
    "i/o timeout ",
    "host='",
    "already exists column a ",
]


@pytest.mark.parametrize("piece", PIECES)
def test_time_grows_with_the_length_only(piece: str) -> None:
    line = f"ERROR {piece * (3000 // len(piece))}"
    begun = time.perf_counter()
    facts("\n".join([line] * 50))
    facts(piece * (300_000 // len(piece)))
    assert time.perf_counter() - begun < 4.0
