"""`mlops serve` as a process of its own, between a local Slack, a local API server and a real Redis."""

import asyncio
import signal
import socket
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.digest.standings import Records, Standing
from bot.digest.subscription import Subscription
from bot.store.redis import RedisStore
from tests.bot.serving import PATIENCE, answer_in, serving
from tests.fakes.kubernetes import ApiServer, Fault
from tests.fakes.redis import RedisServer, own_redis_server
from tests.fakes.slack import Slack


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as local:
        yield local


@pytest.fixture
async def cluster() -> AsyncIterator[ApiServer]:
    async with ApiServer() as server:
        yield server


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
        assert await bot.get("/startupz") == (200, "started\n")
        checks = await bot.checks()
        assert {name: check["state"] for name, check in checks.items()} == {
            "settings": "ok",
            "slack": "ok",
            "work": "ok",
            "digest": "ok",
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
    store_of = {"url": redis.url}
    cluster.fail("/api/v1/pods", Fault.hang())
    async with serving(tmp_path, slack, {"prod": cluster.url}, redis=store_of, digest=digest) as bot:
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
