"""Paper to draw on for the terminal: prose is wrapped, what one copies is not; data comes by the door."""

from collections.abc import Sequence
from io import StringIO
from typing import Final, LiteralString

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from bot.render.door import last_lines, terminal_line
from bot.render.grid import grid, least, records

MARGIN: Final = 2
_COPIED = MARGIN + 5
WIDEST: Final = 110
"""Columns of prose at most; longer lines are hard to read."""


class Paper:
    """Collects lines; `text()` gives them all.

    Args:
        color: whether to colour.
        width: columns at which prose is wrapped.
        wide: columns that a table may take; 0 for as many as prose.
    """

    def __init__(self, *, color: bool, width: int, wide: int = 0) -> None:
        self._sheet = StringIO()
        self._console = Console(
            file=self._sheet,
            force_terminal=color,
            color_system="standard" if color else None,
            no_color=not color,
            width=width,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
        )
        self._prose = min(width, WIDEST)
        self._wide = wide or width

    def text(self) -> str:
        """Everything drawn so far, without spaces at line ends."""
        lines = self._sheet.getvalue().rstrip("\n").split("\n")
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def gap(self) -> None:
        """Leave a line empty."""
        self._console.print()

    def title(self, words: LiteralString, data: str = "", style: str = "bold") -> None:
        """Draw a heading of our own, with a word of data in grey."""
        line = Text(words, style)
        if data:
            line.append("  ").append(terminal_line(data), "dim")
        self._wrapped(line, MARGIN)

    def heading(self, data: str, beside: str) -> None:
        """Draw a heading of data, with what stands beside it in grey."""
        line = Text(terminal_line(data), "bold")
        line.append("  ").append(terminal_line(beside), "dim")
        self._wrapped(line, MARGIN)

    def prose(self, data: str, *, indent: int = MARGIN + 2, style: str = "") -> None:
        """Draw data as a wrapped paragraph."""
        self._wrapped(Text(terminal_line(data), style), indent)

    def item(self, number: int, data: str, beside: str = "", *, mark: str = "") -> None:
        """Draw a numbered point, in grey what stands beside it and in yellow a warning mark."""
        lead = f"{number}. "
        line = Text(terminal_line(data))
        if mark:
            line.append("  ").append(terminal_line(mark), "yellow")
        if beside:
            line.append("  ").append(terminal_line(beside), "dim")
        self._hanging(Text(lead, "dim"), line, MARGIN + 2)

    def labelled(self, label: LiteralString, data: str) -> None:
        """Draw a note: our own word, then data."""
        self._hanging(Text(label.ljust(16), "bold"), Text(terminal_line(data)), MARGIN)

    def banner(self, words: LiteralString, data: str, style: str) -> None:
        """Draw the first line: the verdict, and the sentence."""
        self._hanging(Text(words + "  ", style), Text(terminal_line(data), "bold"), 0)

    def command(self, data: str) -> None:
        """Draw a command in whole lines that can be copied."""
        self._copied(last_lines(data, 0), "cyan", lead="$ ")

    def verbatim(self, data: str, lines: int = 0) -> None:
        """Draw the last lines of a log or all of a manifest, in whole lines; 0 means all."""
        self._copied(last_lines(data, lines), "" if lines else "cyan")

    def quote(self, data: str) -> None:
        """Draw one line of a log in a whole line."""
        self._copied((terminal_line(data),), "cyan")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, judged: bool) -> None:
        """Draw cells in columns; a sentence goes on in its column, a name stays whole.

        The last cell of a judged row is shortened: what it says is told above in full.
        """
        room, indent = self._wide - MARGIN - 2, " " * (MARGIN + 2)
        names, *shown = [[terminal_line(cell) for cell in row] for row in (columns, *rows)]
        cut = [False] * (len(columns) - 1) + [judged] * bool(columns)
        if least(names, shown, cut) > room:
            lines, bold = records(names, shown, room), False
        else:
            lines, bold = grid(names, shown, room, cut), True
        for number, line in enumerate(lines):
            style = "bold" if bold and number == 0 else ""
            self._console.print(Text(indent).append(line, style), soft_wrap=True)

    def point(self, number: int, data: str, style: str) -> None:
        """Draw a numbered point with its number in the style of its severity."""
        self._hanging(Text(f"{number}. ".rjust(4), style), Text(terminal_line(data), "bold"), MARGIN)

    def beside(self, label: LiteralString, data: str) -> None:
        """Draw a line below a point: our own word in grey, then data."""
        self._hanging(Text(label.ljust(10), "dim"), Text(terminal_line(data)), MARGIN + 4)

    def _copied(self, lines: Sequence[str], style: str, lead: str = "") -> None:
        pad = "\n" + " " * (_COPIED + len(lead))
        sheet = Text(pad[1:] + pad.join(lines), style)
        if lead:
            sheet = Text(" " * _COPIED).append(lead, "dim").append(sheet[len(pad) - 1 :])
        self._console.print(sheet, soft_wrap=True, crop=False, no_wrap=True, overflow="ignore")

    def _wrapped(self, line: Text, indent: int) -> None:
        self._console.print(Padding(line, (0, 0, 0, indent)), width=self._prose)

    def _hanging(self, lead: Text, line: Text, indent: int) -> None:
        room = max(20, self._prose - indent - lead.cell_len)
        rows = line.wrap(self._console, room) or [Text()]
        for number, row in enumerate(rows):
            start = lead if number == 0 else Text(" " * lead.cell_len)
            self._console.print(Text(" " * indent) + start + row, soft_wrap=True)
