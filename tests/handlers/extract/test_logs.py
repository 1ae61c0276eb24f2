"""Shapes of logs: loggers, access lines, groups, damage, excerpts."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from handlers.extract.logs import excerpt, log_facts
from rules.facts.log import LogFacts
from tests.handlers.extract.log_samples import CHATTER, STAMPED

NOW = datetime(2026, 11, 22, 10, 6, 26, tzinfo=UTC)


def facts(text: str, *, truncated: bool = False) -> LogFacts:
    return log_facts(text, container="app", previous=False, now=NOW, truncated=truncated)


def error(text: str) -> str:
    found = facts(text).error
    return found.text if found else ""


@pytest.mark.parametrize("line", CHATTER)
def test_chatter_gives_nothing(line: str) -> None:
    found = facts(f"{line}\n{line}\n")
    assert found.lines == 2
    assert (found.error, found.signatures, found.error_groups) == (None, (), ())


@pytest.mark.parametrize(("line", "age"), STAMPED)
def test_levels_and_times_of_many_loggers(line: str, age: float | None) -> None:
    found = facts(line)
    assert found.error is not None
    assert "broken" in found.error.text
    assert found.error_seconds_ago == (None if age is None else pytest.approx(age, abs=0.01))


def test_a_klog_line_of_december_read_in_january_is_of_last_year() -> None:
    now = datetime(2027, 1, 2, tzinfo=UTC)
    found = log_facts("E1231 23:00:00.000000 1 x.go:1] broken", container="a", previous=False, now=now)
    assert found.error is not None
    assert found.error.at == datetime(2026, 12, 31, 23, tzinfo=UTC)


def test_a_plain_exit_line_does_not_hide_the_cause() -> None:
    config = json.dumps('config: unknown field "upstrem"')
    text = f"level=error msg={config}\npanic: invalid configuration\nError: exit status 1\n"
    assert error(text) == 'config: unknown field "upstrem"'
    assert facts(text).signatures[0].subject == "upstrem"


def test_error_lines_are_grouped_by_form() -> None:
    lines = [
        f"2026-11-22 10:0{n}:00,000 ERROR app request {n} of 10.0.0.{n} failed: id '{n}x'" for n in range(5)
    ]
    groups = facts("\n".join([*lines, "2026-11-22 10:06:00,000 ERROR app other"])).error_groups
    assert [(group.text, group.count) for group in groups] == [
        ("app request <n> of <ip> failed: id <text>", 5),
        ("app other", 1),
    ]
    assert groups[0].example.text == "app request 4 of 10.0.0.4 failed: id '4x'"


def test_failed_responses_are_counted_apart_from_errors() -> None:
    line = 'INFO:     10.0.1.31:41234 - "POST /v2/models/{}/infer?x=1 HTTP/1.1" {}'
    text = "\n".join(
        [
            line.format("a", "200 OK"),
            line.format("a", "503 Service Unavailable"),
            line.format("a", "404 Not Found"),
        ]
        * 2
    )
    found = facts(text)
    assert found.error is None
    assert found.requests == 6
    assert [(one.status, one.method, one.path, one.count) for one in found.responses] == [
        (503, "POST", "/v2/models/a/infer", 2),
        (404, "POST", "/v2/models/a/infer", 2),
    ]


def test_a_continuation_takes_the_time_of_its_record_but_not_of_a_stranger() -> None:
    text = "2026-11-22 10:00:00,000 ERROR db down\nOperationalError: connection refused\n"
    assert facts(text).signatures[0].seconds_ago == 386
    text = (
        '2026-11-22 10:00:00,000 INFO up\nINFO:  1.1.1.1 - "GET / HTTP/1.1" 200\nERROR: connection refused\n'
    )
    assert facts(text).signatures[0].seconds_ago is None


def test_damage_does_no_harm() -> None:
    assert facts("").lines == 0
    assert facts("\n").lines == 1
    assert facts("\x00\x01\x02\xff" * 1000).error is None
    assert error("\x1b[31mERROR\x1b[0m app broken\r\n") == "app broken"
    assert error("ERROR a\x00pp broken\n") == "app broken"
    assert facts("10%\r50%\r100%\nok\n").lines == 2
    assert facts("ERROR " + "x" * 1_000_000).lines == 1
    assert facts('{"level":"ERROR","message":"' + "y" * 1_000_000 + '"}').lines == 1
    assert facts('{"level": "ERROR", "message": ').lines == 1
    assert facts('{"level": {"a": 1}, "message": ["x"], "error": {"message": 3}, "status": "x"}').lines == 1


def test_five_thousand_lines_are_read_at_once() -> None:
    moment = datetime(2026, 11, 22, 9, tzinfo=UTC)
    text = "\n".join(
        json.dumps(
            {
                "timestamp": (moment + timedelta(seconds=n)).isoformat(),
                "level": "INFO",
                "message": "request done",
                "ms": n,
            }
        )
        for n in range(4900)
    ) + "".join(
        f"\n2026-11-22 10:00:00,000 ERROR app upload {n} failed: connection refused" for n in range(100)
    )
    facts(text[:2000])
    took = []
    for _ in range(3):
        begun = time.perf_counter()
        found = facts(text)
        took.append(time.perf_counter() - begun)
    assert found.lines == 5000
    assert min(took) < 0.6


def test_an_excerpt_shows_the_failure_and_says_what_it_leaves_out() -> None:
    lines = [f"2026-11-22 10:00:00,000 INFO step {n}" for n in range(100)]
    lines[50] = "2026-11-22 10:00:00,000 ERROR broken"
    shown = excerpt("\n".join(lines), lines=10).splitlines()
    assert shown[0] == "… 43 lines before"
    assert shown[-1] == "… 47 lines after"
    assert "2026-11-22 10:00:00,000 ERROR broken" in shown
    assert len(shown) == 12
    assert excerpt("\n".join(lines), around_error=False, lines=2).splitlines()[1:] == lines[-2:]
    assert excerpt("a\nb\n", lines=5) == "a\nb"
