"""The doors in order: may they ask, not too often, and has somebody just asked the same."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.command import Command
from bot.errors import NotAllowed
from bot.gate.authorize import Authorizer
from bot.gate.coalesce import Coalescer
from bot.gate.ratelimit import RateLimiter
from bot.metrics import Metrics

T = TypeVar("T")


class Gate(Generic[T]):
    """What stands between a question and the look; `T` is the answer that is shared."""

    def __init__(
        self, authorizer: Authorizer, limiter: RateLimiter, coalescer: Coalescer[T], metrics: Metrics
    ) -> None:
        self._authorizer = authorizer
        self._limiter = limiter
        self._coalescer = coalescer
        self._metrics = metrics

    async def admit(self, command: Command) -> None:
        """Pass, or raise `NotAllowed` or `RateLimited` with the sentence to show."""
        try:
            await self._authorizer.check(command.asker)
        except NotAllowed:
            self._metrics.not_allowed()
            raise
        await self._limiter.check(command)

    async def share(self, command: Command, look: Callable[[], Awaitable[T]]) -> T:
        """The answer of one look for everyone who asks the same at about the same time."""
        return await self._coalescer.share(command, look)

    async def close(self) -> None:
        """End the looks that run."""
        await self._coalescer.close()
