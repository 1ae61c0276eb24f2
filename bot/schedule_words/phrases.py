"""Text → Schedule: phrases people say, and lines of cron."""

import difflib
import re
from typing import Final

from msgspec import Struct

from bot.errors import UsageError
from bot.schedule_words.fields import DAY, DAYS, HOUR, MINUTE, MONTH, WEEKDAY, numbers
from bot.schedule_words.schedule import (
    EVERY_DAY,
    WEEKDAYS,
    WEEKENDS,
    Schedule,
    Times,
    schedule_of,
)
from bot.schedule_words.zones import check_zone, may_be_zone, near_zone

LONGEST_SCHEDULE: Final = 200
"""Characters of a schedule."""
SCHEDULE_HELP: Final = (
    "Say, for example, weekdays 09:00 Europe/Dublin, or mon,wed,fri 08:30 UTC, or in cron 0 9,17 * * mon-fri."
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FIELDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)
_OCLOCK = re.compile(r"o\S?clock", re.IGNORECASE)
_QUOTES = re.compile("[\"'`\u00ab\u00bb\u2018-\u201f\u2039\u203a]")
_HYPHENS = re.compile("[\u2010-\u2015\u2212]+|--+")
_CRON = re.compile(r"[0-9*/,\-]+")
_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT = {"tues": "tuesday", "weds": "wednesday", "thur": "thursday", "thurs": "thursday"}
_NAMES = {
    **{form: day[:3] for day in _LONG_DAYS for form in (day, f"{day}s", day[:3])},
    **{short: day[:3] for short, day in _SHORT.items()},
}
_GROUPS = {
    **dict.fromkeys(("daily", "day", "days", "everyday"), EVERY_DAY),
    **dict.fromkeys(("weekdays", "weekday", "workdays", "workday"), WEEKDAYS),
    **dict.fromkeys(("weekends", "weekend"), WEEKENDS),
}
_FILLERS = _words("every each at on the and in of & - time zone timezone")
_OFTEN = _words("minute minutes minutely second seconds min mins")
_HOURLY = _words("hour hours hourly")
_RARE = _words("week weekly month monthly fortnight fortnightly biweekly year yearly other")
_ANY_DAY = "|".join(sorted(_NAMES, key=len, reverse=True))
_RANGE = re.compile(
    rf"\b({_ANY_DAY})\s*(?:-|\s(?:to|through|thru|till|until)\s)\s*({_ANY_DAY})\b", re.IGNORECASE
)
_MERIDIEM = re.compile(r"(?<=[0-9])\s*([ap])\.?\s?m\b\.?", re.IGNORECASE)
_TIME = re.compile(r"([0-9]{1,2}?)(?:[:.h]?([0-9]{2}))?([ap]m)?")
_CLOCK = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
_AROUND = "*_~()[]{}<>;!?"
_SHOWN = 40
_CUTOFF = 0.75


def parse_schedule(text: str, default_zone: str) -> Schedule:
    """Understand a schedule: "weekdays 09:00 Europe/Dublin", "every day at 9am", "0 9 * * 1-5 UTC".

    Weekdays in numbers are cron's: 0 and 7 are Sunday.

    Args:
        text: as typed; quotes and further spaces do no harm.
        default_zone: the IANA name that counts when the text names none.

    Raises:
        UsageError: with what cannot be understood; its suggestion is a whole schedule that was probably
            meant, and its advice repeats nothing of the text.
    """
    plain = _HYPHENS.sub("-", _QUOTES.sub(" ", _OCLOCK.sub("", text)))
    words = plain.split()
    if not words or len(text) > LONGEST_SCHEDULE:
        sentence = f"A schedule has at most {LONGEST_SCHEDULE} characters." if words else "When?"
        raise UsageError(sentence, SCHEDULE_HELP)
    if words[0].startswith("@"):
        raise UsageError("Names such as @daily are not understood.", SCHEDULE_HELP)
    if all(_CRON.fullmatch(word) for word in words[:2]) and len(words) > 1:
        return _cron(words, default_zone)
    return _Phrase(plain, default_zone).schedule()


def _cron(words: list[str], default_zone: str) -> Schedule:
    fields, zone = words[: len(_FIELDS)], " ".join(words[len(_FIELDS) :])
    if len(fields) < len(_FIELDS):
        raise UsageError(
            f"Cron has five fields, and got {len(fields)}.",
            "They are minute, hour, day of the month, month and weekday: 0 9 * * mon-fri.",
        )
    minutes, hours, days, months, weekdays = map(numbers, fields, _FIELDS)
    times = Times(minutes=minutes, hours=hours, days=days, months=months, weekdays=weekdays)
    if zone and (_CRON.fullmatch(zone.split()[0]) or zone.split()[0].lower() in _NAMES):
        raise UsageError("Cron has five fields, and got six.", "Leave out the seconds: 0 9 * * mon-fri.")
    return _in_zone(times, zone or default_zone)


def _in_zone(times: Times, zone: str) -> Schedule:
    """The schedule; with a zone that was probably meant, as a suggestion."""
    try:
        known = check_zone(zone)
    except UsageError as error:
        meant = schedule_of(times, error.suggestion).words if error.suggestion else ""
        raise UsageError(error.sentence, error.advice, meant) from None
    return schedule_of(times, known)


class _Said(Struct):
    """What the words of a phrase name."""

    weekdays: set[int]
    clocks: list[tuple[int, int]]
    rest: list[str]


class _Phrase:
    """One phrase on its way to a Schedule."""

    def __init__(self, text: str, default_zone: str) -> None:
        joined = _MERIDIEM.sub(lambda found: f"{found[1].lower()}m", text.replace(",", " "))
        self._words = _RANGE.sub(r"\1-\2", joined).split()
        self._default_zone = default_zone
        self._said = _Said(weekdays=set(), clocks=[], rest=[])

    def schedule(self) -> Schedule:
        _refuse_other_rhythms({_bare(word).lower() for word in self._words})
        for word in self._words:
            self._take(word)
        zone = self._zone()
        times = self._times(zone)
        return _in_zone(times, zone)

    def _take(self, word: str) -> None:
        plain = _bare(word)
        lowered = plain.lower()
        if days := _days(lowered):
            self._said.weekdays |= days
        elif clock := _clock(_CLOCK.get(lowered, lowered)):
            self._said.clocks.append(clock)
        elif plain and lowered not in _FILLERS:
            self._said.rest.append(plain)

    def _zone(self) -> str:
        """The words that are neither days nor times, as a zone; it may be none."""
        said = " ".join(self._said.rest)
        for word in self._said.rest:
            if meant := _near_day(word):
                raise self._slip(word, meant)
        if near_zone(said):
            return said
        stranger = next((word for word in self._said.rest if not may_be_zone(word)), "")
        if stranger:
            raise UsageError(f"I do not understand “{stranger[:_SHOWN]}” in a schedule.", SCHEDULE_HELP)
        return said or self._default_zone

    def _times(self, zone: str) -> Times:
        clocks = list(dict.fromkeys(self._said.clocks))
        weekdays = frozenset(self._said.weekdays) or EVERY_DAY
        if not clocks:
            morning = Times(minutes=frozenset({0}), hours=frozenset({9}), weekdays=weekdays)
            raise UsageError("At what time of day?", SCHEDULE_HELP, self._meant(morning, zone))
        hours, minutes = frozenset(h for h, _ in clocks), frozenset(m for _, m in clocks)
        times = Times(minutes=minutes, hours=hours, weekdays=weekdays)
        if len(clocks) > 1:
            suggestion = self._meant(times, zone) if len(minutes) == 1 else ""
            raise UsageError(
                "A phrase has one time of day; several are written as cron.",
                "Say, for example, 0 9,17 * * mon-fri.",
                suggestion,
            )
        return times

    def _meant(self, times: Times, zone: str) -> str:
        try:
            return _in_zone(times, zone).words
        except UsageError as error:
            return error.suggestion

    def _slip(self, word: str, meant: str) -> UsageError:
        """A word near that of a day; with the whole phrase put right."""
        righted = " ".join(
            meant if each.strip(_AROUND).rstrip(".:") == word else each for each in self._words
        )
        try:
            suggestion = parse_schedule(righted, self._default_zone).words
        except UsageError as error:
            suggestion = error.suggestion
        return UsageError(f"I do not know the day “{word[:_SHOWN]}”.", f"Did you mean {meant}?", suggestion)


def _bare(word: str) -> str:
    """A word without the punctuation of a sentence."""
    return word.strip(_AROUND).rstrip(".:")


def _refuse_other_rhythms(lowered: set[str]) -> None:
    if lowered & _OFTEN:
        raise UsageError("That is more often than hourly.", SCHEDULE_HELP)
    if lowered & _HOURLY:
        raise UsageError(
            "Several times a day are written as cron.", "Say 0 * * * * for every hour, 0 9,17 * * * for two."
        )
    if lowered & _RARE:
        raise UsageError(
            "A phrase knows days of the week, and cron days of the month too.",
            "Say, for example, mondays 09:00, or 0 9 1 * * for the first of each month.",
        )


def _days(lowered: str) -> frozenset[int]:
    """The weekdays a word names, by cron's numbers; none for other words."""
    if lowered in _GROUPS:
        return _GROUPS[lowered]
    if "/" in lowered and all(each := [_days(part) for part in lowered.split("/")]):
        return frozenset().union(*each)
    ends = [_NAMES.get(end, "") for end in lowered.split("-")]
    if len(ends) > 2 or not all(ends):  # noqa: PLR2004 - a range has two ends
        return frozenset()
    return numbers("-".join(ends), WEEKDAY)


def _clock(lowered: str) -> tuple[int, int] | None:
    """Hour and minute of a time of day; None for a word that is none.

    Raises:
        UsageError: there is no such time.
    """
    match = _TIME.fullmatch(lowered)
    if not match:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half and not 1 <= hour <= 12:  # noqa: PLR2004 - hours of a clock's face
        raise UsageError(f"{lowered} is no time of day.", "Hours with am and pm go from 1 to 12.")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > HOUR.last or minute > MINUTE.last:
        raise UsageError(f"{lowered} is no time of day.", "Times go from 00:00 to 23:59.")
    return hour, minute


def _near_day(word: str) -> str:
    """The word of a day that was probably meant; empty for what is a zone, or near none."""
    if "/" in word:
        return ""
    known = [*_GROUPS, *(name for name in _NAMES if name not in DAYS)]
    return next(iter(difflib.get_close_matches(word.lower(), known, n=1, cutoff=_CUTOFF)), "")
