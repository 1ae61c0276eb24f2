"""Secrets leave every text before it leaves the bot: Slack, terminal, files and bundles alike."""

import re
from collections.abc import Iterable
from functools import cache

from msgspec import Struct

from bot.render.private_keys import key_lines, key_remainders, private_keys
from bot.render.secret_names import ANCHORS, secret_spans
from bot.render.secrets_patterns import BY_FORM, BY_PLACE, MARK, SecretPattern

_PATTERNS = (*BY_FORM, *BY_PLACE)
_NEEDLES = tuple(dict.fromkeys((*ANCHORS, *(needle for shape in _PATTERNS for needle in shape.needles))))
_SHORTEST_KEY_LINE = 60
_MOST_ROUNDS = 6
"""What one removal leaves may be a secret by its new neighbourhood; rounds end when nothing more is found."""
_FRAME = "[]{}()<>\"'\\,;.:=& \t\r\n"
_INVISIBLE = (
    r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[@-Z\\-_])"
    r"|[\x00\x08\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
)


class Redacted(Struct, frozen=True):
    """A text without its secrets; `count` is how many were removed."""

    text: str
    count: int


def redact(text: str) -> Redacted:
    """Replace every secret by «redacted»; names, ids, digests and ARNs stay.

    Works on a line as on a whole log or manifest. A text that holds a secret also loses colours and invisible
    characters, because a secret may be cut in two by them; any other text comes back as it is.
    """
    plain = text.isascii() and "\x1b" not in text and "\x00" not in text
    visible = text if plain else _compiled(_INVISIBLE).sub("", text)
    total = 0
    for _ in range(_MOST_ROUNDS):
        visible, count = _once(visible)
        total += count
        if not count:
            break
    return Redacted(visible, total) if total else Redacted(text, 0)


def redact_text(text: str) -> str:
    """The text alone."""
    return redact(text).text


def _once(text: str) -> tuple[str, int]:
    low = text.lower()
    if len(text) < _SHORTEST_KEY_LINE and not any(needle in low for needle in _NEEDLES):
        return text, 0
    text, total = _remove_keys(text)
    for shape in _PATTERNS:
        if not shape.needles or any(needle in low for needle in shape.needles):
            text, count = _remove(shape, text)
            total += count
    text, count = _remove_named(text)
    return text, total + count


def _remove_keys(text: str) -> tuple[str, int]:
    total = 0
    for spans in (private_keys, key_remainders, key_lines):
        text, count = _without(text, spans(text))
        total += count
    return text, total


def _remove(shape: SecretPattern, text: str) -> tuple[str, int]:
    spans = (found.span("v") for found in _compiled(shape.pattern).finditer(text) if shape.plausible(found))
    return _without(text, spans)


def _remove_named(text: str) -> tuple[str, int]:
    return _without(text, secret_spans(text, _lower(text)))


def _without(text: str, spans: Iterable[tuple[int, int]]) -> tuple[str, int]:
    parts: list[str] = []
    position = 0
    for start, end in spans:
        value = text[start:end]
        secret = value.rstrip(")]}>.,;\n") or value
        if secret.replace(MARK, "").strip(_FRAME):
            parts += (text[position:start], MARK)
            position = start + len(secret)
    if not parts:
        return text, 0
    return "".join((*parts, text[position:])), len(parts) // 2


def _lower(text: str) -> str:
    """Lower case with every character in its place (one letter of Turkish grows when lowered)."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(low_one[0] for low_one in map(str.lower, text))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
