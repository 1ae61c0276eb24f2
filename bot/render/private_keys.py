"""Private keys in PEM form: whole, cut at either end, or a lone line of one."""

import re
import string
from collections.abc import Iterator

_MARKER = r"-----{} [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)?-----"
_BLOCK = re.compile(rf"{_MARKER.format('BEGIN')}.*?(?:{_MARKER.format('END')}|\Z)", re.DOTALL)
_END = re.compile(_MARKER.format("END"))
_LONE_LINE = re.compile(r"^[^\S\n]*([A-Za-z0-9+/]{60,}={0,2})[^\S\n]*$", re.MULTILINE)
_BASE64 = string.ascii_letters + string.digits + "+/="
_HEADERS = ("Proc-Type: ", "DEK-Info: ", "Version: ", "Comment: ")


def private_keys(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every key block; one that is not closed reaches to the end of the text."""
    if "PRIVATE KEY" in text:
        yield from (found.span() for found in _BLOCK.finditer(text))


def key_remainders(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of the remainders of blocks whose beginning was cut off."""
    if "PRIVATE KEY-----" in text or "PRIVATE KEY BLOCK-----" in text:
        for found in _END.finditer(text):
            yield _start_of_remainder(text, found.start()), found.end()


def key_lines(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of lines that hold nothing but base64 of a key's length; hex digests are none."""
    for found in _LONE_LINE.finditer(text):
        line = found[1]
        digit = any(character.isdigit() for character in line)
        if digit and line != line.lower() and line != line.upper():
            yield found.span(1)


def _start_of_remainder(text: str, end: int) -> int:
    line = text.rfind("\n", 0, end) + 1
    start = line + len(text[line:end].rstrip(_BASE64 + "\\"))
    while start == line > 0:
        above = text.rfind("\n", 0, line - 1) + 1
        row = text[above : line - 1].strip()
        if row.strip(_BASE64) and not row.startswith(_HEADERS):
            break
        start = line = above
    return start
