"""What serving needs: store, gate, corridor, Slack, probes; built once, closed in reverse."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable

from bot.ask import Corridor
from bot.command import Asker, Command, Help, parse
from bot.gate.authorize import Access, Authorizer
from bot.gate.coalesce import Coalescer, Codec, Sharing
from bot.gate.gate import Gate
from bot.gate.ratelimit import RateLimiter
from bot.health import Check, Health, HealthServer, State, redis_check
from bot.metrics import Metrics
from bot.render.parcel import pack, unpack
from bot.render.redact import redact_text
from bot.report import Report
from bot.settings import Settings, require_slack
from bot.settings_model import SlackMode
from bot.slack.app import Options, SlackEdge
from bot.slack.clients import SLACK, Clients
from bot.slack.identity import group_members
from bot.store.circuit import Circuit
from bot.store.contract import Store
from bot.store.fallback import FallbackStore
from bot.store.memory import MemoryStore
from bot.store.redis import RedisStore
from bot.telemetry import configure_logging
from bot.wiring.base import catalog, clusters, defaults
from bot.work import Work
from handlers import HANDLERS
from handlers.sources.errors import SourceError

log = logging.getLogger(__name__)
DRAIN_SECONDS = 25.0
"""Seconds accepted questions may take at shutdown; below Kubernetes' default grace period of 30."""


class Backstage:
    """What serving needs beside Slack: store, gate, corridor, health; built once, closed in reverse."""

    def __init__(self, settings: Settings, members: Callable[[str], Awaitable[frozenset[str]]]) -> None:
        self.metrics = Metrics()
        self.circuit = Circuit(on_change=self.metrics.store_healthy)
        self._memory = MemoryStore()
        self.redis = redis = redis_store(settings)
        self.store: Store = FallbackStore(redis, self._memory, self.circuit) if redis else self._memory
        access = settings.access
        self.gate = Gate(
            Authorizer(Access(users=frozenset(access.users), groups=frozenset(access.groups), channels=frozenset(access.channels), contact=access.contact), members),
            RateLimiter(settings.limits.user, settings.limits.channel, redis.limits_storage() if redis else None, self.circuit, self.metrics),
            Coalescer(self.store, Codec(pack, unpack), Sharing(seconds=settings.limits.share_seconds), self.metrics),
            self.metrics,
        )
        self.book = clusters(settings)
        self.catalog = catalog(settings)
        self.corridor = Corridor(self.gate, self.book, self.catalog, self._told)
        self.work = Work(workers=settings.work.workers, queue=settings.work.queue, deadline=settings.work.deadline_seconds, metrics=self.metrics)

    def _told(self, report: Report) -> None:
        """Count what a new report says; labels are ids and kinds, never text from a cluster."""
        for finding in (*report.findings, *report.also_noticed):
            self.metrics.rule_hit(finding.rule)
        for undecided in report.undecided:
            self.metrics.rule_undecided(undecided.rule)
        for gap in report.gaps:
            self.metrics.gap(gap.source)

    async def close(self) -> None:
        """End the looks that run and release every connection."""
        await self.gate.close()
        await self.book.close()
        await self.store.close()


def redis_store(settings: Settings) -> RedisStore | None:
    """The store of the settings' Redis, which is not asked anything yet; None without one."""
    return RedisStore(settings.redis.url.get_secret_value()) if settings.redis.url else None


def slack_edge(settings: Settings, stage: Backstage, clients: Clients) -> SlackEdge:
    """The Slack edge of the settings."""
    require_slack(settings)
    slack = settings.slack
    socket = slack.mode is SlackMode.SOCKET
    options = Options(
        app_token=slack.app_token.get_secret_value() if socket and slack.app_token else "",
        signing_secret=slack.signing_secret.get_secret_value() if not socket and slack.signing_secret else "",
        host=slack.host,
        port=slack.port,
        command=slack.command,
        runbooks=settings.runbook_base_url,
    )

    def understand(text: str, asker: Asker) -> Command | Help:
        return parse(text, asker, defaults(settings, asker.channel), HANDLERS)

    return SlackEdge(
        options,
        clients,
        corridor=stage.corridor,
        understand=understand,
        handlers=HANDLERS,
        work=stage.work,
        store=stage.store,
        metrics=stage.metrics,
    )


def slack_clients(settings: Settings, base_url: str | None = None) -> Clients:
    """Web API clients with the bot's token; needs a running loop."""
    token = settings.slack.bot_token
    return Clients(token.get_secret_value() if token else "", base_url or SLACK)


def health_server(settings: Settings, stage: Backstage, edge: SlackEdge) -> HealthServer:
    """The probes: Slack connected, every cluster answering, Redis or in-process limits."""
    checks = [Check("slack", lambda: _slack_health(edge))]
    checks += [Check(f"cluster {name}", _cluster_health(stage, name)) for name in stage.book.names]
    if stage.redis is not None:
        checks.append(redis_check(stage.redis.ping, stage.circuit))
    return HealthServer(settings.telemetry.host, settings.telemetry.port, tuple(checks), stage.metrics)


async def _slack_health(edge: SlackEdge) -> Health:
    fault = edge.fault
    return Health(State.FAILED, fault.sentence, fault.advice) if fault else Health(State.OK)


def _cluster_health(stage: Backstage, name: str) -> Callable[[], Awaitable[Health]]:
    async def look() -> Health:
        try:
            version = await (await stage.book.get(name)).version()
        except SourceError as error:
            return Health(State.DEGRADED, str(error), error.advice)
        return Health(State.OK, version)

    return look


async def serve(settings: Settings, base_url: str | None = None, started: Callable[[int], None] = lambda _: None) -> None:
    """Answer questions until SIGTERM or SIGINT, then let accepted ones end.

    Args:
        settings: what was read at the start.
        base_url: address of Slack's Web API.
        started: told the port of the probes once everything listens.

    Raises:
        BotError: Slack refuses the tokens, or the settings lack some.
    """
    require_slack(settings)
    configure_logging(settings.telemetry, redact_text)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    clients = slack_clients(settings, base_url)
    stage = Backstage(settings, lambda group: group_members(clients.ask, group))
    for fault in stage.catalog.faults:
        log.error("a rule was refused: %s", fault)
    edge = slack_edge(settings, stage, clients)
    health = health_server(settings, stage, edge)
    try:
        await health.start()
        await edge.start()
        started(health.port)
        await stopping.wait()
    finally:
        await edge.stop(DRAIN_SECONDS)
        await health.stop()
        await stage.close()
