"""`mlops serve` put together: the Slack edge in front of the backstage, the probes beside it, and the end."""

import asyncio
import logging
import signal
from collections.abc import Awaitable
from contextlib import AsyncExitStack

from msgspec.structs import replace

from bot.command import Asker, Command, Defaults, DigestWish, Help, near, parse, parse_digest
from bot.errors import UsageError
from bot.health import HealthServer
from bot.metrics import Metrics
from bot.render.redact import redact
from bot.settings import Settings, require_slack
from bot.settings_model import SlackMode, SlackSettings
from bot.slack.app import Options, SlackEdge
from bot.slack.clients import SLACK, Clients
from bot.slack.counted import Called, nobody
from bot.slack.desk import Understand
from bot.slack.errand import Wishes
from bot.slack.identity import group_members
from bot.telemetry import Redact, configure_logging
from bot.wiring.backstage import Backstage
from bot.wiring.base import defaults
from bot.wiring.digest import Digests, LateWishes
from bot.wiring.digest_channels import SlackChannels
from bot.wiring.measured import outcome_of
from bot.wiring.probes import health_server
from handlers import HANDLERS
from handlers.digest import DIGEST
from handlers.sources.errors import SourceError

log = logging.getLogger(__name__)
DRAIN_SECONDS = 20.0
"""Seconds accepted questions may take at shutdown; below Kubernetes' default grace period of 30."""
MARGIN_SECONDS = 5.0
"""What drawing and posting may take of the time one question has in all."""


def deadline(settings: Settings) -> float:
    """Seconds a look may take, so that its answer can still be posted."""
    whole = settings.work.deadline_seconds
    return max(whole - MARGIN_SECONDS, whole / 2)


def understanding(settings: Settings, metrics: Metrics) -> Understand:
    """What turns text into a command: the defaults of its channel, and the time it may take."""
    seconds = deadline(settings)

    def understand(text: str, asker: Asker) -> Command | Help | DigestWish:
        places = defaults(settings, asker.channel)
        try:
            command = _understood(text, asker, places)
        except UsageError as error:
            metrics.question("none", outcome_of(error))
            raise
        if not isinstance(command, Command):
            return command
        return replace(command, question=replace(command.question, deadline=seconds))

    return understand


def _understood(text: str, asker: Asker, places: Defaults) -> Command | Help | DigestWish:
    """Read a text; whatever is about the digest becomes a wish, in whichever words it was said."""
    try:
        command = parse_digest(text, asker, places) or parse(text, asker, places, HANDLERS)
    except UsageError as error:
        if error.suggestion.split()[:1] != [DIGEST.verb]:
            raise
        raise UsageError(error.sentence, error.advice, _wish_meant(text, asker, places)) from error
    if not isinstance(command, Command) or command.handler is not DIGEST:
        return command
    said = command.question.namespace
    # The namespace of a channel does not count for digests.
    named = (said,) if said and said != places.namespace else ()
    return DigestWish(action="preview", namespaces=named, cluster=command.cluster, asker=asker)


def _wish_meant(text: str, asker: Asker, places: Defaults) -> str:
    """What is probably wanted of the digest by a text in which its name is mistyped."""
    words = text.split()
    place = next((place for place, word in enumerate(words) if near(word, (DIGEST.verb,))), len(words))
    try:
        wish = parse_digest(" ".join((DIGEST.verb, *words[place + 1 :])), asker, places)
    except UsageError as error:
        return error.suggestion
    return wish.words if isinstance(wish, DigestWish) else DIGEST.verb


def slack_edge(settings: Settings, stage: Backstage, clients: Clients, wishes: Wishes) -> SlackEdge:
    """The Slack edge of the settings."""
    return SlackEdge(
        _options(settings.slack, settings.runbook_base_url),
        clients,
        corridor=stage.corridor,
        wishes=wishes,
        understand=understanding(settings, stage.metrics),
        handlers=HANDLERS,
        work=stage.work,
        store=stage.store,
        metrics=stage.metrics,
    )


def _options(slack: SlackSettings, runbooks: str) -> Options:
    socket = slack.mode is SlackMode.SOCKET
    return Options(
        app_token=slack.app_token.get_secret_value() if socket and slack.app_token else "",
        signing_secret=slack.signing_secret.get_secret_value() if not socket and slack.signing_secret else "",
        host=slack.host,
        port=slack.port,
        command=slack.command,
        runbooks=runbooks,
    )


def slack_clients(settings: Settings, base_url: str | None = None, called: Called = nobody) -> Clients:
    """Web API clients with the bot's token, which tell each call's result; needs a running loop."""
    token = settings.slack.bot_token
    return Clients(token.get_secret_value() if token else "", base_url or SLACK, called)


async def serve(settings: Settings, base_url: str | None = None) -> None:
    """Answer questions until SIGTERM or SIGINT, then let accepted ones end.

    Args:
        settings: what was read at the start.
        base_url: address of Slack's Web API.

    Raises:
        BotError: Slack refuses the tokens, or the settings lack some.
        OSError: a port is taken.
    """
    require_slack(settings)
    stopping = _stop_signal()
    metrics = Metrics()
    configure_logging(settings.telemetry, counting(metrics))
    async with AsyncExitStack() as open_now:
        stage = Backstage(settings, metrics, lambda group: group_members(clients.ask, group))
        open_now.push_async_callback(stage.close)
        clients = slack_clients(settings, base_url, metrics.slack_call)
        wishes = LateWishes()
        edge = slack_edge(settings, stage, clients, wishes)
        digests = Digests(settings, stage, SlackChannels(edge, clients), edge.buttons.values_for)
        wishes.granted_by(digests)
        health = health_server(settings, stage, edge, digests.runner)
        open_now.push_async_callback(health.stop)
        open_now.push_async_callback(edge.stop, DRAIN_SECONDS)
        open_now.push_async_callback(digests.runner.stop)
        for fault in stage.catalog.faults:
            log.error("a rule was refused: %s", fault)
        await health.start()
        await _until(stopping, _start(stage, edge, digests, health))
        log.info("stopping: accepted questions have %.0f s", DRAIN_SECONDS)


async def _start(stage: Backstage, edge: SlackEdge, digests: Digests, health: HealthServer) -> None:
    """Connect clusters before questions come: the first connection imports for half a second."""
    for name in stage.book.names:
        try:
            await stage.book.get(name)
        except SourceError as error:
            log.warning("cluster %s cannot be asked yet: %s", name, error)
    await edge.start()
    await digests.runner.start()
    health.started()


def counting(metrics: Metrics) -> Redact:
    """What redacts log lines, and counts what it takes out."""

    def redact_and_count(text: str) -> str:
        redacted = redact(text)
        if redacted.count:
            metrics.redacted(redacted.count)
        return redacted.text

    return redact_and_count


def _stop_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    return stopping


async def _until(stopping: asyncio.Event, starting: Awaitable[None]) -> None:
    """Start, and wait for the end, which may come while Slack is still being connected."""
    start, end = asyncio.ensure_future(starting), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait((start, end), return_when=asyncio.FIRST_COMPLETED)
        if start.done():
            start.result()
            await end
    finally:
        start.cancel()
        end.cancel()
        await asyncio.gather(start, end, return_exceptions=True)
