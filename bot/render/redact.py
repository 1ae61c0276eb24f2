"""Secrets leave every text before it leaves the bot: Slack, terminal, files and bundles alike."""

import re
from collections.abc import Iterable, Iterator
from functools import cache

from msgspec import Struct

from bot.render.needles import needles_in
from bot.render.private_keys import key_lines, key_remainders, private_keys
from bot.render.secret_names import ANCHORS, secret_spans
from bot.render.secrets_cut import CUT_SHORT
from bot.render.secrets_patterns import BY_FORM, BY_PLACE, MARK, SecretPattern

_PATTERNS = (*BY_FORM, *BY_PLACE, *CUT_SHORT)
_NEEDLES = tuple(dict.fromkeys(needle for shape in _PATTERNS for needle in shape.needles))
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

    Works on a line as on a whole log or manifest, and where either was cut inside a secret. A text that
    holds a secret also loses colours and invisible characters, because a secret may be cut in two by them;
    any other text comes back as it is.
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
    low = _lower(text)
    present = needles_in(low, _NEEDLES)
    if len(text) < _SHORTEST_KEY_LINE and not present and not any(anchor in low for anchor in ANCHORS):
        return text, 0
    shown, total = _remove_keys(text)
    for shape in _PATTERNS:
        if not present.isdisjoint(shape.needles) and shape.beside in text:
            low = low if shown is text else _lower(shown)
            text = shown
            shown, count = _without(text, _spans(shape, text, low))
            total += count
    shown, count = _without(shown, secret_spans(shown, low if shown is text else _lower(shown)))
    return shown, total + count


def _remove_keys(text: str) -> tuple[str, int]:
    total = 0
    for spans in (private_keys, key_remainders, key_lines):
        text, count = _without(text, spans(text))
        total += count
    return text, total


def _spans(shape: SecretPattern, text: str, low: str) -> Iterator[tuple[int, int]]:
    """Where a shape matches, in order and without overlap; it is tried only around its needles."""
    pattern = _compiled(shape.pattern)
    if not shape.leads:
        yield from (found.span("v") for found in pattern.finditer(text) if shape.plausible(found))
        return
    done = 0
    for start in _starts(shape, low):
        found = pattern.match(text, start) if start >= done else None
        if found and shape.plausible(found):
            done = found.end()
            yield found.span("v")


def _starts(shape: SecretPattern, low: str) -> list[int]:
    """Where the shape may begin."""
    starts: set[int] = set()
    for needle in shape.needles:
        at = low.find(needle)
        while at >= 0:
            starts.update(at - lead for lead in shape.leads if lead <= at)
            at = low.find(needle, at + 1)
    return sorted(starts)


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
