"""A message of the bot's own, found again by the id of its first block."""

from datetime import datetime
from typing import Final

import msgspec
from msgspec import Struct
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.faults import SlackError, slack_faults
from bot.slack.reply import Sent

PAGES: Final = 10
PER_PAGE: Final = 100


class _Block(Struct, frozen=True):
    block_id: str = ""


class _Message(Struct, frozen=True):
    ts: str
    bot_id: str = ""
    blocks: tuple[_Block, ...] = ()


class _Cursor(Struct, frozen=True):
    next_cursor: str = ""


class _History(Struct, frozen=True):
    messages: tuple[_Message, ...] = ()
    response_metadata: _Cursor | None = None


async def find_message(client: AsyncWebClient, channel: str, block_id: str, since: datetime) -> Sent | None:
    """The newest message of a bot in a channel with that block, posted since then; None when there is none.

    Raises:
        MissingScopeError: channels:history, or groups:history for a private channel, was not granted.
        SlackError: Slack does not answer, the channel cannot be read, or it has too many newer messages.
    """
    cursor = ""
    for _ in range(PAGES):
        with slack_faults():
            answer = await client.conversations_history(
                channel=channel, oldest=f"{since.timestamp():.6f}", limit=PER_PAGE, cursor=cursor or None
            )
        history = msgspec.convert(answer.data, _History)
        for message in history.messages:
            if message.bot_id and any(block.block_id == block_id for block in message.blocks):
                return Sent(channel, message.ts)
        cursor = history.response_metadata.next_cursor if history.response_metadata else ""
        if not cursor:
            return None
    raise SlackError(
        "too_many_messages",
        f"More than {PAGES * PER_PAGE} messages were posted there since.",
        "Look into the channel whether the digest is there.",
    )
