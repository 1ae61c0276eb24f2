"""What readiness says of rules and digests; the other parts are seen in test_serve."""

import asyncio
from pathlib import Path

from bot.health import State
from bot.metrics import Metrics
from bot.settings_model import Settings
from bot.store.memory import MemoryStore
from bot.wiring.backstage import Backstage
from bot.wiring.probes import digest_health, settings_health
from tests.bot.digest.stage import ACluster, Channel, Replica, Time, utc


async def nobody(_: str) -> frozenset[str]:
    return frozenset()


async def test_refused_rules_are_told_and_the_bot_stays_ready(tmp_path: Path) -> None:
    fine = Backstage(Settings(), Metrics(), nobody)
    assert (await settings_health(fine)).state is State.OK
    (tmp_path / "mine.yaml").write_text("id: mine\n", encoding="utf-8")
    chosen = Settings.model_validate({"rules": {"folder": str(tmp_path)}})
    found = await settings_health(Backstage(chosen, Metrics(), nobody))
    assert found.state is State.DEGRADED
    assert "in your rules or in rules.off; the other rules are in force" in found.detail
    assert "mlops rules test" in found.advice


async def test_digests_that_are_not_fired_are_told_and_the_bot_stays_ready() -> None:
    time = Time(utc("2026-11-23T08:00"))
    runner = Replica(time, MemoryStore(), ACluster(time), Channel(time), ()).runner
    before = await digest_health(runner)
    assert before.state is State.DEGRADED
    assert "the scheduler does not run" in before.detail
    await runner.start()
    assert (await digest_health(runner)).state is State.OK
    await runner.stop()
    await asyncio.sleep(0)
    assert (await digest_health(runner)).state is State.DEGRADED
