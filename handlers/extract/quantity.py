"""Kubernetes quantities ("250m", "96Gi", "1e3") as numbers, and back as people write them.

Grammar: a signed decimal number, then nothing, one SI suffix (n u m k M G T P E), one binary suffix
(Ki Mi Gi Ti Pi Ei), or an exponent (e3, E-2).
"""

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache

from handlers.extract.errors import QuantityError
from handlers.sources.objects.meta import Quantity

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+))(?:(?P<suffix>[numkMGTPE]|[KMGTPE]i)|[eE](?P<exponent>[+-]?\d{1,3}))?",
    re.ASCII,
)
_SI = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_LONGEST = 64
_WHOLE = 1000
_LARGEST_EXPONENT = 64
_BYTE_RESOURCES = ("memory", "ephemeral-storage", "storage", "hugepages-")


def parse_quantity(quantity: Quantity) -> float:
    """Read a quantity in its base unit (cores, bytes, pieces); an int when it is whole.

    Raises:
        QuantityError: the text is no quantity, or a float that is not finite.
    """
    exact = _exact(quantity)
    return exact.numerator if exact.denominator == 1 else float(exact)


def parse_milli(quantity: Quantity) -> int:
    """Read a quantity in thousandths of its base unit, rounded up as the scheduler does; exact to add.

    Raises:
        QuantityError: the text is no quantity, or a float that is not finite.
    """
    return math.ceil(_exact(quantity) * 1000)


def quantity_or_none(quantity: Quantity | None) -> float | None:
    """Read a quantity in its base unit; None where there is none or it cannot be read."""
    if quantity is None:
        return None
    try:
        return parse_quantity(quantity)
    except QuantityError:
        return None


@lru_cache(maxsize=4096)
def milli_or_none(quantity: Quantity | None) -> int | None:
    """Read a quantity in thousandths of its base unit; None where there is none or it cannot be read."""
    if quantity is None:
        return None
    try:
        return parse_milli(quantity)
    except QuantityError:
        return None


def readable_milli(quantities: Mapping[str, Quantity]) -> dict[str, int]:
    """Every quantity that can be read, in thousandths, by resource name."""
    pairs = ((name, milli_or_none(quantity)) for name, quantity in quantities.items())
    return {name: value for name, value in pairs if value is not None}


def quantity_text(resource: str, milli: int) -> str:
    """Write thousandths of a resource as people do: memory "30.9Gi", cpu "250m" or "7.91", others "1"."""
    if resource.startswith(_BYTE_RESOURCES):
        return _bytes_text(milli / 1000)
    if abs(milli) < _WHOLE:
        return f"{milli}m" if milli else "0"
    return f"{milli / _WHOLE:.2f}".rstrip("0").rstrip(".")


def _bytes_text(count: float) -> str:
    for suffix, power in reversed(_BINARY.items()):
        if abs(count) >= 1 << power:
            return f"{count / (1 << power):.1f}".removesuffix(".0") + suffix
    return f"{count:.0f}"


def _exact(quantity: Quantity) -> Fraction:
    if isinstance(quantity, str):
        return _exact_text(quantity)
    if not math.isfinite(quantity):
        raise QuantityError(f"{quantity!r} is not a finite number")
    return Fraction(quantity) if isinstance(quantity, int) else Fraction(str(quantity))


@lru_cache(maxsize=4096)
def _exact_text(text: str) -> Fraction:
    match = _QUANTITY.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        raise QuantityError(f"{text[:_LONGEST]!r} is no quantity")
    number = Fraction(match["number"])
    suffix = match["suffix"]
    if suffix in _BINARY:
        return number * (1 << _BINARY[suffix])
    exponent = _SI[suffix] if suffix else int(match["exponent"] or 0)
    if abs(exponent) > _LARGEST_EXPONENT:
        raise QuantityError(f"{text!r} is too large or too small")
    return number * Fraction(10) ** exponent
