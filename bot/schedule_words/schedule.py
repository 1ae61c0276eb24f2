"""A schedule, made of the numbers of its fields."""

from msgspec import Struct

from bot.errors import UsageError
from bot.schedule_words.fields import DAY, HOUR, MINUTE, MONTH, WEEKDAY, cron_words

EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(1, 6))
WEEKENDS = frozenset((0, 6))
"""Weekdays by cron's numbers: 0 is Sunday."""
ALL_DAYS = frozenset(range(1, 32))
ALL_MONTHS = frozenset(range(1, 13))
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PHRASES = {EVERY_DAY: "daily", WEEKDAYS: "weekdays", WEEKENDS: "weekends"}


class Schedule(Struct, frozen=True, kw_only=True):
    """When something is told, at most once an hour.

    Attributes:
        minute, hour, day, month, day_of_week: as APScheduler reads them; weekdays are names.
        zone: IANA name.
        words: the same in words that are read again ("weekdays 09:00 Europe/Dublin").
    """

    minute: str
    hour: str
    day: str = "*"
    month: str = "*"
    day_of_week: str = "*"
    zone: str
    words: str


class Times(Struct, frozen=True, kw_only=True):
    """The numbers a schedule is made of, as cron counts them."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] = ALL_DAYS
    months: frozenset[int] = ALL_MONTHS
    weekdays: frozenset[int] = EVERY_DAY


def schedule_of(times: Times, zone: str) -> Schedule:
    """The schedule of these times.

    Raises:
        UsageError: they come more often than hourly, never, or as two kinds of days at once.
    """
    _refuse_often(times, zone)
    _refuse_two_kinds(times)
    if not any(day <= _LONGEST[month - 1] for month in times.months for day in times.days):
        raise UsageError(
            "That day never comes: none of the months is so long.", "Name a day that its month has."
        )
    return _schedule(times, zone)


def _schedule(times: Times, zone: str) -> Schedule:
    cron = {
        "minute": cron_words(times.minutes, MINUTE),
        "hour": cron_words(times.hours, HOUR),
        "day": cron_words(times.days, DAY),
        "month": cron_words(times.months, MONTH),
        "day_of_week": cron_words(times.weekdays, WEEKDAY),
    }
    words = _phrase(times) or " ".join(cron.values())
    return Schedule(**cron, zone=zone, words=f"{words} {zone}")


def _phrase(times: Times) -> str:
    """The schedule as people say it; empty when only cron can."""
    every_month = times.days == ALL_DAYS and times.months == ALL_MONTHS
    if not every_month or len(times.hours) > 1 or len(times.minutes) > 1:
        return ""
    days = _PHRASES.get(times.weekdays) or cron_words(times.weekdays, WEEKDAY)
    return f"{days} {min(times.hours):02}:{min(times.minutes):02}"


def _refuse_often(times: Times, zone: str) -> None:
    if len(times.minutes) == 1:
        return
    fewer = Times(
        minutes=frozenset({min(times.minutes)}),
        hours=times.hours,
        days=times.days,
        months=times.months,
        weekdays=times.weekdays,
    )
    raise UsageError(
        "That is more often than hourly.",
        "Name one minute of the hour, such as 0 9-17 * * mon-fri.",
        _schedule(fewer, zone).words,
    )


def _refuse_two_kinds(times: Times) -> None:
    if times.days != ALL_DAYS and times.weekdays != EVERY_DAY:
        raise UsageError(
            "A day of the month and a weekday are both named: cron tells on either, which few people mean.",
            "Leave one of them *; two schedules can be subscribed to.",
        )
