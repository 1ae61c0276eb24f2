"""Stacks of other languages than Python: Java and Kotlin, Node.js, .NET, Go, Rust, Ruby, C++."""

import re
from collections.abc import Sequence

from msgspec import Struct

from handlers.extract.frames import Frame

OPENINGS = ("\tat ", "  at ", "panic: ", "fatal error: ", "panicked at ", ".rb:", "terminate called after")
"""A row that holds none of these opens no stack."""

_THROWN = re.compile(
    r"^(?:Exception in thread \"[^\"]{0,100}\" |Unhandled exception\. |Uncaught |Caused by: |\s*\[cause\]: )?"
    r"([A-Za-z_$][\w$.]{0,200})(?: \[\w{1,60}\])?(?:: (.*))?$"
)
_THROWN_TYPE = re.compile(r"(?:Exception|Error|Throwable|Failure|Fault)\w*$")
_CAUSES = ("Caused by: ", "[cause]: ")
_JAVA_FRAME = re.compile(
    r"^([\w.$<>/@\-]{1,300})\(([\w$.]{1,200}|Native Method|Unknown Source)(?::(\d{1,7}))?\)"
)
_NET_FRAME = re.compile(r"^(.{1,300}?\)) in (\S{1,300}):line (\d{1,7})$")
_GO_FRAME = re.compile(r"^\t(\S{1,300}\.(?:go|s)):(\d{1,7})(?: \+0x[0-9a-f]+)?$")
_RUST = re.compile(r"^thread '[^']{0,100}' (?:\(\d+\) )?panicked at (.*)$")
_RUST_PLACE = re.compile(r"([^\s,']{1,300}\.rs):(\d{1,7})(?::\d{1,7})?:?$")
_RUBY = re.compile(
    r"([^\s:]{1,300}\.rb):(\d{1,7}):in [`'\u2018](.{1,200})['\u2019]: (.{0,2000}) \((\w[\w:]{0,100})\)$"
)
_CPP = re.compile(r"terminate called after throwing an instance of '([^']{1,200})'")
_LONGEST = 600


class Row(Struct, frozen=True):
    """One line of a stack, with the number of the log line that holds it."""

    number: int
    text: str


class Stack(Struct, frozen=True, kw_only=True):
    """One stack: what was thrown, its frames (nearest to the failure first), and the row that follows it."""

    kind: str
    message: str
    number: int
    frames: tuple[Frame, ...]
    following: int
    first_cause: str = ""


def read_stack(rows: Sequence[Row], position: int) -> Stack | None:
    """Read the stack that opens at this row; None when the row opens none."""
    text = rows[position].text
    if text.startswith(("\tat ", "  at ", "   at ", "    at ")):
        return _thrown(rows, position)
    if text.startswith(("panic: ", "fatal error: ")):
        return _go(rows, position)
    if found := _RUST.match(text):
        return _rust(rows, position, found[1])
    if "terminate called after" in text and (found := _CPP.search(text)):
        return _cpp(rows, position, found[1])
    if ".rb:" in text and (found := _RUBY.search(text[:3000])):
        frame = Frame(found[1], int(found[2]), found[3])
        number = rows[position].number
        return Stack(kind=found[5], message=found[4], number=number, frames=(frame,), following=position + 1)
    return None


class _Cause(Struct):
    row: Row
    kind: str
    message: str
    frames: list[Frame]


def _thrown(rows: Sequence[Row], position: int) -> Stack | None:
    causes: list[_Cause] = []
    for back in range(1, min(4, position) + 1):
        if cause := _cause(rows[position - back]):
            causes.append(cause)
            break
    at = position
    while at < min(len(rows), position + _LONGEST) and _continues(rows[at].text):
        _take(rows[at], causes)
        at += 1
    return _stack_of(causes, at) if causes else None


def _continues(text: str) -> bool:
    inner = text.lstrip()
    return inner.startswith(("at ", "... ", "Suppressed: ", *_CAUSES)) and (
        text != inner or inner.startswith(_CAUSES)
    )


def _take(row: Row, causes: list[_Cause]) -> None:
    inner = row.text.lstrip()
    if inner.startswith(_CAUSES):
        if cause := _cause(row):
            causes.append(cause)
    elif causes and (frame := _at_frame(inner.removeprefix("at ").rstrip(" {"))):
        causes[-1].frames.append(frame)


def _cause(row: Row) -> _Cause | None:
    found = _THROWN.match(row.text[:2000])
    if found is None or not (_THROWN_TYPE.search(found[1]) or row.text.lstrip().startswith(_CAUSES)):
        return None
    return _Cause(row, found[1], (found[2] or "").rstrip(" {"), [])


def _stack_of(causes: list[_Cause], following: int) -> Stack:
    """Wrappers only repeat what they wrap, so the deepest cause names the failure."""
    deepest = causes[-1]
    return Stack(
        kind=deepest.kind,
        message=deepest.message,
        number=deepest.row.number,
        frames=(*deepest.frames, *(causes[0].frames if len(causes) > 1 else ())),
        following=following,
    )


def _at_frame(text: str) -> Frame | None:
    if found := _JAVA_FRAME.match(text):
        return Frame(found[2], int(found[3] or 0), found[1].rpartition("/")[2])
    if found := _NET_FRAME.match(text[:700]):
        return Frame(found[2], int(found[3]), found[1])
    function, _, where = text.rpartition(" (") if text.endswith(")") else ("", "", text)
    file, _, numbers = where.rstrip(")").removeprefix("file://").rpartition(":")
    file, _, line = file.rpartition(":")
    return Frame(file, int(line), function) if file and line.isdecimal() and numbers.isdecimal() else None


def _go(rows: Sequence[Row], position: int) -> Stack:
    kind, _, message = rows[position].text.partition(": ")
    frames: list[Frame] = []
    at = position + 1
    while at < min(len(rows), position + _LONGEST) and _is_go(rows[at].text):
        if found := _GO_FRAME.match(rows[at].text):
            function = rows[at - 1].text.partition("({")[0].partition("(0x")[0].removesuffix("(...)")
            frames.append(Frame(found[1], int(found[2]), function.removesuffix("()")))
        at += 1
    number = rows[position].number
    return Stack(kind=kind, message=message.strip(), number=number, frames=tuple(frames), following=at)


def _is_go(text: str) -> bool:
    return (
        not text
        or text.startswith(("\t", "goroutine ", "[signal ", "created by ", "exit status", "runtime"))
        or text.endswith((")", "...)"))
    )


def _rust(rows: Sequence[Row], position: int, rest: str) -> Stack:
    where = _RUST_PLACE.search(rest[-400:])
    frames = (Frame(where[1], int(where[2])),) if where else ()
    message = rest.partition("', ")[0].strip("'")
    if rest.endswith(":") and position + 1 < len(rows):
        message = rows[position + 1].text
    number = rows[position].number
    return Stack(kind="panic", message=message.strip(), number=number, frames=frames, following=position + 1)


def _cpp(rows: Sequence[Row], position: int, kind: str) -> Stack:
    after = rows[position + 1].text.strip() if position + 1 < len(rows) else ""
    message = after.removeprefix("what():").strip() if after.startswith("what():") else ""
    return Stack(kind=kind, message=message, number=rows[position].number, frames=(), following=position + 1)
