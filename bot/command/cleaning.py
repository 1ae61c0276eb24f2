"""Undoes what chat programs and web pages do to text that is typed or pasted."""

import re

_INVISIBLE = (
    0xAD,
    0x180E,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    0xFE0F,
    0xFEFF,
)
_LOOKS = str.maketrans(
    {
        **dict.fromkeys("“”„‟«»〝〞＂", '"'),
        **dict.fromkeys("‘’‚‛‹›′＇", "'"),
        **dict.fromkeys("‐‑‒–−﹣－", "-"),
        **dict.fromkeys("—―", "--"),
        **dict.fromkeys("／⁄∕", "/"),
        **dict.fromkeys("＝", "="),
        **dict.fromkeys(map(chr, _INVISIBLE)),
    }
)
_MENTION = re.compile(r"<[@!][^<>]*>")
_LINK = re.compile(r"<(?:https?://|mailto:|tel:)?([^|<>\s]+)(?:\|([^<>]*))?>")
_POSSESSIVE = re.compile(r"(?<=\w)'s\b", re.IGNORECASE)
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=t\b)", re.IGNORECASE)
_QUOTES = re.compile(r"[`'\"]")
_EMOJI = re.compile(r"(?<!\S):[a-z0-9_+'-]+:(?!\S)", re.IGNORECASE)
_AROUND = "*_~()[]{}<>,;:!?…"


def clean(text: str) -> str:
    """The words alone, one space between them.

    Undone are smart quotes and dashes, links that Slack made of names (`<http://x.y|x.y>`), mentions, code ticks,
    emphasis, HTML entities, invisible characters, and the punctuation of a sentence.
    """
    plain = _MENTION.sub(" ", text.translate(_LOOKS))
    plain = _LINK.sub(lambda found: f" {found[2] or found[1].removesuffix('/')} ", plain)
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    plain = _APOSTROPHE.sub("", _POSSESSIVE.sub("", plain))
    plain = _EMOJI.sub(" ", _QUOTES.sub(" ", plain))
    words = (word.strip(_AROUND).rstrip("." + _AROUND) for word in plain.split())
    return " ".join(word for word in words if word)
