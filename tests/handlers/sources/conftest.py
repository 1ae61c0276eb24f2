"""A fake API server, and clusters that read it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from handlers.sources.credentials import kubeconfig_access
from handlers.sources.kubeconfig import read_kubeconfig
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.transport import Transport
from tests.fakes.kubernetes import ApiServer, Login, write_kubeconfig

TOKEN = "a-token-for-tests"


class Naps:
    """Stands in for sleeping: remembers how long would have been slept."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)


Connect = Callable[..., Awaitable[KubernetesCluster]]


@pytest.fixture
async def server() -> AsyncIterator[ApiServer]:
    async with ApiServer(token=TOKEN) as running:
        yield running


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
async def connect(server: ApiServer, tmp_path: Path, naps: Naps) -> AsyncIterator[Connect]:
    """Connects to the fake server by a kubeconfig and closes afterwards."""
    stack = AsyncExitStack()

    async def connected(
        *, deadline: float = 5.0, max_in_flight: int = 8, login: Login | None = None
    ) -> KubernetesCluster:
        given = login or Login(server=server.url, token=TOKEN)
        config = read_kubeconfig(str(write_kubeconfig(tmp_path / "config", main=given)))
        access = await kubeconfig_access(config)
        transport = Transport(access, max_in_flight=max_in_flight, timeout=deadline, sleep=naps)
        stack.push_async_callback(transport.close)
        return KubernetesCluster(transport, access.name)

    async with stack:
        yield connected


@pytest.fixture
async def cluster(connect: Connect) -> KubernetesCluster:
    return await connect()
