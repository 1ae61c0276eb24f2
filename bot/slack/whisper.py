"""Words for the asker alone, by whichever way is open: response_url, ephemeral message, direct message."""

import logging
from collections.abc import Awaitable, Callable

from bot.render.blocks import SlackMessage
from bot.slack.background import Background
from bot.slack.faults import SlackError
from bot.slack.reply import Outbox, Spot
from bot.slack.response_url import ResponseUrl

log = logging.getLogger(__name__)


class Whisper:
    """Speaks to one person about one question.

    Args:
        answer_url: the response_url of the command or click, where there is one.
        spot: the conversation, for an ephemeral message.
        user: whom to tell.
    """

    def __init__(self, outbox: Outbox, answer_url: ResponseUrl | None, spot: Spot, user: str) -> None:
        self._outbox = outbox
        self._answer_url = answer_url
        self._spot = spot
        self._user = user

    @property
    def in_place(self) -> bool:
        """Whether the person can be told alone where they are, without a message that is easily missed."""
        return self._answer_url is not None and self._answer_url.uses_left > 0

    @property
    def background(self) -> Background:
        """Holds deliveries that outlive the errand."""
        return self._outbox.background

    async def say(self, message: SlackMessage) -> bool:
        """Tell the person; tells whether any way was open. Never raises SlackError."""
        for way in self._ways(message):
            try:
                await way()
            except SlackError as error:
                log.info("could not whisper: %s", error.code)
            else:
                return True
        log.error("a message for %s in %s reached nobody", self._user, self._spot.channel)
        return False

    async def say_in_passing(self, message: SlackMessage) -> None:
        """Tell something that may be lost, and keep posts of the response_url for what may not."""
        if self._answer_url is None or self._answer_url.uses_left > 1:
            await self.say(message)

    def _ways(self, message: SlackMessage) -> list[Callable[[], Awaitable[object]]]:
        ways: list[Callable[[], Awaitable[object]]] = []
        if self._answer_url is not None and (url := self._answer_url).uses_left:
            ways.append(lambda: url.post(message))
        ways.append(lambda: self._outbox.post_ephemeral(self._spot, self._user, message))
        # A user id as channel opens the direct message with that person.
        ways.append(lambda: self._outbox.post(Spot(self._user), lambda: message))
        return ways
