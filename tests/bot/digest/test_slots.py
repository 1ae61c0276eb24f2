"""Every slot is told exactly once, whoever is away, and what was not told is said."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from bot.digest.subscription import Subscription
from bot.store.memory import MemoryStore
from rules.finding import Severity
from tests.bot.digest.stage import (
    DAILY,
    ACluster,
    Channel,
    Fault,
    Gone,
    Replica,
    Time,
    cause,
    settled,
    until,
    utc,
)

EVE = utc("2026-11-22T20:00")
NINE = utc("2026-11-23T09:00")
DAY = timedelta(days=1)


class Stage:
    """One store, one cluster, one channel, and replicas that were started on the eve."""

    def __init__(self, subscription: Subscription = DAILY, replicas: int = 1) -> None:
        self.time = Time(EVE)
        self.store = Gone(self.time.seconds)
        self.cluster = ACluster(self.time)
        self.channel = Channel(self.time)
        self.subscription = subscription
        self.replicas = [self.replica() for _ in range(replicas)]

    def replica(self) -> Replica:
        return Replica(self.time, self.store, self.cluster, self.channel, (self.subscription,))

    async def begun(self) -> "Stage":
        for replica in self.replicas:
            await replica.wake()
        await settled(0.01)
        return self

    async def due(self) -> None:
        for replica in self.replicas:
            replica.runner.fire(self.subscription.name)
        await settled()

    async def stop(self) -> None:
        for replica in self.replicas:
            await replica.runner.stop()


async def test_nothing_is_told_before_its_time_nor_for_slots_before_the_first_start() -> None:
    stage = await Stage().begun()
    stage.time.to(NINE - timedelta(seconds=1))
    await stage.due()
    assert stage.channel.texts == []
    await stage.stop()


async def test_a_slot_is_told_once_by_three_replicas_that_all_fire() -> None:
    stage = await Stage(replicas=3).begun()
    stage.time.to(NINE)
    await stage.due()
    await until(lambda: stage.channel.texts)
    for _ in range(10):
        stage.time.go(30)
        await stage.due()
    assert len(stage.channel.texts) == 1
    assert stage.cluster.looks == 1
    await stage.stop()


async def test_the_next_day_says_what_is_new_what_is_worse_and_what_is_gone() -> None:
    stage = await Stage().begun()
    stage.cluster.findings = (cause("old", Severity.MEDIUM), cause("leaves"))
    stage.time.to(NINE)
    await stage.due()
    await until(lambda: len(stage.channel.messages) == 1)
    stage.cluster.findings = (cause("old", Severity.CRITICAL), cause("fresh"))
    stage.time.to(NINE + DAY)
    await stage.due()
    await until(lambda: len(stage.channel.messages) == 2)
    second = stage.channel.texts[1]
    assert "1 new" in second
    assert "1 worse" in second
    assert "1 resolved" in second
    await stage.stop()


@pytest.mark.parametrize(("late", "said"), [(4, ""), (34, "34 min late"), (119, "late")])
async def test_a_slot_missed_by_less_than_two_hours_is_caught_up_and_says_so(late: int, said: str) -> None:
    stage = await Stage().begun()
    await stage.stop()
    stage.time.to(NINE + timedelta(minutes=late))
    again = stage.replica()
    await again.wake()
    await until(lambda: stage.channel.texts)
    (shown,) = stage.channel.messages.values()
    assert said in str(shown.blocks)
    assert ("late" in str(shown.blocks)) == bool(said)
    await again.runner.stop()


async def test_a_slot_missed_by_more_is_skipped_and_the_next_one_says_so() -> None:
    stage = await Stage().begun()
    await stage.stop()
    stage.time.to(NINE + timedelta(hours=2, minutes=1))
    again = stage.replica()
    await again.wake()
    await settled()
    assert stage.channel.texts == []
    stage.time.to(NINE + DAY)
    again.runner.fire("prod")
    await until(lambda: stage.channel.texts)
    (shown,) = stage.channel.messages.values()
    assert "2026-11-23 09:00 (the bot was not running" in str(shown.blocks)
    await again.runner.stop()


async def test_redis_away_at_the_slot_delays_the_digest_and_doubles_nothing() -> None:
    stage = await Stage(replicas=3).begun()
    stage.store.away = True
    stage.time.to(NINE)
    await stage.due()
    assert stage.channel.texts == []
    stage.time.go(20 * 60)
    await settled()
    stage.store.away = False
    for _ in range(10):
        stage.time.go(15)
        await settled(0.02)
    await until(lambda: stage.channel.texts)
    (shown,) = stage.channel.messages.values()
    assert "late: Redis does not answer" in str(shown.blocks)
    await stage.stop()


@pytest.mark.parametrize("fault", ["unsure, posted", "unsure, lost"])
async def test_slack_that_does_not_say_whether_it_took_the_digest(fault: Fault) -> None:
    stage = await Stage(replicas=2).begun()
    stage.channel.faults = [fault]
    stage.time.to(NINE)
    await stage.due()
    for _ in range(12):
        stage.time.go(15)
        await settled(0.02)
    assert len(stage.channel.texts) == 1
    standing = await stage.replicas[0].records.standing(DAILY)
    assert standing is not None
    assert standing.posted is not None
    assert standing.posted.ts in stage.channel.messages
    await stage.stop()


async def test_a_channel_that_cannot_be_searched_gets_no_second_digest_and_the_next_one_says_so() -> None:
    stage = await Stage().begun()
    stage.channel.faults, stage.channel.searchable = ["unsure, posted"], False
    stage.time.to(NINE)
    await stage.due()
    for _ in range(6):
        stage.time.go(15)
        await settled(0.02)
    assert len(stage.channel.texts) == 1
    stage.time.to(NINE + DAY)
    await stage.due()
    await until(lambda: len(stage.channel.texts) == 2)
    assert "whether it was posted cannot be told" in str(list(stage.channel.messages.values())[1].blocks)
    await stage.stop()


async def test_slack_away_for_three_hours_skips_the_digest() -> None:
    stage = await Stage().begun()
    stage.channel.faults = ["unsure, lost"] * 1000
    stage.time.to(NINE)
    for _ in range(14):
        await stage.due()
        stage.time.go(15 * 60)
    await settled()
    assert stage.channel.texts == []
    stage.channel.faults = []
    stage.time.to(NINE + DAY)
    await stage.due()
    await until(lambda: stage.channel.texts)
    assert "not posted: 2026-11-23 09:00 (Slack does not answer" in str(
        next(iter(stage.channel.messages.values())).blocks
    )
    await stage.stop()


async def test_a_bot_that_was_not_invited_tells_whoever_subscribed_once_and_posts_when_it_is() -> None:
    stage = await Stage(replace(DAILY, by="U1")).begun()
    stage.channel.faults = ["refused"] * 3
    stage.time.to(NINE)
    await stage.due()
    for _ in range(6):
        stage.time.go(300)
        await settled(0.02)
    assert [whisper.text for whisper in stage.channel.whispers] == [
        "prod 2026-11-23T09:00: I am not a member of this channel."
    ]
    assert len(stage.channel.texts) == 1
    assert stage.cluster.looks == 4, "what waits for a person is not tried four times a minute"
    await stage.stop()


async def test_a_cluster_away_at_the_slot_makes_a_digest_that_says_so_and_resolves_nothing() -> None:
    stage = await Stage().begun()
    stage.cluster.findings = (cause("stays"),)
    stage.time.to(NINE)
    await stage.due()
    await until(lambda: len(stage.channel.texts) == 1)
    stage.cluster.away = "connection refused"
    stage.time.to(NINE + DAY)
    await stage.due()
    await until(lambda: len(stage.channel.texts) == 2)
    blind = stage.channel.texts[1]
    assert "resolved" not in blind
    assert "could not" in blind.lower()
    assert "connection refused" in str(list(stage.channel.messages.values())[1].blocks)
    stage.cluster.away = ""
    stage.time.to(NINE + 2 * DAY)
    await stage.due()
    await until(lambda: len(stage.channel.texts) == 3)
    assert "1 ongoing" in stage.channel.texts[2]
    await stage.stop()


@pytest.mark.parametrize(
    ("zone", "night", "nights"),
    [
        ("Europe/Berlin", "2026-10-24T12:00", 2),
        ("Europe/Berlin", "2026-03-28T12:00", 2),
        ("America/New_York", "2026-10-31T12:00", 2),
        ("Australia/Lord_Howe", "2026-04-04T12:00", 2),
    ],
)
async def test_one_digest_a_night_when_the_clocks_change(zone: str, night: str, nights: int) -> None:
    time, store = Time(utc(night)), MemoryStore()
    channel, cluster = Channel(time), ACluster(time)
    daily = Subscription(name="night", channel="C1", schedule=f"daily 02:30 {zone}")
    replicas = [Replica(time, store, cluster, channel, (daily,)) for _ in range(2)]
    for replica in replicas:
        await replica.wake()
    await settled(0.01)
    for _ in range(nights * 24 * 2):
        time.go(1800)
        for replica in replicas:
            replica.runner.fire("night")
        await settled(0.004)
    await until(lambda: len(channel.texts) == nights)
    for replica in replicas:
        await replica.runner.stop()


async def test_a_redis_that_fails_right_after_the_post_loses_nothing_of_what_is_known() -> None:
    stage = await Stage().begun()
    stage.cluster.findings = (cause("a"),)
    stage.channel.then = lambda: setattr(stage.store, "away", True)
    stage.time.to(NINE)
    await stage.due()
    assert len(stage.channel.texts) == 1
    stage.store.away = False
    stage.time.go(5)
    await until(lambda: stage.channel.files)
    standing = await stage.replicas[0].records.standing(DAILY)
    assert standing is not None
    assert standing.posted is not None
    await stage.stop()


async def test_a_message_that_cannot_be_kept_for_edits_still_has_its_thread_and_file() -> None:
    stage = await Stage().begun()
    stage.cluster.findings = (cause("a"),)
    stage.store.refused = "digest:shown:"
    stage.time.to(NINE)
    await stage.due()
    await until(lambda: stage.channel.files)
    assert stage.channel.replies
    assert await stage.replicas[0].records.shown("prod") is None
    await stage.stop()


async def test_a_lease_that_was_lost_while_the_digest_was_made_posts_nothing() -> None:
    stage = await Stage().begun()
    lease = "digest:lease:prod:2026-11-23T09:00"
    stage.cluster.then = lambda: stage.store.put(lease, b"another", 60.0)
    stage.time.to(NINE)
    await stage.due()
    assert stage.channel.texts == []
    assert await stage.store.get("digest:slot:prod:2026-11-23T09:00") is None
    await stage.stop()


async def test_a_name_that_is_given_again_on_the_same_day_is_another_digest() -> None:
    first = replace(DAILY, made_at=EVE, by="U1", schedule="daily 09:00 Asia/Tokyo")
    stage = await Stage(first).begun()
    stage.cluster.findings = (cause("tokyo"),)
    stage.time.to(utc("2026-11-23T00:00"))
    await stage.due()
    await until(lambda: len(stage.channel.texts) == 1)
    await stage.stop()
    await stage.replicas[0].records.forget(first)
    second = replace(DAILY, made_at=stage.time.now(), by="U2", schedule="daily 09:00 Europe/Dublin")
    stage.subscription, stage.cluster.findings = second, ()
    again = stage.replica()
    await again.wake()
    await settled(0.01)
    stage.time.to(NINE)
    again.runner.fire("prod")
    await until(lambda: len(stage.channel.texts) == 2)
    assert "resolved" not in stage.channel.texts[1]
    await again.runner.stop()


async def test_replicas_with_another_schedule_do_not_lose_each_others_slots() -> None:
    stage = await Stage().begun()
    old = Replica(
        stage.time, stage.store, stage.cluster, stage.channel, (replace(DAILY, schedule="daily 11:00 UTC"),)
    )
    await old.wake()
    stage.time.to(NINE - timedelta(seconds=40))
    for _ in range(6):
        stage.time.go(15)
        old.runner.fire("prod")
        await settled(0.01)
        await stage.due()
    assert len(stage.channel.texts) == 1
    await old.runner.stop()
    await stage.stop()


async def test_a_digest_of_another_cluster_is_nothing_to_compare_with() -> None:
    stage = await Stage().begun()
    stage.cluster.findings = (cause("eu"),)
    stage.time.to(NINE)
    await stage.due()
    await until(lambda: len(stage.channel.texts) == 1)
    await stage.stop()
    stage.subscription, stage.cluster.findings = replace(DAILY, cluster="us"), (cause("us"),)
    again = stage.replica()
    await again.wake()
    await settled(0.01)
    stage.time.to(NINE + DAY)
    again.runner.fire("prod")
    await until(lambda: len(stage.channel.texts) == 2)
    assert "resolved" not in stage.channel.texts[1]
    await again.runner.stop()
