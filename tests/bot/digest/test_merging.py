"""What is remembered after each of many courses of looks; nothing is read or written."""

from datetime import timedelta
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from bot.changes import History, Remembered
from bot.digest.blind import CLUSTER_GAP
from bot.digest.fields import changes
from bot.digest.merging import SUMMARY, joined, merged
from bot.report import Report
from handlers.contract import Gap
from handlers.parts import Figure
from rules.finding import Finding, ObjectRef, Severity, Undecided
from tests.bot.digest.looks import at, finding, look, pod

KEEP = timedelta(days=90)
HIGH, MEDIUM, LOW = Severity.HIGH, Severity.MEDIUM, Severity.LOW
X, Y = finding("x"), finding("y")
ELSEWHERE = finding("z", subject=pod("z", "other"))
NODE = finding("n", subject=ObjectRef("Node", "n"))
MLOPS = ObjectRef("Namespace", "mlops")
AWAY = (Gap(CLUSTER_GAP, "connection refused"),)


def after(*reports: Report, history: History | None = None) -> History:
    known = history or History()
    for report in reports:
        known = merged(known, report, KEEP)
    return known


def course(cause: Remembered) -> tuple[float | None, ...]:
    """Hours of: first seen, since, last seen, resolved; and how many looks saw it."""
    hours = [
        None if moment is None else (moment - at(0)) / timedelta(hours=1)
        for moment in (cause.first_seen, cause.since, cause.last_seen, cause.resolved_at)
    ]
    return (*hours, cause.looks)


COURSES = {
    "seen once": ([look(0, X)], (0, 0, 0, None, 1)),
    "seen again": ([look(0, X), look(24, X)], (0, 0, 24, None, 2)),
    "gone": ([look(0, X), look(24)], (0, 0, 0, 24, 1)),
    "stays gone": ([look(0, X), look(24), look(48)], (0, 0, 0, 24, 1)),
    "came back": ([look(0, X), look(24), look(48, X)], (0, 48, 48, None, 2)),
    "gone again": ([look(0, X), look(24), look(48, X), look(72)], (0, 48, 48, 72, 2)),
    "the same look twice": ([look(0, X), look(0, X)], (0, 0, 0, None, 1)),
    "the same two looks twice": ([look(0, X), look(1, X), look(0, X)], (0, 0, 1, None, 2)),
    "an older look comes later": ([look(2, X), look(1, X)], (1, 1, 2, None, 1)),
    "an older look without it": ([look(2, X), look(1)], (2, 2, 2, None, 1)),
    "an older look than the one it was gone in": ([look(0, X), look(2), look(1, X)], (0, 0, 1, 2, 2)),
    "an older look than the second spell": (
        [look(0, X), look(2), look(4, X), look(3, X)],
        (0, 4, 4, None, 2),
    ),
    "missed by one of two looks in a second": ([look(0, X), look(2), look(2, X)], (0, 0, 2, None, 2)),
    "missed by the later of two looks in a second": ([look(0, X), look(2, X), look(2)], (0, 0, 2, None, 2)),
    "pods were not read": ([look(0, X), look(24, gaps=(Gap("pods", "forbidden"),))], (0, 0, 0, None, 1)),
    "nodes were not read": ([look(0, X), look(24, gaps=(Gap("nodes", "forbidden"),))], (0, 0, 0, None, 1)),
    "nodes are never read": (
        [look(0, X, gaps=(Gap("nodes", "forbidden"),)), look(24, gaps=(Gap("nodes", "forbidden"),))],
        (0, 0, 0, 24, 1),
    ),
    "pods were not read twice": (
        [look(0, X), look(24, gaps=(Gap("pods", "x"),)), look(48, gaps=(Gap("pods", "x"),))],
        (0, 0, 0, None, 1),
    ),
    "its rule was not judged": (
        [look(0, X), look(24, undecided=(Undecided("pod-crash", ("logs",)),))],
        (0, 0, 0, None, 1),
    ),
    "the cluster did not answer": ([look(0, X), look(24, gaps=AWAY)], (0, 0, 0, None, 1)),
    "a look at its namespace": ([look(0, X), look(24, subject=MLOPS)], (0, 0, 0, 24, 1)),
    "a look at another namespace": (
        [look(0, X), look(24, subject=ObjectRef("Namespace", "other"))],
        (0, 0, 0, None, 1),
    ),
    "a look at one pod": ([look(0, X), look(24, subject=pod())], (0, 0, 0, None, 1)),
    "told under a graver cause": ([look(0, X), look(24, finding("n", explains=[X]))], (0, 0, 24, None, 2)),
    "once gone, told under another": (
        [look(0, X), look(24), look(48, finding("n", explains=[X]))],
        (0, 0, 0, 24, 1),
    ),
}


@pytest.mark.parametrize("name", COURSES)
def test_a_cause_over_time(name: str) -> None:
    looks, expected = COURSES[name]
    assert course(after(*looks).causes["x"]) == expected


@pytest.mark.parametrize(
    ("seen", "resolved"),
    [(X, True), (ELSEWHERE, False), (NODE, False), (finding("m", subject=MLOPS), True)],
)
def test_a_look_at_a_namespace_ends_only_what_is_placed_there(seen: Finding, resolved: bool) -> None:
    known = after(look(0, seen), look(24, subject=MLOPS))
    assert (known.causes[seen.fingerprint].resolved_at is not None) == resolved
    assert len(known.sweeps) == 1, "a point of one namespace would make the trend jump"


def test_the_last_look_counts_and_the_beginning_of_the_spell_is_kept() -> None:
    worse = finding("x", LOW, summary="it crashes more", explains=[finding("p", Severity.CRITICAL)])
    known = after(look(0, finding("x", MEDIUM)), look(1, worse)).causes["x"]
    assert (known.severity_then, known.severity) == (MEDIUM, Severity.CRITICAL)
    assert (known.affected, known.summary) == (2, "it crashes more")
    back = after(look(2), look(3, X), history=History(causes={"x": known})).causes["x"]
    assert (back.severity_then, back.severity, back.affected) == (HIGH, HIGH, 1)


def test_an_older_look_changes_nothing_of_the_last() -> None:
    known = after(look(2, finding("x", LOW, summary="new")), look(1, finding("x", summary="old"))).causes["x"]
    assert (known.severity, known.summary) == (LOW, "new")


def asleep(hours: float, **changed: object) -> History:
    cause = replace(after(look(0, X)).causes["x"], **changed)
    cause = replace(cause, snoozed_until=at(hours), snoozed_by="U1", snoozed_severity=HIGH)
    return History(causes={"x": cause})


@pytest.mark.parametrize(
    ("report", "sleeps"),
    [
        (look(24, X), True),
        (look(48, X), False),
        (look(49, gaps=(Gap("pods", "forbidden"),)), False),
        (look(24), False),
        (look(24, gaps=(Gap("pods", "forbidden"),)), True),
        (look(24, subject=pod("other")), True),
    ],
    ids=["before its end", "at its end", "ended unseen", "resolved", "unseen", "elsewhere"],
)
def test_a_snooze_ends_with_its_time_or_its_cause(report: Report, sleeps: bool) -> None:
    known = after(report, history=asleep(48)).causes["x"]
    assert (known.snoozed_until, known.snoozed_by, known.snoozed_severity) == (
        (at(48), "U1", HIGH) if sleeps else (None, "", None)
    )


def test_sweeps_count_what_is_open_and_keep_the_figures() -> None:
    node = finding("n", MEDIUM, explains=[X])
    figures = (
        Figure(name="restarts", value=12),
        Figure(name="bad", value=nan),
        Figure(name="far", value=inf),
    )
    first = look(0, X, Y, finding("l", LOW), figures=figures)
    unread = look(1, node, gaps=(Gap("pods", "forbidden"),))
    known = after(first, unread, look(2, node))
    assert [dict(sweep.severities) for sweep in known.sweeps] == [
        {HIGH: 2, LOW: 1},
        {HIGH: 2, LOW: 1},  # the node with what it explains, and what could not be looked for
        {HIGH: 1},
    ]
    assert known.sweeps[0].figures == {"restarts": 12}
    assert [sweep.complete for sweep in known.sweeps] == [True, False, True]


def test_what_is_older_than_it_is_kept_is_dropped() -> None:
    day = 24.0
    known = after(look(0, X, Y), look(50 * day, Y), look(90 * day, Y))
    assert set(known.causes) == {"x", "y"}
    last = merged(known, look(90 * day + 1, Y), KEEP)
    assert set(last.causes) == {"y"}
    assert [sweep.at for sweep in last.sweeps] == [at(50 * day), at(90 * day), at(90 * day + 1)]
    written = changes(known, last)
    assert written.drop == {"cause:x", f"sweep:{at(0).isoformat()}"}
    assert set(written.values) == {"cause:y", f"sweep:{at(90 * day + 1).isoformat()}"}
    away = merged(known, look(90 * day + 1, Y), KEEP, away=True)
    assert (set(away.causes), len(away.sweeps)) == ({"y"}, 2)


def test_of_days_long_past_one_sweep_is_kept() -> None:
    unread = (Gap("pods", "forbidden"),)
    day = [look(0), look(1), look(14, gaps=unread), look(15, gaps=unread), look(16, gaps=unread)]
    assert len(after(*day, look(7 * 24)).sweeps) == 6
    known = after(*day, look(9 * 24))
    assert [sweep.at for sweep in known.sweeps] == [at(1), at(16), at(9 * 24)]
    assert merged(known, look(9 * 24), KEEP) == known


def test_nothing_secret_and_nothing_endless_is_remembered() -> None:
    secret = "postgresql://app:s3cr3tPassw0rd@db/x"
    long = finding("y", summary="z" * (SUMMARY - 40) + f" cannot reach {secret} " + "z" * SUMMARY)
    named = Figure(name=f"memory of {secret}", value=1)
    known = after(look(0, finding("x", summary=f"cannot reach {secret}"), long, figures=(named,)))
    assert known.causes["x"].summary == "cannot reach postgresql://app:«redacted»@db/x"
    assert len(known.causes["y"].summary) <= SUMMARY
    assert "s3cr3t" not in repr(known)


def test_two_causes_of_one_fingerprint_are_the_first() -> None:
    assert after(look(0, X, finding("x", LOW))).causes["x"].severity is HIGH


COURSE = some.lists(
    some.tuples(some.integers(0, 12), some.sets(some.sampled_from("xyz")), some.booleans()), max_size=12
)


@settings(max_examples=50)
@given(COURSE)
def test_no_order_of_looks_loses_a_cause_or_tells_an_impossible_story(
    looks: list[tuple[int, set[str], bool]],
) -> None:
    gap = (Gap("pods", "forbidden"),)
    reports = [look(hours, *map(finding, seen), gaps=gap if blind else ()) for hours, seen, blind in looks]
    known = after(*reports)
    for mark in {mark for _, seen, _ in looks for mark in seen}:
        hours = [hours for hours, seen, _ in looks if mark in seen]
        cause = known.causes[mark]
        assert (cause.first_seen, cause.last_seen) == (at(min(hours)), at(max(hours)))
        assert cause.first_seen <= cause.since <= cause.last_seen
        assert cause.resolved_at is None or cause.resolved_at > cause.last_seen
    assert [sweep.at for sweep in known.sweeps] == sorted({report.as_of for report in reports})
    if reports:
        assert merged(known, reports[-1], KEEP).causes == known.causes


def test_two_memories_become_one() -> None:
    ours = after(look(1, X, Y), look(3, X, Y))
    theirs = after(look(0, X, ELSEWHERE), look(2, X), look(4, X))
    both = joined(ours, theirs, at(5), KEEP)
    assert {mark: course(cause) for mark, cause in both.causes.items()} == {
        "x": (0, 0, 4, None, 3),
        "y": (1, 1, 3, None, 2),
        "z": (0, 0, 0, 2, 1),
    }
    assert [sweep.at for sweep in both.sweeps] == [at(hours) for hours in range(5)]
    assert joined(both, theirs, at(5), KEEP) == both
    assert joined(both, ours, at(5), KEEP) == both
    assert joined(both, theirs, at(24 * 120), KEEP) == History()


def test_a_resolution_is_newer_than_the_sight_before_it() -> None:
    seen, gone = after(look(0, X)), after(look(0, X), look(1))
    for one, other in ((seen, gone), (gone, seen)):
        assert joined(one, other, at(2), KEEP).causes["x"].resolved_at == at(1)
