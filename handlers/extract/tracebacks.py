"""Exceptions in a log: Python's tracebacks with the first cause of a chain, and other languages' stacks."""

import re
from collections.abc import Sequence

from msgspec import Struct

from handlers.extract.frames import Frame, best_frame, place
from handlers.extract.log_lines import LogLine
from handlers.extract.stack_traces import OPENINGS, Row, Stack, read_stack

_PYTHON_FRAME = re.compile(r'^\s*(?:\| +)*File "([^"]{1,400})", line (\d{1,7})(?:,? in (.{1,200}))?')
_PYTHON_TYPE = re.compile(r"^([A-Za-z_][\w.]{0,200})(?:: (.*))?$")
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")
_HEADER = "Traceback (most recent call last)"
_FATAL = "Fatal Python error: "
_LONGEST_STACK = 600


class Raised(Struct, frozen=True, kw_only=True):
    """One exception or panic that the log shows with its stack.

    Attributes:
        kind: the exception's type as the language names it ("KeyError", "panic").
        message: its message, first line.
        number: the line that names it.
        frame: where it was raised, application code before library code.
        origin: file of the very last frame.
        first_cause: first exception of its chain, or empty.
    """

    kind: str
    message: str
    number: int
    frame: str = ""
    origin: str = ""
    first_cause: str = ""

    @property
    def sentence(self) -> str:
        """Type and message in one line."""
        return ": ".join(part for part in (self.kind, self.message) if part)


def find_raised(lines: Sequence[LogLine]) -> list[Raised]:
    """Every exception with a stack, in the order of the log."""
    rows = _rows(lines)
    found: list[Raised] = []
    chained = False
    position = 0
    while position < len(rows):
        row = rows[position]
        if row.text.startswith(_CHAINED):
            chained = True
        raised, following = _read(rows, position)
        if raised is not None:
            found.append(_link(raised, found[-1]) if chained and found else raised)
            chained = False
        position = following
    return found


def _rows(lines: Sequence[LogLine]) -> list[Row]:
    rows: list[Row] = []
    for line in lines:
        if line.pieces:
            rows.append(Row(line.number, line.message))
            rows.extend(Row(line.number, piece) for piece in line.pieces[:_LONGEST_STACK])
        elif line.access is None:
            rows.append(Row(line.number, line.body))
    return rows


def _link(raised: Raised, earlier: Raised) -> Raised:
    return Raised(
        kind=raised.kind,
        message=raised.message,
        number=raised.number,
        frame=raised.frame,
        origin=raised.origin,
        first_cause=earlier.first_cause or earlier.sentence,
    )


def _read(rows: Sequence[Row], position: int) -> tuple[Raised | None, int]:
    text = rows[position].text
    if _HEADER in text:
        return _python(rows, position + 1)
    if text.startswith((" ", "\t")) and _PYTHON_FRAME.match(text):
        return _python(rows, position)
    if text.startswith(_FATAL):
        return _fatal(rows, position)
    if any(opening in text for opening in OPENINGS):
        stack = read_stack(rows, position)
        if stack is not None:
            return _of_stack(stack), stack.following
    return None, position + 1


def _of_stack(stack: Stack) -> Raised:
    return Raised(
        kind=stack.kind,
        message=stack.message,
        number=stack.number,
        frame=place(best_frame(stack.frames)),
        origin=stack.frames[0].file if stack.frames else "",
        first_cause=stack.first_cause,
    )


def _python(rows: Sequence[Row], position: int) -> tuple[Raised | None, int]:
    frames: list[Frame] = []
    for at in range(position, min(len(rows), position + _LONGEST_STACK)):
        text = rows[at].text
        if found := _PYTHON_FRAME.match(text):
            frames.append(Frame(found[1], int(found[2]), found[3] or ""))
        elif _HEADER in text:
            return None, at
        elif text and not text.startswith((" ", "\t")):
            return _named(rows[at], text, frames), at + 1
        elif text.lstrip().startswith("| ") and (inner := text.lstrip(" |")) and _names_type(text, inner):
            return _named(rows[at], inner, frames), at + 1
    return None, position + max(1, len(frames))


def _names_type(text: str, inner: str) -> bool:
    """In an exception group the type stands one space behind the bar, code deeper."""
    return text.rpartition("| ")[2] == inner and _PYTHON_TYPE.match(inner) is not None


def _named(row: Row, text: str, frames: list[Frame]) -> Raised:
    found = _PYTHON_TYPE.match(text)
    frames.reverse()
    return Raised(
        kind=found[1] if found else "",
        message=(found[2] or "").strip() if found else text.strip(),
        number=row.number,
        frame=place(best_frame(frames)),
        origin=frames[0].file if frames else "",
    )


def _fatal(rows: Sequence[Row], position: int) -> tuple[Raised, int]:
    frames: list[Frame] = []
    following = position + 1
    for at in range(position + 1, min(len(rows), position + _LONGEST_STACK)):
        found = _PYTHON_FRAME.match(rows[at].text)
        if found:
            frames.append(Frame(found[1], int(found[2]), found[3] or ""))
        elif frames or at > position + 4:
            break
        following = at + 1
    return Raised(
        kind=_FATAL.rstrip(": "),
        message=rows[position].text.removeprefix(_FATAL).strip(),
        number=rows[position].number,
        frame=place(best_frame(frames)),
        origin=frames[0].file if frames else "",
    ), following
