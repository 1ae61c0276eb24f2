import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from bot.errors import StoreError
from bot.health import Check, Health, HealthServer, State, redis_check
from bot.metrics import Metrics
from bot.store.circuit import Circuit
from bot.store.fallback import FallbackStore
from bot.store.memory import MemoryStore
from bot.store.redis import RedisStore
from tests.fakes.clock import Clock
from tests.fakes.redis import own_redis_server


@asynccontextmanager
async def served(*checks: Check, clock: Clock | None = None) -> AsyncIterator[aiohttp.ClientSession]:
    server = HealthServer("127.0.0.1", 0, checks, Metrics(), clock=clock or Clock(), stuck_after=10, beat=60)
    await server.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
            yield session
    finally:
        await server.stop()


async def fine() -> Health:
    return Health(State.OK)


async def limping() -> Health:
    return Health(State.DEGRADED, "in-process limits", "Mend Redis.")


async def refused() -> Health:
    raise StoreError("The cluster does not answer.", "Check the VPN.")


async def broken() -> Health:
    raise KeyError("password=hunter2")


async def hanging() -> Health:
    await asyncio.Event().wait()
    return Health(State.OK)


async def test_ready_when_every_check_is_fine_or_degraded() -> None:
    async with (
        served(Check("slack", fine), Check("redis", limping)) as session,
        session.get("/readyz") as answer,
    ):
        assert answer.status == 200
        assert await answer.json() == {
            "ready": True,
            "checks": {
                "slack": {"state": "ok", "detail": "", "advice": ""},
                "redis": {"state": "degraded", "detail": "in-process limits", "advice": "Mend Redis."},
            },
        }


async def test_not_ready_when_a_check_fails_hangs_or_breaks_and_says_what_to_do(
    caplog: pytest.LogCaptureFixture,
) -> None:
    checks = (Check("a", fine), Check("b", refused), Check("c", hanging, timeout=0.02), Check("d", broken))
    async with served(*checks) as session, session.get("/readyz") as answer:
        text = await answer.text()
        found = json.loads(text)
        assert (answer.status, found["ready"]) == (503, False)
        assert [found["checks"][name]["state"] for name in "abcd"] == ["ok", "failed", "failed", "failed"]
        assert found["checks"]["b"] == {
            "state": "failed",
            "detail": "The cluster does not answer.",
            "advice": "Check the VPN.",
        }
        assert found["checks"]["c"]["detail"] == "no answer within 0.02 s"
        assert "KeyError" in found["checks"]["d"]["detail"]
        assert "hunter2" not in text
    assert "check d failed" in caplog.text


async def test_alive_while_the_heart_beats() -> None:
    clock = Clock()
    async with served(clock=clock) as session:
        await asyncio.sleep(0)
        async with session.get("/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok\n")
        clock.go(10.5)
        async with session.get("/healthz") as answer:
            assert (answer.status, await answer.text()) == (503, "no heartbeat for 10 s\n")


async def test_started_once_is_started_for_good() -> None:
    server = HealthServer("127.0.0.1", 0, (Check("b", refused),), Metrics())
    await server.start()
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as session:
        async with session.get("/startupz") as answer:
            assert (answer.status, await answer.text()) == (503, "starting; /readyz says what is awaited\n")
        server.started()
        async with session.get("/startupz") as answer:
            assert (answer.status, await answer.text()) == (200, "started\n")
    await server.stop()


async def test_a_failing_check_does_not_make_it_dead() -> None:
    async with served(Check("b", refused)) as session, session.get("/healthz") as answer:
        assert answer.status == 200


async def test_metrics_are_served_in_prometheus_format() -> None:
    async with served() as session, session.get("/metrics") as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        assert "mlops_bot_store_healthy 1.0" in await answer.text()


async def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open() -> None:
    first = HealthServer("127.0.0.1", 0, (), Metrics())
    await first.start()
    second = HealthServer("127.0.0.1", first.port, (), Metrics())
    with pytest.raises(OSError, match="in use"):
        await second.start()
    await first.stop()


async def test_redis_away_is_degraded_and_tells_for_how_long() -> None:
    clock = Clock()
    async with own_redis_server() as server:
        circuit = Circuit(clock, retry_after=3)
        store = FallbackStore(RedisStore(server.url), MemoryStore(), circuit)
        check = redis_check(store.ping, circuit)
        assert (await check.look()).state is State.OK
        server.kill()
        assert (await check.look()).state is State.DEGRADED
        clock.go(2)
        assert "no answer for 2 s: in-process limits" in (await check.look()).detail
        await server.start()
        clock.go(1)
        assert (await check.look()).state is State.OK
        await store.close()


async def test_what_a_check_says_is_redacted() -> None:
    async def leak() -> Health:
        return Health(State.FAILED, "plugin said token=hunter2", "ask for hunter2")

    checks = (Check("cluster", leak),)
    server = HealthServer(
        "127.0.0.1", 0, checks, Metrics(), redact=lambda text: text.replace("hunter2", "«redacted»")
    )
    shown = (await server.readiness()).checks["cluster"]
    assert "hunter2" not in shown.detail + shown.advice
    assert "«redacted»" in shown.detail


async def test_a_silent_part_the_bot_can_do_without_keeps_it_ready() -> None:
    async def never() -> Health:
        await asyncio.Event().wait()
        raise AssertionError

    checks = (Check("cluster far", never, timeout=0.01, late=State.DEGRADED),)
    readiness = await HealthServer("127.0.0.1", 0, checks, Metrics()).readiness()
    assert readiness.ready
    assert readiness.checks["cluster far"].state is State.DEGRADED
