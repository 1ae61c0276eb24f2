"""Slack's sizes, and our own smaller budget; every number stands here once.

Lengths are counted in UTF-16 units, the strictest way in which a limit can be meant: an emoji counts as two.
"""

import re
from collections.abc import Callable
from typing import Final

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
"""Blocks in a modal or on the home tab."""
SECTION_TEXT: Final = 3_000
FIELD_TEXT: Final = 2_000
FIELDS: Final = 10
HEADER_TEXT: Final = 150
CONTEXT_ELEMENTS: Final = 10
CONTEXT_TEXT: Final = 3_000
"""Slack names no limit of its own for a context element; this is the one of every text object."""
ACTIONS: Final = 25
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2_000
OPTIONS: Final = 100
OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
ACTION_ID: Final = 255
BLOCK_ID: Final = 255
PLACEHOLDER: Final = 150
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30
MODAL_TITLE: Final = 24
TABLE_ROWS: Final = 100
TABLE_COLUMNS: Final = 20
TABLES: Final = 1
ALT_TEXT: Final = 1_000
"""Of a picture."""
MESSAGE_CHARACTERS: Final = 13_000
"""About here a message is refused with `msg_blocks_too_long`."""

OWN_BLOCKS: Final = 25
OWN_CHARACTERS: Final = 9_000
OWN_ACTIONS: Final = 4_000
"""Characters of a row of buttons and menus, values included."""
OWN_TEXT: Final = 400
"""Characters of the notification text beside blocks."""
PLAIN_TEXT: Final = 3_900
"""Characters of a message that is text only; Slack advises to stay under 4,000."""
THREAD_MESSAGES: Final = 5
"""Messages one answer may add to its thread; what is more goes to a file."""

ELLIPSIS: Final = "…"
_CUT_ENTITY = re.compile(r"&[a-z]*\Z")
_WHOLE_BLOCK = re.compile(r"```\n.*?\n```", re.DOTALL)
_CUT_TOKEN = re.compile(r"<[^<>]*\Z")


def length(text: str) -> int:
    """Count a text as Slack may count it, in UTF-16 units."""
    return len(text) + sum(1 for character in text if character > "\uffff")


def fit(text: str, limit: int, draw: Callable[[str], str]) -> str:
    """Draw as much of a plain text as fits `limit`, with an ellipsis when something was left out.

    The plain text is shortened and drawn again, so that no entity and no code mark is ever cut in half.
    """
    shown = draw(text)
    while length(shown) > limit:
        keep = min(len(text) - 1, len(text) * limit // length(shown))
        text = text[: max(0, keep)]
        shown = draw(text.rstrip() + ELLIPSIS) if text else ELLIPSIS
    return shown


def cut_drawn(text: str, limit: int) -> str:
    """Shorten text that is drawn already; the last resort of the clamp, for texts that should have fitted."""
    if length(text) <= limit:
        return text
    room = max(0, limit - len("\n```") - len(ELLIPSIS))
    kept = text[:room]
    kept = text[: max(0, room - (length(kept) - len(kept)))]
    kept = _CUT_TOKEN.sub("", _CUT_ENTITY.sub("", kept)).rstrip()
    return _close_code(kept) + ELLIPSIS


def _close_code(text: str) -> str:
    """Close what a cut left open; back-ticks inside a whole block of code mean nothing."""
    rest = _WHOLE_BLOCK.sub("", text)
    if "```" in rest:
        return text.rstrip("`") + "\n```"
    if rest.count("`") % 2:
        return text.removesuffix("`") if text.endswith("`") else text + "`"
    return text
