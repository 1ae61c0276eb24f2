"""Web API clients over one shared connection pool, with the retries each kind of call may have."""

import aiohttp
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
    AsyncServerErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.slack.counted import Called, CountedClient, nobody

SLACK = "https://slack.com/api/"
TIMEOUT_SECONDS = 30
RETRIES = 3


class Clients:
    """One client for each way a call may be repeated; all of them repeat after a 5xx. Needs a running loop.

    Attributes:
        ask: for questions to Slack: repeated after a lost connection and after 429.
        post: for messages: repeated only when no connection was made, for a message must not come twice.
        edit: for edits: repeated after a lost connection, since twice looks like once.
        upload: for files: like `post`, and repeated after 429.
        without_token: for Bolt, which needs one and calls nothing with it.
        session: the connection pool they share; without one, slack_sdk opens a connection for every call.
        called: told method and result of every call.
    """

    def __init__(self, token: str, base_url: str = SLACK, called: Called = nobody) -> None:
        self.called = called
        self.session = session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))

        def client(*handlers: AsyncRetryHandler) -> AsyncWebClient:
            chosen = [*handlers, AsyncServerErrorRetryHandler(RETRIES)]
            return CountedClient(
                called, token=token, base_url=base_url, session=session, retry_handlers=chosen
            )

        limited = AsyncRateLimitErrorRetryHandler(RETRIES)
        self.ask = client(AsyncConnectionErrorRetryHandler(RETRIES), limited)
        self.post = client(_unconnected())
        self.edit = client(AsyncConnectionErrorRetryHandler(RETRIES))
        self.upload = client(_unconnected(), limited)
        self.without_token = AsyncWebClient(base_url=base_url, session=session)

    async def close(self) -> None:
        """Close the connections."""
        await self.session.close()


def response_url_client(url: str, session: aiohttp.ClientSession) -> AsyncWebhookClient:
    """A client for one response_url; each post counts, so what may have arrived is not repeated."""
    handlers = [
        _unconnected(),
        AsyncRateLimitErrorRetryHandler(RETRIES),
        AsyncServerErrorRetryHandler(RETRIES),
    ]
    return AsyncWebhookClient(url, timeout=TIMEOUT_SECONDS, session=session, retry_handlers=handlers)


def _unconnected() -> AsyncConnectionErrorRetryHandler:
    return AsyncConnectionErrorRetryHandler(RETRIES, error_types=[aiohttp.ClientConnectorError])
