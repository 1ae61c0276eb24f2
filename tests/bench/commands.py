"""Two hundred slash commands at once, each look two seconds long: how late the acks are, and what is lost."""

import asyncio
import contextlib
import os
import signal
import sys
from typing import Final

import psutil

from bot.command import Command
from bot.metrics import Metrics
from bot.report import Report
from bot.slack.app import Options, SlackEdge
from bot.slack.clients import Clients
from bot.store.memory import MemoryStore
from bot.work import Work
from handlers.contract import Progress
from tests.bot.slack.harness import HANDLERS, MadeUpCorridor, healthy, no_wishes, understand
from tests.fakes.slack import Slack

COMMANDS: Final = 200
CHANNELS: Final = 40
LOOK_SECONDS: Final = 2.0
PATIENCE_SECONDS: Final = 90.0


def run() -> list[str]:
    """Sentences with the figures; the bot runs in a process of its own, with the paces of production."""
    return asyncio.run(_run())


async def _run() -> list[str]:
    loop = asyncio.get_running_loop()
    async with Slack() as slack:
        bot = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.commands", slack.base_url, env=_environment(slack)
        )
        await slack.until(lambda: slack.sockets.opened == 1, timeout=30)
        began = loop.time()
        envelopes = await asyncio.gather(
            *(
                slack.person(f"U{n}").types(f"/mlops diagnose pod x{n}", f"C{n % CHANNELS}")
                for n in range(COMMANDS)
            )
        )
        answered = await _answered(slack)
        took, memory = loop.time() - began, psutil.Process(bot.pid).memory_info().rss
        bot.send_signal(signal.SIGTERM)
        await bot.wait()
    lost = sum(1 for envelope in envelopes if envelope.fault) + COMMANDS - answered
    slowest = max((envelope.latency or slack.delivery.ack_seconds) for envelope in envelopes)
    return [
        f"slowest ack: {slowest * 1000:.0f} ms",
        f"lost: {lost} of {COMMANDS}",
        f"all answered after {took:.1f} s, {COMMANDS // CHANNELS} in each channel at one post a second",
        f"resident memory of the bot: {memory / 2**20:.0f} MB",
    ]


async def _answered(slack: Slack) -> int:
    """Wait for every answer; how many commands have one."""

    def answers() -> int:
        shown = [m.text for n in range(CHANNELS) for m in slack.channel(f"C{n}").from_bot]
        return len({text for text in shown if "is healthy" in text})

    with contextlib.suppress(AssertionError):
        await slack.until(lambda: answers() == COMMANDS, timeout=PATIENCE_SECONDS)
    return answers()


def _environment(slack: Slack) -> dict[str, str]:
    tokens = {"BENCH_BOT_TOKEN": slack.workspace.bot_token, "BENCH_APP_TOKEN": slack.workspace.app_token}
    return {**os.environ, **tokens}


async def _look(command: Command, progress: Progress) -> Report:
    for word in ("pod", "events", "logs", "owner"):
        await asyncio.sleep(LOOK_SECONDS / 4)
        await progress(word)
    return healthy(command)


async def _bot(base_url: str) -> None:
    metrics = Metrics()
    edge = SlackEdge(
        Options(app_token=os.environ["BENCH_APP_TOKEN"]),
        Clients(os.environ["BENCH_BOT_TOKEN"], base_url),
        wishes=no_wishes,
        corridor=MadeUpCorridor(_look),
        understand=understand,
        handlers=HANDLERS,
        work=Work(workers=64, queue=500, deadline=60.0, metrics=metrics),
        store=MemoryStore(),
        metrics=metrics,
    )
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    await edge.start()
    await told.wait()
    await edge.stop(1.0)


if __name__ == "__main__":
    asyncio.run(_bot(sys.argv[1]))
