"""Clusters, rules and the corridor of the terminal: what costs little to import."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.ask import Corridor
from bot.clusters import ClusterBook, Connect
from bot.command import Command, Defaults
from bot.errors import SettingsError
from bot.report import Report
from bot.settings import Settings
from bot.settings_cluster import ClusterSettings
from bot.wiring.beside import beside
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError, Unreachable
from rules.facts import SUBJECTS
from rules.fault import RuleFaults
from rules.load import SHIPPED, load_catalog
from rules.rule import Catalog

Answered = Callable[[str, int], None]
"""Told the Kubernetes verb and the status code of a request that was answered; 0 when no answer came."""
DEMO = Path(__file__).parent.parent / "demo.tar.gz"
DEMO_NAME = "demo"
UNNAMED = "default"
"""What the cluster is called that kubectl would ask, where the settings name none."""
_BUNDLE = "Name a support bundle of troubleshoot.sh: its folder, or the .tar.gz it came in."


def catalog(settings: Settings, shipped: Path = SHIPPED) -> Catalog:
    """The rules in force: shipped ones, and the operator's own.

    Raises:
        SettingsError: the shipped rules cannot be used; the operator's faults are in the catalog.
    """
    try:
        return load_catalog(
            shipped, subjects=SUBJECTS, operator=settings.rules.folder, off=settings.rules.off, quick=True
        )
    except RuleFaults as faults:
        count, first = len(faults.faults), faults.faults[0]
        raise SettingsError(
            f"The shipped rules have {count} faults, the first at {first.place}: {first.message}.",
            "Install the package anew; `mlops rules test` lists all of them.",
        ) from faults


def recorded(path: Path, name: str = "") -> Connect:
    """How to open a saved bundle."""

    async def connect() -> Cluster:
        from handlers.sources.recorded import RecordedCluster  # noqa: PLC0415 - not all need it

        try:
            return await asyncio.to_thread(RecordedCluster.open, path, name)
        except SourceError as error:
            # A bundle that cannot be opened is to a person what a server without an answer is.
            raise Unreachable(error.what, error.why, _BUNDLE) from error

    return connect


def _nobody(verb: str, code: int) -> None:
    """Count no request."""


def live(cluster: ClusterSettings, answered: Answered = _nobody) -> Connect:
    """How to connect to a cluster of the settings."""
    kubeconfig = str(cluster.kubeconfig) if cluster.kubeconfig else None

    async def connect() -> Cluster:
        from handlers.sources.kubernetes import connect as to_server  # noqa: PLC0415 - a slow import

        return await to_server(
            kubeconfig=kubeconfig,
            context=cluster.context,
            name=cluster.name,
            in_cluster=cluster.in_cluster,
            answered=answered,
        )

    return connect


def by_kubeconfig(
    kubeconfig: str | None, context: str | None, name: str = "", answered: Answered = _nobody
) -> Connect:
    """How to connect as kubectl would; `answered` is told verb and status code of every request."""

    async def connect() -> Cluster:
        from handlers.sources.kubernetes import connect as to_server  # noqa: PLC0415 - a slow import

        return await to_server(kubeconfig=kubeconfig, context=context, name=name, answered=answered)

    return connect


def clusters(settings: Settings, answered: Answered = _nobody) -> ClusterBook:
    """The clusters of the settings; without any, the one kubectl would ask."""
    if not settings.clusters:
        return ClusterBook({UNNAMED: by_kubeconfig(None, None, "", answered)}, UNNAMED)
    return ClusterBook(
        {cluster.name: live(cluster, answered) for cluster in settings.clusters},
        settings.cluster,
        {cluster.name: beside(cluster) for cluster in settings.clusters},
    )


def defaults(settings: Settings, channel: str) -> Defaults:
    """Cluster and namespace of a channel, and the clusters there are."""
    own = settings.channels.get(channel)
    cluster = (own.cluster if own else "") or settings.cluster
    of_cluster = next((c.default_namespace for c in settings.clusters if c.name == cluster), "")
    return Defaults(
        cluster=cluster,
        namespace=(own.namespace if own else "") or of_cluster,
        clusters=tuple(c.name for c in settings.clusters),
        zone=settings.digest.timezone,
    )


class OpenDoors:
    """The gate of the terminal: whoever can run it may ask, and nobody shares."""

    async def admit(self, command: Command) -> None:
        """Let everyone in."""

    async def share(self, command: Command, look: Callable[[], Awaitable[Report]]) -> Report:  # noqa: ARG002 - the shape of a gate
        """Look, for this asker alone."""
        return await look()


async def _nobody_told(_: Report) -> None:
    """The terminal keeps no figures."""


def terminal_corridor(book: ClusterBook, rules: Catalog) -> Corridor:
    """The corridor without doors."""
    return Corridor(OpenDoors(), book, rules, _nobody_told)
