"""Remembers that Redis does not answer, so that nobody waits for it again and again."""

import logging
import time
from collections.abc import Callable

log = logging.getLogger(__name__)


def _nobody(healthy: bool) -> None:  # noqa: ARG001, FBT001 - the shape of `on_change`, for whoever does not listen
    return None


class Circuit:
    """Open after a failure: until `retry_after` seconds have passed, Redis is not asked at all.

    Then one caller at a time asks again; its answer decides. The store and the rate limiter share
    one circuit, since they share one Redis.

    Args:
        clock: monotonic seconds.
        retry_after: seconds between two attempts while Redis is away.
        on_change: told once when Redis goes and once when it comes back.

    Attributes:
        healthy: whether Redis answered last time.
        since: when that began, by `clock`.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        retry_after: float = 3.0,
        on_change: Callable[[bool], None] = _nobody,
    ) -> None:
        self._clock = clock
        self._retry_after = retry_after
        self._on_change = on_change
        self._next_attempt = 0.0
        self.healthy = True
        self.since = clock()

    @property
    def seconds(self) -> float:
        """How long the present state lasts."""
        return self._clock() - self.since

    def may_ask(self) -> bool:
        """Whether to ask Redis now; while it is away, true for one caller per `retry_after` seconds."""
        if self.healthy:
            return True
        now = self._clock()
        if now < self._next_attempt:
            return False
        self._next_attempt = now + self._retry_after
        return True

    def succeeded(self) -> None:
        """Redis has answered."""
        if not self.healthy:
            log.info("redis answers again after %.0f s", self.seconds)
            self._turn(healthy=True)

    def failed(self, reason: str) -> None:
        """Redis has not answered; `reason` is for the log."""
        self._next_attempt = self._clock() + self._retry_after
        if self.healthy:
            log.warning("redis does not answer, this replica counts and shares alone: %s", reason)
            self._turn(healthy=False)

    def _turn(self, *, healthy: bool) -> None:
        self.healthy = healthy
        self.since = self._clock()
        self._on_change(healthy)
