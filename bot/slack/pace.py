"""How fast Slack may be called: turns with a pause between them, and a halt when Slack says so."""

import asyncio
import time
from typing import Protocol

SECONDS_CAREFUL = 60.0
"""How long calls stay spaced out after Slack asked to slow down."""

ROUNDING_SECONDS = 1e-6


class Clock(Protocol):
    """Time for pacing; tests bring their own."""

    def now(self) -> float:
        """Monotonic seconds."""

    async def sleep(self, seconds: float) -> None:
        """Wait; not at all for zero or less."""


class WallClock:
    """The machine's time."""

    def now(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; not at all for zero or less."""
        if seconds > 0:
            await asyncio.sleep(seconds)


class MethodPace:
    """One Web API method: not called while Slack has asked to wait, and for a while after that one by one."""

    def __init__(self, clock: Clock, seconds_when_careful: float = 1.2) -> None:
        self._clock = clock
        self._spacing = seconds_when_careful
        self._turn = asyncio.Lock()
        self._resume_at = 0.0
        self._careful_until = 0.0
        self._last_call = float("-inf")

    @property
    def halted(self) -> bool:
        """Whether Slack has asked to wait and the time is not over."""
        return self._clock.now() < self._resume_at

    async def turn(self) -> None:
        """Return when the method may be called; callers come through in the order they asked."""
        async with self._turn:
            while (wait := self._wait()) > ROUNDING_SECONDS:
                await self._clock.sleep(wait)
            self._last_call = self._clock.now()

    def slow_down(self, retry_after: float) -> None:
        """Slack answered 429."""
        now = self._clock.now()
        self._resume_at = max(self._resume_at, now + retry_after)
        self._careful_until = self._resume_at + SECONDS_CAREFUL

    def _wait(self) -> float:
        now = self._clock.now()
        spaced = self._last_call + self._spacing - now if now < self._careful_until else 0.0
        return max(self._resume_at - now, spaced)


class ChannelPace:
    """One channel: a post, then a pause, in the order of asking."""

    def __init__(self, clock: Clock, seconds_between: float) -> None:
        self._clock = clock
        self._seconds_between = seconds_between
        self._turn = asyncio.Lock()
        self._free_at = 0.0

    async def __aenter__(self) -> None:
        await self._turn.acquire()
        try:
            await self._clock.sleep(self._free_at - self._clock.now())
        except BaseException:
            self._turn.release()
            raise

    async def __aexit__(self, *_exception: object) -> None:
        self._free_at = self._clock.now() + self._seconds_between
        self._turn.release()

    @property
    def idle(self) -> bool:
        """Whether nobody posts, waits or has to be waited for."""
        return not self._turn.locked() and self._free_at <= self._clock.now()
