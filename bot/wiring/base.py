"""Clusters, rules and the corridor of the terminal: what costs little to import."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.ask import Corridor
from bot.clusters import ClusterBook, Connect
from bot.command import Command, Defaults
from bot.report import Report
from bot.settings import Settings
from bot.settings_model import ClusterSettings
from handlers.sources.cluster import Cluster
from rules.facts import SUBJECTS
from rules.load import load_catalog
from rules.rule import Catalog

DEMO = Path(__file__).parent.parent / "demo.tar.gz"
DEMO_NAME = "demo"


def catalog(settings: Settings) -> Catalog:
    """The rules in force: shipped ones, and the operator's own."""
    return load_catalog(subjects=SUBJECTS, operator=settings.rules.folder, off=settings.rules.off)


def recorded(path: Path, name: str = "") -> Connect:
    """How to open a saved bundle."""

    async def connect() -> Cluster:
        from handlers.sources.recorded import RecordedCluster  # noqa: PLC0415 - help must not wait for it

        return await asyncio.to_thread(RecordedCluster.open, path, name)

    return connect


def live(cluster: ClusterSettings) -> Connect:
    """How to connect to a cluster of the settings."""
    kubeconfig = str(cluster.kubeconfig) if cluster.kubeconfig else None
    return by_kubeconfig(kubeconfig, cluster.context, cluster.name, in_cluster=cluster.in_cluster)


def by_kubeconfig(kubeconfig: str | None, context: str | None, name: str = "", *, in_cluster: bool = False) -> Connect:
    """How to connect as kubectl would."""

    async def connect() -> Cluster:
        from handlers.sources.kubernetes import connect as to_server  # noqa: PLC0415 - the client's import takes half a second

        return await to_server(kubeconfig=kubeconfig, context=context, name=name)

    return connect


def clusters(settings: Settings) -> ClusterBook:
    """The clusters of the settings; without any, the one kubectl would ask."""
    if not settings.clusters:
        return ClusterBook({"default": by_kubeconfig(None, None)}, "default")
    return ClusterBook({cluster.name: live(cluster) for cluster in settings.clusters}, settings.cluster)


def defaults(settings: Settings, channel: str) -> Defaults:
    """Cluster and namespace of a channel, and the clusters there are."""
    own = settings.channels.get(channel)
    cluster = (own.cluster if own else "") or settings.cluster
    of_cluster = next((c.default_namespace for c in settings.clusters if c.name == cluster), "")
    return Defaults(cluster, (own.namespace if own else "") or of_cluster, tuple(c.name for c in settings.clusters))


class OpenDoors:
    """The gate of the terminal: whoever can run it may ask, and nobody shares."""

    async def admit(self, command: Command) -> None:
        """Let everyone in."""

    async def share(self, command: Command, look: Callable[[], Awaitable[Report]]) -> Report:  # noqa: ARG002 - the shape of a gate
        """Look, for this asker alone."""
        return await look()


def terminal_corridor(book: ClusterBook, rules: Catalog) -> Corridor:
    """The corridor without doors."""
    return Corridor(OpenDoors(), book, rules, lambda _: None)


