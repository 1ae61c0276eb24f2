"""A short message of our own: what was done, and what to know about it."""

from collections.abc import Sequence

from bot.render.clamp import finish
from bot.render.door import join, own, say
from bot.render.elements import AnyBlock, context, section
from bot.render.limits import OWN_TEXT
from bot.render.message import SlackMessage


def notice(sentence: str, lines: Sequence[str] = (), small: str = "") -> SlackMessage:
    """Draw a sentence, lines below it, and small print; all of it data, redacted and escaped."""
    blocks: list[AnyBlock] = [section(say(sentence))]
    if lines:
        blocks.append(section(join("\n", [own("• ") + say(line, 300) for line in lines])))
    if small:
        blocks.append(context(say(small, 900)))
    return finish(say(sentence, OWN_TEXT), blocks)
