"""Tables of an answer: as a block of code in Slack with the whole as a file, and as CSV."""

import csv
import re
from collections.abc import Sequence
from io import StringIO
from typing import Final

from bot.render.door import code_block, data, file_name, join, own, say, terminal_line
from bot.render.elements import section
from bot.render.findings import Drawn
from bot.render.grid import grid, is_cut, least, records
from bot.render.limits import SECTION_TEXT
from bot.render.message import SlackFile
from handlers.contract import Table

WIDTH: Final = 92
"""Letters of a line in a block of code that Slack shows on a usual screen without breaking it."""
ROWS: Final = 25
_BLOCK = SECTION_TEXT - 100
_TITLE = 300
_FORMULA = re.compile(r"[=+@]|-(?=[^\d\s])")


def slack_table(table: Table) -> Drawn:
    """Draw a table with as many rows as fit; what is left out or shortened is whole in a file."""
    columns, rows = columns_of(table), cells_of(table)
    lines, shown = _fitting(columns, rows)
    left = len(rows) - shown
    whole = not left and not (_in_columns(columns, rows) and is_cut(columns, rows, WIDTH, _last(columns)))
    rest = say(f"the first {shown} of {len(rows)} rows; all of them are in the file") if left else own("")
    title = own("📊 ") + join(" · ", (say(table.title, _TITLE), say(table.note, _TITLE), rest))
    block = code_block("\n".join(lines), SECTION_TEXT)
    blocks = (section(title), section(block)) if rows and block else (section(title),)
    return Drawn(blocks, () if whole else (csv_file(table),))


def columns_of(table: Table) -> tuple[str, ...]:
    """The heading as lines of text, redacted."""
    return tuple(terminal_line(column) for column in table.columns)


def cells_of(table: Table) -> list[tuple[str, ...]]:
    """The rows as lines of text, redacted, each with as many cells as there are columns."""
    size = len(table.columns)
    return [tuple(terminal_line(cell) for cell in (*row.cells, *[""] * size)[:size]) for row in table.rows]


def csv_file(table: Table) -> SlackFile:
    """The whole table as a file that spreadsheets open; no cell of it is a formula."""
    sheet = StringIO()
    writer = csv.writer(sheet)
    writer.writerows([_plain(cell) for cell in row] for row in (columns_of(table), *cells_of(table)))
    title = data(table.title).replace("\n", " ")[:_TITLE]
    name = file_name(f"{title.replace(' ', '_')}.csv")
    return SlackFile(name, title or name, sheet.getvalue())


def _fitting(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], int]:
    """The lines of the first rows that fit a block, and how many rows those are."""
    for shown in range(min(ROWS, len(rows)), 0, -1):
        few = rows[:shown]
        fit = _in_columns(columns, rows)
        lines = grid(columns, few, WIDTH, _last(columns)) if fit else records(columns, few, WIDTH)
        if code_block("\n".join(lines), _BLOCK) is not None:
            return lines, shown
    return (), 0


def _last(columns: Sequence[str]) -> list[bool]:
    """In Slack a sentence in the last column is shortened: the whole stands in the file."""
    return [False] * (len(columns) - 1) + [True] * bool(columns)


def _in_columns(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether names and figures stand whole in lines that Slack does not break."""
    shown = [[cell.replace(" ", "_") for cell in row[:-1]] + [*row[-1:]] for row in rows[:ROWS]]
    return least(columns, shown, _last(columns)) <= WIDTH


def _plain(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell
