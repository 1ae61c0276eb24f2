"""When a digest is due: the slots of a schedule, one for each wall time of a day, on every night of a year.

APScheduler's cron finds the wall times, by a clock that never changes; what instant each is comes from the
zone. Asked in the zone itself, it would run twice for a wall time that clocks repeat, and not at all in the
first hour of the day after clocks went forward.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger
from msgspec import Struct

from bot.schedule_words import Schedule, parse_schedule

__all__ = ["Schedule", "Slot", "cron_trigger", "last_slot", "next_slot", "parse_schedule", "slots_between"]

_SPANS = tuple(timedelta(days=days) for days in (1, 8, 40, 400, 3000))
"""How far is looked for a slot, little by little; a 29 February may be eight years away."""
_APART = timedelta(hours=26)
"""No wall time is farther from UTC than this, counting an hour that is skipped."""
_CHUNK = timedelta(days=40)
_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


class Slot(Struct, frozen=True):
    """One time at which a digest is due.

    Attributes:
        at: the instant, in UTC.
        name: the wall time of the schedule ("2026-11-23T09:00"), once for each; of a time that clocks skip,
            the one that was skipped.
    """

    at: datetime
    name: str


def next_slot(schedule: Schedule, after: datetime) -> Slot:
    """The first slot later than `after`, which is aware."""
    for span in _SPANS:
        if found := _slots(schedule, after + _MOMENT, after + span):
            return found[0]
    raise AssertionError(schedule)  # parse_schedule refuses what never comes


def last_slot(schedule: Schedule, now: datetime) -> Slot | None:
    """The last slot that is not later than `now`, which is aware; None when there is none for years."""
    spans = (_slots(schedule, now - span, now) for span in _SPANS)
    return next((found[-1] for found in spans if found), None)


def slots_between(schedule: Schedule, after: datetime, until: datetime, most: int = 50) -> tuple[Slot, ...]:
    """The slots later than `after` and not later than `until`, in order; the last `most` of them."""
    found: list[Slot] = []
    start, end = max(after, until - _SPANS[-1]), until
    while len(found) < most and end > start:
        begin = max(end - _CHUNK, start)
        found = [*_slots(schedule, begin + _MOMENT, end), *found]
        end = begin
    return tuple(found[-most:])


def cron_trigger(schedule: Schedule) -> BaseTrigger:
    """What tells APScheduler when to run the job of a schedule: at each of its slots."""
    return _SlotTrigger(schedule)


class _SlotTrigger(BaseTrigger):  # type: ignore[misc]  # apscheduler ships no types
    """Runs at the slots of a schedule."""

    __slots__ = ("_schedule",)

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule

    def __str__(self) -> str:
        return f"slots[{self._schedule.words}]"

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The slot after the one that ran last, or from now on."""
        return next_slot(self._schedule, previous_fire_time or now - _MOMENT).at


def _slots(schedule: Schedule, start: datetime, end: datetime) -> list[Slot]:
    """All slots from `start` to `end`, in order of time.

    A time that clocks skip is moved as far as they are; where another of the schedule is due then, that one
    is the slot. A day that is skipped whole, as when a zone moves over the date line, has none.
    """
    zone, found = ZoneInfo(schedule.zone), dict[datetime, Slot]()
    for wall in _walls(schedule, start, end):
        at = wall.replace(tzinfo=zone).astimezone(UTC)
        skipped = at.astimezone(zone).replace(tzinfo=None) - wall
        if start <= at <= end and skipped < _DAY and (at not in found or not skipped):
            found[at] = Slot(at, f"{wall:%Y-%m-%dT%H:%M}")
    return [found[at] for at in sorted(found)]


def _walls(schedule: Schedule, start: datetime, end: datetime) -> Iterator[datetime]:
    """Wall times around two instants, by a clock that never changes."""
    cron = CronTrigger(
        minute=schedule.minute,
        hour=schedule.hour,
        day=schedule.day,
        month=schedule.month,
        day_of_week=schedule.day_of_week,
        timezone=UTC,
    )
    last = end.astimezone(UTC) + _APART
    wall = cron.get_next_fire_time(None, start.astimezone(UTC) - _APART)
    while wall is not None and wall <= last:
        yield wall.replace(tzinfo=None)
        wall = cron.get_next_fire_time(None, wall + timedelta(minutes=1))
