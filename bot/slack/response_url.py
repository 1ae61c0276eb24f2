"""Answers through a response_url: five posts within thirty minutes, seen by the asker alone."""

import aiohttp
from slack_sdk.webhook.webhook_response import WebhookResponse

from bot.render.blocks import SlackMessage
from bot.slack.clients import response_url_client
from bot.slack.counted import Called, nobody
from bot.slack.drawn import first_accepted
from bot.slack.faults import NoAnswerError, SlackError, SlowDownError, fault_of, slack_faults
from bot.slack.pace import Clock, WallClock

METHOD = "response_url"
"""What such a post is called among the methods of the Web API."""
USES = 5
LIFETIME_SECONDS = 30 * 60.0


class ResponseUrl:
    """One response_url from a slash command or a click; `called` is told the result of each post."""

    def __init__(
        self,
        url: str,
        session: aiohttp.ClientSession,
        clock: Clock | None = None,
        called: Called = nobody,
    ) -> None:
        self._called = called
        self._client = response_url_client(url, session)
        self._clock = clock or WallClock()
        self._expires_at = self._clock.now() + LIFETIME_SECONDS
        self._uses_left = USES if url else 0

    @property
    def uses_left(self) -> int:
        """How many posts it still takes."""
        return self._uses_left if self._clock.now() < self._expires_at else 0

    async def post(self, message: SlackMessage, *, replace: bool = False) -> None:
        """Post for the asker alone; `replace` puts it in place of the message that was clicked.

        Raises:
            UrlExpiredError: used up or too old.
            SlackError: anything else Slack refuses.
        """
        await first_accepted(message, lambda drawn: self._post(drawn, replace=replace))

    async def _post(self, message: SlackMessage, *, replace: bool) -> None:
        if not self.uses_left:
            raise fault_of("expired_url")
        try:
            with slack_faults():
                answer = await self._client.send(
                    text=message.text,
                    blocks=list(message.blocks),
                    response_type="ephemeral",
                    replace_original=replace,
                )
            _check(answer)
        except SlackError as error:
            self._called(METHOD, "no_answer" if isinstance(error, NoAnswerError) else error.code)
            raise
        self._called(METHOD, "ok")
        self._uses_left -= 1


def _check(answer: WebhookResponse) -> None:
    if answer.status_code == 200:  # noqa: PLR2004 - HTTP's OK
        return
    if answer.status_code == 429:  # noqa: PLR2004 - HTTP's Too Many Requests
        raise SlowDownError(1.0)
    if answer.status_code == 404:  # noqa: PLR2004 - HTTP's Not Found
        raise fault_of("expired_url")
    raise _named(answer.body.strip())


def _named(body: str) -> SlackError:
    return fault_of(body if body.isidentifier() else "no_answer")
