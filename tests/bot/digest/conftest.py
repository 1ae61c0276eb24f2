from collections.abc import AsyncIterator

import pytest

from rules.finding import Severity
from tests.bot.digest.in_slack import Bot, at, bot_in, known
from tests.bot.digest.stage import ACluster, Time
from tests.fakes.redis import RedisServer, own_redis_server
from tests.fakes.slack import Slack


@pytest.fixture
def time() -> Time:
    return at("2026-11-22T20:00")


@pytest.fixture
async def slack(time: Time) -> AsyncIterator[Slack]:
    async with Slack(lambda: time.now().timestamp()) as local:
        yield local


@pytest.fixture
def cluster(time: Time) -> ACluster:
    return ACluster(time, findings=(known("a"), known("b", Severity.CRITICAL)))


@pytest.fixture
async def bot(slack: Slack, cluster: ACluster) -> AsyncIterator[Bot]:
    async with bot_in(slack, cluster) as started:
        yield started


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    async with own_redis_server() as server:
        yield server
