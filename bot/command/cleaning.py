"""Undoes what chat programs and web pages do to text that is typed or pasted."""

import re

_INVISIBLE = (0xAD, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070))
_SELECTORS = (*range(0xFE00, 0xFE10), 0xFEFF)
_DOUBLE_QUOTES = (0xAB, 0xBB, 0x201C, 0x201D, 0x201E, 0x201F, 0x301D, 0x301E, 0xFF02)
_SINGLE_QUOTES = (0x2018, 0x2019, 0x201A, 0x201B, 0x2032, 0x2039, 0x203A, 0xFF07)
_HYPHENS = (0x2010, 0x2011, 0x2012, 0x2013, 0x2212, 0xFE63, 0xFF0D)
_LOOKS = {
    **dict.fromkeys((*_INVISIBLE, *_SELECTORS), ""),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys(_HYPHENS, "-"),
    **dict.fromkeys((0x2014, 0x2015), "--"),  # what phones make of two hyphens
    **dict.fromkeys((0x2044, 0x2215, 0xFF0F), "/"),
    0xFF1D: "=",
}
_MENTION = re.compile(r"<[@!][^<>]*>")
_LINK = re.compile(r"<(?:https?://|mailto:|tel:|#)?([^|<>\s]+)(?:\|([^<>]*))?>")
_POSSESSIVE = re.compile(r"(?<=\w)'s\b", re.IGNORECASE)
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=t\b)", re.IGNORECASE)
_QUOTES = re.compile(r"[`'\"]")
_EMOJI = re.compile(r"(?<!\S):[a-z0-9_+'-]+:(?!\S)", re.IGNORECASE)
_AROUND = "*_~()[]{}<>,;:!?\N{HORIZONTAL ELLIPSIS}"


def clean(text: str) -> str:
    """The words alone, one space between them.

    Undone are smart quotes and dashes, links that Slack made of names (`<http://x.y|x.y>`), mentions, code
    ticks, emphasis, HTML entities, invisible characters, and the punctuation of a sentence.
    """
    plain = _APOSTROPHE.sub("", _POSSESSIVE.sub("", unmarked(text)))
    plain = _EMOJI.sub(" ", _QUOTES.sub(" ", plain))
    words = map(bare, plain.split())
    return " ".join(word for word in words if word)


def unmarked(text: str) -> str:
    """The text as it was typed: quotes and dashes plain, links and mentions undone; all punctuation stays."""
    plain = _MENTION.sub(" ", text.translate(_LOOKS))
    plain = _LINK.sub(lambda found: f" {found[2] or found[1].removesuffix('/')} ", plain)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def bare(word: str) -> str:
    """A word without emphasis and the punctuation of a sentence around it."""
    return word.strip(_AROUND).rstrip("." + _AROUND)
