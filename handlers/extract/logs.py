"""The text of one container's log into facts; pure."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract.log_errors import Candidate, error_groups, most_telling
from handlers.extract.log_lines import Level, LogLine, clean, parse_line, split_lines
from handlers.extract.log_loading import loading_of
from handlers.extract.log_signatures import Seen, seen_in, seen_in_raised, signatures_of
from handlers.extract.log_times import seconds_since
from handlers.extract.tracebacks import Raised, find_raised
from rules.facts.log import LogFacts, LogResponses
from rules.finding import Observation

_LONGEST_TEXT = 500
_LONGEST_SHOWN = 2000
_LOOK_BACK = 80
_MOST_RESPONSES = 10
_SERVER_ERROR = 500


def log_facts(
    text: str, *, container: str, previous: bool, now: datetime, truncated: bool = False
) -> LogFacts:
    """Read what a log says went wrong.

    Args:
        text: the log as the API server returned it; binary garbage and cut lines do no harm.
        container: its name, for the source of every observation.
        previous: whether this is the run before the current one.
        now: the time of the look, with a zone; gives ages, and the year where timestamps lack it.
        truncated: whether earlier lines were left out; the first may then be a fragment and is not judged.
    """
    log = _read(text, container, now, previous=previous, truncated=truncated)
    error = most_telling(log.judged, log.raised, log.seen)
    shown = _shown(error, log) if error else None
    last = log.raised[-1] if log.raised else None
    told = loading_of(log.judged)
    last_at = _written(log.lines, len(log.lines) - 1, now) if log.lines else None
    return LogFacts(
        container=container,
        previous=previous,
        lines=len(log.lines),
        truncated=truncated,
        last_at=last_at,
        error=shown,
        error_seconds_ago=seconds_since(shown.at, now) if shown else None,
        exception_type=last.kind if last else "",
        exception_message=last.message[:_LONGEST_TEXT] if last else "",
        first_cause=last.first_cause[:_LONGEST_TEXT] if last else "",
        last_frame=last.frame if last else "",
        error_groups=error_groups(log.judged, log.raised, log.seen, log.observe),
        signatures=signatures_of(log.seen, log.observe, now),
        responses=_responses(log),
        requests=sum(line.access is not None for line in log.lines),
        loaded=log.observe(told.loaded) if told.loaded else None,
        loading=log.observe(told.loading) if told.loading else None,
    )


def excerpt(text: str, *, around_error: bool = True, lines: int = 40) -> str:
    """The part of a log worth showing: around its most telling failure, or its end; at most `lines` lines."""
    rows = [row[:_LONGEST_SHOWN] for row in split_lines(text)]
    if len(rows) <= lines:
        return "\n".join(rows)
    end = len(rows)
    if around_error and (number := _telling_line(rows)):
        end = min(len(rows), max(lines, number + lines // 4))
    start = end - lines
    parts = [f"… {start} lines before", *rows[start:end]] if start else rows[:end]
    return "\n".join([*parts, f"… {len(rows) - end} lines after"] if end < len(rows) else parts)


class _Log(Struct, frozen=True):
    lines: list[LogLine]
    judged: Sequence[LogLine]
    raised: list[Raised]
    seen: list[Seen]
    source: str
    now: datetime

    def observe(self, line: LogLine) -> Observation:
        """What a finding shows of a line."""
        at = _written(self.lines, line.number - 1, self.now)
        return Observation(line.message[:_LONGEST_TEXT], self.place(line.number), at)

    def place(self, number: int) -> str:
        """Where a line stands, in words."""
        return f"{self.source}, line {number} of {len(self.lines)}"


def _read(text: str, container: str, now: datetime, *, previous: bool, truncated: bool) -> _Log:
    lines = [parse_line(number, row) for number, row in enumerate(split_lines(text), 1)]
    judged = lines[1:] if truncated and len(lines) > 1 else lines
    raised, seen = _judge(judged)
    run = "previous run" if previous else "current run"
    return _Log(lines, judged, raised, seen, f"log of {container}, {run}", now)


def _judge(lines: Sequence[LogLine]) -> tuple[list[Raised], list[Seen]]:
    raised = find_raised(lines)
    seen = [one for line in lines for one in seen_in(line)]
    return raised, [*seen, *seen_in_raised(raised, lines)]


def _telling_line(rows: list[str]) -> int:
    lines = [parse_line(number, row) for number, row in enumerate(rows, 1)]
    error = most_telling(lines, *_judge(lines))
    return error.line.number if error else 0


def _shown(error: Candidate, log: _Log) -> Observation:
    place, at = log.place(error.line.number), _written(log.lines, error.line.number - 1, log.now)
    return Observation(clean(error.sentence)[:_LONGEST_TEXT], place, at)


def _written(lines: Sequence[LogLine], position: int, now: datetime) -> datetime | None:
    """When a line was written: its own timestamp, or that of the record whose continuation it is."""
    for at in range(position, max(-1, position - _LOOK_BACK), -1):
        line = lines[at]
        if (written := line.time(now)) is not None:
            return written
        if line.access is not None or line.level is not Level.NONE:
            return None
    return None


def _responses(log: _Log) -> tuple[LogResponses, ...]:
    groups: dict[tuple[int, str, str], list[LogLine]] = {}
    for line in log.judged:
        if line.access is not None and line.access.failed:
            key = (line.access.status, line.access.method, line.access.masked_path)
            groups.setdefault(key, []).append(line)
    found = [_response(key, group, log) for key, group in groups.items()]
    found.sort(key=lambda one: (one.status < _SERVER_ERROR, -one.count, one.status))
    return tuple(found[:_MOST_RESPONSES])


def _response(key: tuple[int, str, str], group: Sequence[LogLine], log: _Log) -> LogResponses:
    status, method, path = key
    example = log.observe(group[-1])
    return LogResponses(
        status=status,
        method=method,
        path=path,
        count=len(group),
        last_at=example.at,
        seconds_ago=seconds_since(example.at, log.now),
        example=example,
    )
