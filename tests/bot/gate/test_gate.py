import asyncio

import pytest

from bot.errors import Busy, NotAllowed, RateLimited
from bot.gate.authorize import Access, Authorizer
from bot.gate.gate import Gate
from bot.gate.ratelimit import RateLimiter
from bot.metrics import Metrics
from bot.store.circuit import Circuit
from bot.store.fallback import FallbackStore
from bot.store.memory import MemoryStore
from bot.store.redis import RedisStore
from tests.bot.gate.looks import Look, coalescer
from tests.bot.questions import command
from tests.fakes.redis import redis_server


async def no_groups(_: str) -> frozenset[str]:
    return frozenset()


def gate(store: FallbackStore | MemoryStore, limiter: RateLimiter, metrics: Metrics) -> Gate[str]:
    authorizer = Authorizer(Access(users=frozenset({"U1", "U2"})), no_groups)
    return Gate(authorizer, limiter, coalescer(store, metrics=metrics), metrics)


async def test_the_doors_stand_in_order() -> None:
    metrics = Metrics()
    door = gate(MemoryStore(), RateLimiter("1/hour", "9/hour", None, Circuit(), metrics), metrics)
    for _ in range(3):
        with pytest.raises(NotAllowed):
            await door.admit(command(user="U9"))
    await door.admit(command(user="U1"))
    with pytest.raises(RateLimited):
        await door.admit(command(user="U1"))
    assert b"mlops_bot_not_allowed_total 3.0" in metrics.text()
    assert b'mlops_bot_rate_limited_total{whose="user"} 1.0' in metrics.text()


async def test_two_replicas_on_one_redis_count_and_share_together() -> None:
    async with redis_server() as (url, prefix):
        gates, stores = [], []
        for _ in range(2):
            redis, circuit, metrics = RedisStore(url, prefix=prefix), Circuit(), Metrics()
            limiter = RateLimiter("3/hour", "9/hour", redis.limits_storage(), circuit, metrics)
            stores.append(FallbackStore(redis, MemoryStore(), circuit))
            gates.append(gate(stores[-1], limiter, metrics))
        look = Look()

        async def ask(door: Gate[str]) -> str:
            await door.admit(command(user="U1"))
            return await door.share(command(), look)

        ends = await asyncio.gather(*(ask(gates[i % 2]) for i in range(6)), return_exceptions=True)
        assert ends.count("answer 1") == 3
        assert sum(isinstance(end, RateLimited) for end in ends) == 3
        assert look.times == 1
        await asyncio.gather(*(store.close() for store in stores))


async def test_closing_ends_the_looks() -> None:
    metrics = Metrics()
    door = gate(MemoryStore(), RateLimiter("9/hour", "9/hour", None, Circuit(), metrics), metrics)
    look = Look(held=True)
    asking = asyncio.create_task(door.share(command(), look))
    await look.begun.wait()
    await door.close()
    with pytest.raises(Busy):
        await asking
