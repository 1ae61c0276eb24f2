"""Values inside a shell command, quoted so that no fact of a cluster becomes a command of its own."""

import re
import shlex
from enum import StrEnum


class Quoting(StrEnum):
    """The shell context of a place in a command."""

    BARE = "bare"
    SINGLE = "single"
    DOUBLE = "double"


_MARKS = {"'": Quoting.SINGLE, '"': Quoting.DOUBLE}


def quoting_after(literal: str, before: Quoting) -> Quoting:
    """The context behind a piece of literal command text that begins in the context `before`."""
    now, escaped = before, False
    for char in literal:
        if escaped:
            escaped = False
        elif char == "\\" and now is not Quoting.SINGLE:
            escaped = True
        elif now is Quoting.BARE:
            now = _MARKS.get(char, now)
        elif _MARKS.get(char) is now:
            now = Quoting.BARE
    return now


def quoted(text: str, context: Quoting) -> str:
    """The text so that a POSIX shell reads it as itself in that context."""
    if context is Quoting.SINGLE:
        return text.replace("'", "'\\''")
    if context is Quoting.DOUBLE:
        return re.sub(r'([\\"$`])', r"\\\1", text)
    return shlex.quote(text) if text else "''"
