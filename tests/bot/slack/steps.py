"""A clock whose time a test moves, and which wakes those who sleep."""

import asyncio
import heapq
import itertools


class StepClock:
    """Time for pacing: stands still until `go`."""

    def __init__(self) -> None:
        self._now = 1_000.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Monotonic seconds."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until the test has moved the time on."""
        if seconds <= 0:
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        await woken

    def go(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, woken = heapq.heappop(self._sleepers)
            if not woken.done():
                woken.set_result(None)

    @property
    def asleep(self) -> list[float]:
        """How long each sleeper still waits, soonest first."""
        return sorted(at - self._now for at, _, woken in self._sleepers if not woken.done())
