import asyncio
import sys
import time
from collections.abc import AsyncIterator

import pytest

from bot.errors import Busy
from bot.gate.coalesce import Coalescer, Codec, Sharing
from bot.metrics import Metrics
from bot.store.circuit import Circuit
from bot.store.fallback import FallbackStore
from bot.store.memory import MemoryStore
from bot.store.redis import RedisStore
from tests.bot.gate.looks import Look, coalescer
from tests.bot.questions import command
from tests.fakes.clock import Clock
from tests.fakes.redis import own_redis_server, redis_server


class LookFailedError(Exception):
    pass


class TestInOneProcess:
    async def test_fifty_askers_one_look(self) -> None:
        metrics = Metrics()
        shared = coalescer(MemoryStore(), metrics=metrics)
        look = Look(held=True)
        asking = [asyncio.create_task(shared.share(command(user=f"U{i}"), look)) for i in range(50)]
        await look.begun.wait()
        look.go.set()
        assert set(await asyncio.gather(*asking)) == {"answer 1"}
        assert look.times == 1
        assert b'mlops_bot_coalesced_total{where="running"} 49.0' in metrics.text()

    async def test_a_finished_answer_is_used_again_for_twenty_seconds(self) -> None:
        clock = Clock()
        shared = coalescer(MemoryStore(), clock=clock)
        look = Look()
        assert await shared.share(command(), look) == "answer 1"
        clock.go(19.9)
        assert await shared.share(command(user="U2"), look) == "answer 1"
        clock.go(0.2)
        assert await shared.share(command(), look) == "answer 2"

    async def test_fresh_passes_over_a_finished_answer_and_replaces_it(self) -> None:
        shared = coalescer(MemoryStore())
        look = Look()
        await shared.share(command(), look)
        assert await shared.share(command(fresh=True), look) == "answer 2"
        assert await shared.share(command(), look) == "answer 2"

    async def test_fresh_joins_a_look_that_runs(self) -> None:
        shared = coalescer(MemoryStore())
        look = Look(held=True)
        first = asyncio.create_task(shared.share(command(), look))
        await look.begun.wait()
        again = asyncio.create_task(shared.share(command(fresh=True), look))
        await asyncio.sleep(0)
        look.go.set()
        assert [await first, await again] == ["answer 1", "answer 1"]

    async def test_other_names_and_clusters_are_other_questions(self) -> None:
        shared = coalescer(MemoryStore())
        look = Look()
        for other in (command("x"), command("y"), command("x", cluster="dev"), command("x", cluster="")):
            await shared.share(other, look)
        assert look.times == 4

    @pytest.mark.parametrize("leaving", [0, 1])
    async def test_an_asker_who_leaves_does_not_end_the_look(self, leaving: int) -> None:
        shared = coalescer(MemoryStore())
        look = Look(held=True)
        asking = [asyncio.create_task(shared.share(command(), look)) for _ in range(2)]
        await look.begun.wait()
        asking[leaving].cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking[leaving]
        look.go.set()
        assert await asking[1 - leaving] == "answer 1"

    async def test_the_answer_is_kept_though_everyone_has_left(self) -> None:
        shared = coalescer(MemoryStore())
        look = Look(held=True)
        asking = asyncio.create_task(shared.share(command(), look))
        await look.begun.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        look.go.set()
        assert await shared.share(command(), look) == "answer 1"

    async def test_an_error_reaches_everyone_and_is_not_kept(self) -> None:
        shared = coalescer(MemoryStore())
        look = Look(held=True, error=LookFailedError("no"))
        asking = [asyncio.create_task(shared.share(command(), look)) for _ in range(5)]
        await look.begun.wait()
        look.go.set()
        ends = await asyncio.gather(*asking, return_exceptions=True)
        assert [type(end) for end in ends] == [LookFailedError] * 5
        look.error = None
        assert await shared.share(command(), look) == "answer 2"

    async def test_nothing_is_kept_when_sharing_is_set_to_zero(self) -> None:
        shared = coalescer(MemoryStore(), sharing=Sharing(seconds=0))
        look = Look()
        await shared.share(command(), look)
        assert await shared.share(command(), look) == "answer 2"

    async def test_keeps_no_more_answers_than_it_may(self) -> None:
        shared = coalescer(MemoryStore(), sharing=Sharing(finished=2))
        look = Look()
        for name in ("a", "b", "c"):
            await shared.share(command(name), look)
        assert await shared.share(command("c"), look) == "answer 3"
        assert await shared.share(command("a"), look) == "answer 4"

    async def test_closing_ends_the_looks_and_tells_the_askers(self) -> None:
        shared = coalescer(MemoryStore())
        look = Look(held=True)
        asking = asyncio.create_task(shared.share(command(), look))
        await look.begun.wait()
        await shared.close()
        with pytest.raises(Busy):
            await asking
        with pytest.raises(Busy):
            await shared.share(command("other"), look)


class Replicas:
    """Two coalescers that meet only in one Redis."""

    def __init__(self, url: str, prefix: str) -> None:
        self.stores = [RedisStore(url, prefix=prefix) for _ in range(2)]
        self.metrics = Metrics()
        self.one = coalescer(self.stores[0])
        self.two = coalescer(self.stores[1], metrics=self.metrics)

    async def close(self) -> None:
        await asyncio.gather(*(store.close() for store in self.stores))


@pytest.fixture
async def replicas() -> AsyncIterator[Replicas]:
    async with redis_server() as (url, prefix):
        both = Replicas(url, prefix)
        yield both
        await both.close()


class TestBetweenReplicas:
    async def test_one_look_for_both(self, replicas: Replicas) -> None:
        look = Look(held=True)
        first = asyncio.create_task(replicas.one.share(command(), look))
        await look.begun.wait()
        other = Look("other")
        second = asyncio.create_task(replicas.two.share(command(), other))
        look.go.set()
        assert [await first, await second] == ["answer 1", "answer 1"]
        assert other.times == 0
        assert b'mlops_bot_coalesced_total{where="replica"} 1.0' in replicas.metrics.text()

    async def test_many_askers_on_both_at_once_one_look(self, replicas: Replicas) -> None:
        look = Look()
        both = (replicas.one, replicas.two)
        answers = await asyncio.gather(*(both[i % 2].share(command(user=f"U{i}"), look) for i in range(50)))
        assert set(answers) == {"answer 1"}

    async def test_a_finished_answer_crosses(self, replicas: Replicas) -> None:
        await replicas.one.share(command(), Look())
        assert await replicas.two.share(command(), Look("other")) == "answer 1"

    async def test_fresh_passes_over_the_answer_of_the_other(self, replicas: Replicas) -> None:
        await replicas.one.share(command(), Look())
        assert await replicas.two.share(command(fresh=True), Look("other")) == "other 1"

    async def test_an_error_does_not_cross(self, replicas: Replicas) -> None:
        look = Look(held=True, error=LookFailedError("no"))
        first = asyncio.create_task(replicas.one.share(command(), look))
        await look.begun.wait()
        second = asyncio.create_task(replicas.two.share(command(), Look("other")))
        look.go.set()
        ends = await asyncio.gather(first, second, return_exceptions=True)
        assert isinstance(ends[0], LookFailedError)
        assert ends[1] == "other 1"

    async def test_bytes_that_cannot_be_read_are_looked_for_again(self, replicas: Replicas) -> None:
        store = replicas.stores[0]
        latin = Coalescer(
            store,
            Codec[str](encode=lambda text: text.encode("latin-1"), decode=bytes.decode),
            Sharing(),
            Metrics(),
        )
        await latin.share(command(), Look("ü"))
        assert await replicas.two.share(command(), Look("other")) == "other 1"

    async def test_a_large_answer_does_not_cross(self, replicas: Replicas) -> None:
        small = coalescer(replicas.stores[0], sharing=Sharing(max_bytes=5))
        assert await small.share(command(), Look("much")) == "much 1"
        assert await replicas.two.share(command(), Look("other")) == "other 1"

    async def test_a_replica_killed_while_it_looks_is_waited_for_until_its_lease_ends(self) -> None:
        async with redis_server() as (url, prefix):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.bot.gate.looks", url, prefix), stdout=asyncio.subprocess.PIPE
            )
            assert process.stdout is not None
            assert await process.stdout.readline() == b"looking\n"
            process.kill()
            await process.wait()
            survivor = Replicas(url, prefix)
            began = time.monotonic()
            assert await survivor.two.share(command(deadline=0.5), Look("other")) == "other 1"
            assert time.monotonic() - began < 2
            await survivor.close()


class TestWithoutRedis:
    async def test_each_process_looks_itself_and_still_shares_inside(self) -> None:
        store = FallbackStore(RedisStore("redis://127.0.0.1:1/0"), MemoryStore(), Circuit())
        shared = coalescer(store)
        look = Look()
        answers = await asyncio.gather(*(shared.share(command(), look) for _ in range(10)))
        assert set(answers) == {"answer 1"}
        await store.close()

    async def test_redis_dies_while_somebody_looks_and_somebody_waits(self) -> None:
        async with own_redis_server() as server:
            replicas = Replicas(server.url, server.prefix)
            look = Look(held=True)
            first = asyncio.create_task(replicas.one.share(command(), look))
            await look.begun.wait()
            second = asyncio.create_task(replicas.two.share(command(), Look("other")))
            await asyncio.sleep(0.03)
            server.kill()
            look.go.set()
            assert [await first, await second] == ["answer 1", "other 1"]
            await replicas.close()

    async def test_a_hung_redis_delays_an_answer_once_by_half_a_second_at_most(self) -> None:
        async with own_redis_server() as server:
            store = FallbackStore(RedisStore(server.url), MemoryStore(), Circuit())
            shared = coalescer(store)
            server.hang()
            began = time.monotonic()
            for name in "abcdefgh":
                assert await shared.share(command(name), Look()) == "answer 1"
            assert time.monotonic() - began < 0.6
            await store.close()
