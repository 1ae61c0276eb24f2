"""`mlops serve` as a process of its own, between a local Slack, a local API server and a real Redis."""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import yaml
from msgspec import Struct

from bot.digest.standings import Records, Standing
from bot.digest.subscription import Subscription
from bot.store.redis import RedisStore
from tests.fakes.kubernetes import ApiServer, Fault, Login, write_kubeconfig
from tests.fakes.redis import RedisServer, own_redis_server
from tests.fakes.slack import Message, Slack

ROOT = Path(__file__).parents[2]
PATIENCE = 20.0


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
    folder: Path, slack: Slack, servers: dict[str, str], **settings: object
) -> AsyncIterator[Served]:
    """A bot that is connected to this Slack and these API servers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = await asyncio.create_subprocess_exec(
        *(
            sys.executable,
            "-m",
            "bot",
            "serve",
            "--config",
            str(write_settings(folder, port, servers, settings)),
        ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(slack),
        cwd=ROOT,
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


def write_settings(folder: Path, port: int, servers: dict[str, str], more: dict[str, object]) -> Path:
    """A settings file, and the kubeconfig it names."""
    logins = {name: Login(server=url) for name, url in servers.items()}
    kubeconfig = write_kubeconfig(folder / "kubeconfig", current=next(iter(servers)), **logins)
    clusters = [{"name": name, "kubeconfig": str(kubeconfig), "context": name} for name in servers]
    telemetry = {"host": "127.0.0.1", "port": port, "log_format": "console"}
    path = folder / "settings.yaml"
    path.write_text(yaml.safe_dump({"clusters": clusters, "telemetry": telemetry, **more}), encoding="utf-8")
    return path


def environment(slack: Slack) -> dict[str, str]:
    """The tokens of the local Slack, and nothing of the machine's own settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": "/nonexistent",
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": slack.workspace.bot_token,
        "SLACK_APP_TOKEN": slack.workspace.app_token,
        "SLACK_API_URL": slack.base_url,
    }


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as local:
        yield local


@pytest.fixture
async def cluster() -> AsyncIterator[ApiServer]:
    async with ApiServer() as server:
        yield server


async def answer_in(slack: Slack, words: str, channel: str = "C1") -> Message:
    """The bot's last message in a channel, once it has these words."""
    view = slack.channel(channel)
    return (await view.until(lambda m: bool(m) and words in m[-1].shown, timeout=PATIENCE))[-1]


async def test_questions_are_answered_counted_and_the_end_comes_in_order(
    tmp_path: Path, slack: Slack, cluster: ApiServer
) -> None:
    servers = {"prod": cluster.url, "away": "http://127.0.0.1:9"}
    async with serving(tmp_path, slack, servers) as bot:
        person = slack.person("U1")
        await person.types("/mlops diagnose pod fraud-scorer")
        message = await answer_in(slack, "KeyError")
        assert "prod" in message.shown
        await person.types("/mlops diagnose pod tokenizer-svc", channel="C2")
        await answer_in(slack, "is healthy", channel="C2")
        for line in ("diagnose pod no-such-thing", "diagnoze pod x", "diagnose pod x on away"):
            await person.types(f"/mlops {line}")
        await slack.ephemerals("U1").until(lambda refusals: len(refusals) == 3, timeout=PATIENCE)
        assert await bot.get("/healthz") == (200, "ok\n")
        checks = await bot.checks()
        assert {name: check["state"] for name, check in checks.items()} == {
            "slack": "ok",
            "work": "ok",
            "cluster prod": "ok",
            "cluster away": "degraded",
        }
        assert "Connection refused" in checks["cluster away"]["detail"]
        counted = await bot.metrics()
        for verb, outcome in (
            ("diagnose pod", "broken"),
            ("diagnose pod", "healthy"),
            ("diagnose pod", "not_found"),
            ("diagnose pod", "unreachable"),
            ("none", "usage"),
        ):
            assert counted[f'mlops_bot_questions_total{{outcome="{outcome}",verb="{verb}"}}'] == 1
        assert counted['mlops_bot_answer_seconds_count{verb="diagnose pod"}'] == 2
        assert counted['mlops_bot_api_server_calls_total{code="200",verb="list"}'] > 4
        assert counted['mlops_bot_api_server_calls_total{code="0",verb="list"}'] >= 1
        assert counted["mlops_bot_redactions_total"] >= 2
        assert counted['mlops_bot_slack_calls_total{method="chat.postMessage",result="ok"}'] >= 2
        assert [series for series in counted if series.startswith("mlops_bot_rule_hits_total")]
        code, log = await bot.end(signal.SIGINT)
    assert code == 0, log
    assert "Traceback" not in log


async def test_a_question_that_runs_is_answered_before_the_end(
    tmp_path: Path, slack: Slack, cluster: ApiServer
) -> None:
    async with serving(tmp_path, slack, {"prod": cluster.url}) as bot:
        cluster.fail("/api/v1/nodes", Fault.slow(1.0))
        await slack.person("U1").types("/mlops diagnose pod hyperopt-worker")
        async with asyncio.timeout(PATIENCE):
            await cluster.wait_for_requests(1)
        code, log = await bot.end()
        message = await answer_in(slack, "does not tolerate")
    assert code == 0, log
    assert "⏳" not in message.shown


async def test_an_answer_comes_at_the_deadline_of_the_settings_with_what_is_there(
    tmp_path: Path, slack: Slack, cluster: ApiServer
) -> None:
    async with serving(tmp_path, slack, {"prod": cluster.url}, work={"deadline_seconds": 6}) as bot:
        cluster.fail("/api/v1/nodes", Fault.hang())
        await slack.person("U1").types("/mlops diagnose pod hyperopt-worker")
        await answer_in(slack, "no answer within the question's 3 s")
        counted = await bot.metrics()
    assert counted['mlops_bot_gaps_total{source="nodes"}'] >= 1


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    async with own_redis_server() as server:
        yield server


async def test_redis_may_die_while_serving(
    tmp_path: Path, slack: Slack, cluster: ApiServer, redis: RedisServer
) -> None:
    async with serving(tmp_path, slack, {"prod": cluster.url}, redis={"url": redis.url}) as bot:
        await slack.person("U1").types("/mlops diagnose pod tokenizer-svc")
        await answer_in(slack, "is healthy")
        assert (await bot.checks())["redis"]["state"] == "ok"
        assert (await bot.metrics())["mlops_bot_store_healthy"] == 1
        redis.kill()
        await slack.person("U1").types("/mlops diagnose pod fraud-scorer")
        await answer_in(slack, "KeyError")
        status, _ = await bot.get("/readyz")
        check = (await bot.checks())["redis"]
        assert (status, check["state"]) == (200, "degraded")
        assert "in-process limits" in check["detail"]
        assert (await bot.metrics())["mlops_bot_store_healthy"] == 0
        code, log = await bot.end()
    assert code == 0, log


async def test_a_refused_token_ends_it_with_what_to_do(
    tmp_path: Path, slack: Slack, cluster: ApiServer
) -> None:
    slack.workspace.token_fault = "token_revoked"
    async with serving(tmp_path, slack, {"prod": cluster.url}) as bot:
        _, log = await bot.process.communicate()
    assert bot.process.returncode == 1
    assert "Traceback" not in log.decode()
    assert "token" in log.decode()


async def test_a_taken_port_ends_it_with_what_to_do(tmp_path: Path, slack: Slack, cluster: ApiServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        telemetry = {"host": "127.0.0.1", "port": taken.getsockname()[1]}
        async with serving(tmp_path, slack, {"prod": cluster.url}, telemetry=telemetry) as bot:
            _, log = await bot.process.communicate()
    assert bot.process.returncode == 1
    assert "Set telemetry.port or slack.port to a free one." in log.decode()
    assert "Unclosed" not in log.decode()


async def test_the_end_leaves_a_digest_that_is_being_made_to_the_others(
    tmp_path: Path, slack: Slack, cluster: ApiServer, redis: RedisServer
) -> None:
    now = datetime.now(UTC)
    slot = now.replace(second=0, microsecond=0) - timedelta(minutes=1)
    schedule, eve = f"daily {slot:%H:%M} UTC", slot - timedelta(hours=12)
    store = RedisStore(redis.url)
    daily = Subscription(name="prod", channel="C1", schedule=schedule)
    await Records(store).put_standing(daily, Standing(begun=eve, handled=eve))
    lease = f"digest:lease:prod:{slot:%Y-%m-%dT%H:%M}"
    digest = {"subscriptions": [{"name": "prod", "channel": "C1", "schedule": schedule}]}
    settings = {"redis": {"url": redis.url}, "digest": digest}
    cluster.fail("/api/v1/pods", Fault.hang())
    async with serving(tmp_path, slack, {"prod": cluster.url}, **settings) as bot:
        async with asyncio.timeout(PATIENCE):
            await cluster.wait_for_requests(1)
            while await store.get(lease) is None:  # noqa: ASYNC110 - Redis tells nobody
                await asyncio.sleep(0.02)
        began = time.monotonic()
        code, log = await bot.end()
    assert code == 0, log
    assert "Traceback" not in log
    assert time.monotonic() - began < 4
    assert await store.get(lease) is None
    assert slack.channel("C1").from_bot == []
    await store.close()
