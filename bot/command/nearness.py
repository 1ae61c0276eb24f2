"""The known word that was probably meant."""

import difflib
from collections.abc import Iterable

_CUTOFF = 0.7
_SHORTEST_PREFIX = 3


def near(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant: one it begins, or differs little from; empty without one."""
    lowered, names = word.lower(), sorted(known)
    if len(lowered) >= _SHORTEST_PREFIX:
        begun = [name for name in names if name.startswith(lowered)]
        if len(begun) == 1:
            return begun[0]
    return next(iter(difflib.get_close_matches(lowered, names, n=1, cutoff=_CUTOFF)), "")
