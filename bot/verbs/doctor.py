"""`mlops doctor`: look at everything, print it, exit 1 when something is missing."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing

from bot.digest.subscription import Subscription, SubscriptionBook
from bot.doctor import (
    Finding,
    Mark,
    check_aws,
    check_channels,
    check_clusters,
    check_redis,
    check_rules,
    check_schedules,
    check_series,
    check_slack,
)
from bot.errors import BotError, SettingsError, StoreError
from bot.exit_code import FAULTS, HEALTHY
from bot.render.door import last_lines, terminal_line
from bot.settings import Settings
from bot.store.redis import RedisStore
from bot.verbs.asking import config_options, read_settings, refused
from bot.wiring.backstage import redis_store
from bot.wiring.base import catalog, clusters
from bot.wiring.digest import fixed
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
        namespaces = {each.name: each.default_namespace for each in settings.clusters}
        async for finding in check_clusters(book, HANDLERS, namespaces):
            yield finding
        async for finding in check_aws(book, HANDLERS):
            yield finding
        async for finding in check_series(book):
            yield finding
        async for finding in _beyond_clusters(settings, book.names):
            yield finding


async def _beyond_clusters(settings: Settings, names: Sequence[str]) -> AsyncGenerator[Finding, None]:
    """Redis, the digests, and Slack."""
    async with AsyncExitStack() as open_now:
        redis: RedisStore | None = None
        subscriptions: Sequence[Subscription] = fixed(settings.digest)
        try:
            redis = redis_store(settings)
        except SettingsError as error:
            # A finding too: what comes after it is still worth a look.
            yield Finding(Mark.MISSING, f"redis: {error.sentence}", error.advice)
        else:
            subscriptions = await _subscriptions(settings, redis)
            async for finding in check_redis(redis, remembers=bool(subscriptions)):
                yield finding
        if redis is not None:
            open_now.push_async_callback(redis.close)
        for finding in check_schedules(subscriptions, names, settings.digest.timezone):
            yield finding
        clients = slack_clients(settings, os.environ.get("SLACK_API_URL") or None)
        open_now.push_async_callback(clients.close)
        async for finding in check_slack(settings, clients):
            yield finding
        if settings.slack.bot_token is not None:
            async for finding in check_channels(subscriptions, clients):
                yield finding


async def _subscriptions(settings: Settings, redis: RedisStore | None) -> Sequence[Subscription]:
    """Those of the settings, and those made in Slack where Redis tells them."""
    known = fixed(settings.digest)
    if redis is None:
        return known
    try:
        return tuple((await SubscriptionBook(redis, known).all()).values())
    except StoreError:
        return known  # that Redis does not answer has been told
