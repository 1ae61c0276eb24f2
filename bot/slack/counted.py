"""A Web API client that tells what became of each call."""

from collections.abc import Callable
from typing import Any

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

Called = Callable[[str, str], None]
"""Told a method ("chat.update") and its result: "ok", or Slack's error code, or "no_answer"."""


def nobody(method: str, result: str) -> None:
    """Tell nobody."""


class CountedClient(AsyncWebClient):
    """Calls as its base does, and tells; repeats of one call count as one."""

    def __init__(self, called: Called, **options: Any) -> None:  # noqa: ANN401 - those of slack_sdk
        super().__init__(**options)
        self._called = called

    async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:  # noqa: ANN401 - those of slack_sdk
        """Call a method; raises what slack_sdk raises."""
        result = "no_answer"
        try:
            answer = await super().api_call(api_method, **options)
            result = "ok"
        except SlackApiError as error:
            result = _code(error.response)
            raise
        finally:
            self._called(api_method, result)
        return answer


def _code(response: object) -> str:
    data = response.data if isinstance(response, AsyncSlackResponse) else None
    return str(data.get("error") or "no_answer") if isinstance(data, dict) else "no_answer"
