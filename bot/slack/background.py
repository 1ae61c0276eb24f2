"""Deliveries that outlive the errand that began them: strongly held, waited for at shutdown."""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")
log = logging.getLogger(__name__)


async def _run(work: Awaitable[T]) -> T:
    return await work


class Background:
    """Holds tasks, so that they are neither collected nor cut when whoever awaits them is."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Awaitable[T], name: str) -> asyncio.Task[T]:
        """Run something to its end; what it raises is logged, unless somebody awaits it."""
        task = asyncio.ensure_future(_run(work))
        task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    async def wait(self, seconds: float) -> int:
        """Wait for all of it; tells how many tasks were cut after `seconds`."""
        if not self._tasks:
            return 0
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    def _done(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed", task.get_name(), exc_info=error)
