"""The local Slack: everything a test needs, on 127.0.0.1."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.fakes.slack.delivery import Delivery
from tests.fakes.slack.hooks import Hooks
from tests.fakes.slack.person import Person
from tests.fakes.slack.signed_http import SignedHttp
from tests.fakes.slack.sockets import Sockets
from tests.fakes.slack.state import Call, File, Message
from tests.fakes.slack.web_api import WebApi
from tests.fakes.slack.workspace import Cut, Fault, Workspace

Messages = list[Message]


class View:
    """A part of the conversation that a test reads and waits on."""

    def __init__(self, workspace: Workspace, chosen: Callable[[], Messages]) -> None:
        self._workspace = workspace
        self._chosen = chosen

    @property
    def messages(self) -> Messages:
        """What is there now, oldest first."""
        return self._chosen()

    @property
    def from_bot(self) -> Messages:
        """What the bot wrote there, oldest first."""
        return [message for message in self._chosen() if message.user.startswith("U0")]

    async def until(self, holds: Callable[[Messages], object], timeout: float = 5.0) -> Messages:  # noqa: ASYNC109 - the message needs what was there
        """Wait until the bot's messages here satisfy `holds`, and return them."""
        await self._workspace.changes.until(
            lambda: bool(holds(self.from_bot)), lambda: [m.shown for m in self.from_bot], timeout
        )
        return self.from_bot


class Slack:
    """Start it with `async with Slack() as slack`, then give the app `slack.base_url` and its tokens."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.workspace = Workspace(now)
        self.sockets = Sockets(self.workspace)
        self.api = WebApi(self.workspace, self.sockets.new_url)
        self.hooks = Hooks(self.workspace, self.api)
        self.delivery = Delivery(self.workspace, self.sockets)
        self._runner: web.AppRunner | None = None
        self._http: SignedHttp | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/api/{method}", self.api.handle)
        app.router.add_post("/hooks/{hook}", self.hooks.handle)
        app.router.add_post("/upload/{file}", self.api.upload)
        app.router.add_get("/link", self.sockets.handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.api.origin = self.sockets.origin = f"http://127.0.0.1:{port}"
        for channel in ("C1", "C2"):
            self.workspace.channel(channel)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.delivery.close()
        await self.sockets.close()
        if self._http is not None:
            await self._http.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def base_url(self) -> str:
        """The Web API's address, as `base_url` of a client."""
        return f"{self.api.origin}/api/"

    def person(self, user: str) -> Person:
        """Somebody who can type, mention, write and click."""
        return Person(user, self.workspace, self.delivery, self.hooks)

    def channel(self, channel: str) -> View:
        """What everybody sees in a channel, threads left out."""
        return View(self.workspace, lambda: [m for m in self._public(channel) if not m.thread_ts])

    def thread(self, ts: str, channel: str = "C1") -> View:
        """The replies in a thread."""
        return View(self.workspace, lambda: [m for m in self._public(channel) if m.thread_ts == ts])

    def ephemerals(self, user: str, channel: str = "C1") -> View:
        """What only this person sees in a channel."""
        return View(self.workspace, lambda: [m for m in self._all(channel) if m.only_for == user])

    def _all(self, channel: str) -> Messages:
        return self.workspace.channel(channel).messages

    def _public(self, channel: str) -> Messages:
        return [message for message in self._all(channel) if not message.only_for]

    @property
    def files(self) -> list[File]:
        """Files that were shared, in order."""
        return [file for file in self.workspace.files.values() if file.shared]

    def calls(self, method: str) -> list[Call]:
        """Calls of a method, in order."""
        return [call for call in self.workspace.calls if call.method == method]

    async def until(self, holds: Callable[[], bool], timeout: float = 5.0) -> None:  # noqa: ASYNC109 - the message needs what was there
        """Wait for anything about this Slack."""
        await self.workspace.changes.until(
            holds, lambda: [c.method for c in self.workspace.calls][-20:], timeout
        )

    def fail(self, method: str, error: str, *, times: int = 1, status: int = 200, **extra: object) -> None:
        """Let the next calls of a method answer `ok: false`; method `response_url` and `upload` count too."""
        self.workspace.order_fault(method, Fault(error=error, status=status, extra=extra), times)

    def limit_rate(self, method: str, retry_after: int = 1, *, times: int = 1) -> None:
        """Let the next calls of a method answer 429."""
        self.workspace.order_fault(method, Fault(retry_after=retry_after), times)

    def cut(self, method: str, when: Cut, *, times: int = 1) -> None:
        """Drop the TCP connection of the next calls, before or after they took effect."""
        self.workspace.order_fault(method, Fault(cut=when), times)

    def remove_bot(self, channel: str, *, private: bool = False) -> None:
        """Make a channel the bot is not in."""
        place = self.workspace.channel(channel)
        place.has_bot, place.private = False, private

    def deliver_over_http(self, url: str) -> SignedHttp:
        """Send everything as signed requests to this URL from now on."""
        self._http = SignedHttp(self.workspace, url)
        self.delivery.transport = self._http
        return self._http
