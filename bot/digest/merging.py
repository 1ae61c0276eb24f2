"""What is remembered after one more look, or after another memory was joined to it; pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import isfinite

from msgspec import Struct
from msgspec.structs import replace

from bot.changes import History, Remembered, Sweep
from bot.digest.blind import CLUSTER_GAP, LOGS, BlindSpots, usual_next
from bot.digest.compare import affected, place_of, worst
from bot.render.door import utc
from bot.render.limits import fit
from bot.render.parcel import without_secrets
from bot.report import Report
from rules.finding import Finding, ObjectRef

WHOLE = "Cluster"
"""Kind of the subject of a look at everything."""
SUMMARY = 1_000
"""Characters of a summary that are kept."""
CLOSE = timedelta(days=7)
"""For so long every sweep is kept; of an earlier day the last that could read everything, else its last."""


class _Seen(Struct, frozen=True):
    """What one look shows: causes by fingerprint as if seen first, and causes told under another one."""

    at: datetime
    causes: dict[str, Remembered]
    folded: frozenset[str]


def merged(history: History, report: Report, keep: timedelta, *, away: bool = False) -> History:
    """What is remembered once a look is merged into it.

    A look older than what is known turns no time back: it only fills in what came before. The same look
    merged twice changes nothing. What a look could not have seen stays as it was.

    Args:
        history: what is known.
        report: the look, at a cluster or at a namespace; any other resolves nothing and makes no sweep.
        keep: causes not seen and sweeps not made for so long before the look are dropped; see also `CLOSE`.
        away: the cluster did not answer: nothing is learnt; a gap that says so in the report does the same.
    """
    at = utc(report.as_of)
    if away or any(gap.source == CLUSTER_GAP for gap in report.gaps):
        return _lasting(history, at, keep)
    seen = _seen(report, at)
    blind = BlindSpots.of(report, history.sweeps[-1].unread if history.sweeps else ())
    known = {mark: _after(cause, seen, report, blind) for mark, cause in history.causes.items()}
    new = {mark: cause for mark, cause in seen.causes.items() if mark not in known}
    after = History(causes=known | new, sweeps=history.sweeps)
    return _lasting(_with_sweep(after, seen, report), at, keep)


def joined(history: History, other: History, now: datetime, keep: timedelta) -> History:
    """Two memories of one cluster as one: of each cause what was learnt later, of each time one sweep."""
    causes = dict(history.causes)
    for mark, theirs in other.causes.items():
        ours = causes.get(mark)
        causes[mark] = theirs if ours is None else _later(ours, theirs)
    sweeps = {sweep.at: sweep for sweep in (*history.sweeps, *other.sweeps)}
    both = History(causes=causes, sweeps=tuple(sweeps[at] for at in sorted(sweeps)))
    return _lasting(both, utc(now), keep)


def _seen(report: Report, at: datetime) -> _Seen:
    causes: dict[str, Remembered] = {}
    findings = (*report.findings, *report.also_noticed)
    for finding in findings:
        causes.setdefault(finding.fingerprint, _first(finding, at))
    folded = {symptom.fingerprint for finding in findings for symptom in finding.explains}
    return _Seen(at, causes, frozenset(folded - causes.keys()))


def _first(finding: Finding, at: datetime) -> Remembered:
    """A cause as it is remembered when it is seen first; shortened when no secret can be cut in half."""
    cause = without_secrets(
        Remembered(
            fingerprint=finding.fingerprint,
            rule=finding.rule,
            subject=finding.subject,
            owner=finding.owner,
            summary=finding.summary,
            severity_then=worst(finding),
            severity=worst(finding),
            affected=affected(finding),
            first_seen=at,
            since=at,
            last_seen=at,
        )
    )
    return replace(cause, summary=fit(cause.summary, SUMMARY, str))


def _after(known: Remembered, seen: _Seen, report: Report, blind: BlindSpots) -> Remembered:
    """A known cause after a look."""
    now = seen.causes.get(known.fingerprint)
    if now is not None:
        known = _again(known, now)
    elif known.fingerprint in seen.folded:
        known = _still_there(known, seen.at)
    elif known.resolved_at is None and seen.at > known.last_seen and _could_see(known, report, blind):
        known = replace(known, resolved_at=seen.at)
    return _awake(known, seen.at)


def _again(known: Remembered, now: Remembered) -> Remembered:
    """A cause that a look shows: again, after it was resolved, or by a look older than what is known."""
    at = now.last_seen
    if at <= known.last_seen:
        return _before(known, at)
    latest = replace(
        known,
        rule=now.rule,
        subject=now.subject,
        owner=now.owner,
        summary=now.summary,
        severity=now.severity,
        affected=now.affected,
        last_seen=at,
        looks=known.looks + 1,
    )
    if known.resolved_at is None or at < known.resolved_at:
        return latest
    if at == known.resolved_at:  # two looks in one second, and only one of them missed it
        return replace(latest, resolved_at=None)
    return replace(latest, since=at, severity_then=now.severity, resolved_at=None)


def _before(known: Remembered, at: datetime) -> Remembered:
    """A cause that an older look saw too; not counted, for the same look may come once more."""
    first = min(known.first_seen, at)
    return replace(known, first_seen=first, since=first if known.since == known.first_seen else known.since)


def _still_there(known: Remembered, at: datetime) -> Remembered:
    """A cause told under a graver one now: it is not gone, nor a cause of its own."""
    if known.resolved_at is not None or at <= known.last_seen:
        return known
    return replace(known, last_seen=at, looks=known.looks + 1)


def _could_see(known: Remembered, report: Report, blind: BlindSpots) -> bool:
    """Whether a look that does not show a cause proves that it is gone."""
    return _covers(report.subject, known.subject) and not blind.why(known.rule, known.subject)


def _covers(looked_at: ObjectRef, subject: ObjectRef) -> bool:
    if looked_at.kind == "Namespace":
        return place_of(subject) == looked_at.name
    return looked_at.kind == WHOLE


def _awake(cause: Remembered, at: datetime) -> Remembered:
    """A cause without a snooze that has ended."""
    if cause.snoozed_until is None or (cause.snoozed_until > at and cause.resolved_at is None):
        return cause
    return replace(cause, snoozed_until=None, snoozed_by="", snoozed_severity=None)


def _with_sweep(history: History, seen: _Seen, report: Report) -> History:
    """A look at everything adds a point to the trend; one at a namespace would make it jump."""
    if report.subject.kind != WHOLE:
        return history
    opened = [
        cause
        for cause in history.causes.values()
        if _is_open(cause, seen.at) and cause.fingerprint not in seen.folded
    ]
    hidden = any(cause.fingerprint not in seen.causes for cause in opened)
    sweep = Sweep(
        at=seen.at,
        severities=Counter(cause.severity for cause in opened),
        # JSON has neither infinity nor "not a number".
        figures={each.name: each.value for each in report.figures if isfinite(each.value)},
        # Of a large cluster some logs are never skimmed: that alone must not mark every day.
        unread=usual_next(report.gaps, history.sweeps[-1].unread if history.sweeps else (), hidden=hidden),
        complete=not report.undecided and all(gap.source.startswith(LOGS) for gap in report.gaps),
    )
    others = (one for one in history.sweeps if one.at != seen.at)
    return replace(history, sweeps=_in_order((*others, without_secrets(sweep))))


def _is_open(cause: Remembered, at: datetime) -> bool:
    return cause.since <= at and (cause.resolved_at is None or cause.resolved_at > at)


def _in_order(sweeps: Iterable[Sweep]) -> tuple[Sweep, ...]:
    return tuple(sorted(sweeps, key=lambda sweep: sweep.at))


def _lasting(history: History, now: datetime, keep: timedelta) -> History:
    """Without what is older than is kept."""
    oldest = now - keep
    return History(
        causes={mark: cause for mark, cause in history.causes.items() if cause.last_seen >= oldest},
        sweeps=_thinned((sweep for sweep in history.sweeps if sweep.at >= oldest), now - CLOSE),
    )


def _thinned(sweeps: Iterable[Sweep], since: datetime) -> tuple[Sweep, ...]:
    """One sweep of each day before `since`: looks every few minutes do not make the memory slow to read."""
    kept: dict[object, Sweep] = {}
    for sweep in sweeps:
        day = sweep.at if sweep.at >= since else sweep.at.date()
        known = kept.get(day)
        if known is None or (known.complete, known.at) < (sweep.complete, sweep.at):
            kept[day] = sweep
    return _in_order(kept.values())


def _later(ours: Remembered, theirs: Remembered) -> Remembered:
    """What was learnt later of one cause; ours when both are as late."""
    later = theirs if _learnt(theirs) > _learnt(ours) else ours
    return replace(later, first_seen=min(ours.first_seen, theirs.first_seen))


def _learnt(cause: Remembered) -> datetime:
    return max(cause.last_seen, cause.resolved_at or cause.last_seen)
