"""Where one question is answered: a message that shows progress and becomes the answer, and its thread."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from bot.render.blocks import SlackMessage
from bot.slack.faults import MessageGoneError, PlaceClosedError, SlackError
from bot.slack.reply import Outbox, Sent, Spot
from bot.slack.response_url import ResponseUrl
from bot.slack.whisper import Whisper

log = logging.getLogger(__name__)
Explain = Callable[[SlackError], SlackMessage]
"""Draws a fault for the asker."""


class Surface(Protocol):
    """Progress, then the answer; nothing here raises SlackError."""

    def show(self, message: SlackMessage) -> None:
        """Show progress; newer progress replaces it."""

    async def finish(self, message: SlackMessage, *, private: bool = False) -> None:
        """Show the last content; `private` content stays with the asker while nothing is public yet."""

    async def hint(self, message: SlackMessage) -> None:
        """Show the asker alone that something is under way; it may be lost."""

    async def tell(self, message: SlackMessage) -> None:
        """Show the last content to the asker alone; nobody else sees any of it."""

    async def follow(self, message: SlackMessage) -> None:
        """Add a message below the answer."""

    @property
    def below(self) -> Spot | None:
        """Where replies and files go; None while the bot cannot post there."""


class MessageSurface:
    """A message in a channel, a thread or a direct message, posted at the first progress.

    Where the bot may not post, everything goes to the asker alone, after a sentence that says why.

    Args:
        sent: the message to edit when there is one already (a re-run).
    """

    def __init__(
        self, outbox: Outbox, spot: Spot, whisper: Whisper, explain: Explain, sent: Sent | None = None
    ) -> None:
        self._outbox = outbox
        self._background = outbox.background
        self._spot = spot
        self._whisper = whisper
        self._explain = explain
        self._sent = sent
        self._newest: SlackMessage | None = None
        self._touched = False
        self._taken: SlackMessage | None = None
        self._posting: asyncio.Task[None] | None = None
        self._fault: SlackError | None = None
        self._finishing = False

    @property
    def below(self) -> Spot | None:
        """The thread the question stands in, else the thread below the answer."""
        if self._sent is None:
            return None
        return Spot(self._sent.channel, self._spot.thread_ts or self._sent.ts)

    def show(self, message: SlackMessage) -> None:
        """Show progress: the first posts the message, later ones edit it."""
        if self._finishing:
            return
        self._newest = message
        if self._sent is not None:
            self._touched = True
            self._outbox.edit(self._sent, message)
        elif self._posting is None:
            self._posting = self._background.start(self._post(), "first message")

    async def finish(self, message: SlackMessage, *, private: bool = False) -> None:
        """Show the answer in the same message; where it is gone, in a new one."""
        if private and self._whisper.in_place and self._withdraw():
            await self._whisper.say(message)
            return
        self._newest, self._finishing = message, True
        if self._sent is None:
            await self._ensure_posted()
        if self._fault is not None:
            await self._whisper.say(message)
        elif self._sent is not None and self._taken is not message:
            await self._edit_last(self._sent, message)

    async def hint(self, message: SlackMessage) -> None:
        """Tell the asker; where nobody else reads, the message becomes the answer."""
        if self._alone:
            self.show(message)
        else:
            await self._whisper.say_in_passing(message)

    async def tell(self, message: SlackMessage) -> None:
        """Tell the asker; where nobody else reads, in a message that stays."""
        if self._alone:
            await self.finish(message)
        else:
            await self._whisper.say(message)

    async def follow(self, message: SlackMessage) -> None:
        """Reply in the thread; only the answer itself goes to an asker who alone can be reached."""
        spot = self.below
        try:
            if spot is None:
                await self._whisper.say_in_passing(message)
            else:
                await self._outbox.post(spot, lambda: message)
        except SlackError as error:
            log.warning("a reply was not posted: %s", error.code)

    @property
    def _alone(self) -> bool:
        """Whether nobody but the asker reads what is posted here."""
        return self._spot.channel.startswith("D") and not self._whisper.in_place

    def _withdraw(self) -> bool:
        """Take back a progress message that has not gone out yet; tells whether nothing is public."""
        if self._touched:
            return False
        if self._posting is not None:
            self._posting.cancel()
        return True

    async def _ensure_posted(self) -> None:
        if self._posting is None:
            self._posting = self._background.start(self._post(), "first message")
        # The post goes on when this question is cancelled meanwhile, and is edited by whoever ends it.
        await asyncio.shield(self._posting)

    async def _post(self) -> None:
        try:
            self._sent = await self._outbox.post(self._spot, self._take)
        except SlackError as error:
            self._fault = error
            log.warning("cannot post in %s: %s", self._spot.channel, error.code)
            if isinstance(error, PlaceClosedError):
                await self._whisper.say_in_passing(self._explain(error))
            return
        if self._newest is not None and self._newest is not self._taken and not self._finishing:
            self._outbox.edit(self._sent, self._newest)

    def _take(self) -> SlackMessage:
        self._touched, self._taken = True, self._newest
        if self._taken is None:
            raise AssertionError("a message is posted before there is anything to show")
        return self._taken

    async def _edit_last(self, sent: Sent, message: SlackMessage) -> None:
        try:
            await self._outbox.finish(sent, message)
        except MessageGoneError:
            await self._post_again(message)
        except SlackError as error:
            log.warning("an answer could not be put into its message: %s", error.code)
            await self._whisper.say(message)

    async def _post_again(self, message: SlackMessage) -> None:
        try:
            self._sent = await self._outbox.post(self._spot, lambda: message)
        except SlackError as error:
            log.warning("an answer could not be posted anew: %s", error.code)
            await self._whisper.say(message)


class PrivateSurface:
    """A message only the asker sees; each step costs a post of the response_url, so progress comes once."""

    def __init__(self, answer_url: ResponseUrl, whisper: Whisper, *, replace: bool) -> None:
        self._answer_url = answer_url
        self._background = whisper.background
        self._whisper = whisper
        self._replace = replace
        self._progress: asyncio.Task[None] | None = None

    @property
    def below(self) -> Spot | None:
        """Nowhere: a private message has no thread."""
        return None

    def show(self, message: SlackMessage) -> None:
        """Show the first progress in place of the clicked message."""
        if self._progress is None and self._replace:
            self._progress = self._background.start(self._put(message), "private progress")

    async def finish(self, message: SlackMessage, *, private: bool = False) -> None:  # noqa: ARG002 - always private
        """Show the answer in place of the clicked message."""
        if self._progress is not None:
            await asyncio.shield(self._progress)
        try:
            await self._answer_url.post(message, replace=self._replace)
        except SlackError as error:
            log.info("a private answer could not be put in place: %s", error.code)
            await self._whisper.say(message)

    async def hint(self, message: SlackMessage) -> None:
        """Show the first progress in place of the clicked message."""
        self.show(message)

    async def tell(self, message: SlackMessage) -> None:
        """Show the answer in place of the clicked message."""
        await self.finish(message)

    async def follow(self, message: SlackMessage) -> None:
        """Say it to the asker too, while the response_url allows."""
        await self._whisper.say_in_passing(message)

    async def _put(self, message: SlackMessage) -> None:
        try:
            await self._answer_url.post(message, replace=True)
        except SlackError as error:
            log.info("progress not shown: %s", error.code)
