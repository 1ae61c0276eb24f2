"""A short message of our own: what was done, and what to know about it."""

from collections.abc import Sequence
from typing import Final

from bot.render.clamp import finish
from bot.render.door import Mrkdwn, own, say
from bot.render.elements import AnyBlock, context, section
from bot.render.findings import pack
from bot.render.limits import OWN_TEXT
from bot.render.message import SlackMessage

MOST: Final = 25
"""Lines that are shown; each is at most some 300 characters long."""
_LINE = 300


def notice(sentence: str, lines: Sequence[str | Mrkdwn] = (), small: str = "") -> SlackMessage:
    """Draw a sentence, lines below it, and small print; what is text is data, redacted and escaped.

    Of more lines than a message holds, the first are shown, and how many more there are.
    """
    drawn = [own("• ") + (say(line, _LINE) if isinstance(line, str) else line) for line in lines]
    shown = drawn[:MOST]
    more = len(drawn) - len(shown)
    blocks: list[AnyBlock] = [section(say(sentence)), *pack(shown)]
    if more:
        blocks.append(context(say(f"… and {more:,} more")))
    if small:
        blocks.append(context(say(small, 900)))
    return finish(say(sentence, OWN_TEXT), blocks)
