"""The sentences of a digest that are the same on every surface; plain text, neither redacted nor escaped."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final, LiteralString

from bot.changes import Change, Digest, Entry, Gone
from bot.render.door import utc
from bot.render.explained import counts_words
from bot.render.nouns import counted
from bot.render.wording import SIGNS, some
from bot.report import Verdict
from handlers.contract import Gap
from handlers.parts import Part, PartState
from rules.finding import Finding, FixStep, Severity
from rules.units import seconds_in_words

FIRST: Final = "the first digest, with nothing to compare with"
_DAY = 86_400
_STATES: Final = {
    Verdict.BROKEN: "is broken",
    Verdict.DEGRADED: "is degraded",
    Verdict.HEALTHY: "is healthy",
    Verdict.UNKNOWN: "could not be judged",
}


def state(digest: Digest, cleared: Collection[str] = ()) -> Verdict:
    """The state, counting only what has not cleared since."""
    left = [entry for entry in digest.awake if entry.finding.fingerprint not in cleared]
    if len(left) == len(digest.awake):
        return digest.verdict
    worst = min((entry.severity.rank for entry in left), default=Severity.INFO.rank)
    if worst <= Severity.HIGH.rank:
        return Verdict.BROKEN
    if worst <= Severity.MEDIUM.rank:
        return Verdict.DEGRADED
    return Verdict.HEALTHY if digest.report.verdict is not Verdict.UNKNOWN else Verdict.UNKNOWN


def headline(digest: Digest, cleared: Collection[str] = ()) -> str:
    """The sentence that is enough on its own ("🔴 prod-eks is broken: 3 new, 1 worse, 12 ongoing").

    Args:
        digest: what is told.
        cleared: fingerprints of what has cleared since.
    """
    return f"{SIGNS[state(digest, cleared)]} {sentence(digest, cleared)}"


def sentence(digest: Digest, cleared: Collection[str] = ()) -> str:
    """The headline without its sign."""
    verdict, begin = state(digest, cleared), cluster(digest)
    gone = [entry for entry in digest.awake if entry.finding.fingerprint in cleared]
    if gone and len(gone) == len(digest.awake):
        all_of = "the one cause has" if len(gone) == 1 else f"all {len(gone)} causes have"
        return f"{begin}: {', '.join((f'{all_of} cleared since', *_beside(digest)))}"
    since = (f"{len(gone)} cleared since",) if gone else ()
    unread = _unread(digest) if verdict is Verdict.UNKNOWN else ()
    counts = ", ".join((*unread, *_open(digest, cleared), *since, *_beside(digest)))
    how = well(digest) if verdict is Verdict.HEALTHY else _STATES[verdict]
    return f"{begin} {how}: {counts or 'nothing new'}"


def cluster(digest: Digest) -> str:
    """The cluster's name, or a word for it where it has none; and what of it the digest is about."""
    name = digest.cluster or "the cluster"
    return f"{some(digest.namespaces, 3, ', ')} on {name}" if digest.namespaces else name


def _open(digest: Digest, cleared: Collection[str]) -> tuple[str, ...]:
    """What is open and neither snoozed nor cleared, by change; of a first digest nothing has changed."""
    left = [entry for entry in digest.awake if entry.finding.fingerprint not in cleared]
    if digest.before is None:
        return (counted(len(left), "open cause"),) if left else ()
    back = sum(entry.came_back is not None and entry.change is Change.NEW for entry in left)
    known = {Change.NEW: f" ({back:,} back)" if back else ""}
    counts = ((sum(entry.change is change for entry in left), change) for change in Change)
    return tuple(f"{count:,} {change}{known.get(change, '')}" for count, change in counts if count)


def _unread(digest: Digest) -> tuple[str, ...]:
    return (f"{counted(len(digest.gaps), 'source')} not read",) if digest.gaps else ()


def _beside(digest: Digest) -> tuple[str, ...]:
    snoozed = len(digest.entries) - len(digest.awake)
    counts = (
        (len(digest.resolved), "resolved"),
        (len(digest.unseen), "not looked for"),
        (snoozed, "snoozed"),
    )
    return tuple(f"{count:,} {words}" for count, words in counts if count)


def scope_pieces(digest: Digest) -> tuple[str, ...]:
    """What the digest is limited to; nothing where it is about everything."""
    spaces = f"only ns {some(digest.namespaces, 5, ', ')}" if digest.namespaces else ""
    least = f"{digest.min_severity} and worse" if digest.min_severity.rank < Severity.LOW.rank else ""
    return tuple(piece for piece in (spaces, least) if piece)


def quiet_pieces(digest: Digest) -> tuple[str, ...]:
    """What a quiet day's line says after its beginning and the time of the last digest."""
    checked = f"{', '.join(digest.report.checked)} checked" if digest.report.checked else ""
    snoozed = f"{len(digest.entries)} snoozed" if digest.entries else ""
    trouble = [part_words(part, 1) for part in in_state(digest, PartState.TROUBLE)]
    unread = f"{counted(len(digest.gaps), 'source')} not read, as before" if digest.gaps else ""
    pieces = (checked, *scope_pieces(digest), snoozed, unread, *trouble)
    return tuple(piece for piece in pieces if piece)


def quiet_begin(digest: Digest) -> str:
    """How a quiet day's line begins."""
    return f"{cluster(digest)} {well(digest)}: {'nothing new' if digest.before else 'nothing is open'}"


def well(digest: Digest) -> str:
    """How something without open causes is; where less grave ones are not told, it is not called healthy."""
    if digest.min_severity.rank >= Severity.LOW.rank:
        return _STATES[Verdict.HEALTHY]
    worse = "" if digest.min_severity is Severity.CRITICAL else " or worse"
    return f"has nothing {digest.min_severity}{worse}"


def quiet_line(digest: Digest) -> str:
    """A quiet day, where no reader's own zone is known."""
    since = f" {since_words(digest)}" if digest.before else ""
    return "; ".join((quiet_begin(digest) + since, *quiet_pieces(digest)))


def tag(entry: Entry, digest: Digest) -> LiteralString:
    """The word in front of a cause that changed; nothing for one that did not, and in a first digest."""
    if entry.change is Change.WORSE:
        return "WORSE"
    if entry.came_back is not None:
        return "BACK"
    return "NEW" if entry.change is Change.NEW and digest.before is not None else ""


def entry_pieces(entry: Entry, digest: Digest) -> tuple[str, ...]:
    """How bad, how much of it, and for how long ("medium → critical", "for 3 d")."""
    back = f"last seen {age(entry.came_back, digest)} ago" if entry.came_back else ""
    pieces = (severity_words(entry), explains_words(entry), for_words(entry.since, digest), back)
    return tuple(piece for piece in pieces if piece)


def severity_words(entry: Entry) -> str:
    """How bad a cause is, and was where that has changed for the worse."""
    then = entry.severity_then
    if entry.change is not Change.WORSE or then is None:
        return str(entry.severity)
    if then is entry.severity:
        return f"{entry.severity}, now {counted(entry.affected, 'object')}"
    return f"{then} → {entry.severity}"


def explains_words(entry: Entry) -> str:
    """What a cause explains, as counts by kind; empty when nothing else."""
    counts = counts_words(entry.finding)
    return f"explains {counts}" if counts else ""


def for_words(since: datetime, digest: Digest) -> str:
    """How long something has been so ("for 3 d"); empty when it has only been seen now."""
    words = age(since, digest)
    return f"for {words}" if words else ""


def age(since: datetime, digest: Digest) -> str:
    """The time from a moment to the look: days once there are any; empty for none."""
    seconds = (utc(digest.report.as_of) - utc(since)).total_seconds()
    if seconds < 1:
        return ""
    return f"{int(seconds // _DAY):,} d" if seconds >= _DAY else seconds_in_words(seconds)


def first_step(finding: Finding) -> FixStep | None:
    """What to do: the first step that is more than a look, for looks are behind Diagnose."""
    steps = [step for step in finding.fix if step.changes or not step.run.strip()]
    return next(iter((*steps, *finding.fix)), None)


def first_fix(finding: Finding) -> str:
    """What to do, in a sentence; empty where no step is known."""
    step = first_step(finding)
    return step.say if step else ""


def since_words(digest: Digest) -> str:
    """What the digest is compared with, where no reader's own zone is known."""
    return f"since {utc(digest.before):%Y-%m-%d %H:%M} UTC" if digest.before else FIRST


def in_state(digest: Digest, state: PartState) -> tuple[Part, ...]:
    """The parts of the platform that are so."""
    return tuple(part for part in digest.parts if part.state is state)


def part_words(part: Part, most: int) -> str:
    """A part of the platform in a line, with `most` of its objects in trouble."""
    items = f" ({some(part.items, most, '; ')})" if part.items and most else ""
    return f"{part.name}: {part.said}{items}"


def names(parts: Sequence[Part]) -> str:
    """The parts' names in a row."""
    return ", ".join(part.name for part in parts)


def resolved_words(gone: Gone, digest: Digest) -> str:
    """A cause that is gone, and how long it lasted."""
    words = age(gone.since, digest)
    return f"{gone.summary} (after {words})" if words else gone.summary


def unseen_words(unseen: Sequence[Gone], most: int) -> str:
    """What could not be looked for, and why."""
    return _by_reason([(gone.summary, gone.why) for gone in unseen], most)


def why_each(unseen: Sequence[Gone]) -> list[str]:
    """What could not be looked for, one by one."""
    return [unseen_words([gone], 1) for gone in unseen]


def gap_words(gaps: Sequence[Gap], most: int) -> str:
    """What was not read, and why."""
    return _by_reason([(gap.source, gap.reason) for gap in gaps], most)


def _by_reason(pairs: Sequence[tuple[str, str]], most: int) -> str:
    """The first things with their reasons, each reason said once, and how many more there are."""
    reasons: dict[str, list[str]] = {}
    for thing, reason in dict.fromkeys(pairs[:most]):
        reasons.setdefault(reason, []).append(thing)
    groups = [f"{', '.join(each)} ({why})" if why else ", ".join(each) for why, each in reasons.items()]
    rest = len(pairs) - most
    return "; ".join((*groups, *((f"and {rest:,} more",) if rest > 0 else ())))
