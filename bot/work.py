"""Accepted work: bounded, strongly held, ended in order when the bot is told to stop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import Busy
from bot.metrics import Metrics

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]
OnError = Callable[[str, Exception], Awaitable[None]]
"""Told a job's name and why it ended: its own error, `TimeoutError` at the deadline, `Busy` when cut."""


async def _nobody(name: str, error: Exception) -> None:  # noqa: ARG001 - the shape of OnError
    return None


class Work:
    """Runs accepted jobs; what is accepted either ends or its `on_error` is told why it did not.

    A job sees the context variables of its `submit` (request id and so on).

    Args:
        workers: jobs that run at once.
        queue: accepted jobs that may wait for a worker.
        deadline: seconds one job may run.
        metrics: shows how many wait and run.
    """

    GOODBYE = 3.0

    def __init__(self, *, workers: int, queue: int, deadline: float, metrics: Metrics) -> None:
        self._workers = workers
        self._queue = queue
        self._deadline = deadline
        self._free = asyncio.Semaphore(workers)
        self._accepted: set[asyncio.Task[None]] = set()
        self._running = 0
        self._draining = False
        metrics.watch_queue(lambda: self.waiting, lambda: self.running)

    @property
    def running(self) -> int:
        """Jobs that run."""
        return self._running

    @property
    def waiting(self) -> int:
        """Accepted jobs that wait for a worker."""
        return len(self._accepted) - self._running

    @property
    def draining(self) -> bool:
        """Whether the bot is shutting down."""
        return self._draining

    def submit(self, name: str, job: Job, on_error: OnError = _nobody) -> None:
        """Accept a job, or raise `Busy` at once; needs a running event loop.

        Args:
            name: for the log ("diagnose pod").
            job: makes the coroutine when a worker is free.
            on_error: told when the job does not end well; gets a few seconds.
        """
        if self._draining:
            raise Busy("The bot is restarting.", "Ask again in a minute.")
        if len(self._accepted) >= self._workers + self._queue:
            raise Busy("Too many questions are being answered at the moment.", "Ask again in a minute.")
        task = asyncio.create_task(self._run(name, job, on_error), name=name)
        self._accepted.add(task)
        task.add_done_callback(self._accepted.discard)

    async def drain(self, timeout: float) -> int:  # noqa: ASYNC109 - what is left is cut and counted, not raised
        """Stop taking jobs and wait for those accepted; tells how many were cut after `timeout` seconds."""
        self._draining = True
        if not self._accepted:
            return 0
        _, cut = await asyncio.wait(self._accepted, timeout=timeout)
        for task in cut:
            task.cancel()
        if cut:
            await asyncio.wait(cut, timeout=self.GOODBYE + 1)
            log.warning("jobs were cut while shutting down: %d", len(cut))
        return len(cut)

    async def _run(self, name: str, job: Job, on_error: OnError) -> None:
        try:
            async with self._free:
                await self._work(job)
        except asyncio.CancelledError:
            await self._tell(
                on_error, name, Busy("The bot was restarted before it could answer.", "Ask again.")
            )
            raise
        except Exception as error:  # the outermost edge: a job must never end unseen
            log.exception("job %s failed", name)
            await self._tell(on_error, name, error)

    async def _work(self, job: Job) -> None:
        self._running += 1
        try:
            async with asyncio.timeout(self._deadline):
                await job()
        finally:
            self._running -= 1

    async def _tell(self, on_error: OnError, name: str, error: Exception) -> None:
        try:
            async with asyncio.timeout(self.GOODBYE):
                await on_error(name, error)
        except Exception:  # the outermost edge: nobody is left to tell
            log.exception("the failure of job %s could not be told", name)
