"""When a cron schedule came due last: five fields as robfig/cron reads them, which Argo uses."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

LONGEST = 400
"""Days looked back; a schedule comes due at least once a year, but for the 29th of February."""
_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
_NAMES: Mapping[str, int] = {name: number for number, name in enumerate(_MONTHS, 1)} | {
    name: number for number, name in enumerate(_DAYS)
}
_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


class _Schedule(Struct, frozen=True):
    """The values each field allows; a day counts by month and by week, either one where both are limited."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def is_day(self, at: datetime) -> bool:
        by_month, by_week = at.day in self.days, at.isoweekday() % 7 in self.weekdays
        fits = (by_month and by_week) if self.any_day or self.any_weekday else (by_month or by_week)
        return at.month in self.months and fits


def last_due(schedule: str, now: datetime, timezone: str = "") -> datetime | None:
    """The last time a schedule came due before `now`; None where it cannot be told (`@every`, malformed)."""
    parsed, zone = _parsed(schedule), _zone(timezone)
    if parsed is None or zone is None:
        return None
    here = now.astimezone(zone)
    for back in range(LONGEST):
        day = (here - timedelta(days=back)).replace(hour=0, minute=0, second=0, microsecond=0)
        found = _latest(parsed, day, here) if parsed.is_day(day) else None
        if found is not None:
            return found.astimezone(UTC)
    return None


def _latest(parsed: _Schedule, day: datetime, until: datetime) -> datetime | None:
    for hour in sorted(parsed.hours, reverse=True):
        for minute in sorted(parsed.minutes, reverse=True):
            at = day.replace(hour=hour, minute=minute)
            if at <= until:
                return at
    return None


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _parsed(schedule: str) -> _Schedule | None:
    fields = _MACROS.get(schedule.strip().lower(), schedule).lower().split()
    if len(fields) != len(_RANGES):
        return None
    try:
        values = [_field(text, *bounds) for text, bounds in zip(fields, _RANGES, strict=True)]
    except ValueError:
        return None
    minutes, hours, days, months, weekdays = values
    stars = [text in {"*", "?"} for text in fields]
    return _Schedule(minutes, hours, days, months, weekdays, stars[2], stars[4])


def _field(text: str, low: int, high: int) -> frozenset[int]:
    """Values of one field ("*/15", "1-5", "mon,wed"). Raises ValueError."""
    return frozenset(value for part in text.split(",") for value in _part(part, low, high))


def _part(text: str, low: int, high: int) -> range:
    span, _, step = text.partition("/")
    if span in {"*", "?"}:
        first, last = low, high
    else:
        begin, dash, end = span.partition("-")
        first = _number(begin)
        last = _number(end) if dash else (high if step else first)
    if not low <= first <= last <= high:
        raise ValueError(text)
    return range(first, last + 1, int(step) if step else 1)


def _number(text: str) -> int:
    return _NAMES[text] if text in _NAMES else int(text)
