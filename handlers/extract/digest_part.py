"""How one part of a platform is put in a line: fine, in trouble with its worst objects, absent, unknown."""

from collections.abc import Sequence
from datetime import datetime

from handlers.parts import Part, PartState
from handlers.sources.objects.meta import KubernetesObject
from rules.units import seconds_in_words

MOST = 10
"""Objects of a part that are named; the others are counted."""


def part_of(name: str, said: str, troubles: Sequence[str] = ()) -> Part:
    """A part that was looked at: in trouble when objects are named, the worst of them first."""
    state = PartState.TROUBLE if troubles else PartState.FINE
    return Part(name=name, state=state, said=said, items=shortened(troubles))


def unknown(name: str, why: str) -> Part:
    """A part that could not be read."""
    return Part(name=name, state=PartState.UNKNOWN, said=why)


def absent(name: str, why: str) -> Part:
    """A part that this cluster does not have, or that nobody set up to be asked."""
    return Part(name=name, state=PartState.ABSENT, said=why)


def shortened(items: Sequence[str], most: int = MOST) -> tuple[str, ...]:
    """The first of many, and how many more there are; a last one takes no more room than saying so."""
    if len(items) <= most + 1:
        return tuple(items)
    return (*items[:most], f"and {len(items) - most} more")


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in one line, the first of many and how many more."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")


def counted(count: int, thing: str) -> str:
    """A number of things ("1 pod", "3 pods"); the plural is regular."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def seconds_from(moment: datetime | None, now: datetime) -> float | None:
    """Seconds since a moment, at least 0; None where it is not known."""
    return max(0.0, (now - moment).total_seconds()) if moment else None


def lasting(moment: datetime | None, now: datetime) -> str:
    """How long something has been so (" for 3 h"); empty where it is not known."""
    seconds = seconds_from(moment, now)
    return "" if seconds is None else f" for {seconds_in_words(seconds)}"


def age_of(item: KubernetesObject, now: datetime) -> float:
    """Seconds since it was made; very old where it does not say."""
    seconds = seconds_from(item.metadata.creation_timestamp, now)
    return float("inf") if seconds is None else seconds
