"""Keeps the Socket Mode connection true: slack_sdk reconnects by itself, except when it does not.

Three faults are made good: a one-time wss URL that was refused once is asked for again and again; a
connection that was lost may not come back; and one that answers pings may no longer carry anything.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from aiohttp import WSMessage
from msgspec import Struct
from slack_sdk.socket_mode.aiohttp import SocketModeClient

from bot.slack.faults import SlackError
from bot.slack.pace import Clock

log = logging.getLogger(__name__)


class Vigil(Struct, frozen=True):
    """How the watchdog watches.

    Attributes:
        tick_seconds: between two looks.
        stuck_seconds: without a connection until it is rebuilt from outside.
        quiet_seconds: without any frame from Slack until a living connection is renewed.
    """

    tick_seconds: float = 1.0
    stuck_seconds: float = 30.0
    quiet_seconds: float = 1800.0


class Watchdog:
    """Looks at the connection each second.

    Args:
        client: slack_sdk's Socket Mode client.
        auth_test: raises SlackError when Slack cannot be reached or refuses the token.

    Attributes:
        fault: what auth.test said last; None when it passed or was not asked yet.
    """

    def __init__(
        self,
        client: SocketModeClient,
        auth_test: Callable[[], Awaitable[object]],
        clock: Clock,
        vigil: Vigil,
    ) -> None:
        self._client = client
        self._auth_test = auth_test
        self._clock = clock
        self._vigil = vigil
        self._connected_at = self._heard_at = self._rebuilt_at = self._clock.now()
        self._task: asyncio.Task[None] | None = None
        self.fault: SlackError | None = None

    def start(self) -> None:
        """Begin to look."""
        self._client.on_message_listeners.append(self._heard)
        self._connected_at = self._heard_at = self._clock.now()
        self._task = asyncio.create_task(self._watch(), name="slack watchdog")

    async def stop(self) -> None:
        """Look no longer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @property
    def seconds_disconnected(self) -> float:
        """How long there has been no working connection; 0 while there is one."""
        seconds = self._clock.now() - self._connected_at
        return seconds if seconds > 2 * self._vigil.tick_seconds else 0.0

    async def _heard(self, _message: WSMessage) -> None:
        self._heard_at = self._clock.now()

    async def _watch(self) -> None:
        while not self._client.closed:
            await self._clock.sleep(self._vigil.tick_seconds)
            try:
                await self._look()
            except Exception:  # the outermost edge: a watchdog that dies watches nothing
                log.exception("the slack watchdog stumbled")

    async def _look(self) -> None:
        now = self._clock.now()
        if not await self._client.is_connected():
            # A wss URL works once: without this the client would ask for the refused one for ever.
            self._client.wss_uri = None
            if now - max(self._connected_at, self._rebuilt_at) > self._vigil.stuck_seconds:
                self._rebuilt_at = now
                await self._rebuild("no connection")
            return
        self._connected_at = now
        if now - self._heard_at > self._vigil.quiet_seconds:
            self._heard_at = now
            await self._rebuild("nothing heard")

    async def _rebuild(self, why: str) -> None:
        log.warning("rebuilding the slack connection: %s", why)
        try:
            await self._auth_test()
        except SlackError as error:
            self.fault = error
            log.error("slack refuses auth.test: %s", error.code)  # noqa: TRY400 - the trace says nothing
            return
        self.fault = None
        if self._client.connect_operation_lock.locked():
            # Somebody is connecting: a second connection would get events that nobody reads.
            return
        async with self._client.connect_operation_lock:
            await self._connect()

    async def _connect(self) -> None:
        self._client.wss_uri = None
        try:
            async with asyncio.timeout(self._vigil.stuck_seconds):
                await self._client.connect()  # type: ignore[no-untyped-call] # slack_sdk has no types here
        except TimeoutError:
            log.warning("slack gives no connection within %g s", self._vigil.stuck_seconds)
        finally:
            self._client.auto_reconnect_enabled = self._client.default_auto_reconnect_enabled
