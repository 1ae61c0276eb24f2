from collections.abc import AsyncIterator

import pytest

from tests.bot.slack.harness import App, MadeUpCorridor, running
from tests.fakes.slack import Slack


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as local:
        yield local


@pytest.fixture
def corridor() -> MadeUpCorridor:
    return MadeUpCorridor()


@pytest.fixture
async def app(slack: Slack, corridor: MadeUpCorridor) -> AsyncIterator[App]:
    async with running(slack, corridor) as started:
        yield started
