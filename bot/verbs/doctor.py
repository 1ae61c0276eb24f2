"""`mlops doctor`: look at everything, print it, exit 1 when something is missing."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator

from bot.doctor import Finding, Mark, check_clusters, check_redis, check_rules, check_slack
from bot.errors import BotError
from bot.exit_code import FAULTS, HEALTHY
from bot.render.door import terminal_line
from bot.settings import Settings
from bot.verbs.asking import read_settings, refused
from bot.wiring.backstage import redis_store
from bot.wiring.base import catalog, clusters
from bot.wiring.serve import slack_clients
from handlers import HANDLERS


def doctor(chosen: argparse.Namespace) -> int:
    """Print a line for each check, and below a miss what to do."""
    try:
        settings = read_settings(chosen)
        return asyncio.run(_print(settings))
    except BotError as error:
        refused(error)
    return FAULTS


async def _print(settings: Settings) -> int:
    missing = 0
    async for finding in _findings(settings):
        sys.stdout.write(f"{finding.mark} {terminal_line(finding.what)}\n")
        if finding.mark is not Mark.FINE and finding.advice:
            sys.stdout.write(f"    {terminal_line(finding.advice)}\n")
        missing += finding.mark is Mark.MISSING
    sys.stdout.write(
        f"\n{missing} thing{'s' if missing != 1 else ''} to mend\n" if missing else "\nall in order\n"
    )
    return FAULTS if missing else HEALTHY


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    yield Finding(Mark.FINE, "settings: read")
    async for finding in check_rules(catalog(settings)):
        yield finding
    book, redis, clients = (
        clusters(settings),
        redis_store(settings),
        slack_clients(settings, os.environ.get("SLACK_API_URL") or None),
    )
    try:
        for checks in (check_clusters(book, HANDLERS), check_redis(redis), check_slack(settings, clients)):
            async for finding in checks:
                yield finding
    finally:
        await book.close()
        await clients.close()
        if redis is not None:
            await redis.close()
