"""What probes and Prometheus ask.

/startupz answers 200 once everything has been started, for good; /healthz while the event loop turns; /readyz
while every part works, or works in a lesser way; /metrics always.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum
from http import HTTPStatus

import msgspec
from aiohttp import web

from bot.errors import BotError
from bot.metrics import CONTENT_TYPE, Metrics
from bot.store.circuit import Circuit

log = logging.getLogger(__name__)


class State(StrEnum):
    """State of one part; `degraded` works in a lesser way and keeps the bot ready."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


class Health(msgspec.Struct, frozen=True):
    """Result of a check: its state, what that means, and what to do about it."""

    state: State
    detail: str = ""
    advice: str = ""


class Check(msgspec.Struct, frozen=True):
    """One part that must work before questions can be answered.

    Attributes:
        name: the part ("slack", "cluster prod").
        look: tells the state; a `BotError` it raises counts as failed, with its sentence and advice.
        timeout: seconds after which it counts as `late`.
        late: what silence means: failed, or degraded where the bot works without this part.
    """

    name: str
    look: Callable[[], Awaitable[Health]]
    timeout: float = 2.0
    late: State = State.FAILED


class Readiness(msgspec.Struct, frozen=True):
    """The answer of /readyz."""

    ready: bool
    checks: dict[str, Health]


def redis_check(ping: Callable[[], Awaitable[None]], circuit: Circuit) -> Check:
    """Redis: degraded while it is away, since this replica then counts and shares alone."""

    async def look() -> Health:
        await ping()
        if circuit.healthy:
            return Health(State.OK)
        detail = f"no answer for {circuit.seconds:.0f} s: in-process limits, answers not shared"
        advice = "Check that Redis runs and that its URL and password are right."
        return Health(State.DEGRADED, detail, advice)

    return Check("redis", look)


class HealthServer:
    """Serves the probes and the metrics.

    Args:
        host: address to listen on.
        port: 0 takes a free one, see `port`.
        checks: what /readyz looks at, all at once.
        metrics: what /metrics shows.
        redact: takes secrets out of what a check says; the probes answer whoever asks.
        clock: monotonic seconds.
        stuck_after: seconds without a heartbeat after which /healthz fails.
        beat: seconds between two heartbeats.
    """

    def __init__(  # noqa: PLR0913 - the last three have defaults and are for tests
        self,
        host: str,
        port: int,
        checks: tuple[Check, ...],
        metrics: Metrics,
        *,
        redact: Callable[[str], str] = str,
        clock: Callable[[], float] = time.monotonic,
        stuck_after: float = 15.0,
        beat: float = 1.0,
    ) -> None:
        self._host = host
        self._port = port
        self._checks = checks
        self._metrics = metrics
        self._redact = redact
        self._clock = clock
        self._stuck_after = stuck_after
        self._beat = beat
        self._last_beat = clock()
        self._started = False
        self._heart: asyncio.Task[None] | None = None
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        addresses = self._runner.addresses if self._runner else []
        return int(addresses[0][1]) if addresses else self._port

    async def start(self) -> None:
        """Listen; raises `OSError` when the address is taken."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/startupz", self._startupz),
                web.get("/healthz", self._healthz),
                web.get("/readyz", self._readyz),
                web.get("/metrics", self._metrics_page),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self.stop()
            raise
        self._heart = asyncio.create_task(self._beats(), name="heartbeat")

    def started(self) -> None:
        """Let /startupz say from now on that everything has been started."""
        self._started = True

    async def stop(self) -> None:
        """Stop listening."""
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()

    async def readiness(self) -> Readiness:
        """Look at every part now."""
        states = await asyncio.gather(*(_look(check) for check in self._checks))
        checks = dict(zip((check.name for check in self._checks), map(self._shown, states), strict=True))
        return Readiness(all(health.state is not State.FAILED for health in states), checks)

    def _shown(self, health: Health) -> Health:
        return Health(health.state, self._redact(health.detail), self._redact(health.advice))

    async def _beats(self) -> None:
        while True:
            self._last_beat = self._clock()
            await asyncio.sleep(self._beat)

    async def _startupz(self, _: web.Request) -> web.Response:
        if self._started:
            return web.Response(text="started\n")
        return web.Response(
            status=HTTPStatus.SERVICE_UNAVAILABLE, text="starting; /readyz says what is awaited\n"
        )

    async def _healthz(self, _: web.Request) -> web.Response:
        age = self._clock() - self._last_beat
        if age > self._stuck_after:
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text=f"no heartbeat for {age:.0f} s\n")
        return web.Response(text="ok\n")

    async def _readyz(self, _: web.Request) -> web.Response:
        readiness = await self.readiness()
        status = HTTPStatus.OK if readiness.ready else HTTPStatus.SERVICE_UNAVAILABLE
        body = msgspec.json.encode(readiness)
        return web.Response(status=status, body=body, content_type="application/json")

    async def _metrics_page(self, _: web.Request) -> web.Response:
        return web.Response(body=self._metrics.text(), headers={"Content-Type": CONTENT_TYPE})


async def _look(check: Check) -> Health:
    try:
        async with asyncio.timeout(check.timeout):
            return await check.look()
    except TimeoutError:
        return Health(check.late, f"no answer within {check.timeout:g} s", "Run `mlops doctor`.")
    except BotError as error:
        return Health(State.FAILED, error.sentence, error.advice)
    except Exception as error:  # the outermost edge: one broken check must not hide the others
        log.exception("check %s failed", check.name)
        # Only the kind of the error: its text may carry a secret, and this answer is not redacted.
        return Health(State.FAILED, f"the check itself failed ({type(error).__name__})", "See the log.")
