import asyncio
import time

import pytest

from bot.errors import SettingsError, StoreError
from bot.store.circuit import Circuit
from bot.store.contract import Store
from bot.store.fallback import FallbackStore
from bot.store.memory import MemoryStore
from bot.store.redis import RedisStore
from tests.fakes.clock import Clock
from tests.fakes.redis import own_redis_server, redis_server


class TestContract:
    async def test_gives_back_bytes_as_they_were_put(self, store: Store) -> None:
        await store.put("key", b"\x00\xff\r\n", 60)
        assert await store.get("key") == b"\x00\xff\r\n"

    async def test_absent_is_none_and_deleting_it_is_fine(self, store: Store) -> None:
        assert await store.get("key") is None
        await store.delete("key")
        assert not await store.delete_if_equal("key", b"x")

    async def test_overwrites(self, store: Store) -> None:
        await store.put("key", b"1", 60)
        await store.put("key", b"2", 60)
        assert await store.get("key") == b"2"

    async def test_expires(self, store: Store) -> None:
        await store.put("key", b"1", 0.05)
        async with asyncio.timeout(3):
            while await store.get("key") is not None:  # noqa: ASYNC110 - Redis tells nobody
                await asyncio.sleep(0.01)
        assert await store.put_if_absent("key", b"2", 60)

    async def test_puts_if_absent_once(self, store: Store) -> None:
        written = await asyncio.gather(*(store.put_if_absent("key", b"%d" % i, 60) for i in range(20)))
        assert written.count(True) == 1
        assert await store.get("key") == b"%d" % written.index(True)

    async def test_deletes_if_equal_only_its_own_value(self, store: Store) -> None:
        await store.put("lease", b"mine", 60)
        assert not await store.delete_if_equal("lease", b"theirs")
        assert await store.get("lease") == b"mine"
        assert await store.delete_if_equal("lease", b"mine")
        assert await store.get("lease") is None

    async def test_deletes(self, store: Store) -> None:
        await store.put("key", b"1", 60)
        await store.delete("key")
        assert await store.get("key") is None

    async def test_answers_a_ping(self, store: Store) -> None:
        await store.ping()


class TestMemory:
    async def test_expires_by_the_clock_given(self) -> None:
        clock = Clock()
        store = MemoryStore(clock)
        await store.put("key", b"1", 20)
        clock.go(19.9)
        assert await store.get("key") == b"1"
        clock.go(0.1)
        assert await store.get("key") is None
        assert len(store) == 0

    async def test_the_oldest_give_way_when_there_are_too_many(self) -> None:
        store = MemoryStore(Clock(), max_keys=3)
        for key in "abcd":
            await store.put(key, b"1", 60)
        assert [await store.get(key) for key in "abcd"] == [None, b"1", b"1", b"1"]

    async def test_the_expired_give_way_first(self) -> None:
        clock = Clock()
        store = MemoryStore(clock, max_keys=2)
        await store.put("long", b"1", 60)
        await store.put("short", b"1", 1)
        clock.go(2)
        await store.put("new", b"1", 60)
        assert await store.get("long") == b"1"

    async def test_keeps_no_more_bytes_than_it_may(self) -> None:
        store = MemoryStore(Clock(), max_bytes=100)
        await store.put("a", b"x" * 60, 60)
        await store.put("b", b"x" * 60, 60)
        await store.put("huge", b"x" * 101, 60)
        assert [await store.get(key) for key in ("a", "b", "huge")] == [None, b"x" * 60, None]

    async def test_is_not_shared(self) -> None:
        assert not MemoryStore().shared


class TestRedis:
    async def test_two_replicas_see_the_same_under_one_prefix_only(self) -> None:
        async with redis_server() as (url, prefix):
            one, two = RedisStore(url, prefix=prefix), RedisStore(url, prefix=prefix)
            other = RedisStore(url, prefix=prefix + "other:")
            await one.put("key", b"1", 60)
            assert await two.get("key") == b"1"
            assert await other.get("key") is None
            assert one.shared
            await asyncio.gather(one.close(), two.close(), other.close())

    async def test_a_dead_server_is_a_store_error(self) -> None:
        store = RedisStore("redis://:s3cret-word@127.0.0.1:1/0")
        for call in (store.get("k"), store.put("k", b"", 1), store.delete_if_equal("k", b""), store.ping()):
            with pytest.raises(StoreError) as raised:
                await call
            assert raised.value.__cause__ is not None
            assert "s3cret-word" not in f"{raised.value}{raised.value.__cause__}{store!r}"
        await store.close()

    @pytest.mark.parametrize(
        "url", ["", "http://h", "redis://:s3cret-word@h:port/0", "redis://[s3cret-word/"]
    )
    def test_a_url_that_cannot_be_read_is_not_repeated(self, url: str) -> None:
        with pytest.raises(SettingsError) as raised:
            RedisStore(url)
        assert "s3cret-word" not in str(raised.value)
        assert raised.value.__cause__ is None

    async def test_a_hung_server_costs_a_quarter_of_a_second(self) -> None:
        async with own_redis_server() as server:
            store = RedisStore(server.url, prefix=server.prefix)
            await store.ping()
            server.hang()
            began = time.monotonic()
            with pytest.raises(StoreError):
                await store.get("key")
            assert 0.2 < time.monotonic() - began < 0.6
            await store.close()

    async def test_many_callers_of_a_hung_server_all_end_within_its_deadline(self) -> None:
        async with own_redis_server() as server:
            store = RedisStore(server.url, timeout=0.1, connections=2)
            server.hang()
            began = time.monotonic()
            ends = await asyncio.gather(*(store.get("key") for _ in range(100)), return_exceptions=True)
            assert {type(end) for end in ends} == {StoreError}
            assert time.monotonic() - began < 1.5, "not fifty times a tenth"
            await store.close()

    async def test_survives_a_restart_of_the_server_without_an_error(self) -> None:
        async with own_redis_server() as server:
            store = RedisStore(server.url, prefix=server.prefix)
            await store.put("key", b"1", 60)
            server.kill()
            await server.start()
            assert await store.get("key") is None
            await store.close()


class TestFallback:
    async def test_a_hung_redis_is_asked_once_then_left_alone(self) -> None:
        clock = Clock()
        async with own_redis_server() as server:
            circuit = Circuit(clock, retry_after=3)
            store = FallbackStore(RedisStore(server.url), MemoryStore(), circuit)
            await store.put("before", b"1", 60)
            server.hang()
            await store.put("during", b"2", 60)
            assert (store.healthy, store.shared, store.since) == (False, False, clock.now)
            began = time.monotonic()
            for _ in range(100):
                assert await store.get("during") == b"2"
            assert time.monotonic() - began < 0.2
            server.resume()
            clock.go(3)
            assert await store.get("before") == b"1"
            assert store.healthy
            await store.close()

    async def test_what_was_seen_during_the_outage_is_known_after_it(self) -> None:
        clock = Clock()
        async with own_redis_server() as server:
            store = FallbackStore(RedisStore(server.url), MemoryStore(), Circuit(clock, retry_after=3))
            server.kill()
            assert await store.put_if_absent("event", b"1", 60)
            await server.start()
            clock.go(3)
            await store.ping()
            assert store.healthy
            assert not await store.put_if_absent("event", b"2", 60)
            assert await store.get("event") == b"1"
            await store.delete("event")
            assert await store.get("event") is None
            await store.close()


class TestCircuit:
    def test_tells_each_change_once(self) -> None:
        told: list[bool] = []
        circuit = Circuit(Clock(), on_change=told.append)
        for turn in (circuit.succeeded, lambda: circuit.failed("x"), lambda: circuit.failed("y")):
            turn()
        circuit.succeeded()
        circuit.succeeded()
        assert told == [False, True]

    def test_lets_one_caller_try_per_interval(self) -> None:
        clock = Clock()
        circuit = Circuit(clock, retry_after=3)
        circuit.failed("x")
        assert not circuit.may_ask()
        clock.go(3)
        assert [circuit.may_ask() for _ in range(3)] == [True, False, False]
        clock.go(3)
        assert circuit.may_ask()
        circuit.succeeded()
        assert all(circuit.may_ask() for _ in range(3))

    def test_tells_how_long_it_lasts(self) -> None:
        clock = Clock()
        circuit = Circuit(clock)
        clock.go(5)
        circuit.failed("x")
        clock.go(2)
        circuit.failed("x")
        assert circuit.seconds == 2
