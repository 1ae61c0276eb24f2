"""What is wrong with a rule file, and exactly where."""

from collections.abc import Iterable
from difflib import get_close_matches

from msgspec import Struct


class Fault(Struct, frozen=True, kw_only=True):
    """One fault of one rule file.

    Attributes:
        file: the file as it was opened; a setting's name when the fault is in a setting.
        line: counted from 1; 0 when the fault is about the whole file.
        column: counted from 1; 0 when the fault is about the whole file.
        message: what is wrong and what would be right, one sentence without a final dot.
        source: the line of the file, for the caret; may be empty.
    """

    file: str
    line: int = 0
    column: int = 0
    message: str
    source: str = ""

    @property
    def place(self) -> str:
        """`file:line:column`, or the file alone."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    def __str__(self) -> str:
        text = f"{self.place}: {self.message}"
        if not self.source.strip():
            return text
        indent = "".join("\t" if char == "\t" else " " for char in self.source[: self.column - 1])
        return f"{text}\n    {self.source}\n    {indent}^"


class RuleFaults(Exception):
    """The shipped catalog cannot be used; `faults` holds every fault of every file."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class TextFault(Exception):
    """A fault inside a condition, template or path.

    Attributes:
        offset: position in the text, counted from 0.
    """

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence that names the known word nearest to `word`; empty when none is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.65)
    return f'; did you mean "{near[0]}"?' if near else ""
