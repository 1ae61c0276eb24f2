"""Which of many short pieces a text holds, in a few passes over it instead of one for each piece.

Pieces that share a rare character are looked for together, from one such character to the next.
"""

import re
from collections.abc import Iterable
from functools import cache

_RARE = "_-.="


def needles_in(low: str, needles: tuple[str, ...]) -> frozenset[str]:
    """Those of the needles (lower case) that a text (lower case) holds."""
    alone, together = _grouped(needles)
    found = {needle for needle in alone if needle in low}
    for pattern, group in together:
        if pattern.search(low):
            found.update(needle for needle in group if needle in low)
    return frozenset(found)


@cache
def _grouped(
    needles: tuple[str, ...],
) -> tuple[tuple[str, ...], tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]]:
    left = list(needles)
    together = []
    for rare in _RARE:
        group = tuple(needle for needle in left if rare in needle)
        left = [needle for needle in left if rare not in needle]
        if group:
            together.append((_any_around(rare, group), group))
    return tuple(left), tuple(together)


def _any_around(rare: str, needles: Iterable[str]) -> re.Pattern[str]:
    """A pattern that begins with the rare character, since that is found fastest."""
    sides = (needle.partition(rare) for needle in needles)
    around = (f"(?<={re.escape(before + rare)}){re.escape(after)}" for before, _, after in sides)
    return re.compile(f"{re.escape(rare)}(?:{'|'.join(around)})")
