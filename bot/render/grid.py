"""Cells in columns of letters of one width, for terminals and blocks of code; cells are redacted before."""

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Final

from bot.render.limits import ELLIPSIS

GAP: Final = "  "
_NARROWEST: Final = 16
"""Cells to which a column of prose is narrowed at most, unless all of it is narrower."""
_SHORT: Final = 36
_LEAST: Final = 24
_NOTHING: Final = frozenset({"", "-"})
_FIXED: Final = "\N{NO-BREAK SPACE}"
_NAMED: Final = 2
"""Words of a cell that is a name, as "Deployment mlops/x"."""
_WORDS: Final = 1
"""Different words that may stand in a column of figures ("none")."""
_NAME: Final = 40
_FIGURE = re.compile(r"[-+]?\d[\d.,:/]*(?:\s?[%A-Za-z]{1,6})?|-|")


def grid(
    columns: Sequence[str], rows: Sequence[Sequence[str]], width: int, cut: Sequence[bool]
) -> tuple[str, ...]:
    """Lines of a table: a heading, then its rows; figures to the right.

    Args:
        columns: one line each; so is every cell.
        rows: as many cells as columns.
        width: cells of a line; exceeded only by names, where they may not be cut.
        cut: for each column, whether what is too long is shortened; else it goes on in the next line.
    """
    widths = _widths(columns, rows, width, cut)
    figures = [all(_FIGURE.fullmatch(row[at]) for row in rows) and bool(rows) for at in range(len(columns))]
    lines: list[str] = []
    for row in (columns, *rows):
        cells = [
            [_cut(cell, size)] if may else _wrapped(cell, size)
            for cell, size, may in zip(row, widths, cut, strict=True)
        ]
        lines += _lines(cells, widths, figures)
    return tuple(lines)


def records(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> tuple[str, ...]:
    """Lines of a table that is too wide for columns: each row on its own, figures with what they are."""
    named = [_is_figures([row[at] for row in rows]) for at in range(len(columns))]
    lines: list[str] = []
    for row in rows:
        pieces = [
            _whole(f"{column} {cell}" if figures else cell)
            for column, cell, figures in zip(columns, row, named, strict=True)
            if cell not in _NOTHING
        ]
        text = " · ".join(pieces)
        rows_of_text = textwrap.wrap(
            text, width, subsequent_indent=GAP, break_long_words=False, break_on_hyphens=False
        )
        lines += [line.replace(_FIXED, " ") for line in rows_of_text] or ["-"]
    return tuple(lines)


def _is_figures(cells: Sequence[str]) -> bool:
    """Whether a column says how much, or a word for none: what that is stands in its heading alone."""
    told = [cell for cell in cells if cell not in _NOTHING]
    words = {cell for cell in told if not _FIGURE.fullmatch(cell)}
    return len(words) <= min(_WORDS, len(told) - 1)


def _whole(piece: str) -> str:
    """A short piece stays on one line."""
    return piece.replace(" ", _FIXED) if len(piece) <= _NAME else piece


def least(columns: Sequence[str], rows: Sequence[Sequence[str]], cut: Sequence[bool]) -> int:
    """The width below which names or figures would have to be cut, or what may be cut says nothing."""
    widths = _widths(columns, rows, 0, cut)
    return sum(widths) + len(GAP) * (len(widths) - 1)


def is_cut(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int, cut: Sequence[bool]) -> bool:
    """Whether a grid of that width shortens a cell."""
    widths = _widths(columns, rows, width, cut)
    return any(measure(cell) > size for row in rows for cell, size in zip(row, widths, strict=True))


def measure(text: str) -> int:
    """How many cells a text takes."""
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _widths(
    columns: Sequence[str], rows: Sequence[Sequence[str]], width: int, cut: Sequence[bool]
) -> list[int]:
    """Columns as wide as their widest cell; when that is too much, what may be cut gives way, then prose."""
    cells = [[row[at] for row in (columns, *rows)] for at in range(len(columns))]
    widths = [max(map(measure, each)) for each in cells]
    floors = [_floor(each, size) for each, size in zip(cells, widths, strict=True)]
    _narrow(widths, _may(widths, cut, _SHORT), width)
    _narrow(widths, floors, width)
    _narrow(widths, _may(widths, cut, _LEAST), width)
    return widths


def _may(widths: Sequence[int], cut: Sequence[bool], least: int) -> list[int]:
    """How narrow each column may become: to `least` where it may be cut, else not at all."""
    return [min(size, least) if may else size for size, may in zip(widths, cut, strict=True)]


def _floor(cells: Sequence[str], widest: int) -> int:
    """Prose may be narrowed to its longest word; names and figures are not."""
    if not any(" " in cell for cell in cells[1:]):
        return widest
    longest = max((measure(word) for cell in cells for word in cell.split()), default=0)
    return min(widest, max(_NARROWEST, min(longest, _NAME)))


def _narrow(widths: list[int], floors: Sequence[int], width: int) -> None:
    """Take what is too much from the columns that have most above their floor."""
    over = sum(widths) + len(GAP) * (len(widths) - 1) - width
    while over > 0:
        at = max(range(len(widths)), key=lambda index: widths[index] - floors[index])
        if widths[at] <= floors[at]:
            return
        above = sorted({max(floors[at], size) for size in widths if size < widths[at]} | {floors[at]})
        taken = min(over, widths[at] - above[-1])
        widths[at] -= taken
        over -= taken


def _wrapped(cell: str, width: int) -> list[str]:
    if measure(cell) <= width:
        return [cell]
    return textwrap.wrap(cell, width, break_long_words=False, break_on_hyphens=False) or [""]


def _cut(cell: str, width: int) -> str:
    """A cell without its end; one that ends in a name without its middle, for names differ at the end."""
    if measure(cell) <= width:
        return cell
    if len(cell.split()) > _NAMED:
        return _begin(cell, width - 1).rstrip() + ELLIPSIS
    tail = _begin(cell[::-1], (width - 1) // 2)[::-1]
    return _begin(cell, width - 1 - measure(tail)) + ELLIPSIS + tail


def _begin(text: str, width: int) -> str:
    used = 0
    for at, character in enumerate(text):
        used += _cells(character)
        if used > width:
            return text[:at]
    return text


def _lines(cells: Sequence[Sequence[str]], widths: Sequence[int], figures: Sequence[bool]) -> list[str]:
    """The lines of one row, each cell beginning on the first."""
    lines = []
    for number in range(max(map(len, cells), default=0)):
        parts = [cell[number] if number < len(cell) else "" for cell in cells]
        padded = [_padded(*each) for each in zip(parts, widths, figures, strict=True)]
        lines.append(GAP.join(padded).rstrip())
    return lines


def _padded(cell: str, width: int, figure: bool) -> str:  # noqa: FBT001 - one of three of a column
    spaces = " " * max(0, width - measure(cell))
    return spaces + cell if figure else cell + spaces
