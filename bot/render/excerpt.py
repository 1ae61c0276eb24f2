"""The end of a log for a terminal: like lines folded into one, long ones cut."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from msgspec import Struct

from bot.render.door import last_lines
from bot.render.limits import ELLIPSIS

LONGEST_LINE: Final = 200
"""Characters of a line that are shown."""
_FEWEST_FOLDED: Final = 3
_NUMBER: Final = re.compile(r"\d+")


class Ending(Struct, frozen=True):
    """Rows to print, redacted; `note` says what they are of the whole ("its last 12 lines"), if not all."""

    rows: tuple[str, ...]
    note: str = ""


def excerpt(text: str, most: int) -> Ending:
    """The last lines of a log, at most `most` rows of them; redacted as a whole before it is divided."""
    lines = last_lines(text, 0)
    rows: list[str] = []
    covered = 0
    for run in reversed(_runs(lines)):
        folded = _folded(run)
        if rows and len(rows) + len(folded) > most:
            break
        rows[:0] = folded
        covered += len(run)
    note = f"its last {covered} lines" if covered < len(lines) else ""
    return Ending(tuple(map(_cut, rows)), note)


def _runs(lines: Sequence[str]) -> list[tuple[str, ...]]:
    """Lines that follow each other and differ in nothing but digits, together; few are not worth folding."""
    runs: list[tuple[str, ...]] = []
    for alike, group in groupby(lines, lambda line: _NUMBER.sub("0", line)):
        run = tuple(group)
        runs += [run] if alike.strip() and len(run) >= _FEWEST_FOLDED else [(line,) for line in run]
    return runs


def _folded(run: Sequence[str]) -> tuple[str, ...]:
    """The last of them is the youngest."""
    return (f"{ELLIPSIS} {len(run) - 1} similar lines", run[-1]) if len(run) > 1 else (run[-1],)


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + ELLIPSIS
