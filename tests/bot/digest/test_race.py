"""Three processes race for a slot on a real Redis; the winner is killed while it posts."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from bot.digest.standings import Records, Standing
from bot.store.redis import RedisStore
from tests.bot.digest.replica import Given
from tests.bot.digest.stage import DAILY
from tests.fakes.redis import own_redis_server
from tests.fakes.slack import Slack
from tests.fakes.slack.workspace import Cut, Fault

REPLICAS = 3


@pytest.mark.parametrize("cut", ["before", "after", None])
async def test_exactly_one_digest_whoever_is_killed_on_the_way(cut: Cut | None) -> None:
    slot = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=1)
    schedule = f"daily {slot:%H:%M} UTC"
    async with own_redis_server() as redis, Slack() as slack:
        store = RedisStore(redis.url, prefix=redis.prefix)
        daily = replace(DAILY, schedule=schedule)
        eve = slot - timedelta(hours=12)
        await Records(store).put_standing(daily, Standing(begun=eve, handled=eve))
        if cut is not None:
            # The message is taken before or after the winner dies; it hears nothing of it either way.
            slack.workspace.order_fault("chat.postMessage", Fault(cut=cut, hold=30.0))
        given = Given(redis.url, redis.prefix, slack.base_url, slack.workspace.bot_token, schedule)
        async with running(given) as replicas:
            if cut is not None:
                await slack.workspace.changes.until(lambda: bool(_posts(slack)), list, 20)
                os.kill(await _winner(store, replicas, slot), signal.SIGKILL)
            ends = await asyncio.wait_for(asyncio.gather(*(one.wait() for one in replicas)), 30)
        assert sorted(ends) == ([-signal.SIGKILL, 0, 0] if cut else [0, 0, 0])
        roots = [message for message in slack.channel("C1").from_bot if not message.thread_ts]
        assert len(roots) == 1
        standing = await Records(store).standing(daily)
        assert standing is not None
        assert standing.handled == slot
        assert standing.told is not None
        assert len(standing.told.causes) == 2
        assert standing.posted is not None
        assert standing.posted.ts == roots[0].ts
        await store.close()


def _posts(slack: Slack) -> list[str]:
    return [call.method for call in slack.workspace.calls if call.method == "chat.postMessage"]


async def _winner(store: RedisStore, replicas: list[asyncio.subprocess.Process], slot: datetime) -> int:
    """The process that holds the slot: it calls itself by its process id."""
    holder = await store.get(f"digest:lease:prod:{slot:%Y-%m-%dT%H:%M}")
    assert holder is not None
    return next(one.pid for one in replicas if str(one.pid) == holder.decode())


@asynccontextmanager
async def running(given: Given) -> AsyncIterator[list[asyncio.subprocess.Process]]:
    replicas = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bot.digest.replica",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(REPLICAS)
    ]
    try:
        for one in replicas:
            assert one.stdin is not None
            one.stdin.write(msgspec.json.encode(given))
            one.stdin.close()
        yield replicas
    finally:
        for one in replicas:
            if one.returncode is None:
                one.kill()
                await one.wait()
