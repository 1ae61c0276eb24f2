"""Everything that must be in place, looked at one by one, each miss with what to do about it."""

import asyncio
import re
import shlex
from collections.abc import AsyncIterator, Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from bot.clusters import ClusterBook
from bot.errors import BotError
from bot.render.rule_faults import is_of_settings
from bot.settings import Settings, require_slack
from bot.settings_model import SlackMode
from bot.slack.clients import Clients
from bot.slack.faults import SlackError, slack_faults
from bot.slack.identity import who_am_i
from bot.slack.scopes import SCOPES
from bot.store.redis import RedisStore
from handlers.contract import Handler, Need
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from handlers.sources.objects.meta import Resource
from rules.rule import Catalog


class Mark(StrEnum):
    """How a check came out."""

    FINE = "✓"
    MISSING = "✗"
    ASIDE = "·"


class Finding(Struct, frozen=True):
    """One check: what was looked at, what it is, and what to do when it is not in order."""

    mark: Mark
    what: str
    advice: str = ""


async def check_rules(known: Catalog, config: Sequence[str] = ()) -> AsyncIterator[Finding]:
    """The rules in force, and the operator's files that were refused.

    `config` are the options that name the settings file again, for a command to paste.
    """
    yield Finding(
        Mark.FINE,
        f"{len(known.rules)} rules in force" + (f", {len(known.off)} switched off" if known.off else ""),
    )
    listing = shlex.join(("mlops", "rules", "list", *config))
    for fault in known.faults:
        if is_of_settings(fault):
            advice = f"Mend or remove that id in the settings; `{listing}` names every rule."
            yield Finding(Mark.MISSING, f"the setting rules.off: {fault.message}", advice)
        else:
            yield Finding(Mark.MISSING, str(fault), "Mend the rule file; the other rules are in force.")


async def check_clusters(book: ClusterBook, handlers: Sequence[Handler]) -> AsyncIterator[Finding]:
    """Each cluster: reached, and every right its questions use granted."""
    for name in book.names:
        try:
            cluster = await book.get(name)
            version = await cluster.version()
        except SourceError as error:
            # "the cluster" after its name would be said twice.
            why = error.why if error.what == "the cluster" else str(error)
            yield Finding(Mark.MISSING, f"cluster {name}: {why}", _beside(error.advice))
            continue
        yield Finding(Mark.FINE, f"cluster {name}: {version}")
        async for finding in _rights(name, cluster, handlers):
            yield finding


async def _rights(name: str, cluster: Cluster, handlers: Sequence[Handler]) -> AsyncIterator[Finding]:
    needs = list(dict.fromkeys(need for handler in handlers for need in handler.needs if need.reads))
    try:
        granted = await asyncio.gather(*(_granted(cluster, need) for need in needs))
    except SourceError as error:
        yield Finding(
            Mark.MISSING, f"cluster {name}: rights cannot be asked for ({error.why})", _beside(error.advice)
        )
        return
    lacking = [need for need, held in zip(needs, granted, strict=True) if not held]
    yield Finding(
        Mark.FINE if not lacking else Mark.MISSING,
        f"cluster {name}: {len(needs) - len(lacking)} of {len(needs)} rights granted",
    )
    for need in lacking:
        yield Finding(
            Mark.MISSING,
            f"cluster {name}: no right to {_words(need)}",
            f"Grant {_words(need)} to the bot's account; without it, answers show a gap.",
        )


async def _granted(cluster: Cluster, need: Need) -> bool:
    plural, _, subresource = need.resource.partition("/")
    return await cluster.may(need.verb, Resource(need.group, "", plural, ""), "", subresource)


def _words(need: Need) -> str:
    return f"{need.verb} {need.resource}{'.' + need.group if need.group else ''}"


async def check_aws(book: ClusterBook) -> AsyncIterator[Finding]:
    """The AWS account under each cluster that has one: the credentials are accepted."""
    for name in book.names:
        aws = book.beside(name).aws
        if aws is None:
            continue
        try:
            identity = await aws.identity()
        except SourceError as error:
            yield Finding(Mark.MISSING, f"aws of {name}: {error.why}", _beside(error.advice))
        else:
            yield Finding(
                Mark.FINE, f"aws of {name}: account {identity.account}, {aws.place}, as {identity.arn}"
            )


async def check_series(book: ClusterBook) -> AsyncIterator[Finding]:
    """The Prometheus of each cluster that has one: it answers a query."""
    for name in book.names:
        series = book.beside(name).series
        if series is None:
            continue
        try:
            await series.query("vector(1)")
        except SourceError as error:
            yield Finding(Mark.MISSING, f"prometheus of {name}: {error.why}", _beside(error.advice))
        else:
            yield Finding(Mark.FINE, f"prometheus of {name}: answers")


async def check_redis(redis: RedisStore | None) -> AsyncIterator[Finding]:
    """Redis answers, where it is set."""
    if redis is None:
        yield Finding(
            Mark.ASIDE,
            "redis: not set; limits and shared answers count in each replica alone",
            "Set REDIS_URL to share them.",
        )
        return
    try:
        await redis.ping()
    except BotError as error:
        yield Finding(
            Mark.MISSING,
            f"redis: {error.sentence}",
            "Check that it runs, and its URL and password; until then limits count in each replica alone.",
        )
    else:
        yield Finding(Mark.FINE, "redis: answers")


async def check_slack(settings: Settings, clients: Clients) -> AsyncIterator[Finding]:
    """The tokens are accepted and every scope is granted."""
    try:
        require_slack(settings)
    except BotError as error:
        yield Finding(Mark.MISSING, f"slack: {error.sentence}", error.advice)
        return
    try:
        identity = await who_am_i(clients.ask)
    except SlackError as error:
        yield Finding(Mark.MISSING, f"slack: {error.sentence}", _beside(error.advice))
        return
    yield Finding(Mark.FINE, f"slack: {identity.team_name}, as user {identity.user}")
    for finding in _scopes(identity.scopes, settings):
        yield finding
    async for finding in _socket(settings, clients):
        yield finding


def _scopes(granted: frozenset[str], settings: Settings) -> Iterable[Finding]:
    needed = {
        scope: why for scope, why in SCOPES.items() if scope != "usergroups:read" or settings.access.groups
    }
    lacking = [scope for scope in needed if scope not in granted]
    yield Finding(
        Mark.FINE if not lacking else Mark.MISSING,
        f"slack: {len(needed) - len(lacking)} of {len(needed)} scopes granted",
    )
    for scope in lacking:
        yield Finding(
            Mark.MISSING,
            f"slack: scope {scope} is missing",
            f"Add it under OAuth & Permissions and reinstall the app: {needed[scope]}.",
        )


async def _socket(settings: Settings, clients: Clients) -> AsyncIterator[Finding]:
    token = settings.slack.app_token
    if settings.slack.mode is not SlackMode.SOCKET or token is None:
        return
    try:
        with slack_faults():
            await clients.ask.apps_connections_open(app_token=token.get_secret_value())
    except SlackError as error:
        yield Finding(
            Mark.MISSING, f"slack: no Socket Mode connection: {error.sentence}", _beside(error.advice)
        )
    else:
        yield Finding(Mark.FINE, "slack: Socket Mode opens")


def _beside(advice: str) -> str:
    """Advice without "run `mlops doctor`", which is what is being done."""
    return re.sub(r"(?:; if it stays so, run|, and) `mlops doctor`|; `mlops doctor` [^.]*", "", advice)
