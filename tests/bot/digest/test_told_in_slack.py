"""Digests that come by themselves: what stands in the channel, what its buttons do, and what goes wrong."""

import asyncio
import time as machine
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.report import Report
from bot.settings import Settings
from bot.slack.buttons import ButtonBook
from bot.slack.reply import Pace
from bot.store.memory import MemoryStore
from handlers.contract import Gap, Row, Table
from rules.finding import ObjectRef, Severity
from tests.bot.digest.in_slack import (
    Bot,
    bot_in,
    known,
    roots,
    settings_of,
    strike,
    subscription,
    told_all,
    told_alone,
)
from tests.bot.digest.stage import ACluster, Time, until, utc
from tests.bot.slack.harness import last
from tests.bot.slack.steps import StepClock
from tests.fakes.redis import RedisServer
from tests.fakes.slack import Message, Slack

NINE = utc("2026-11-23T09:00")
DAY = timedelta(days=1)


@pytest.fixture
def settings(slack: Slack) -> Settings:
    return settings_of(slack, {"subscriptions": [subscription()]})


async def told(slack: Slack, time: Time, *bots: Bot, days: int = 0) -> Message:
    """The digest of nine o'clock, so many days later."""
    before = len(roots(slack))
    time.to(NINE + days * DAY)
    await strike(time, *bots)
    assert len(roots(slack)) == before + 1
    return roots(slack)[-1]


async def passing(clock: Time | StepClock, holds: Callable[[], bool]) -> None:
    """Let time pass until something holds."""

    def one_step() -> bool:
        clock.go(5)
        return holds()

    await until(one_step)


async def test_the_buttons_of_a_digest_answer_below_it(
    slack: Slack, cluster: ACluster, settings: Settings, time: Time
) -> None:
    async with bot_in(slack, cluster, settings) as bot:
        digest = await told(slack, time, bot)
        assert "daily 09:00 UTC" in digest.shown
        await slack.person("U1").clicks(digest, "Diagnose")
        (*_, answer) = await slack.thread(digest.ts).until(lambda m: last(m, "is healthy"))
        assert [command.words for command in bot.corridor.asked] == ["diagnose pod b -n mlops --cluster prod"]
        assert answer.thread_ts == digest.ts
        assert len(digest.versions) == 1
        assert len(roots(slack)) == 1


async def test_a_snoozed_cause_is_counted_but_not_told_until_it_grows_worse(
    slack: Slack, cluster: ACluster, settings: Settings, time: Time
) -> None:
    cluster.findings = (known("a"),)
    async with bot_in(slack, cluster, settings) as bot:
        person = slack.person("U1")
        await person.clicks(await told(slack, time, bot), "3 days")
        (said,) = await slack.ephemerals("U1").until(lambda m: last(m, "Asleep for 3 d"))
        assert f"`mlops digest wake {known('a').fingerprint}`" in said.shown
        second = await told(slack, time, bot, days=1)
        assert "1 snoozed" in second.shown
        assert "a crashes" not in second.shown
        await told_alone(slack, f"/mlops digest wake {known('a').fingerprint}")
        third = await told(slack, time, bot, days=2)
        assert "1 ongoing" in third.shown
        await person.clicks(third, "a week")
        await slack.ephemerals("U1").until(lambda m: last(m, "Asleep for 7 d"))
        cluster.findings = (known("a", Severity.CRITICAL),)
        worse = await told(slack, time, bot, days=3)
        assert "high → critical" in worse.shown


@pytest.mark.parametrize(("age", "said"), [(2, "older than a day"), (8, "forgotten")])
async def test_an_old_button_says_so(
    slack: Slack, cluster: ACluster, time: Time, age: int, said: str
) -> None:
    settings = settings_of(slack, {"subscriptions": [subscription()]})
    begun = machine.time()
    store = MemoryStore(lambda: begun + time.seconds())
    book = ButtonBook(store, lambda: begun + time.seconds())
    async with bot_in(slack, cluster, settings, buttons=book) as bot:
        digest = await told(slack, time, bot)
        time.go(age * 86400)
        await slack.person("U1").clicks(digest, "Diagnose")
        (refusal,) = await slack.ephemerals("U1").until(lambda m: last(m, said))
        assert bot.corridor.asked == []
        assert refusal.buttons == (["Run it"] if age == 2 else [])
        assert len(digest.versions) == 1


async def test_the_message_is_edited_when_a_cause_clears_and_when_it_comes_back(
    slack: Slack, cluster: ACluster, settings: Settings, time: Time
) -> None:
    async with bot_in(slack, cluster, settings) as bot:
        digest = await told(slack, time, bot)

        async def again(*findings: str, gaps: tuple[Gap, ...] = (), away: str = "") -> int:
            cluster.findings, cluster.gaps, cluster.away = tuple(map(known, findings)), gaps, away
            time.go(900)
            await bot.runner.recheck()
            return len(digest.versions)

        unread = (Gap("pods", "forbidden"),)
        assert await again("a", "b") == 1
        assert await again("a", gaps=unread) == 1
        assert await again(away="connection refused") == 1
        assert await again("a") == 2
        assert "1 cleared since" in digest.shown
        assert "~b crashes~ ✅ cleared" in digest.shown
        assert digest.buttons.count("Diagnose") == 1
        # What is gone stays gone while nobody can look for it.
        assert await again("a", gaps=unread) == 2
        assert await again("a", "c") == 2
        assert await again("a", "b") == 3
        assert "cleared" not in digest.shown
        assert await again() == 4
        assert "all 2 causes have cleared since" in digest.shown
        assert roots(slack) == [digest]
        await told(slack, time, bot, days=1)
        assert await again("a", "b") == 4


async def test_one_replica_looks_again_and_edits_nothing_of_the_next_digest(
    slack: Slack, cluster: ACluster, time: Time, redis: RedisServer
) -> None:
    digest = {"subscriptions": [subscription()], "recheck_minutes": 15}
    chosen = settings_of(slack, digest, redis={"url": redis.url})
    async with bot_in(slack, cluster, chosen) as one, bot_in(slack, cluster, chosen) as other:
        shown = await told(slack, time, one, other)
        assert cluster.looks == 1
        cluster.findings = (known("a"),)
        await asyncio.gather(one.runner.recheck(), other.runner.recheck())
        assert cluster.looks == 2
        assert len(shown.versions) == 2


async def test_a_digest_that_is_told_meanwhile_is_the_one_that_is_put_right(
    slack: Slack, settings: Settings, time: Time
) -> None:
    cluster = Held(time, findings=(known("a"), known("b")))
    async with bot_in(slack, cluster, settings) as bot:
        first = await told(slack, time, bot)
        cluster.findings, cluster.next = (known("a"),), asyncio.Event()
        looking, release = asyncio.create_task(bot.runner.recheck()), cluster.next
        await until(lambda: cluster.next is None)
        second = await told(slack, time, bot, days=1)
        release.set()
        await looking
        assert len(first.versions) == len(second.versions) == 1
        cluster.findings = ()
        await bot.runner.recheck()
        assert "the one cause has cleared since" in second.shown
        assert len(first.versions) == 1


@dataclass
class Held(ACluster):
    """A cluster whose next look ends when the test says so."""

    next: asyncio.Event | None = None

    async def look(self, name: str, hygiene: bool) -> Report:
        report = await super().look(name, hygiene)
        waiting, self.next = self.next, None
        if waiting is not None:
            await waiting.wait()
        return report


@dataclass
class Untidy(ACluster):
    """A cluster whose weekly look finds something to tidy up."""

    rows: tuple[Row, ...] = field(
        default=tuple(
            Row((ns, "Deployment web", "no limits"), (ObjectRef("Deployment", "web", ns),))
            for ns in ("mlops", "other")
        )
    )

    async def look(self, name: str, hygiene: bool) -> Report:
        report = await super().look(name, hygiene)
        table = Table(title="Hygiene", columns=("namespace", "workload", "missing"), rows=self.rows)
        return replace(report, tables=(table,)) if hygiene else report


async def test_once_a_week_hygiene_comes_apart_and_the_trend_below(slack: Slack, time: Time) -> None:
    weekly = subscription(pictures=True, namespaces=["mlops"])
    chosen = settings_of(slack, {"subscriptions": [weekly], "weekly": "monday"})
    cluster = Untidy(time, findings=(known("a"),))
    async with bot_in(slack, cluster, chosen) as bot:
        time.to(NINE)
        await strike(time, bot)
        digest, hygiene = roots(slack)
        assert "1 place to tidy up" in hygiene.shown
        assert "other" not in hygiene.shown
        assert "hygiene" not in digest.shown.lower()
        names = {file.filename: file for file in slack.files}
        (picture,) = (file for name, file in names.items() if name.endswith(".png"))
        assert picture.content.startswith(b"\x89PNG")
        assert "7 days" in picture.alt_text
        assert picture.thread_ts == digest.ts
        assert {file.thread_ts for file in slack.files} == {digest.ts, hygiene.ts}
        shared = len(slack.files)
        for days in range(1, 7):
            await told(slack, time, bot, days=days)
        assert cluster.hygiene == 1
        assert len(slack.files) == shared + 6
        time.to(NINE + 7 * DAY)
        cluster.rows = ()
        await strike(time, bot)
        assert cluster.hygiene == 2
        assert "tidy up" not in roots(slack)[-1].shown


async def test_slack_asks_to_slow_down(
    slack: Slack, cluster: ACluster, settings: Settings, time: Time
) -> None:
    clock = StepClock()
    async with bot_in(slack, cluster, settings, clock=clock) as bot:
        slack.limit_rate("chat.postMessage", retry_after=7)
        time.to(NINE)
        task = bot.runner.fire("prod")
        await until(lambda: 7.0 in clock.asleep)
        assert roots(slack) == []
        await passing(clock, task.done)
        assert len(roots(slack)) == 1
        assert len(slack.calls("chat.postMessage")) == 3


async def test_a_channel_the_bot_is_not_in(slack: Slack, cluster: ACluster, time: Time) -> None:
    async with bot_in(slack, cluster) as bot:
        await told_all(slack, '/mlops digest subscribe "daily 09:00 UTC" --name prod', "Subscribed")
        slack.remove_bot("C1")
        time.to(NINE)
        task = bot.runner.fire("prod")
        (said,) = await slack.channel("DU1").until(lambda m: len(m) == 1)
        for words in ("digest prod of 2026-11-23 09:00 cannot be posted", "/invite @mlops", "2 h"):
            assert words in said.shown
        await passing(time, lambda: len(slack.calls("chat.postMessage")) >= 5)
        listed = await told_alone(slack, "/mlops digest list")
        assert "⚠️ I am not a member of this channel" in listed.shown
        slack.workspace.channel("C1").has_bot = True
        await passing(time, task.done)
        assert len(slack.channel("DU1").from_bot) == 1
        assert last(roots(slack), "prod is broken")
        listed = await told_alone(slack, "/mlops digest list")
        assert "⚠️" not in slack.ephemerals("U1").messages[-1].shown


async def test_files_that_may_not_be_shared_become_a_line(
    slack: Slack, cluster: ACluster, settings: Settings, time: Time
) -> None:
    slack.workspace.scopes.discard("files:write")
    async with bot_in(slack, cluster, settings) as bot:
        digest = await told(slack, time, bot)
        (_, line) = slack.thread(digest.ts).from_bot
        assert "digest_prod_2026-11-23.csv could not be uploaded" in line.shown
        assert "files:write" in line.shown


async def test_blocks_that_slack_refuses_are_drawn_more_simply(
    slack: Slack, cluster: ACluster, settings: Settings, time: Time
) -> None:
    slack.workspace.refused_block_types = frozenset({"header", "actions"})
    async with bot_in(slack, cluster, settings) as bot:
        digest = await told(slack, time, bot)
        assert "b crashes" in digest.shown
        cluster.findings = ()
        await bot.runner.recheck()
        assert "cleared" in digest.shown


@pytest.mark.parametrize(("scope", "posted"), [("", 1), ("channels:history", 0)])
async def test_a_post_whose_answer_was_lost_is_looked_for(
    slack: Slack, cluster: ACluster, time: Time, scope: str, posted: int
) -> None:
    settings = settings_of(slack, {"subscriptions": [subscription()]})
    slack.workspace.scopes.discard(scope)
    async with bot_in(slack, cluster, settings) as bot:
        # Taken or not, nobody hears of it; only where the channel may be read, it is known.
        slack.cut("chat.postMessage", "after" if posted else "before")
        time.to(NINE)
        await strike(time, bot)
        assert len(roots(slack)) == posted
        assert len(slack.calls("conversations.history")) == 1
        second = await told(slack, time, bot, days=1)
        assert ("whether it was posted cannot be told" in second.shown) == (not posted)


async def test_two_channels_share_a_look_and_get_one_digest_each(
    slack: Slack, cluster: ACluster, time: Time
) -> None:
    names = ("one", "two")
    both = [subscription(name, channel) for name, channel in zip(names, ("C1", "C2"), strict=True)]
    async with bot_in(slack, cluster, settings_of(slack, {"subscriptions": both})) as bot:
        time.to(NINE)
        await strike(time, bot, names=names)
        assert len(roots(slack)) == len(roots(slack, "C2")) == 1
        assert cluster.looks <= 2


async def test_ten_digests_for_one_channel_keep_slacks_pace(
    cluster: ACluster,
) -> None:
    pace = 0.05
    async with Slack() as slack:
        slack.workspace.seconds_between_posts = pace
        names = [f"d{number}" for number in range(10)]
        ten = {"subscriptions": [subscription(name) for name in names]}
        async with bot_in(slack, cluster, settings_of(slack, ten), pace=Pace(post_seconds=pace)) as bot:
            cluster.time.to(NINE)
            await asyncio.gather(*(bot.runner.fire(name) for name in names))
        assert len(roots(slack)) == 10
        posts = [call.at for call in slack.calls("chat.postMessage")]
        assert len(posts) == 20


class Slow(ACluster):
    """A cluster that does not answer in time."""

    async def look(self, name: str, hygiene: bool) -> Report:  # noqa: ARG002 - the shape of a look
        self.looks += 1
        await asyncio.Event().wait()
        raise AssertionError


async def test_a_bot_that_is_stopped_leaves_a_slot_to_the_others_at_once(
    slack: Slack, cluster: ACluster, time: Time, redis: RedisServer
) -> None:
    chosen = settings_of(slack, {"subscriptions": [subscription()]}, redis={"url": redis.url})
    hanging = Slow(time)
    async with bot_in(slack, cluster, chosen) as other:
        async with bot_in(slack, hanging, chosen) as stopped:
            time.to(NINE)
            stopped.runner.fire("prod")
            await until(lambda: hanging.looks)
        await strike(time, other)
        assert time.now() == NINE
        assert len(roots(slack)) == 1


async def test_a_message_on_its_way_is_finished_when_the_bot_is_stopped(
    slack: Slack, cluster: ACluster, time: Time, redis: RedisServer
) -> None:
    chosen = settings_of(slack, {"subscriptions": [subscription()]}, redis={"url": redis.url})
    async with bot_in(slack, cluster, chosen) as other:
        async with bot_in(slack, cluster, chosen) as stopped:
            time.to(NINE)
            stopped.runner.fire("prod")
            await slack.until(lambda: bool(slack.calls("chat.postMessage")))
        assert len(roots(slack)) == 1
        assert len(slack.files) == 1
        await strike(time, other)
        assert len(roots(slack)) == 1
        assert slack.calls("conversations.history") == []
