"""The nearest of many names is found without comparing them all."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.extract.likeness import KEPT, MANY, alike, closest

NAMES = [f"service-{number:04}" for number in range(MANY * 3)]


@pytest.mark.parametrize("slip", ["recomender", "recommendr", "rceommender", "recommender"])
def test_a_slip_is_found_among_many(slip: str) -> None:
    assert closest(slip, [*NAMES, "recommender"], 1, 0.6) == ["recommender"]


def test_few_names_are_all_compared() -> None:
    known = ["ab", "ba", "cab"]
    assert closest("ab", known, 3, 0.0) == difflib.get_close_matches("ab", known, 3, 0.0)


def test_of_many_that_are_as_near_the_first_are_kept() -> None:
    found = closest("service-0000", NAMES, KEPT * 2, 0.0)
    assert found[0] == "service-0000"
    assert len(found) == KEPT


@given(st.text("ab-c", min_size=1, max_size=8), st.text("ab-c", min_size=1, max_size=8))
def test_likeness_is_what_difflib_says_or_nothing(one: str, other: str) -> None:
    told = alike(one, other, 0.85)
    assert told in (0.0, difflib.SequenceMatcher(None, one, other).ratio())
    assert told == 0.0 or told >= 0.85


def test_equal_names_are_wholly_alike() -> None:
    assert alike("a", "a", 0.85) == 1.0
