"""One look against the last digest: what is new, worse, still there, gone, or could not be looked for."""

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from bot.changes import Change, Digest, Entry, Gone, Past, Remembered, Scope, Told, ToldCause
from bot.digest.blind import BlindSpots, usual_next
from bot.report import Report, Verdict
from rules.finding import Finding, ObjectRef, Severity

GROWN = 2
"""A cause that concerns so many times as many objects as before is worse."""
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
    labels = {each.ref: each.labels for each in report.labels}
    told = [f for f in (*report.findings, *report.also_noticed) if in_scope(f, scope)]
    entries = [_entry(finding, report.as_of, past, labels.get(finding.subject, {})) for finding in told]
    blind = BlindSpots.of(report, past.told.unread if past.told else ())
    gone = _gone(seen_in(report), blind, past.told)
    limited = bool(scope.namespaces) and report.subject.kind == "Cluster"
    return Digest(
        name=name,
        cluster=report.cluster,
        namespaces=scope.namespaces,
        min_severity=scope.min_severity,
        report=replace(report, checked=()) if limited else report,
        verdict=_verdict([entry for entry in entries if entry.snoozed_until is None], report, blind),
        before=past.told.at if past.told else None,
        entries=tuple(sorted(entries, key=_told_first)),
        resolved=tuple(one for one in gone if not one.why),
        unseen=tuple(one for one in gone if one.why),
        # The parts are those of the whole cluster: a team's digest is not about them.
        parts=() if limited else report.parts,
        gaps=report.gaps,
        news_unread=(*blind.lists, *blind.logs),
        usually_unread=past.told.unread if past.told else frozenset(),
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
            affected=one.affected,
            summary=one.summary,
            rule=one.rule,
            subject=one.subject,
            since=one.since,
        )
        for one in digest.unseen
    }
    usual = usual_next(digest.gaps, digest.usually_unread, hidden=bool(unseen))
    return Told(at=digest.report.as_of, causes=unseen | open_now, unread=usual)


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


def _entry(finding: Finding, now: datetime, past: Past, labels: Mapping[str, str]) -> Entry:
    memory = past.causes.get(finding.fingerprint)
    last = past.told.causes.get(finding.fingerprint) if past.told else None
    severity, count = worst(finding), affected(finding)
    back = memory.last_seen if memory is not None and memory.resolved_at is not None else None
    return Entry(
        finding=finding,
        change=Change.NEW if back else _change(severity, count, last, _known_before(past, memory)),
        severity=severity,
        severity_then=last.severity if last else None,
        affected=count,
        since=now if back else _since(now, last, memory),
        came_back=back,
        labels=labels,
        snoozed_until=_snoozed(memory, now, severity),
    )


def _known_before(past: Past, memory: Remembered | None) -> bool:
    """Whether a cause was there at the last digest, though that did not tell it.

    It may have been out of its scope, less grave, or folded under another. Before a first digest: whether
    anything has seen it.
    """
    return memory is not None and (past.told is None or memory.since <= past.told.at)


def _change(severity: Severity, count: int, last: ToldCause | None, known: bool) -> Change:  # noqa: FBT001 - a fact
    if last is None:
        return Change.ONGOING if known else Change.NEW
    if severity.rank < last.severity.rank or count >= GROWN * max(last.affected, 1):
        return Change.WORSE
    return Change.ONGOING


def _since(now: datetime, last: ToldCause | None, memory: Remembered | None) -> datetime:
    if memory is not None:
        return memory.since
    return last.since if last else now


def _snoozed(memory: Remembered | None, now: datetime, severity: Severity) -> datetime | None:
    """Until when a cause sleeps; one that grew worse since it was put to sleep does not."""
    if memory is None or memory.snoozed_until is None or memory.snoozed_until <= now:
        return None
    asleep = memory.snoozed_severity or memory.severity
    return memory.snoozed_until if severity.rank >= asleep.rank else None


def _gone(seen: frozenset[str], blind: BlindSpots, before: Told | None) -> list[Gone]:
    """What the last digest told and this look does not, whatever has left the scope is none of it."""
    causes = before.causes if before else {}
    return [
        Gone(
            fingerprint=fingerprint,
            rule=cause.rule,
            severity=cause.severity,
            affected=cause.affected,
            subject=cause.subject,
            summary=cause.summary,
            since=cause.since,
            why=blind.why(cause.rule, cause.subject),
        )
        for fingerprint, cause in sorted(causes.items(), key=lambda item: (item[1].severity.rank, item[0]))
        if fingerprint not in seen
    ]


def _verdict(entries: list[Entry], report: Report, blind: BlindSpots) -> Verdict:
    """The state word: of the causes that are told and awake; without any, whether "healthy" was earned."""
    if any(entry.severity.rank <= Severity.HIGH.rank for entry in entries):
        return Verdict.BROKEN
    if any(entry.severity is Severity.MEDIUM for entry in entries):
        return Verdict.DEGRADED
    if report.verdict in (Verdict.HEALTHY, Verdict.UNKNOWN):
        return report.verdict
    # Something else is broken, so that the report's own word tells nothing of what is asked about.
    doubts = any(doubt.severity.rank <= Severity.HIGH.rank for doubt in report.undecided)
    return Verdict.UNKNOWN if doubts or blind.lists or blind.away else Verdict.HEALTHY


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
