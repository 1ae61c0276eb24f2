"""The fields of a line of cron as sets of numbers, and back."""

import re
from collections.abc import Collection
from typing import Final

from msgspec import Struct

from bot.errors import UsageError

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Names of weekdays, in the order in which they are told."""
_WEEK = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_YEAR = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORT = 3
_PART = re.compile(r"(?:(\*)|([a-z]+|[0-9]{1,2})(?:-([a-z]+|[0-9]{1,2}))?)(?:/([0-9]{1,2}))?")
_SHOWN = 20
_RUN = 3
"""So many numbers in a row are written as a range."""


class Field(Struct, frozen=True, kw_only=True):
    """One field of cron.

    Attributes:
        what: as people say it.
        first, last: its least and greatest number.
        names: of its numbers, from the first; three letters of one are enough.
        week: its last number is its first again: 0 and 7 are Sunday.
    """

    what: str
    first: int
    last: int
    names: tuple[str, ...] = ()
    week: bool = False


MINUTE: Final = Field(what="minute", first=0, last=59)
HOUR: Final = Field(what="hour", first=0, last=23)
DAY: Final = Field(what="day of the month", first=1, last=31)
MONTH: Final = Field(what="month", first=1, last=12, names=_YEAR)
WEEKDAY: Final = Field(what="weekday", first=0, last=7, names=_WEEK, week=True)
"""As cron counts: from Sunday."""


def numbers(text: str, field: Field) -> frozenset[int]:
    """What a field of cron stands for; 7 is 0 among weekdays.

    Raises:
        UsageError: it is no list of numbers, names, ranges and steps, or one is out of range.
    """
    found = {number for part in text.lower().split(",") for number in _of_part(part, field)}
    return frozenset(number % 7 for number in found) if field.week else frozenset(found)


def cron_words(found: Collection[int], field: Field) -> str:
    """The shortest cron for numbers; weekdays by name, Monday first, whatever their numbers."""
    if len(found) == _size(field):
        return "*"
    if field.week:
        return _runs([(number - 1) % 7 for number in found], DAYS)
    stepped = sorted(found)
    step = stepped[1] - stepped[0] if len(stepped) >= _RUN else 0
    if step > 1 and stepped == list(range(field.first, field.last + 1, step)):
        return f"*/{step}"
    return _runs(stepped, [str(number) for number in range(field.last + 1)])


def _of_part(part: str, field: Field) -> range | list[int]:
    """`*`, `5`, `mon`, `1-5`, `fri-mon`, each but a single one also with a step."""
    match = _PART.fullmatch(part)
    if not match or (match[4] and not (match[1] or match[3])) or match[4] in ("0", "00"):
        raise _unreadable(part, field)
    step = int(match[4] or 1)
    if match[1]:
        return range(field.first, field.first + _size(field), step)
    start = _number(match[2], field)
    end = _number(match[3], field) if match[3] else start
    if end >= start:
        return range(start, end + 1, step)
    if not (match[2] + match[3]).isalpha():
        raise UsageError(
            f"“{part}” ends before it begins, as the {field.what} of a schedule.",
            "Write the smaller number first, or list the numbers with commas.",
        )
    around = [*range(start, field.first + _size(field)), *range(field.first, end + 1)]
    return around[::step]


def _number(word: str, field: Field) -> int:
    if word[:1].isdigit():
        number = int(word)
        if not field.first <= number <= field.last:
            raise UsageError(
                f"{number} is no {field.what} of a schedule.",
                f"Write a number from {field.first} to {field.last}.",
            )
        return number
    named = [index for index, name in enumerate(field.names) if name in (word, f"{word}{name[_SHORT:]}")]
    if not named:
        raise _unreadable(word, field)
    return field.first + named[0]


def _size(field: Field) -> int:
    return field.last - field.first + (0 if field.week else 1)


def _runs(found: Collection[int], names: Collection[str]) -> str:
    """`mon-fri`, `mon,wed,fri`, `1,2,9-17`."""
    named, ordered, runs = list(names), sorted(found), list[list[int]]()
    for number in ordered:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    parts = [
        f"{named[run[0]]}-{named[run[-1]]}" if len(run) >= _RUN else ",".join(named[each] for each in run)
        for run in runs
    ]
    return ",".join(parts)


def _unreadable(part: str, field: Field) -> UsageError:
    names = f", or names such as {field.names[1][:_SHORT]}" if field.names else ""
    return UsageError(
        f"“{part[:_SHOWN]}” is no {field.what} of a schedule.",
        f"Write * or numbers from {field.first} to {field.last} as 1, 1,2, 1-5 or */2{names}.",
    )
