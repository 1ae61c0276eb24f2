"""Every kind of store, each empty."""

from collections.abc import AsyncIterator

import pytest

from bot.store.circuit import Circuit
from bot.store.contract import Store
from bot.store.fallback import FallbackStore
from bot.store.memory import MemoryStore
from bot.store.redis import RedisStore
from tests.fakes.redis import redis_server


@pytest.fixture(params=["redis", "memory", "fallback on redis", "fallback without redis"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    if request.param == "memory":
        yield MemoryStore()
        return
    async with redis_server() as (url, prefix):
        redis = RedisStore("redis://127.0.0.1:1/0" if "without" in request.param else url, prefix=prefix)
        store = redis if request.param == "redis" else FallbackStore(redis, MemoryStore(), Circuit())
        yield store
        await store.close()
