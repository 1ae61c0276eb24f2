"""The one way out to channels: posts in order, edits merged to the newest, Slack's pace kept."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.render.blocks import SlackMessage
from bot.slack.background import Background
from bot.slack.drawn import first_accepted
from bot.slack.faults import SlackError, SlowDownError, slack_faults
from bot.slack.pace import ChannelPace, Clock, MethodPace

log = logging.getLogger(__name__)
POST, EPHEMERAL, UPDATE = "chat.postMessage", "chat.postEphemeral", "chat.update"
Answer = dict[str, Any]
PROGRESS_EDITS_A_MINUTE = 40
"""Slack takes about 50 edits a minute; the rest is kept for answers."""


class Pace(Struct, frozen=True):
    """How fast the bot speaks.

    Attributes:
        post_seconds: between two posts in one channel.
        edit_seconds: between two edits of progress in one message.
        patience: seconds a message may wait in all because Slack answers 429.
    """

    post_seconds: float = 1.0
    edit_seconds: float = 1.0
    patience: float = 300.0


class Sent(Struct, frozen=True):
    """A message in Slack, by channel id and timestamp."""

    channel: str
    ts: str


class Spot(Struct, frozen=True):
    """Where to post: a channel id and, inside a thread, the timestamp of its first message."""

    channel: str
    thread_ts: str = ""


class _Edits:
    """What is still to be shown of one message; `sending` is held while an edit is on its way."""

    def __init__(self) -> None:
        self.newest: SlackMessage | None = None
        self.task: asyncio.Task[None] | None = None
        self.sending = asyncio.Lock()
        self.next_at = 0.0


class Outbox:
    """Posts and edits for all channels.

    Args:
        posts: a client that never repeats what may have arrived.
        edits: a client that may, since an edit made twice looks like one.
        background: holds deliveries that outlive the errand that began them.
    """

    def __init__(
        self,
        posts: AsyncWebClient,
        edits: AsyncWebClient,
        background: Background,
        *,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self.background = background
        self._posts_client = posts
        self._edits_client = edits
        self._clock = clock
        self._pace = pace
        self._methods = {name: MethodPace(self._clock) for name in (POST, EPHEMERAL, UPDATE)}
        self._channels: dict[str, ChannelPace] = {}
        self._edits: dict[Sent, _Edits] = {}
        self._progress_edits: deque[float] = deque(maxlen=PROGRESS_EDITS_A_MINUTE)

    async def post(self, spot: Spot, take: Callable[[], SlackMessage]) -> Sent:
        """Post when the channel's turn comes; `take` is asked only then, so the newest content goes out.

        Raises:
            SlackError: PlaceClosedError, MissingScopeError, …; NoAnswerError when it may have been posted.
        """
        async with self._channel(spot.channel):
            await self._methods[POST].turn()
            answer = await first_accepted(take(), lambda message: self._post(spot, message))
        return Sent(str(answer["channel"]), str(answer["ts"]))

    async def post_ephemeral(self, spot: Spot, user: str, message: SlackMessage) -> None:
        """Show a message to one person in a channel; raises SlackError."""
        await self._methods[EPHEMERAL].turn()
        await first_accepted(message, lambda drawn: self._post_ephemeral(spot, user, drawn))

    def edit(self, sent: Sent, message: SlackMessage) -> None:
        """Put newer progress into a message; at most one edit a second goes out, the newest wins."""
        edits = self._edits.setdefault(sent, _Edits())
        edits.newest = message
        if edits.task is None:
            edits.task = self.background.start(self._send_progress(sent, edits), "progress")

    async def finish(self, sent: Sent, message: SlackMessage) -> None:
        """Put the last content into a message: waits for an edit on its way, drops those that wait.

        Raises:
            SlackError: MessageGoneError when the message was deleted meanwhile, and the others.
        """
        edits = self._edits.setdefault(sent, _Edits())
        edits.newest = None
        try:
            async with edits.sending:
                await self._methods[UPDATE].turn()
                await first_accepted(message, lambda drawn: self._update(sent, drawn))
        finally:
            if edits.task is not None:
                edits.task.cancel()
            self._edits.pop(sent, None)

    def _channel(self, channel: str) -> ChannelPace:
        if len(self._channels) > 1000:  # noqa: PLR2004 - only to forget quiet channels now and then
            self._channels = {name: pace for name, pace in self._channels.items() if not pace.idle}
        if channel not in self._channels:
            self._channels[channel] = ChannelPace(self._clock, self._pace.post_seconds)
        return self._channels[channel]

    async def _send_progress(self, sent: Sent, edits: "_Edits") -> None:
        while edits.newest is not None:
            await self._clock.sleep(self._progress_wait(edits))
            await self._methods[UPDATE].turn()
            async with edits.sending:
                message, edits.newest = edits.newest, None
                if message is not None:
                    self._progress_edits.append(self._clock.now())
                    edits.next_at = self._clock.now() + self._pace.edit_seconds
                    await self._try_progress(sent, message)
        edits.task = None

    async def _try_progress(self, sent: Sent, message: SlackMessage) -> None:
        try:
            await first_accepted(message, lambda drawn: self._update(sent, drawn))
        except SlackError as error:
            log.info("progress not shown in %s: %s", sent.channel, error.code)

    def _progress_wait(self, edits: "_Edits") -> float:
        oldest = self._progress_edits[0] if len(self._progress_edits) == PROGRESS_EDITS_A_MINUTE else None
        spared = oldest + 60.0 if oldest is not None else 0.0
        return max(edits.next_at, spared) - self._clock.now()

    async def _post(self, spot: Spot, message: SlackMessage) -> Answer:
        return await self._patiently(
            POST,
            lambda: self._posts_client.chat_postMessage(
                channel=spot.channel,
                thread_ts=spot.thread_ts or None,
                unfurl_links=False,
                unfurl_media=False,
                **_content(message),
            ),
        )

    async def _post_ephemeral(self, spot: Spot, user: str, message: SlackMessage) -> Answer:
        return await self._patiently(
            EPHEMERAL,
            lambda: self._posts_client.chat_postEphemeral(
                channel=spot.channel, user=user, thread_ts=spot.thread_ts or None, **_content(message)
            ),
        )

    async def _update(self, sent: Sent, message: SlackMessage) -> Answer:
        return await self._patiently(
            UPDATE,
            lambda: self._edits_client.chat_update(channel=sent.channel, ts=sent.ts, **_content(message)),
        )

    async def _patiently(self, method: str, call: Callable[[], Awaitable[AsyncSlackResponse]]) -> Answer:
        pace, give_up_at = self._methods[method], self._clock.now() + self._pace.patience
        while True:
            try:
                return await self._call(call)
            except SlowDownError as error:
                pace.slow_down(error.retry_after)
                if self._clock.now() + error.retry_after > give_up_at:
                    raise
            await pace.turn()

    async def _call(self, call: Callable[[], Awaitable[AsyncSlackResponse]]) -> Answer:
        with slack_faults():
            answer = await call()
        return dict(answer.data)  # type: ignore[arg-type] # bytes only for methods that are not called here


def _content(message: SlackMessage) -> dict[str, Any]:
    # An empty list removes blocks that an edit would otherwise leave standing.
    return {"text": message.text, "blocks": list(message.blocks)}
