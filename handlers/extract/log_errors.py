"""Which line of a log tells most about the failure, and which forms of error lines repeat."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from handlers.extract.log_lines import Level, LogLine
from handlers.extract.log_signatures import Observe, Seen
from handlers.extract.tracebacks import Raised
from rules.facts.log import LogErrorGroup, SignatureKind

_GENERIC = re.compile(
    r"\bexit (?:status|code):? \d|giving up|shutting down|stopping|startup failed|\bfailed$"
    r"|^failed\b.{0,12}$"
    r"|error initializing|invalid configuration$|storage initialization failed: S3 "
    r"|exception:?$|^exception on /"
    r"|traceback \(|worker exited|see (?:the )?logs?|unexpected error\.?$|reconciler error$|^error:?$",
    re.IGNORECASE,
)
_TYPED = re.compile(r"^(?:[A-Za-z_][\w.]{0,150}\.)?[A-Z]\w{0,80}(?:Error|Exception|Failure)(?:: |$)")
_VARYING = re.compile(
    r"(?P<id>\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?=[a-f]*\d)[0-9a-f]{8,128}\b|\b0x[0-9a-f]{1,32}\b)"
    r"|(?P<ip>\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b)"
    r"|(?P<text>\"[^\"]{1,200}\"|'[^']{1,200}'|`[^`]{1,200}`)"
    r"|(?P<n>(?<![A-Za-z_])\d+(?:[.,:]\d+)*)"
)
_MASKED = 300
_MOST_GROUPS = 8
_RAISED, _ERROR, _FATAL, _WARNING = 60.0, 40.0, 44.0, 20.0
_PENALTY = 30.0
_RECENT = 15.0


class Candidate(Struct, frozen=True):
    """A line that may be the failure, and how much it tells."""

    line: LogLine
    sentence: str
    score: float


def most_telling(
    lines: Sequence[LogLine], raised: Sequence[Raised], seen: Sequence[Seen]
) -> Candidate | None:
    """The failure to show: exceptions before error lines, known before unknown, late before early."""
    known = {one.line.number: one.kind for one in seen if not one.vague}
    candidates = [*_of_lines(lines, known), *_of_raised(lines, raised, known)]
    return max(candidates, key=lambda one: (one.score, one.line.number), default=None)


def error_groups(
    lines: Sequence[LogLine], raised: Sequence[Raised], seen: Sequence[Seen], observe: Observe
) -> tuple[LogErrorGroup, ...]:
    """Forms of error lines, most frequent first; of equally frequent ones the latest first."""
    shown = {one.number for one in raised} | {one.line.number for one in seen}
    groups: dict[str, list[LogLine]] = {}
    for line in lines:
        if _is_error(line) or line.number in shown:
            groups.setdefault(masked(line.message), []).append(line)
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), -item[1][-1].number))
    return tuple(
        LogErrorGroup(text=text, count=len(group), example=observe(group[-1]))
        for text, group in ranked[:_MOST_GROUPS]
    )


def masked(message: str) -> str:
    """The message with ids, addresses, quoted words and numbers replaced, so that repeats look alike."""
    return _VARYING.sub(lambda found: f"<{found.lastgroup}>", message[: 2 * _MASKED])[:_MASKED]


def _is_error(line: LogLine) -> bool:
    if line.access is not None:
        return False
    return line.level >= Level.ERROR or (line.level is Level.NONE and _TYPED.match(line.text) is not None)


def _of_lines(lines: Sequence[LogLine], known: dict[int, SignatureKind]) -> Iterable[Candidate]:
    total = max(1, len(lines))
    for line in lines:
        kind = known.get(line.number)
        score = _weight(line, known=kind is not None)
        if score:
            yield Candidate(line, line.message, _adjusted(score, line.message, kind, line.number / total))


def _of_raised(
    lines: Sequence[LogLine], raised: Sequence[Raised], known: dict[int, SignatureKind]
) -> Iterable[Candidate]:
    first = lines[0].number if lines else 1
    for one in raised:
        line = lines[one.number - first]
        kind = known.get(one.number)
        score = _adjusted(_RAISED, one.sentence, kind, one.number / (first + len(lines)))
        yield Candidate(line, one.sentence, score)


def _weight(line: LogLine, *, known: bool) -> float:
    if line.access is not None:
        return 0.0
    if line.level is Level.FATAL:
        return _FATAL
    if _is_error(line):
        return _ERROR
    if known:
        return _WARNING if line.level is Level.WARNING else _ERROR
    return 0.0


def _adjusted(score: float, sentence: str, kind: SignatureKind | None, position: float) -> float:
    if kind is not None:
        score += 10.0 + 20.0 * (1.0 - kind.rank / len(SignatureKind))
    elif _GENERIC.search(sentence[:_MASKED].strip()) or not sentence.strip():
        score -= _PENALTY
    return score + _RECENT * position
