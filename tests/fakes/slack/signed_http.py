"""HTTP mode: the same things as signed requests to the app's request URL."""

import hashlib
import hmac
import json
from urllib.parse import urlencode

import aiohttp

from tests.fakes.slack.delivery import Envelope
from tests.fakes.slack.state import Json
from tests.fakes.slack.workspace import Workspace


class SignedHttp:
    """Posts to the app as Slack does; `status` is the app's last answer."""

    def __init__(self, workspace: Workspace, url: str) -> None:
        self._workspace = workspace
        self._session = aiohttp.ClientSession()
        self.url = url
        self.signing_secret = workspace.signing_secret
        self.seconds_late = 0.0
        self.status = 0

    async def hand_over(self, envelope: Envelope) -> Json:
        """Post one envelope; ConnectionError when the answer is not 200."""
        body, content_type = _encoded(envelope)
        headers = {"Content-Type": content_type, **self._signature(body)}
        if envelope.attempt:
            headers |= {"X-Slack-Retry-Num": str(envelope.attempt), "X-Slack-Retry-Reason": "http_timeout"}
        async with self._session.post(self.url, data=body, headers=headers) as response:
            self.status, answer = response.status, await response.text()
        if self.status != 200:
            raise ConnectionError(f"HTTP {self.status}")
        return json.loads(answer) if answer.startswith("{") else {"text": answer} if answer else {}

    def _signature(self, body: str) -> dict[str, str]:
        at = str(int(self._workspace.now() - self.seconds_late))
        digest = hmac.new(
            self.signing_secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256
        ).hexdigest()
        return {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}"}

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()


def _encoded(envelope: Envelope) -> tuple[str, str]:
    if envelope.kind == "events_api":
        return json.dumps(envelope.payload), "application/json"
    fields = (
        envelope.payload if envelope.kind == "slash_commands" else {"payload": json.dumps(envelope.payload)}
    )
    return urlencode(fields), "application/x-www-form-urlencoded"
