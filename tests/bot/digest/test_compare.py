"""What a digest calls new, worse, ongoing, back, snoozed, resolved, or not looked for."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.changes import Change, Digest, Past, Remembered, Scope, Told
from bot.digest.blind import CLUSTER_GAP
from bot.digest.compare import compare, told_of
from bot.render.digest.slack import digest_message
from bot.render.digest.view import BARE
from bot.render.terminal import render_digest_text
from bot.report import Report, Verdict
from handlers.contract import Gap
from handlers.parts import Labelled, Part, PartState
from rules.finding import Finding, ObjectRef, Severity, Symptom, Undecided
from tests.bot.digest.stage import cause, utc

NOW = utc("2026-11-22T09:00")
DAY = timedelta(days=1)
A = cause("a")


def report(*findings: Finding, gaps: tuple[Gap, ...] = (), undecided: tuple[Undecided, ...] = ()) -> Report:
    return Report(
        command="digest",
        cluster="eks",
        subject=ObjectRef("Cluster", "eks"),
        verdict=Verdict.BROKEN if findings else Verdict.HEALTHY,
        findings=findings,
        gaps=gaps,
        undecided=undecided,
        overview=True,
        as_of=NOW,
    )


def told(*findings: Finding, at: timedelta = DAY) -> Told:
    before = compare(report(*findings), Scope(), Past())
    return replace(told_of(before), at=NOW - at)


def grown(finding: Finding, pods: int) -> Finding:
    refs = [ObjectRef("Pod", f"p{number}", "mlops") for number in range(pods)]
    return replace(
        finding,
        explains=tuple(
            Symptom(
                rule="pod-unready",
                severity=Severity.MEDIUM,
                fingerprint=f"s{ref.name}",
                subject=ref,
                summary="unready",
            )
            for ref in refs
        ),
    )


def memory(finding: Finding, **changes: object) -> dict[str, Remembered]:
    seen = Remembered(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        subject=finding.subject,
        summary=finding.summary,
        severity_then=finding.severity,
        severity=finding.severity,
        first_seen=NOW - 9 * DAY,
        since=NOW - 3 * DAY,
        last_seen=NOW - DAY,
    )
    return {finding.fingerprint: replace(seen, **changes)}


def only(digest: Digest) -> Change:
    (entry,) = digest.entries
    return entry.change


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        ((), A, Change.NEW),
        ((A,), A, Change.ONGOING),
        ((cause("a", Severity.MEDIUM),), A, Change.WORSE),
        ((A,), cause("a", Severity.MEDIUM), Change.ONGOING),
        ((A,), grown(A, 1), Change.WORSE),
        ((grown(A, 4),), grown(A, 5), Change.ONGOING),
        ((grown(A, 4),), grown(A, 9), Change.WORSE),
    ],
)
def test_against_the_last_digest(before: tuple[Finding, ...], now: Finding, change: Change) -> None:
    assert only(compare(report(now), Scope(), Past(told=told(*before)))) is change


def test_a_first_digest_calls_new_what_nothing_remembers_and_ongoing_what_was_seen() -> None:
    assert only(compare(report(A), Scope(), Past())) is Change.NEW
    known = compare(report(A), Scope(), Past(causes=memory(A)))
    assert only(known) is Change.ONGOING
    assert known.entries[0].since == NOW - 3 * DAY


def test_what_came_back_is_new_and_says_when_it_was_there() -> None:
    past = Past(told=told(), causes=memory(A, resolved_at=NOW - DAY))
    (entry,) = compare(report(A), Scope(), past).entries
    assert (entry.change, entry.since, entry.came_back) == (Change.NEW, NOW, NOW - DAY)


@pytest.mark.parametrize(
    ("then", "now", "asleep"),
    [
        (Severity.HIGH, Severity.HIGH, True),
        (Severity.HIGH, Severity.MEDIUM, True),
        (Severity.MEDIUM, Severity.HIGH, False),
    ],
)
def test_a_snoozed_cause_sleeps_until_it_grows_worse(then: Severity, now: Severity, asleep: bool) -> None:
    snoozed = memory(A, snoozed_until=NOW + DAY, snoozed_severity=then)
    digest = compare(report(cause("a", now)), Scope(), Past(told=told(A), causes=snoozed))
    assert bool(digest.awake) is not asleep
    assert len(digest.entries) == 1


def test_a_snooze_that_has_ended_counts_no_more() -> None:
    ended = memory(A, snoozed_until=NOW, snoozed_severity=Severity.HIGH)
    assert len(compare(report(A), Scope(), Past(causes=ended)).awake) == 1


@pytest.mark.parametrize(
    ("gaps", "undecided", "why"),
    [
        ((), (), ""),
        ((Gap("log of some-other-pod", "gone"),), (), ""),
        ((Gap("nodes", "forbidden"),), (), "nodes: forbidden"),
        ((Gap("pods", "forbidden"),), (), "pods: forbidden"),
        ((Gap("log of a", "gone"),), (), "log of a: gone"),
        ((Gap(CLUSTER_GAP, "refused"),), (), "the cluster did not answer: refused"),
        ((), (Undecided("pod-crashloop", ("restarts: unknown",)),), "restarts: unknown"),
    ],
)
def test_gone_is_resolved_only_where_it_would_have_been_seen(
    gaps: tuple[Gap, ...], undecided: tuple[Undecided, ...], why: str
) -> None:
    digest = compare(report(gaps=gaps, undecided=undecided), Scope(), Past(told=told(A)))
    assert [one.why for one in (*digest.resolved, *digest.unseen)] == [why]
    assert bool(digest.resolved) is not bool(why)
    assert (A.fingerprint in told_of(digest).causes) is bool(why)


def test_what_is_now_explained_by_a_graver_cause_has_not_gone() -> None:
    symptom = Symptom(
        rule=A.rule, severity=A.severity, fingerprint=A.fingerprint, subject=A.subject, summary=A.summary
    )
    node = replace(cause("node", Severity.CRITICAL), explains=(symptom,))
    assert compare(report(node), Scope(), Past(told=told(A))).resolved == ()


def test_namespaces_and_severity_limit_what_is_told_and_the_state_word() -> None:
    elsewhere = replace(cause("b"), subject=ObjectRef("Pod", "b", "argo"))
    node = replace(cause("n", Severity.MEDIUM), subject=ObjectRef("Node", "n"))
    scope = Scope(namespaces=("mlops",), min_severity=Severity.MEDIUM)
    digest = compare(report(elsewhere, node, cause("c", Severity.LOW)), scope, Past())
    assert [entry.finding.subject.name for entry in digest.entries] == ["n"]
    assert digest.verdict is Verdict.DEGRADED


def test_the_gravest_and_widest_come_first_and_snoozed_ones_last() -> None:
    wide, snoozed = grown(cause("wide"), 3), cause("asleep", Severity.CRITICAL)
    past = Past(causes=memory(snoozed, snoozed_until=NOW + DAY, snoozed_severity=Severity.CRITICAL))
    digest = compare(report(A, snoozed, wide, cause("top", Severity.CRITICAL)), Scope(), past)
    assert [entry.finding.subject.name for entry in digest.entries] == ["top", "wide", "a", "asleep"]


def test_labels_of_the_subject_come_along() -> None:
    with_labels = replace(report(A), labels=(Labelled(ref=A.subject, labels={"team": "search"}),))
    assert compare(with_labels, Scope(), Past()).entries[0].labels == {"team": "search"}


def test_a_day_is_quiet_only_when_nothing_at_all_is_worth_a_line() -> None:
    quiet = compare(report(), Scope(), Past(told=told()))
    assert quiet.quiet
    trouble = Part(name="Claims", state=PartState.TROUBLE, said="1 of 2 over 85 %")
    for busy in (
        replace(quiet, parts=(trouble,)),
        replace(quiet, notes=("20 min late",)),
        compare(report(gaps=(Gap("pods", "forbidden"),)), Scope(), Past(told=told())),
        replace(quiet, verdict=Verdict.UNKNOWN),
        compare(report(), Scope(), Past(told=told(A))),
        compare(report(A), Scope(), Past()),
    ):
        assert not busy.quiet


def test_what_was_not_read_yesterday_either_is_no_news() -> None:
    gap = Gap("logs of 31 workloads that look healthy", "only 120 are skimmed in one look")
    yesterday = replace(told_of(compare(report(gaps=(gap,)), Scope(), Past())), at=NOW - DAY)
    today = replace(gap, source="logs of 44 workloads that look healthy")
    assert compare(report(gaps=(today,)), Scope(), Past(told=yesterday)).quiet
    assert not compare(report(gaps=(gap, Gap("nodes", "forbidden"))), Scope(), Past(told=yesterday)).quiet


def test_a_day_on_which_all_causes_sleep_is_quiet_and_says_how_many() -> None:
    asleep = memory(A, snoozed_until=NOW + DAY, snoozed_severity=Severity.HIGH)
    digest = compare(report(A), Scope(), Past(told=told(A), causes=asleep))
    assert digest.quiet
    assert "1 snoozed" in digest_message(digest, BARE).message.text


def test_what_hid_a_cause_once_hides_it_until_it_is_read_again() -> None:
    blind = compare(report(gaps=(Gap("pods", "forbidden"),)), Scope(), Past(told=told(A)))
    again = compare(report(gaps=(Gap("pods", "forbidden"),)), Scope(), Past(told=told_of(blind)))
    assert [one.why for one in again.unseen] == ["pods: forbidden"]
    assert again.unseen[0].affected == blind.unseen[0].affected
    seen = compare(report(), Scope(), Past(told=told_of(again)))
    assert [one.fingerprint for one in seen.resolved] == [A.fingerprint]


def test_a_look_that_failed_makes_nothing_worse_the_next_day() -> None:
    wide = grown(A, 6)
    away = compare(report(gaps=(Gap(CLUSTER_GAP, "refused"),)), Scope(), Past(told=told(wide)))
    assert only(compare(report(wide), Scope(), Past(told=told_of(away)))) is Change.ONGOING


def test_what_the_last_digest_did_not_tell_is_not_new_when_it_was_there() -> None:
    past = Past(told=told(), causes=memory(A))
    (entry,) = compare(report(A), Scope(), past).entries
    assert (entry.change, entry.since) == (Change.ONGOING, NOW - 3 * DAY)


def test_what_cleared_and_came_back_between_two_digests_is_back() -> None:
    past = Past(told=told(A), causes=memory(A, resolved_at=NOW - DAY / 2))
    (entry,) = compare(report(A), Scope(), past).entries
    assert (entry.change, entry.since, entry.came_back) == (Change.NEW, NOW, NOW - DAY)


@pytest.mark.parametrize(
    ("undecided", "verdict"),
    [
        ((), Verdict.HEALTHY),
        ((Undecided("pod-crashloop", ("pods: forbidden",), Severity.HIGH),), Verdict.UNKNOWN),
    ],
)
def test_healthy_is_earned_also_where_only_others_are_broken(
    undecided: tuple[Undecided, ...], verdict: Verdict
) -> None:
    digest = compare(report(A, undecided=undecided), Scope(namespaces=("argo",)), Past(told=told()))
    assert digest.verdict is verdict
    assert "argo on eks" in digest_message(digest, BARE).message.text


def test_a_digest_of_some_namespaces_says_nothing_of_the_whole_platform() -> None:
    part = Part(name="Claims", state=PartState.TROUBLE, said="1 of 2 over 85 %")
    whole = replace(report(A), parts=(part,), checked=("214 pods",))
    limited = compare(whole, Scope(namespaces=("mlops",)), Past())
    assert (limited.parts, limited.report.checked) == ((), ())
    assert compare(whole, Scope(), Past()).parts == (part,)


def test_where_less_grave_causes_are_not_told_nothing_is_called_healthy() -> None:
    scope = Scope(namespaces=("mlops",), min_severity=Severity.CRITICAL)
    digest = compare(report(A), scope, Past(told=told()))
    assert digest.quiet
    for drawn in (digest_message(digest, BARE).message.text, render_digest_text(digest, color=False)):
        assert "healthy" not in drawn.lower()
        assert "mlops on eks has nothing critical: nothing new" in drawn
