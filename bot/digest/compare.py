"""One look against the last digest: what is new, worse, still there, gone, or could not be looked for."""

import re
from datetime import datetime

from bot.changes import Change, Digest, Entry, Gone, Past, Remembered, Scope, Told, ToldCause
from bot.report import Report, Verdict
from handlers.contract import Gap
from rules.finding import Finding, ObjectRef, Severity

GROWN = 2
"""A cause that concerns so many times as many objects as before is worse."""
CLUSTER_GAP = "the cluster"
"""Source of the gap of a look that got no answer at all: it hides everything."""
LOGS = ("log of ", "logs of ")
"""How the sources of gaps begin that are logs."""
_ORDER = tuple(Change)


def compare(
    report: Report, scope: Scope, past: Past, *, name: str = "", notes: tuple[str, ...] = ()
) -> Digest:
    """Compare a look at everything with the last digest.

    Args:
        report: the look.
        scope: what is told of it.
        past: the last digest, and what is remembered from before this look. Causes of a first digest are
            new only if nothing knew them.
        name: of the subscription.
        notes: what is to be said of the digest itself.
    """
    told = [f for f in (*report.findings, *report.also_noticed) if in_scope(f, scope)]
    entries = [_entry(finding, report, past) for finding in told]
    gone = _gone(report, past.told)
    return Digest(
        name=name,
        cluster=report.cluster,
        namespaces=scope.namespaces,
        min_severity=scope.min_severity,
        report=report,
        verdict=_verdict([entry for entry in entries if entry.snoozed_until is None], report),
        before=past.told.at if past.told else None,
        entries=tuple(sorted(entries, key=_told_first)),
        resolved=tuple(one for one in gone if not one.why),
        unseen=tuple(one for one in gone if one.why),
        parts=report.parts,
        gaps=report.gaps,
        news_unread=_newly_unread(report, past.told),
        notes=notes,
    )


def told_of(digest: Digest) -> Told:
    """What the next digest is compared with; what could not be looked for is still taken to be there."""
    open_now = {
        entry.finding.fingerprint: ToldCause(
            severity=entry.severity,
            affected=entry.affected,
            summary=entry.finding.summary,
            rule=entry.finding.rule,
            subject=entry.finding.subject,
            since=entry.since,
        )
        for entry in digest.entries
    }
    unseen = {
        one.fingerprint: ToldCause(
            severity=one.severity,
            affected=1,
            summary=one.summary,
            rule=one.rule,
            subject=one.subject,
            since=one.since,
        )
        for one in digest.unseen
    }
    return Told(at=digest.report.as_of, causes=unseen | open_now, unread=frozenset(map(unread, digest.gaps)))


def _newly_unread(report: Report, before: Told | None) -> tuple[Gap, ...]:
    known = before.unread if before else frozenset()
    return tuple(gap for gap in report.gaps if unread(gap) not in known)


def unread(gap: Gap) -> str:
    """A gap by which the next look knows it again: how many logs were left out differs from day to day."""
    return re.sub(r"\d+", "#", f"{gap.source}: {gap.reason}")


def in_scope(finding: Finding, scope: Scope) -> bool:
    """Whether a cause is grave enough and in the namespaces; what has no namespace concerns all of them."""
    if worst(finding).rank > scope.min_severity.rank:
        return False
    refs = (finding.subject, *(symptom.subject for symptom in finding.explains))
    places = {place_of(ref) for ref in refs}
    return not scope.namespaces or place_of(finding.subject) == "" or bool(places & set(scope.namespaces))


def place_of(ref: ObjectRef) -> str:
    """The namespace of an object, or the namespace it is; empty for what belongs to the whole cluster."""
    return ref.name if ref.kind == "Namespace" else ref.namespace


def worst(finding: Finding) -> Severity:
    """How bad a cause is, counting what it explains."""
    return min((finding.severity, *(s.severity for s in finding.explains)), key=lambda s: s.rank)


def affected(finding: Finding) -> int:
    """How many objects a cause concerns, its own included."""
    return len({finding.subject, *(symptom.subject for symptom in finding.explains)})


def seen_in(report: Report) -> frozenset[str]:
    """Fingerprints of all that is there: a cause that is now explained by a graver one has not gone."""
    told = (*report.findings, *report.also_noticed)
    return frozenset(
        each for one in told for each in (one.fingerprint, *(s.fingerprint for s in one.explains))
    )


def why_unseen(fingerprint_rule: str, subject: ObjectRef, report: Report) -> str:
    """Why a cause that is not seen may still be there; empty when it would have been seen."""
    for doubt in report.undecided:
        if doubt.rule == fingerprint_rule:
            return doubt.missing[0] if doubt.missing else "its rule could not be judged"
    away = next((gap for gap in report.gaps if gap.source == CLUSTER_GAP), None)
    if away:
        return f"the cluster did not answer: {away.reason}"
    gap = next((gap for gap in report.gaps if _hides(gap, fingerprint_rule, subject)), None)
    return f"{gap.source}: {gap.reason}" if gap else ""


def _entry(finding: Finding, report: Report, past: Past) -> Entry:
    memory = past.causes.get(finding.fingerprint)
    last = past.told.causes.get(finding.fingerprint) if past.told else None
    severity, count = worst(finding), affected(finding)
    change = _change(severity, count, last, memory, first=past.told is None)
    return Entry(
        finding=finding,
        change=change,
        severity=severity,
        severity_then=last.severity if last else None,
        affected=count,
        since=_since(report.as_of, last, memory),
        came_back=memory.last_seen if memory and memory.resolved_at and not last else None,
        labels=next((each.labels for each in report.labels if each.ref == finding.subject), {}),
        snoozed_until=_snoozed(memory, report.as_of, severity),
    )


def _change(
    severity: Severity, count: int, last: ToldCause | None, memory: Remembered | None, *, first: bool
) -> Change:
    if last is None:
        known = first and memory is not None and memory.resolved_at is None
        return Change.ONGOING if known else Change.NEW
    if severity.rank < last.severity.rank or count >= GROWN * max(last.affected, 1):
        return Change.WORSE
    return Change.ONGOING


def _since(now: datetime, last: ToldCause | None, memory: Remembered | None) -> datetime:
    if memory is not None and memory.resolved_at is None:
        return memory.since
    return last.since if last else now


def _snoozed(memory: Remembered | None, now: datetime, severity: Severity) -> datetime | None:
    """Until when a cause sleeps; one that grew worse since it was put to sleep does not."""
    if memory is None or memory.snoozed_until is None or memory.snoozed_until <= now:
        return None
    asleep = memory.snoozed_severity or memory.severity
    return memory.snoozed_until if severity.rank >= asleep.rank else None


def _gone(report: Report, before: Told | None) -> list[Gone]:
    """What the last digest told and this look does not, whatever has left the scope is none of it."""
    seen = seen_in(report)
    causes = before.causes if before else {}
    return [
        Gone(
            fingerprint=fingerprint,
            rule=cause.rule,
            severity=cause.severity,
            subject=cause.subject,
            summary=cause.summary,
            since=cause.since,
            why=why_unseen(cause.rule, cause.subject, report),
        )
        for fingerprint, cause in sorted(causes.items(), key=lambda item: (item[1].severity.rank, item[0]))
        if fingerprint not in seen
    ]


def _hides(gap: Gap, rule: str, subject: ObjectRef) -> bool:
    """Whether what was not read could be what would have shown the cause."""
    source = gap.source.lower()
    if source.startswith(LOGS):
        return "-log-" in rule or subject.name in source
    kind = subject.kind.lower()
    return kind in source.replace(" ", "") or (bool(subject.name) and subject.name.lower() in source)


def _verdict(entries: list[Entry], report: Report) -> Verdict:
    """The state word: of the causes that are not asleep; without any, whether "healthy" was earned."""
    if any(entry.severity.rank <= Severity.HIGH.rank for entry in entries):
        return Verdict.BROKEN
    if any(entry.severity is Severity.MEDIUM for entry in entries):
        return Verdict.DEGRADED
    return Verdict.HEALTHY if report.verdict is not Verdict.UNKNOWN else Verdict.UNKNOWN


def _told_first(entry: Entry) -> tuple[object, ...]:
    """Not snoozed before snoozed; then the gravest, the widest, and what is new before what is known."""
    return (
        entry.snoozed_until is not None,
        entry.severity.rank,
        -entry.affected,
        _ORDER.index(entry.change),
        entry.finding.rule,
        entry.finding.fingerprint,
    )
