"""A message in the form Slack takes: as drawn, else in classic blocks, else as plain text."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from bot.render.blocks import SlackMessage, classic, plain
from bot.slack.faults import BlocksRefusedError

log = logging.getLogger(__name__)
T = TypeVar("T")


async def first_accepted(message: SlackMessage, send: Callable[[SlackMessage], Awaitable[T]]) -> T:
    """Send a message, drawn ever more simply while Slack refuses its content.

    Raises:
        BlocksRefusedError: Slack refuses even the plain text.
        SlackError: anything else goes wrong; nothing is tried again then.
    """
    forms = list(_forms(message))
    for form in forms[:-1]:
        try:
            return await send(form)
        except BlocksRefusedError as error:
            log.warning("slack refuses a message (%s), drawing it more simply", error.code)
    return await send(forms[-1])


def _forms(message: SlackMessage) -> Iterator[SlackMessage]:
    yield message
    simple = classic(message)
    if simple != message:
        yield simple
    text = plain(message)
    if text not in (message, simple):
        yield text
