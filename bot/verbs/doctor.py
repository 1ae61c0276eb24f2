"""`mlops doctor`: look at everything, print it, exit 1 when something is missing."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing

from bot.doctor import (
    Finding,
    Mark,
    check_aws,
    check_clusters,
    check_redis,
    check_rules,
    check_series,
    check_slack,
)
from bot.errors import BotError, SettingsError
from bot.exit_code import FAULTS, HEALTHY
from bot.render.door import last_lines, terminal_line
from bot.settings import Settings
from bot.verbs.asking import config_options, read_settings, refused
from bot.wiring.backstage import redis_store
from bot.wiring.base import catalog, clusters
from bot.wiring.serve import slack_clients
from handlers import HANDLERS


def doctor(chosen: argparse.Namespace) -> int:
    """Print a line for each check, and below a miss what to do."""
    try:
        return asyncio.run(_look(read_settings(chosen), chosen))
    except BotError as error:
        refused(error)
    return FAULTS


async def _look(settings: Settings, chosen: argparse.Namespace) -> int:
    source = chosen.config or os.environ.get("MLOPS_CONFIG") or "the environment"
    _print(Finding(Mark.FINE, f"settings of {source}"))
    missing = 0
    async with aclosing(_findings(settings, config_options(chosen))) as findings:
        async for finding in findings:
            _print(finding)
            missing += finding.mark is Mark.MISSING
    things = "1 thing" if missing == 1 else f"{missing} things"
    sys.stdout.write(f"\n{things} to mend\n" if missing else "\nall in order\n")
    return FAULTS if missing else HEALTHY


def _print(finding: Finding) -> None:
    """Print at once: a cluster that does not answer takes its time. A fault's lines keep their carets."""
    sys.stdout.write(f"{finding.mark} " + "\n  ".join(last_lines(finding.what, 0)) + "\n")
    if finding.mark is not Mark.FINE and finding.advice:
        sys.stdout.write(f"    {terminal_line(finding.advice)}\n")
    sys.stdout.flush()


async def _findings(settings: Settings, config: Sequence[str]) -> AsyncGenerator[Finding, None]:
    async with AsyncExitStack() as open_now:
        async for finding in check_rules(catalog(settings), config):
            yield finding
        book = clusters(settings)
        open_now.push_async_callback(book.close)
        async for finding in check_clusters(book, HANDLERS):
            yield finding
        async for finding in check_aws(book):
            yield finding
        async for finding in check_series(book):
            yield finding
        async for finding in _redis(settings, open_now):
            yield finding
        clients = slack_clients(settings, os.environ.get("SLACK_API_URL") or None)
        open_now.push_async_callback(clients.close)
        async for finding in check_slack(settings, clients):
            yield finding


async def _redis(settings: Settings, open_now: AsyncExitStack) -> AsyncGenerator[Finding, None]:
    """An address that cannot be read is a finding too: what comes after it is still worth a look."""
    try:
        redis = redis_store(settings)
    except SettingsError as error:
        yield Finding(Mark.MISSING, f"redis: {error.sentence}", error.advice)
        return
    if redis is not None:
        open_now.push_async_callback(redis.close)
    async for finding in check_redis(redis):
        yield finding
