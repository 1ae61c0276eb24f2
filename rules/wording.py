"""How the value of a fact reads in a sentence."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum

from rules.path import Unknown
from rules.units import bytes_in_words, cores_in_words, seconds_in_words

_MEASURES: Mapping[str, Callable[[float], str]] = {
    "bytes": bytes_in_words,
    "seconds": seconds_in_words,
    "cores": cores_in_words,
    "percent": lambda number: f"{_plain(number)}%",
}


def wording(value: object, unit: str = "") -> str:
    """The value of a fact in words; `unit` as the fact declares it."""
    if value is None or isinstance(value, Unknown):
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return measure(value, unit)
    return _text(value, unit)


def measure(number: float, unit: str) -> str:
    """A number with its unit as people write it: "1.5Gi", "3 h 5 min", "200m", "85%"."""
    return _MEASURES.get(unit, _plain)(number)


def is_empty(value: object) -> bool:
    """Whether there is nothing to show: None, unknown, no text, no elements; 0 and False are something."""
    if value is None or isinstance(value, Unknown):
        return True
    return not value and not isinstance(value, bool | int | float)


def _text(value: object, unit: str) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes").replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={wording(item, unit)}" for key, item in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(wording(item, unit) for item in value)
    if isinstance(value, set | frozenset):
        return ", ".join(sorted(wording(item, unit) for item in value))
    return str(value)


def _plain(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".") if number % 1 else f"{number:.0f}"
