"""Secrets known by the name before them: `password=…`, `"token": "…"`, `--api-key …`, a variable's value.

A name of a secret is found by plain search, and what follows it is then read in place, so that the time grows
with the names in a text and not with its length.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from bot.render.secret_words import is_plain_sentence, is_value, looks_random, names_a_secret

ANCHORS = (
    "pass",
    "pw",
    "secret",
    "token",
    "key",
    "credential",
    "connection",
    "connstr",
    "conn_str",
    "jwt",
    "signature",
)
"""Lower-case pieces, one of which every name of a secret holds."""

_CORE = re.compile(
    r"passw(?:or)?d|passwd|passphrase|(?<!com)(?<!by)(?<!sur)pass(?=\\{0,8}[\"']?[=:])|pwd|(?<![a-z])pw(?=[=:])|secret(?:[_-]?(?:access[_-]?)?key)?|token|key|credential"
    r"|connection[_-]?string|conn_?str(?:ing)?|jwt|signature",
    re.IGNORECASE,
)
_KEY_KINDS = re.compile(
    r"(?:api|access|private|encryption|signing|master|account|shared|service|license|ssh|secret)[_\- ]?$",
    re.IGNORECASE,
)
_KEY_END = r"(?P<suffix>[\w.\-]{0,60})\\{0,8}[\"']?[ \t]{0,3}"
_UNQUOTED = (
    r"(?!\\{0,8}[\"']|\[\s{0,40}«|\[?\{\\{0,8}[\"'\s]|\[\]|\{\})"
    r"(?P<v>(?:[^\s\"'&;,\\]|[&;,](?![\s\"']|[\w.\-]{1,60}[=:]|$)|[\"'](?=\w)|\\(?![nrt\"']))+)"
)
_VALUE_FIELD = (
    r"(?P<suffix>[\w.\-]{0,60})\\{0,8}[\"']?[ \t]{0,5}(?:,\s{0,40}|\n[ \t]{0,80})\\{0,8}[\"']?value"
    r"\\{0,8}[\"']?\s{0,20}:\s{0,20}"
)


class Named(NamedTuple):
    """A name of a secret with what may be its value.

    Attributes:
        before: up to 300 characters before the name.
        core: the word that makes it a secret ("password").
        suffix: the rest of the name.
        value: what may be the value; `after` are the characters behind it.
    """

    before: str
    core: str
    suffix: str
    value: str
    after: str


class _Tail(NamedTuple):
    pattern: str
    plausible: Callable[[Named], bool]
    spaced: bool = False


_COUNT = re.compile(
    r"[\w.\-]{0,60}\\{0,8}[\"']?[ \t]{0,3}[:=][ \t]{0,3}(?:[\d.]{1,12}|true|false|null)"
    r"(?=[}\])]|,?[ \t]{0,3}[\r\n\"']|$)"
)
_COUNTED = frozenset({"token", "secret", "signature"})
"""Names that numbers and flags follow in most logs; none of those is a secret."""


def secret_spans(text: str, low: str) -> Iterator[tuple[int, int]]:
    """Start and end of every named secret, in order and without overlap; `low` is the text in lower case."""
    done = 0
    for at in _anchors(low):
        if at < done:
            continue
        core = _CORE.match(text, at)
        span = _span(text, at, core) if core else None
        if span is not None:
            done = span[1]
            yield span


def _anchors(low: str) -> list[int]:
    found: list[int] = []
    for anchor in ANCHORS:
        at = low.find(anchor)
        while at >= 0:
            found.append(at)
            at = low.find(anchor, at + len(anchor))
    found.sort()
    return found


def _span(text: str, at: int, core: re.Match[str]) -> tuple[int, int] | None:
    before = text[max(0, at - 300) : at]
    word = core[0].lower()
    kind = _KEY_KINDS.search(before[-12:]) if word == "key" else None
    if (word == "key" and kind is None) or (word in _COUNTED and _COUNT.match(text, core.end())):
        return None
    spaced = kind is not None and kind[0].endswith(" ")
    for tail in _TAILS:
        if spaced and not tail.spaced:
            continue
        found = _compiled(tail.pattern).match(text, core.end())
        if found is None:
            continue
        after = text[found.end("v") : found.end("v") + 2]
        if tail.plausible(Named(before, word, found["suffix"], found["v"], after)):
            return found.span("v")
    return None


def _usual(named: Named) -> bool:
    return names_a_secret(named.before, named.core, named.suffix) and is_value(
        named.core, named.suffix, named.value
    )


def _assigned(named: Named) -> bool:
    return not named.value.startswith("=") and _usual(named)


def _line(named: Named) -> bool:
    """`name: value` filling a line; a sentence behind a name that is no password is an error's text."""
    opening = named.before.rpartition("\n")[2].lstrip(" \t-\"'")
    if re.fullmatch(r"[\w.\-]{0,60}", opening) is None or named.value[0] in "[{|>&\"'":
        return False
    return _usual(named) and (named.core.startswith("pass") or not is_plain_sentence(named.value))


def _word(named: Named) -> bool:
    """`name: word` inside a sentence: removed when it is no plain word, or when the sentence ends with it."""
    ends = (
        not named.after or named.after[0] in "\r\n,;\"')]}" or named.after in {". ", ".", ".\n", " …", " ."}
    )
    telling = looks_random(named.value) or (ends and "." not in named.value.strip("."))
    return telling and _usual(named)


def _flag(named: Named) -> bool:
    flag = named.before.rpartition("--")[2]
    is_flag = "--" in named.before and re.fullmatch(r"[\w\-]{0,40}", flag) is not None
    return is_flag and not named.value.startswith("-") and _usual(named)


def _element(named: Named) -> bool:
    return re.search(r"<[\w:.\-]{0,60}$", named.before) is not None and _usual(named)


def _variable(named: Named) -> bool:
    return re.search(
        r"name\\{0,8}[\"']?\s{0,20}:\s{0,20}\\{0,8}[\"']?[\w.\-]{0,80}$", named.before
    ) is not None and (_usual(named))


def _said_password(named: Named) -> bool:
    digits = any(character.isdigit() for character in named.value)
    return named.core.startswith(("pass", "pw")) and digits and looks_random(named.value) and _usual(named)


def _said_key(named: Named) -> bool:
    return named.core in {"key", "token", "secret"} and looks_random(named.value)


def _said_key_cut(named: Named) -> bool:
    digits = any(character.isdigit() for character in named.value)
    return digits and _said_key(named)


_TAILS = (
    _Tail(_KEY_END + r"(?:=>|[:=])[ \t]{0,3}\[(?P<v>\s{0,40}\\{0,8}[\"'][^\]]{1,4000})", _usual),
    _Tail(
        _KEY_END + r":[ \t]{1,3}[|>][+\-\d]{0,2}[ \t]{0,3}\n(?P<v>(?:[ \t]{1,80}\S[^\n]*(?:\n|\Z)){1,200})",
        _usual,
    ),
    _Tail(
        _KEY_END + r"(?:=>|:=|[:=]|%3[AD])[ \t]{0,3}(?P<q>\\{0,8}[\"'])"
        r"(?P<v>(?:(?!(?P=q))(?:\\.|[^\n]))+)",
        _usual,
    ),
    _Tail(_KEY_END + r"(?:=>|:=|=(?!=)|%3[AD](?:%20|%22)?)[ \t]{0,3}" + _UNQUOTED, _assigned),
    _Tail(_KEY_END + r":[ \t]{1,8}(?P<v>[^\s\"'][^\n]*)", _line),
    _Tail(_KEY_END + r":(?!//)[ \t]{0,3}" + _UNQUOTED, _word),
    _Tail(r"(?P<suffix>[\w\-]{0,40})[\"']?,?[ \t]{1,3}[\"']?(?P<v>[^\s\"',]{2,500})", _flag),
    _Tail(r"(?P<suffix>[\w.\-]{0,60})>(?P<v>[^<\n]{1,1000})</", _element),
    _Tail(
        r"(?m)(?P<suffix>[\w.\-]{0,60})>(?P<v>[^<>\s…«]{2,1000}+)<?(?=[ \t]?(?:…|\.{3})|[ \t]{0,9}\r?$)",
        _element,
    ),
    _Tail(_VALUE_FIELD + r"(?P<q>\\{0,8}[\"'])(?P<v>(?:(?!(?P=q))(?:\\.|[^\n]))+)", _variable),
    _Tail(_VALUE_FIELD + r"(?P<v>[^\s\"'\\{\[|>][^\n]*)", _variable),
    _Tail(
        r"(?P<suffix>)[ \t]{1,2}(?:(?:is|was|of)[ \t]{1,2})?[\"'`]?(?P<v>[^\s\"'`,;:()]{4,200})",
        _said_password,
    ),
    _Tail(
        r"(?P<suffix>)(?:[ ](?:access[ ])?key)?(?:[ ](?:is|was|id))?[ \t:=]{1,3}[\"'`]?"
        r"(?P<v>[0-9a-f]{24,}|(?-i:(?=[a-z/+]{0,400}[A-Z0-9])[A-Za-z0-9/+_]{20,}={0,2}))",
        _said_key,
        spaced=True,
    ),
    _Tail(
        r"(?m)(?P<suffix>)(?:[ ](?:access[ ])?key)?(?:[ ](?:is|was|id))?[ \t:=]{1,3}[\"'`]?"
        r"(?P<v>[0-9a-f]{5,23}|[A-Za-z0-9/+]{8,19})(?=[ \t]?(?:…|\.{3})|[ \t]{0,9}\r?$)",
        _said_key_cut,
        spaced=True,
    ),
)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
