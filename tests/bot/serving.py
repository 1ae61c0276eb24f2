"""A bot that serves as a process of its own, for tests: started, asked, probed and ended."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from msgspec import Struct

from tests.fakes.kubernetes import Login, write_kubeconfig
from tests.fakes.slack import Message, Slack

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0
SERVE = (sys.executable, "-m", "bot", "serve")
SOURCES = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(ROOT)}
"""The environment of a bot that is started from its sources."""


class Served(Struct, frozen=True):
    """A bot that serves."""

    process: asyncio.subprocess.Process
    port: int

    async def get(self, path: str) -> tuple[int, str]:
        """What a probe or Prometheus gets."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}{path}") as answer,
        ):
            return answer.status, await answer.text()

    async def metrics(self) -> dict[str, float]:
        """Every series with its value."""
        _, text = await self.get("/metrics")
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {series: float(value) for series, _, value in lines}

    async def checks(self) -> dict[str, dict[str, str]]:
        """The parts of /readyz."""
        _, text = await self.get("/readyz")
        checks: dict[str, dict[str, str]] = json.loads(text)["checks"]
        return checks

    async def end(self, number: int = signal.SIGTERM) -> tuple[int | None, str]:
        """Tell it to stop; its exit code and its log."""
        self.process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            _, log = await self.process.communicate()
        return self.process.returncode, log.decode()


@asynccontextmanager
async def serving(
    folder: Path,
    slack: Slack,
    servers: dict[str, str],
    *,
    command: Sequence[str] = SERVE,
    more: Mapping[str, str] = SOURCES,
    **settings: Any,
) -> AsyncIterator[Served]:
    """A bot that is connected to this Slack and these API servers; it is started by `command`.

    `more` is the environment beside tokens and settings.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    config = write_settings(folder, port, servers, settings)
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**tokens(slack), "MLOPS_CONFIG": str(config), **more},
        cwd="/",
    )
    served = Served(process, port)
    try:
        ended = asyncio.create_task(process.wait())
        ended.add_done_callback(lambda _: slack.workspace.changes.tell())
        await slack.until(lambda: bool(slack.sockets.connections) or ended.done(), timeout=PATIENCE)
        yield served
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def write_settings(folder: Path, port: int, servers: dict[str, str], more: dict[str, Any]) -> Path:
    """A settings file, and the kubeconfig it names."""
    logins = {name: Login(server=url) for name, url in servers.items()}
    kubeconfig = write_kubeconfig(folder / "kubeconfig", current=next(iter(servers)), **logins)
    clusters = [{"name": name, "kubeconfig": str(kubeconfig), "context": name} for name in servers]
    telemetry = {"host": "127.0.0.1", "port": port, "log_format": "console", **more.pop("telemetry", {})}
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump({"clusters": clusters, "telemetry": telemetry, **more}), encoding="utf-8")
    return path


def tokens(slack: Slack) -> dict[str, str]:
    """The tokens of the local Slack, and where it is."""
    return {
        "SLACK_BOT_TOKEN": slack.workspace.bot_token,
        "SLACK_APP_TOKEN": slack.workspace.app_token,
        "SLACK_API_URL": slack.base_url,
    }


async def answer_in(slack: Slack, words: str, channel: str = "C1") -> Message:
    """The bot's last message in a channel, once it has these words."""
    view = slack.channel(channel)
    return (await view.until(lambda m: bool(m) and words in m[-1].shown, timeout=PATIENCE))[-1]
