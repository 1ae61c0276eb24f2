"""When a log line was written: timestamps of many loggers, at the head of a line or in a JSON field."""

import re
from datetime import UTC, datetime, timedelta, timezone

_HEAD = 160
_ISO = re.compile(
    r"(?<!\d)(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
    r"(?:(Z|UTC| UTC)| ?([+-])(\d\d):?(\d\d)(?!\d))?"
)
_KLOG = re.compile(r"^[IWEF](\d\d)(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?")
_CLF = re.compile(r"\[(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)\]")
_SYSLOG = re.compile(r"^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)\b")
_SHORT_YEAR = re.compile(r"^(\d\d)/(\d\d)/(\d\d) (\d\d):(\d\d):(\d\d)\b")
_EPOCH = re.compile(r"^\[?(\d{10}(?:\.\d{1,9})?|\d{13})(?=[\]\s])")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH_SCALES = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (1e8, 1.0))


def time_of_text(text: str, now: datetime) -> datetime | None:
    """Time at the head of a plain line, with its zone or else as UTC; None when there is none.

    `now` supplies the year where a format has none (klog, syslog).
    """
    head = text[:_HEAD]
    try:
        return _full_date(head) or _year_missing(head, now) or _rare(head)
    except (ValueError, OverflowError):
        return None


def time_of_value(value: object, now: datetime) -> datetime | None:
    """Time in a JSON field: text, or seconds, milli-, micro- or nanoseconds since 1970."""
    if isinstance(value, str):
        return time_of_text(value, now) or _epoch_of_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _epoch(float(value))
    return None


def seconds_since(at: datetime | None, now: datetime) -> float | None:
    """Age in seconds, never below 0; None without a time."""
    return None if at is None else max(0.0, (now - at).total_seconds())


def _full_date(head: str) -> datetime | None:
    found = _ISO.search(head)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, _utc, sign, zone_hours, zone_minutes = found.groups()
    zone = _zone(sign, zone_hours, zone_minutes)
    return datetime(
        int(year), int(month), int(day), int(hour), int(minute), int(second), _micros(fraction), zone
    ).astimezone(UTC)


def _year_missing(head: str, now: datetime) -> datetime | None:
    if found := _KLOG.match(head):
        month, day, hour, minute, second, fraction = found.groups()
        return _latest_year(
            now, int(month), int(day), (int(hour), int(minute), int(second)), _micros(fraction)
        )
    found = _SYSLOG.match(head)
    if found is None or found[1] not in _MONTHS:
        return None
    clock = (int(found[3]), int(found[4]), int(found[5]))
    return _latest_year(now, _MONTHS.index(found[1]) + 1, int(found[2]), clock, 0)


def _rare(head: str) -> datetime | None:
    found = _CLF.search(head)
    if found and found[2] in _MONTHS:
        zone = _zone(found[7], found[8], found[9])
        clock = (int(found[4]), int(found[5]), int(found[6]))
        month = _MONTHS.index(found[2]) + 1
        return datetime(int(found[3]), month, int(found[1]), *clock, tzinfo=zone).astimezone(UTC)
    if found := _SHORT_YEAR.match(head):
        year, month, day, hour, minute, second = (int(group) for group in found.groups())
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=UTC)
    return _epoch_of_text(head)


def _latest_year(now: datetime, month: int, day: int, clock: tuple[int, int, int], micros: int) -> datetime:
    this_year = datetime(now.year, month, day, *clock, micros, tzinfo=UTC)
    return this_year if this_year <= now + timedelta(days=1) else this_year.replace(year=now.year - 1)


def _zone(sign: str | None, hours: str | None, minutes: str | None) -> timezone:
    if sign is None:
        return UTC
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    return timezone(-offset if sign == "-" else offset)


def _micros(fraction: str | None) -> int:
    return int((fraction or "0")[:6].ljust(6, "0"))


def _epoch_of_text(text: str) -> datetime | None:
    found = _EPOCH.match(f"{text[:40]} ")
    return _epoch(float(found[1])) if found else None


def _epoch(value: float) -> datetime | None:
    for floor, scale in _EPOCH_SCALES:
        if value >= floor:
            try:
                return datetime.fromtimestamp(value / scale, UTC)
            except (ValueError, OverflowError, OSError):
                return None
    return None
