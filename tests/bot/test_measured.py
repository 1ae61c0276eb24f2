"""What /metrics and the log of a bot in use show: every figure, bounded labels, no word of anybody's."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.digest.standings import Records, Standing
from bot.settings_digest import DigestSettings
from bot.store.redis import RedisStore
from bot.wiring.digest import fixed
from tests.bot.serving import PATIENCE, Served, answer_in, serving
from tests.fakes.kubernetes import ApiServer
from tests.fakes.redis import RedisServer, own_redis_server
from tests.fakes.slack import Slack

EVERY = {
    "questions_total": {"verb", "outcome"},
    "ack_seconds_count": set(),
    "answer_seconds_count": {"verb"},
    "slack_calls_total": {"method", "result"},
    "api_server_calls_total": {"verb", "code"},
    "rule_hits_total": {"rule"},
    "rule_undecided_total": {"rule"},
    "gaps_total": {"source"},
    "digest_slots_total": {"outcome"},
    "rate_limited_total": {"whose"},
    "coalesced_total": {"where"},
    "redactions_total": set(),
    "store_healthy": set(),
}
"""Every figure that real use moves, with its labels."""
HOURLY = {"name": "prod", "channel": "C2", "schedule": "0 * * * *"}
TYPED = ("fraud-scorer", "hyperopt-worker", "xyzzy", "grue")
"""What people write, which belongs neither into a label nor into the log."""
PEOPLE = ("U1", "U9", "C1", "C5")


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with Slack() as local:
        yield local


@pytest.fixture
async def redis() -> AsyncIterator[RedisServer]:
    async with own_redis_server() as server:
        yield server


async def make_one_due(url: str) -> None:
    """A digest that was told three hours ago and has been due since the hour began."""
    store = RedisStore(url)
    then = datetime.now(UTC) - timedelta(hours=3)
    (hourly,) = fixed(DigestSettings.model_validate({"subscriptions": [HOURLY]}))
    await Records(store).put_standing(hourly, Standing(begun=then, handled=then))
    await store.close()


async def use(slack: Slack, cluster: ApiServer) -> None:
    """What people do in a day."""
    cluster.deny("list", "nodes")
    await slack.person("U1").types("/mlops diagnose pod fraud-scorer")
    await answer_in(slack, "KeyError")
    await slack.person("U2").types("/mlops diagnose pod fraud-scorer", channel="C3")
    await answer_in(slack, "KeyError", channel="C3")
    await slack.person("U3").types("/mlops diagnose pod hyperopt-worker", channel="C4")
    await answer_in(slack, "hyperopt-worker", channel="C4")
    await refused(slack, "xyzzy-plugh", "I do not know")
    await refused(slack, "diagnose pod grue-of-zork", "grue-of-zork")
    await refused(slack, "health", "a lot of questions")


async def refused(slack: Slack, text: str, words: str) -> None:
    """Somebody's question that has no answer; it is said to them alone, or where a look had begun."""
    alone, everybody = slack.ephemerals("U9", "C5"), slack.channel("C5")
    await slack.person("U9").types(f"/mlops {text}", channel="C5")
    await slack.until(
        lambda: any(words in said.shown for said in (*alone.from_bot, *everybody.from_bot)), timeout=PATIENCE
    )


async def test_every_figure_moves_and_no_label_or_line_tells_what_people_wrote(
    tmp_path: Path, slack: Slack, redis: RedisServer
) -> None:
    await make_one_due(redis.url)
    chosen: dict[str, Any] = {
        "redis": {"url": redis.url},
        "limits": {"user": "2/minute"},
        "digest": {"subscriptions": [HOURLY]},
        "telemetry": {"log_format": "json"},
    }
    async with ApiServer() as cluster, serving(tmp_path, slack, {"prod": cluster.url}, **chosen) as bot:
        await use(slack, cluster)
        await slack.channel("C2").until(bool, timeout=PATIENCE)
        counted = await settled(bot)
        code, log = await bot.end()
    assert code == 0, log
    assert {name: labels_of(name, counted) for name in EVERY} == EVERY
    said = " ".join(f"{series} " for series in counted)
    assert [word for word in (*TYPED, *PEOPLE) if word in said] == []
    lines = [json.loads(line) for line in log.splitlines()]
    asked = [line for line in lines if line["event"] == "question"]
    assert [line["outcome"] for line in asked] == ["broken"] * 3 + ["not_found", "refused"]
    assert len({line["request_id"] for line in asked}) == len(asked)
    assert {(line["user"], line["channel"]) for line in asked} >= {("U1", "C1"), ("U9", "C5")}
    assert [word for word in TYPED if word in log] == []


def labels_of(name: str, counted: dict[str, float]) -> set[str]:
    """The labels of a figure that has moved; it must have."""
    moved = [
        series
        for series, value in counted.items()
        if series.partition("{")[0] == f"mlops_bot_{name}" and value
    ]
    assert moved, name
    return {label for series in moved for label in re.findall(r'(\w+)="', series)}


async def settled(bot: Served) -> dict[str, float]:
    """The figures, once the digest that was due is told."""
    async with asyncio.timeout(PATIENCE):
        while 'mlops_bot_digest_slots_total{outcome="told"}' not in (counted := await bot.metrics()):  # noqa: ASYNC110 - see below
            await asyncio.sleep(0.1)  # a figure of another process tells nobody that it moved
    return counted
