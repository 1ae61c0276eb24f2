"""The message that stands until the answer is there."""

from collections.abc import Sequence

from bot.render.clamp import finish
from bot.render.door import join, own, say
from bot.render.elements import section
from bot.render.message import SlackMessage

_WORD = 40
_MOST = 20


def progress(subject_text: str, done: Sequence[str], waiting: Sequence[str]) -> SlackMessage:
    """Draw what has been read and what is still awaited ("⏳ pod mlops/x  pod ✓ events ✓ logs …")."""
    read = [say(word, _WORD) + own(" ✓") for word in done[-_MOST:]]
    awaited = [say(word, _WORD) + own(" …") for word in waiting[:_MOST]]
    line = own("⏳ ") + join("   ", (say(subject_text, 200), join("  ", (*read, *awaited))))
    return finish(line, [section(line)])
