"""Two hundred people at once."""

import asyncio

from bot.command import Command
from bot.report import Report
from handlers.contract import Progress
from tests.bot.slack.harness import MadeUpCorridor, healthy, running
from tests.fakes.slack import Slack


async def test_two_hundred_commands_at_once_are_all_acked_and_answered(slack: Slack) -> None:
    async def look(command: Command, progress: Progress) -> Report:
        await progress("pod")
        await asyncio.sleep(0)
        return healthy(command)

    corridor = MadeUpCorridor(look)
    async with running(slack, corridor, workers=16):
        envelopes = await asyncio.gather(
            *(slack.person(f"U{n}").types(f"/mlops diagnose pod x{n}", f"C{n}") for n in range(200))
        )
        assert {envelope.fault for envelope in envelopes} == {""}
        assert max(envelope.latency or 9 for envelope in envelopes) < 3.0
        for n in range(200):
            await slack.channel(f"C{n}").until(lambda m: bool(m) and "is healthy" in m[-1].shown)
    assert sorted(command.question.name for command in corridor.asked) == sorted(f"x{n}" for n in range(200))
