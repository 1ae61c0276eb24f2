"""Clusters for tests of handlers: the recorded one behind a local API server, and small ones."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path

import pytest

from handlers.contract import Evidence, Question, Sources
from handlers.pod import gather
from handlers.sources.access import Access, Fixed
from handlers.sources.cluster import Cluster
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.transport import Transport
from tests.fakes.kubernetes import ApiServer
from tests.fakes.kubernetes.server import NEWEST_EVENT

Connect = Callable[..., KubernetesCluster]
Ask = Callable[..., Awaitable[Evidence]]


async def told(what: str) -> None:
    """Hears of progress."""


async def ask(cluster: Cluster, name: str, namespace: str = "", deadline: float = 20.0) -> Evidence:
    """Diagnose a pod."""
    sources = Sources(cluster=cluster)
    return await gather(Question(name=name, namespace=namespace, deadline=deadline), sources, told)


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer() as running:
        yield running


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Connects to a server and closes afterwards."""
    async with AsyncExitStack() as stack:

        def connected(
            server: ApiServer, *, now: datetime = NEWEST_EVENT, timeout: float = 5.0, max_in_flight: int = 8
        ) -> KubernetesCluster:
            access = Access(name="lab", server=server.url, tls=None, credentials=Fixed(""), in_cluster=True)
            transport = Transport(access, max_in_flight=max_in_flight, timeout=timeout)
            stack.push_async_callback(transport.close)
            return KubernetesCluster(transport, "lab", now=lambda: now)

        yield connected


@pytest.fixture
async def cluster(server: ApiServer, connect: Connect) -> KubernetesCluster:
    """The recorded cluster over HTTP."""
    return connect(server)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Path], Awaitable[ApiServer]]]:
    """Starts servers of small clusters and stops them afterwards."""
    async with AsyncExitStack() as stack:

        async def started(bundle: Path) -> ApiServer:
            return await stack.enter_async_context(ApiServer(bundle))

        yield started
