import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.extract.errors import ExtractError, QuantityError
from handlers.extract.quantity import (
    milli_or_none,
    parse_milli,
    parse_quantity,
    quantity_or_none,
    quantity_text,
    readable_milli,
)

POWERS = {"n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 1000), "": Fraction(1)}
POWERS |= {"k": Fraction(10**3), "M": Fraction(10**6), "G": Fraction(10**9), "T": Fraction(10**12)}
POWERS |= {"P": Fraction(10**15), "E": Fraction(10**18), "Ki": Fraction(2**10), "Mi": Fraction(2**20)}
POWERS |= {"Gi": Fraction(2**30), "Ti": Fraction(2**40), "Pi": Fraction(2**50), "Ei": Fraction(2**60)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("250m", 0.25),
        ("96Gi", 96 * 2**30),
        ("31668Mi", 31668 * 2**20),
        ("1", 1),
        ("0", 0),
        ("1.5Gi", 1.5 * 2**30),
        (".5", 0.5),
        ("5.", 5),
        ("+2", 2),
        ("-1k", -1000),
        ("1e3", 1000),
        ("1E3", 1000),
        ("1E", 10**18),
        ("12e-1", 1.2),
        (4, 4),
        (0.1, 0.1),
    ],
)
def test_known_quantities(text: str | float, value: float) -> None:
    assert parse_quantity(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Gi",
        "1 Gi",
        "1gi",
        "1KI",
        "1mi",
        "0x10",
        "1_000",
        "\uff11",
        "1e",
        "--1",
        "1e999",
        "9" * 65,
        "1Gi\n",
        "NaN",
    ],
)
def test_garbage_is_refused_and_tolerated(text: str) -> None:
    with pytest.raises(QuantityError):
        parse_quantity(text)
    with pytest.raises(ExtractError):
        parse_milli(text)
    assert quantity_or_none(text) is None
    assert milli_or_none(text) is None
    assert readable_milli({"cpu": text, "memory": "1"}) == {"memory": 1000}


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_numbers_without_end_are_refused(number: float) -> None:
    with pytest.raises(QuantityError):
        parse_quantity(number)


def test_nothing_is_unknown() -> None:
    assert quantity_or_none(None) is None
    assert milli_or_none(None) is None


@given(st.decimals(-(10**9), 10**9, allow_nan=False, places=3), st.sampled_from(sorted(POWERS)))
def test_suffixes_multiply(number: object, suffix: str) -> None:
    exact = Fraction(str(number)) * POWERS[suffix]
    assert parse_milli(f"{number:f}{suffix}") == math.ceil(exact * 1000)
    assert parse_quantity(f"{number:f}{suffix}") == pytest.approx(float(exact))


@given(st.text(max_size=80))
def test_no_text_raises_anything_else(text: str) -> None:
    value = quantity_or_none(text)
    assert value is None or math.isfinite(value)


@given(st.integers(0, 10**15))
def test_cpu_is_exact_to_the_thousandth(milli: int) -> None:
    assert parse_milli(f"{milli}m") == milli


def test_forty_tenths_are_four() -> None:
    assert sum(parse_milli("0.1") for _ in range(40)) == parse_milli("4")


@pytest.mark.parametrize(
    ("resource", "milli", "text"),
    [
        ("memory", 96 * 2**30 * 1000, "96Gi"),
        ("memory", 31668 * 2**20 * 1000, "30.9Gi"),
        ("memory", 0, "0"),
        ("ephemeral-storage", 76224326324 * 1000, "71Gi"),
        ("hugepages-2Mi", 2**21 * 1000, "2Mi"),
        ("cpu", 24000, "24"),
        ("cpu", 7910, "7.91"),
        ("cpu", 250, "250m"),
        ("cpu", 0, "0"),
        ("nvidia.com/gpu", 1000, "1"),
        ("pods", 10000, "10"),
    ],
)
def test_written_as_people_do(resource: str, milli: int, text: str) -> None:
    assert quantity_text(resource, milli) == text
