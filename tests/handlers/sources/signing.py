"""Signing in to the fake server by a kubeconfig."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from handlers.sources.credentials import kubeconfig_access
from handlers.sources.kubeconfig import read_kubeconfig
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.transport import Transport
from tests.fakes.kubernetes import ApiServer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


async def sign_in(config: Path, now: Callable[[], datetime], times: int = 1) -> None:
    """Sign in by a kubeconfig and ask for the version, advancing nothing."""
    transport = Transport(
        await kubeconfig_access(read_kubeconfig(str(config)), now=now), max_in_flight=2, timeout=5
    )
    cluster = KubernetesCluster(transport, "x")
    try:
        for _ in range(times):
            await cluster.version()
    finally:
        await cluster.close()


def sent(server: ApiServer) -> list[str]:
    return [seen.headers.get("Authorization", "") for seen in server.requests]
