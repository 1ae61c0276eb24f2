"""Records of named fields: the same words in Redis, in memory, and where one stands in for the other."""

import asyncio
import time

import pytest
from redis.asyncio import Redis

from bot.errors import StoreError
from bot.store.circuit import Circuit
from bot.store.contract import Store
from bot.store.fallback import FallbackStore
from bot.store.memory import MemoryStore
from bot.store.redis import RedisStore
from tests.fakes.clock import Clock
from tests.fakes.redis import own_redis_server

MANY = {f"cause:{n}": b"%d" % n * 100 for n in range(500)}


class TestContract:
    async def test_fields_are_written_and_dropped_together_and_others_stay(self, store: Store) -> None:
        assert await store.fields("record") == {}
        await store.put_fields("record", {"a": b"\x00\xff\r\n", "b ü": b"2", "c": b""}, ttl=60)
        await store.put_fields("record", {"b ü": b"3", "d": b"4"}, drop=["a", "unknown"])
        assert await store.fields("record") == {"b ü": b"3", "c": b"", "d": b"4"}
        assert await store.fields("other") == {}

    async def test_a_record_without_fields_is_none(self, store: Store) -> None:
        await store.put_fields("record", {}, drop=["a"], ttl=60)
        await store.put_fields("record", {"a": b"1"}, ttl=60)
        await store.put_fields("record", {}, drop=["a"])
        assert await store.fields("record") == {}
        await store.put_fields("record", {})
        assert await store.fields("record") == {}

    async def test_what_is_given_back_is_a_copy(self, store: Store) -> None:
        await store.put_fields("record", {"a": b"1"}, ttl=60)
        (await store.fields("record")).clear()
        assert await store.fields("record") == {"a": b"1"}

    async def test_expires_as_a_whole_and_each_write_may_renew_it(self, store: Store) -> None:
        await store.put_fields("renewed", {"a": b"1"}, ttl=0.2)
        await store.put_fields("record", {"a": b"1"}, ttl=0.2)
        await store.put_fields("record", {"b": b"1"})
        await store.put_fields("renewed", {}, ttl=60)
        async with asyncio.timeout(3):
            while await store.fields("record"):  # noqa: ASYNC110 - Redis tells nobody
                await asyncio.sleep(0.02)
        assert await store.fields("renewed") == {"a": b"1"}
        await store.put_fields("record", {"c": b"1"}, ttl=60)
        assert await store.fields("record") == {"c": b"1"}

    async def test_five_hundred_fields_are_seen_all_or_none(self, store: Store) -> None:
        async def write() -> None:
            for turn in range(20):
                value = b"%d" % turn * 100
                await store.put_fields("record", dict.fromkeys(MANY, value), drop=["old"], ttl=60)

        writing = asyncio.create_task(write())
        while not writing.done():
            fields = await store.fields("record")
            assert len(fields) in (0, 500)
            assert len(set(fields.values())) <= 1
            await asyncio.sleep(0)
        await writing
        assert set((await store.fields("record")).values()) == {b"19" * 100}


async def test_memory_expires_by_the_clock_given_and_a_record_does_not_give_way() -> None:
    clock = Clock()
    store = MemoryStore(clock, max_keys=2, max_bytes=1_000)
    await store.put_fields("record", MANY, ttl=20)
    for key in "abc":
        await store.put(key, b"x" * 400, 60)
    clock.go(19)
    assert await store.fields("record") == MANY
    await store.put_fields("record", {}, ttl=10)
    clock.go(9)
    assert await store.fields("record") == MANY
    clock.go(1)
    assert await store.fields("record") == {}
    await store.put_fields("forever", {"a": b"1"})
    clock.go(1e9)
    assert await store.fields("forever") == {"a": b"1"}


class TestRedis:
    async def test_what_is_no_record_or_not_ours_raises_nothing_foreign(self) -> None:
        async with own_redis_server() as server, Redis.from_url(server.url) as foreign:
            store = RedisStore(server.url, prefix=server.prefix)
            await store.put("value", b"1", 60)
            for call in (store.fields("value"), store.put_fields("value", {"a": b"1"}, ttl=60)):
                with pytest.raises(StoreError):
                    await call
            assert await store.get("value") == b"1"
            await foreign.execute_command("HSET", f"{server.prefix}record", b"\xff\xfe", b"1", "a", b"2")  # type: ignore[no-untyped-call]
            assert sorted((await store.fields("record")).values()) == [b"1", b"2"]
            await store.close()

    async def test_a_dead_server_is_a_store_error(self) -> None:
        store = RedisStore("redis://127.0.0.1:1/0")
        for call in (store.fields("k"), store.put_fields("k", MANY, ttl=1)):
            with pytest.raises(StoreError):
                await call
        await store.close()

    async def test_a_server_that_hangs_is_a_store_error_in_time_and_nothing_is_half_written(self) -> None:
        async with own_redis_server() as server:
            store = RedisStore(server.url, prefix=server.prefix)
            await store.put_fields("record", MANY, ttl=60)
            server.hang()
            began = time.monotonic()
            new = dict.fromkeys(MANY, b"new")
            calls = [store.put_fields("record", new, drop=["cause:x"], ttl=60), store.fields("record")]
            ends = await asyncio.gather(*calls, return_exceptions=True)
            assert [type(end) for end in ends] == [StoreError, StoreError]
            assert time.monotonic() - began < 0.6
            server.resume()
            assert await store.fields("record") in (MANY, new)
            await store.put_fields("record", {"a": b"1"}, drop=MANY, ttl=60)
            assert await store.fields("record") == {"a": b"1"}
            await store.close()


async def test_fallback_keeps_apart_what_each_of_both_remembers() -> None:
    clock = Clock()
    async with own_redis_server() as server:
        circuit = Circuit(clock, retry_after=3)
        store = FallbackStore(RedisStore(server.url), MemoryStore(), circuit)
        await store.put_fields("record", {"a": b"redis"}, ttl=60)
        server.hang()
        assert await store.fields("record") == {}
        await store.put_fields("record", {"b": b"memory"}, ttl=60)
        assert (store.healthy, store.shared) == (False, False)
        assert await store.fields("record") == {"b": b"memory"}
        server.resume()
        clock.go(3)
        assert await store.fields("record") == {"a": b"redis"}
        assert (store.healthy, store.shared) == (True, True)
        await store.close()
