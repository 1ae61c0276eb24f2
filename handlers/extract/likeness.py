"""Which of many names is most like one: what difflib says, asked only of those that share letters with it."""

import difflib
from collections.abc import Sequence
from itertools import pairwise

MANY = 200
"""Names from which most are left out before they are compared: comparing one costs tens of microseconds."""
KEPT = 100
LEAST_SHARED = 0.5
"""Share of neighbouring letters that two names differing by a slip have in common at least."""


def closest(name: str, known: Sequence[str], most: int, cutoff: float) -> list[str]:
    """The names most like one, most alike first, at least `cutoff` (0 to 1) alike."""
    kept = known
    if len(known) > MANY:
        pairs = _pairs(name)
        kept = sorted(known, key=lambda other: (-len(pairs & _pairs(other)), other))[:KEPT]
    return difflib.get_close_matches(name, kept, most, cutoff)


def alike(one: str, other: str, least: float) -> float:
    """How alike two names are (0 to 1); 0.0 where they are less alike than `least`."""
    matcher = difflib.SequenceMatcher(None, one, other)
    if matcher.real_quick_ratio() < least or not _share_letters(one, other):
        return 0.0
    ratio = matcher.ratio() if matcher.quick_ratio() >= least else 0.0
    return ratio if ratio >= least else 0.0


def _share_letters(one: str, other: str) -> bool:
    left, right = _pairs(one), _pairs(other)
    return len(left & right) >= LEAST_SHARED * min(len(left), len(right))


def _pairs(name: str) -> frozenset[str]:
    return frozenset(map("".join, pairwise(name)))
