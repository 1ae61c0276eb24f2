"""How many questions a user and a channel may ask, exact over replicas while Redis answers."""

import math
from typing import cast

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from msgspec import Struct

from bot.command import TERMINAL, Command
from bot.errors import RateLimited
from bot.metrics import Metrics
from bot.store.circuit import Circuit


class Window(Struct, frozen=True):
    """The two counters of a sliding window; times in seconds from now.

    The earlier window counts less and less until it has left; the present one starts to leave
    `length` seconds before its own expiry.

    Attributes:
        limit: what is admitted within `length` seconds.
        earlier: cost admitted in the earlier window, which leaves in `earlier_ttl`.
        present: cost admitted in the present window, which has left in `present_ttl`.
    """

    limit: int
    length: float
    earlier: int
    earlier_ttl: float
    present: int
    present_ttl: float

    def wait(self, cost: int) -> float:
        """Seconds until a question of this cost is admitted, when nothing else is asked meanwhile."""
        room = self.limit - cost
        shift = max(0.0, self.present_ttl - self.length)
        if self.present <= room:
            leaves = self._leaves(self.earlier, self.earlier_ttl, room - self.present)
            if leaves <= shift or not self.present:
                return leaves
        return max(shift, self._leaves(self.present, self.present_ttl, room))

    def _leaves(self, count: int, ttl: float, room: int) -> float:
        """Seconds until a window that is gone after `ttl` weighs less than `room` + 1."""
        if not count or int(count * min(ttl, self.length) / self.length) <= room:
            return 0.0
        return ttl - self.length * (room + 1) / count + _MOMENT


class RateLimiter:
    """One sliding window per user and one per channel.

    While Redis is away this replica counts alone, which admits more than the limit over all replicas
    but never stops the bot; `Circuit.healthy` tells which of the two is the case.

    Args:
        user: limit of one user, such as "20/minute".
        channel: limit of one channel, such as "60/minute".
        shared: counters in Redis, from `RedisStore.limits_storage()`; None to count in this process only.
        circuit: whether Redis is asked; the one the store uses.
        metrics: where refusals are counted.
    """

    def __init__(
        self, user: str, channel: str, shared: RedisStorage | None, circuit: Circuit, metrics: Metrics
    ) -> None:
        self._limits = {"user": parse(user), "channel": parse(channel)}
        self._shared = SlidingWindowCounterRateLimiter(shared) if shared else None
        self._alone = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._circuit = circuit
        self._metrics = metrics

    async def check(self, command: Command) -> None:
        """Pass and count, or raise `RateLimited`; the terminal is not limited.

        Both limits are looked at before either is charged, so a refused question costs nothing
        (unless another replica takes the last room in that very moment).
        """
        if command.asker == TERMINAL:
            return
        refusal = await self._count(command)
        if refusal is not None:
            self._metrics.rate_limited(refusal.whose)
            raise RateLimited(refusal.seconds, _WHOSE[refusal.whose])

    async def _count(self, command: Command) -> "_Refusal | None":
        charges = self._charges(command)
        if self._shared is None or not self._circuit.may_ask():
            return await _charge(self._alone, charges)
        try:
            refusal = await _charge(self._shared, charges)
        except StorageError as error:
            self._circuit.failed(type(error.storage_error).__name__)
            return await _charge(self._alone, charges)
        self._circuit.succeeded()
        return refusal

    def _charges(self, command: Command) -> list["_Charge"]:
        identities = {"user": command.asker.user, "channel": command.asker.channel}
        cost = command.handler.cost
        # A question dearer than the whole limit takes the whole limit, instead of never being admitted.
        return [
            _Charge(name, identities[name], item, min(cost, item.amount))
            for name, item in self._limits.items()
            if identities[name]
        ]


_MOMENT = 0.001  # room is free just after the computed moment, not at it
_WHOSE = {"user": "you", "channel": "this channel"}


class _Charge(Struct, frozen=True):
    whose: str
    identity: str
    item: RateLimitItem
    cost: int


class _Refusal(Struct, frozen=True):
    whose: str
    seconds: float


async def _charge(limiter: SlidingWindowCounterRateLimiter, charges: list[_Charge]) -> _Refusal | None:
    for charge in charges:
        wait = await _wait(limiter, charge)
        if wait > 0:
            return _Refusal(charge.whose, math.floor(wait) + 1)
    for charge in charges:
        if not await limiter.hit(charge.item, charge.whose, charge.identity, cost=charge.cost):
            return _Refusal(charge.whose, math.floor(await _wait(limiter, charge)) + 1)
    return None


async def _wait(limiter: SlidingWindowCounterRateLimiter, charge: _Charge) -> float:
    item = charge.item
    storage = cast("MemoryStorage | RedisStorage", limiter.storage)
    counters = await storage.get_sliding_window(
        item.key_for(charge.whose, charge.identity), item.get_expiry()
    )
    return Window(item.amount, item.get_expiry(), *counters).wait(charge.cost)
