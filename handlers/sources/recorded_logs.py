"""Container logs of a support bundle: where they are, and the options of the log endpoint applied to them."""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from handlers.sources.archive import Archive

FOLDER = "cluster-resources/pods/logs"

_STAMP = re.compile(
    r"^.{0,24}?(?P<date>\d{4}-\d\d-\d\d)[T ](?P<time>\d\d:\d\d:\d\d)(?:[.,]\d+)?(?P<zone>Z|[+-]\d\d:?\d\d)?"
)
_KLOG = re.compile(r"^[IWEF](?P<month>\d\d)(?P<day>\d\d) (?P<time>\d\d:\d\d:\d\d)\.\d+")


class LogOptions(Struct, frozen=True, kw_only=True):
    """The options of the log endpoint; None leaves one out."""

    tail_lines: int | None = None
    since_seconds: int | None = None
    limit_bytes: int | None = None


class RecordedLog(Struct, frozen=True):
    """A recorded log, or (`refused`) the words in which the API server refused it."""

    content: bytes
    refused: str = ""


def read_log(
    archive: Archive, namespace: str, pod: str, container: str, *, previous: bool
) -> RecordedLog | None:
    """The log of a container as recorded; None when the bundle has none of it. Raises BadAnswer."""
    stem = f"{FOLDER}/{namespace}/{pod}/{container}"
    file = f"{stem}-previous.log" if previous else f"{stem}.log"
    if file in archive.names:
        return RecordedLog(archive.read(file))
    if previous:
        return RecordedLog(b"", f'previous terminated container "{container}" in pod "{pod}" not found')
    if f"{stem}-logs-errors.log" in archive.names:
        words = archive.read(f"{stem}-logs-errors.log").decode(errors="replace")
        return RecordedLog(b"", " ".join(words.split()))
    return None


def apply(content: bytes, options: LogOptions, now: Callable[[], datetime]) -> bytes:
    """What the log endpoint would give of a log: the newest lines since a time, cut at a number of bytes."""
    lines = content.splitlines(keepends=True)
    if options.since_seconds is not None:
        lines = _since(lines, now() - timedelta(seconds=options.since_seconds))
    if options.tail_lines is not None:
        lines = lines[-options.tail_lines :] if options.tail_lines > 0 else []
    kept = b"".join(lines)
    return kept if options.limit_bytes is None else kept[: options.limit_bytes]


def _since(lines: list[bytes], start: datetime) -> list[bytes]:
    """Lines from a time on; one without a time belongs to the line before it, a log without any is kept."""
    times = list(_times(lines, start.year))
    if all(time is None for time in times):
        return lines
    return [line for line, time in zip(lines, times, strict=True) if time is not None and time >= start]


def _times(lines: Iterable[bytes], year: int) -> Iterable[datetime | None]:
    last: datetime | None = None
    for line in lines:
        last = _time_of(line[:80].decode(errors="replace"), year) or last
        yield last


def _time_of(line: str, year: int) -> datetime | None:
    if match := _STAMP.match(line):
        text = f"{match['date']}T{match['time']}{match['zone'] or 'Z'}"
    elif match := _KLOG.match(line):
        text = f"{year}-{match['month']}-{match['day']}T{match['time']}Z"
    else:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
