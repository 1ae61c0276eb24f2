import asyncio
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits.aio.storage import memory as limits_memory

from bot.command import TERMINAL, Command
from bot.errors import RateLimited
from bot.gate.ratelimit import RateLimiter, Window
from bot.metrics import Metrics
from bot.store.circuit import Circuit
from bot.store.redis import RedisStore
from tests.bot.gate.asker import ask
from tests.bot.questions import command, handler
from tests.fakes.clock import Clock
from tests.fakes.redis import own_redis_server, redis_server


class Time:
    """What the `limits` library asks of the module `time`, by a clock of ours."""

    def __init__(self, clock: Clock) -> None:
        self.time = clock


def alone(user: str = "20/minute", channel: str = "60/minute", metrics: Metrics | None = None) -> RateLimiter:
    return RateLimiter(user, channel, None, Circuit(), metrics or Metrics())


def away(circuit: Circuit) -> bool:
    return not circuit.healthy


async def refusal(limiter: RateLimiter, question: Command) -> RateLimited | None:
    try:
        await limiter.check(question)
    except RateLimited as refused:
        return refused
    return None


async def test_admits_as_many_as_allowed_then_says_when_to_ask_again() -> None:
    metrics = Metrics()
    limiter = alone("3/hour", metrics=metrics)
    assert [await refusal(limiter, command()) for _ in range(3)] == [None] * 3
    refused = await refusal(limiter, command())
    assert refused is not None
    assert 0 < refused.retry_after <= 7200
    assert "from you" in refused.sentence
    assert refused.advice == f"Ask again in {refused.retry_after:.0f} s."
    assert b'mlops_bot_rate_limited_total{whose="user"} 1.0' in metrics.text()


async def test_users_have_limits_of_their_own_and_share_that_of_the_channel() -> None:
    limiter = alone("2/hour", "3/hour")
    asked = ["U1", "U1", "U2"]
    assert [await refusal(limiter, command(user=user)) for user in asked] == [None] * 3
    refused = await refusal(limiter, command(user="U2"))
    assert refused is not None
    assert "this channel" in refused.sentence
    assert await refusal(limiter, command(user="U2", channel="C2")) is None


async def test_a_question_refused_for_its_channel_costs_its_user_nothing() -> None:
    limiter = alone("2/hour", "1/hour")
    await limiter.check(command(user="U2"))
    for _ in range(10):
        assert await refusal(limiter, command(user="U1")) is not None
    assert await refusal(limiter, command(user="U1", channel="C2")) is None
    assert await refusal(limiter, command(user="U1", channel="C3")) is None


async def test_a_dear_question_costs_more_and_is_never_out_of_reach() -> None:
    limiter = alone("10/hour")
    await limiter.check(command(cost=8))
    assert await refusal(limiter, command(cost=3)) is not None
    assert await refusal(limiter, command(cost=2)) is None
    assert await refusal(limiter, command(user="U2", cost=50)) is None
    assert await refusal(limiter, command(user="U2")) is not None


async def test_the_terminal_is_not_limited() -> None:
    limiter = alone("1/hour", "1/hour")
    question = Command(handler=handler(), question=command().question, asker=TERMINAL)
    for _ in range(5):
        await limiter.check(question)


async def test_three_processes_together_are_admitted_exactly_the_limit() -> None:
    async with redis_server() as (url, prefix):
        arguments = ["-m", "tests.bot.gate.asker", url, prefix, "100/hour", "80"]
        running = [
            await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
            for _ in range(3)
        ]
        printed = await asyncio.gather(*(process.communicate() for process in running))
        assert sum(int(out) for out, _ in printed) == 100


async def test_many_tasks_of_two_replicas_are_admitted_exactly_the_limit() -> None:
    async with redis_server() as (url, prefix):
        stores = [RedisStore(url, prefix=prefix, timeout=5) for _ in range(2)]
        limiters = [
            RateLimiter("50/hour", "1000/hour", store.limits_storage(), Circuit(), Metrics())
            for store in stores
        ]
        assert sum(await asyncio.gather(*(ask(limiter, 60) for limiter in limiters))) == 50
        await asyncio.gather(*(store.close() for store in stores))


async def test_redis_hangs_then_dies_then_returns() -> None:
    clock = Clock()
    async with own_redis_server() as server:
        circuit = Circuit(clock, retry_after=3)
        store = RedisStore(server.url, prefix=server.prefix)
        limiter = RateLimiter("5/hour", "60/hour", store.limits_storage(), circuit, Metrics())
        assert await ask(limiter, 3) == 3
        server.hang()
        began = time.monotonic()
        assert await ask(limiter, 7) == 5, "alone, the replica counts from nothing"
        assert away(circuit)
        assert await ask(limiter, 100) == 0
        assert time.monotonic() - began < 0.7
        server.kill()
        clock.go(3)
        assert await ask(limiter, 1, user="U2") == 1
        assert away(circuit)
        await server.start()
        clock.go(3)
        assert await ask(limiter, 1, user="U3") == 1
        assert await ask(limiter, 7) == 5, "the killed server has forgotten the three before"
        assert not away(circuit)
        await store.close()


async def test_a_refusal_by_redis_is_an_answer_of_redis() -> None:
    clock = Clock()
    async with own_redis_server() as server:
        circuit = Circuit(clock)
        store = RedisStore(server.url, prefix=server.prefix)
        limiter = RateLimiter("1/hour", "60/hour", store.limits_storage(), circuit, Metrics())
        await limiter.check(command())
        circuit.failed("a moment of silence")
        clock.go(10)
        assert await refusal(limiter, command()) is not None
        assert circuit.healthy
        await store.close()


steps = st.lists(st.tuples(st.floats(0, 90), st.integers(1, 4)), min_size=1, max_size=60)


@given(steps=steps, limit=st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_never_admits_more_than_allowed_in_any_window(steps: list[tuple[float, int]], limit: int) -> None:
    admitted = asyncio.run(_admitted(steps, limit))
    windows: dict[int, int] = {}
    for moment, cost in admitted:
        windows[int(moment // 60)] = windows.get(int(moment // 60), 0) + cost
    assert all(cost <= limit for cost in windows.values())


@given(steps=steps, limit=st.integers(1, 8))
@settings(max_examples=60, deadline=None)
def test_whoever_waits_as_told_is_admitted(steps: list[tuple[float, int]], limit: int) -> None:
    asyncio.run(_admitted(steps, limit, wait_as_told=True))


async def _admitted(
    steps: list[tuple[float, int]], limit: int, *, wait_as_told: bool = False
) -> list[tuple[float, int]]:
    """Moments and costs of what the library admits on a clock of ours."""
    clock = Clock(now=1_000_000.0)
    admitted: list[tuple[float, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits_memory, "time", Time(clock))
        limiter = alone(f"{limit}/minute", "10000/minute")
        for pause, cost in steps:
            clock.go(pause)
            refused = await refusal(limiter, command(cost=cost))
            if refused is None:
                admitted.append((clock.now, min(cost, limit)))
            elif wait_as_told:
                clock.go(refused.retry_after)
                assert await refusal(limiter, command(cost=cost)) is None
    return admitted


@pytest.mark.parametrize(
    ("window", "cost", "wait"),
    [
        (Window(10, 60, 0, 0, 0, 0), 1, 0),
        (Window(10, 60, 0, 0, 9, 110), 1, 0),
        (
            Window(10, 60, 10, 30, 5, 90),
            1,
            0.001,
        ),  # 10 · 30/60 + 5 is exactly full, and no longer a moment later
        (Window(10, 60, 10, 33, 5, 93), 1, 3.001),  # 10 · 33/60 + 5 falls below 10 after 3 s
        (Window(10, 60, 0, 0, 10, 110), 1, 50.001),  # the full window begins to leave in 50 s
        (Window(10, 60, 0, 0, 10, 110), 10, 104.001),  # and weighs less than 1 after 54 s more
    ],
)
def test_the_wait_is_computed_from_both_windows(window: Window, cost: int, wait: float) -> None:
    assert window.wait(cost) == pytest.approx(wait)
