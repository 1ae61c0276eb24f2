"""Slack's way out in the words of the digest."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from bot.digest.ports import CannotSearchError, Posted, PostRefusedError, PostUnsureError
from bot.render.message import Picture, SlackFile, SlackMessage
from bot.slack.app import SlackEdge
from bot.slack.clients import Clients
from bot.slack.faults import (
    MissingScopeError,
    NoAnswerError,
    PlaceClosedError,
    SlackError,
    TokenRefusedError,
)
from bot.slack.found import find_message
from bot.slack.reply import Sent, Spot

_LASTING = (PlaceClosedError, MissingScopeError, TokenRefusedError)


class SlackChannels:
    """Posts, edits, shares and finds messages, at Slack's pace."""

    def __init__(self, edge: SlackEdge, clients: Clients) -> None:
        self._edge = edge
        self._clients = clients

    async def post(self, channel: str, message: SlackMessage) -> Posted:
        """Post a message. Raises PostRefusedError, PostUnsureError."""
        with _translated():
            sent = await self._edge.outbox.post(Spot(channel), lambda: message)
        return Posted(sent.channel, sent.ts)

    async def reply(self, posted: Posted, message: SlackMessage) -> None:
        """Add a message to the thread below another. Raises PostRefusedError, PostUnsureError."""
        with _translated():
            await self._edge.outbox.post(Spot(posted.channel, posted.ts), lambda: message)

    async def edit(self, posted: Posted, message: SlackMessage) -> None:
        """Put new content into a message. Raises PostRefusedError, PostUnsureError."""
        with _translated():
            await self._edge.outbox.finish(Sent(posted.channel, posted.ts), message)

    async def share(self, posted: Posted, file: SlackFile) -> None:
        """Share a file in the thread below a message. Raises PostRefusedError, PostUnsureError."""
        with _translated():
            await self._edge.uploads(Spot(posted.channel, posted.ts), file)

    async def show(self, posted: Posted, picture: Picture) -> None:
        """Share a picture in the thread below a message. Raises PostRefusedError, PostUnsureError."""
        with _translated():
            await self._edge.uploads.picture(Spot(posted.channel, posted.ts), picture)

    async def find(self, channel: str, mark: str, since: datetime) -> Posted | None:
        """The bot's own message whose first block bears a mark. Raises CannotSearchError, PostUnsureError."""
        try:
            sent = await find_message(self._clients.ask, channel, mark, since)
        except NoAnswerError as error:
            raise PostUnsureError(error.sentence, error.advice) from error
        except SlackError as error:
            raise CannotSearchError(error.sentence, error.advice) from error
        return Posted(sent.channel, sent.ts) if sent else None

    async def whisper(self, user: str, message: SlackMessage) -> None:
        """Write to one person directly. Raises PostRefusedError, PostUnsureError."""
        await self.post(user, message)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except NoAnswerError as error:
        raise PostUnsureError(error.sentence, error.advice) from error
    except SlackError as error:
        lasting = isinstance(error, _LASTING)
        raise PostRefusedError(error.sentence, error.advice, lasting=lasting) from error
