"""What the digest needs of Slack and of the clusters, in its own words; `bot.wiring` joins them."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from bot.errors import BotError
from bot.render.message import Picture, SlackFile, SlackMessage
from bot.report import Report

Now = Callable[[], datetime]
"""The time, with a zone."""
Sleep = Callable[[float], Awaitable[None]]
Look = Callable[[str, bool], Awaitable[Report]]
"""Cluster, and whether hygiene is wanted → what a look at everything found; raises SourceError, BotError."""
Values = Callable[[Sequence[str]], Awaitable[tuple[str, ...]]]
"""Words of commands → what their buttons carry."""


class PostRefusedError(BotError):
    """Slack said no: the message is certainly not there.

    Attributes:
        lasting: whether asking again will not help before somebody acts (not invited, token revoked).
    """

    def __init__(self, sentence: str, advice: str = "", *, lasting: bool = False) -> None:
        super().__init__(sentence, advice)
        self.lasting = lasting


class PostUnsureError(BotError):
    """Slack gave no answer: the message may be there or not."""


class CannotSearchError(BotError):
    """The channel's messages may not be read, so that nobody can tell whether a message is there."""


class Posted(Struct, frozen=True):
    """A message in Slack, by channel id and timestamp."""

    channel: str
    ts: str


class Channels(Protocol):
    """The way out to Slack, at its pace."""

    async def post(self, channel: str, message: SlackMessage) -> Posted:
        """Post a message. Raises PostRefusedError, PostUnsureError."""

    async def reply(self, posted: Posted, message: SlackMessage) -> None:
        """Add a message to the thread below another. Raises PostRefusedError, PostUnsureError."""

    async def edit(self, posted: Posted, message: SlackMessage) -> None:
        """Put new content into a message. Raises PostRefusedError, PostUnsureError."""

    async def share(self, posted: Posted, file: SlackFile) -> None:
        """Share a file in the thread below a message. Raises PostRefusedError, PostUnsureError."""

    async def show(self, posted: Posted, picture: Picture) -> None:
        """Share a picture in the thread below a message. Raises PostRefusedError, PostUnsureError."""

    async def find(self, channel: str, mark: str, since: datetime) -> Posted | None:
        """The bot's own message whose first block bears a mark, posted since then.

        Raises CannotSearchError, PostUnsureError.
        """

    async def whisper(self, user: str, message: SlackMessage) -> None:
        """Write to one person directly. Raises PostRefusedError, PostUnsureError."""
