"""What serving needs beside Slack: store, gate, corridor, rules; built once, closed in reverse."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.ask import Corridor
from bot.gate.authorize import Access, Authorizer
from bot.gate.coalesce import Coalescer, Codec, Sharing
from bot.gate.gate import Gate
from bot.gate.ratelimit import RateLimiter
from bot.metrics import Metrics
from bot.render.parcel import pack, secrets_in, unpack
from bot.report import Report
from bot.settings import Settings
from bot.settings_model import AccessSettings
from bot.store.circuit import Circuit
from bot.store.contract import Store
from bot.store.fallback import FallbackStore
from bot.store.memory import MemoryStore
from bot.store.redis import RedisStore
from bot.wiring.base import catalog, clusters
from bot.wiring.measured import MeasuredCorridor
from bot.work import Work
from rules.load import SHIPPED

Members = Callable[[str], Awaitable[frozenset[str]]]


class Backstage:
    """The parts behind the Slack edge.

    Args:
        settings: what was read at the start.
        metrics: where everything is counted.
        members: who is in a Slack user group.
        shipped: folder of the rules that ship.

    Raises:
        SettingsError: the rules or the URL of Redis cannot be used.
    """

    def __init__(
        self, settings: Settings, metrics: Metrics, members: Members, shipped: Path = SHIPPED
    ) -> None:
        limits, work = settings.limits, settings.work
        self.metrics = metrics
        self.catalog = catalog(settings, shipped)
        self.circuit = Circuit(on_change=metrics.store_healthy)
        self.redis = redis = redis_store(settings)
        self.store: Store = FallbackStore(redis, MemoryStore(), self.circuit) if redis else MemoryStore()
        storage = redis.limits_storage() if redis else None
        self.gate = Gate(
            Authorizer(_access(settings.access), members),
            RateLimiter(limits.user, limits.channel, storage, self.circuit, metrics),
            Coalescer(self.store, Codec(pack, unpack), Sharing(seconds=limits.share_seconds), metrics),
            metrics,
        )
        self.book = clusters(settings, metrics.api_call)
        self.looking = Corridor(self.gate, self.book, self.catalog, self._told)
        self.corridor = MeasuredCorridor(self.looking, metrics)
        self.work = Work(
            workers=work.workers, queue=work.queue, deadline=work.deadline_seconds, metrics=metrics
        )

    async def _told(self, report: Report) -> None:
        """Count what a new report says; labels are ids and kinds, never text from a cluster."""
        for finding in (*report.findings, *report.also_noticed):
            self.metrics.rule_hit(finding.rule)
        for undecided in report.undecided:
            self.metrics.rule_undecided(undecided.rule)
        for gap in report.gaps:
            self.metrics.gap(gap.source)
        # Reading long logs for secrets takes long enough to make an ack late: not on the event loop.
        self.metrics.redacted(await asyncio.to_thread(secrets_in, report))

    async def close(self) -> None:
        """End the looks that run and release every connection."""
        await self.gate.close()
        await self.book.close()
        await self.store.close()


def redis_store(settings: Settings) -> RedisStore | None:
    """The store of the settings' Redis, which is not asked anything yet; None without one."""
    return RedisStore(settings.redis.url.get_secret_value()) if settings.redis.url else None


def _access(settings: AccessSettings) -> Access:
    return Access(
        users=frozenset(settings.users),
        groups=frozenset(settings.groups),
        channels=frozenset(settings.channels),
        contact=settings.contact,
    )
