"""What people ask of digests in Slack, and what they see."""

import asyncio

import pytest

from bot.report import Report
from tests.bot.digest.in_slack import (
    bot_in,
    known,
    roots,
    settings_of,
    strike,
    subscription,
    told_all,
    told_alone,
)
from tests.bot.digest.stage import ACluster, Time, utc
from tests.bot.slack.harness import last
from tests.bot.slack.steps import StepClock
from tests.fakes.redis import RedisServer
from tests.fakes.slack import Slack

NINE = utc("2026-11-23T09:00")
SUBSCRIBE = '/mlops digest subscribe "weekdays 09:00 Europe/Dublin"'


@pytest.mark.usefixtures("bot")
async def test_a_preview_is_seen_by_the_asker_alone(slack: Slack) -> None:
    for user, line in (("U1", "digest"), ("U2", "digest preview"), ("U3", "show the digest please")):
        shown = await told_alone(slack, f"/mlops {line}", user)
        assert "prod is broken: 2 open causes" in shown.shown
        assert "only you see it" in shown.shown
        (_, listed) = await slack.ephemerals(user).until(lambda m: len(m) == 2)
        assert "mlops/b" in listed.shown
    assert roots(slack) == []
    assert slack.files == []


async def test_not_even_the_progress_of_a_slow_preview_is_public(slack: Slack, time: Time) -> None:
    cluster, clock = Slow(time, findings=(known("a"),)), StepClock()
    async with bot_in(slack, cluster, clock=clock):
        person = slack.person("U1")
        await person.types("/mlops digest")
        await cluster.begun.wait()
        clock.go(1)
        await slack.ephemerals("U1").until(lambda m: last(m, "looking"))
        cluster.go_on.set()
        await slack.ephemerals("U1").until(lambda m: any("prod is broken" in one.shown for one in m))
        assert roots(slack) == []


class Slow(ACluster):
    """A cluster whose look ends when the test says so."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.begun, self.go_on = asyncio.Event(), asyncio.Event()

    async def look(self, name: str, hygiene: bool) -> Report:
        self.begun.set()
        await self.go_on.wait()
        return await super().look(name, hygiene)


@pytest.mark.usefixtures("bot")
async def test_a_preview_asked_for_by_mention_or_directly(slack: Slack) -> None:
    person = slack.person("U1")
    first = person.mentions("digest")
    await slack.ephemerals("U1").until(lambda m: len(m) == 2)
    # Slack shows what is private in a thread only where there is one.
    assert {message.thread_ts for message in slack.ephemerals("U1").messages} == {""}
    person.mentions("digest preview", thread_ts=first.ts)
    (*_, shown, _) = await slack.ephemerals("U1").until(lambda m: len(m) == 4)
    assert shown.thread_ts == first.ts
    assert slack.thread(first.ts).from_bot == roots(slack) == []
    person.dms("digest preview")
    (answer,) = await slack.channel("DU1").until(lambda m: last(m, "prod is broken"))
    await slack.until(lambda: len(slack.files) == 1)
    assert slack.files[0].thread_ts == answer.ts


@pytest.mark.usefixtures("bot")
async def test_a_digest_now_is_public_with_its_list_below(slack: Slack) -> None:
    digest = await told_all(slack, "/mlops digest now", "prod is broken")
    assert "the next one on time is unchanged" in digest.shown
    assert digest.buttons.count("Diagnose") == 2
    await slack.until(lambda: len(slack.files) == 1)
    (table,) = slack.thread(digest.ts).from_bot
    assert "mlops/b" in table.shown
    assert slack.files[0].filename == "digest_prod_2026-11-22.csv"
    assert slack.files[0].thread_ts == digest.ts
    assert b"b crashes" in slack.files[0].content


@pytest.mark.usefixtures("bot")
async def test_a_digest_now_in_a_thread_stays_there(slack: Slack) -> None:
    asked = slack.person("U1").mentions("how is it?", thread_ts="1.000001")
    slack.person("U1").mentions("digest now", thread_ts=asked.thread_ts)
    await slack.until(lambda: len(slack.files) == 1)
    assert slack.files[0].thread_ts == "1.000001"
    assert any("prod is broken" in message.shown for message in slack.thread("1.000001").from_bot)
    assert roots(slack) == []


@pytest.mark.usefixtures("bot")
async def test_subscribing_changing_listing_and_ending(slack: Slack) -> None:
    line = f"{SUBSCRIBE} --namespaces mlops --min-severity high --name mornings"
    said = await told_all(slack, line, "Subscribed")
    for words in (
        "digest mornings",
        "weekdays 09:00 Europe/Dublin, in this channel",
        "2026-11-23 09:00 UTC",
        "ns mlops on prod, high and graver",
        "`mlops digest unsubscribe mornings` ends it",
        "I forget this when I am restarted",
    ):
        assert words in said.shown
    listed = await told_alone(slack, "/mlops digest list")
    for words in (
        "1 digest:",
        "mornings: weekdays 09:00 Europe/Dublin in <#C1>",
        "not told yet",
        "next <!date",
    ):
        assert words in listed.shown
    changed = await told_all(slack, '/mlops digest subscribe "daily 10:00 UTC" --name mornings', "Changed")
    assert "daily 10:00 UTC" in changed.shown
    assert "everything on prod" in changed.shown
    elsewhere = await told_alone(slack, f"{SUBSCRIBE} --name mornings", channel="C2")
    assert "told in another channel" in elsewhere.shown
    await told_all(slack, "/mlops digest unsubscribe", "Digest mornings has ended")
    assert "Nobody has subscribed" in (await told_alone(slack, "/mlops digest list")).shown


@pytest.mark.usefixtures("bot")
async def test_which_digest_ends(slack: Slack) -> None:
    assert "no digest to end" in (await told_alone(slack, "/mlops digest unsubscribe")).shown
    await told_all(slack, SUBSCRIBE, "digest d1")
    assert (
        "No digest is told in this channel"
        in (await told_alone(slack, "/mlops digest unsubscribe", channel="C2")).shown
    )
    await told_all(slack, SUBSCRIBE + " --name evenings", "digest evenings")
    several = await told_alone(slack, "/mlops digest unsubscribe")
    assert "2 digests are told in this channel" in several.shown
    assert "d1, evenings" in several.shown
    unknown = await told_alone(slack, "/mlops digest unsubscribe evnings")
    assert "no digest called evnings" in unknown.shown
    await slack.person("U1").clicks(unknown, "Run it")
    await slack.channel("C1").until(lambda m: last(m, "Digest evenings has ended"))
    # Names are unlike nobody by their case, and every channel may end every digest.
    await told_all(slack, "/mlops digest unsubscribe D1", "Digest d1 has ended", channel="C2")


async def test_a_digest_of_the_settings_is_listed_and_stays(slack: Slack, cluster: ACluster) -> None:
    settings = settings_of(slack, {"subscriptions": [subscription()]})
    async with bot_in(slack, cluster, settings):
        assert "of the settings" in (await told_alone(slack, "/mlops digest list")).shown
        for line in ("digest unsubscribe prod", "digest unsubscribe", f"{SUBSCRIBE[7:]} --name prod"):
            assert "stands in the settings" in (await told_alone(slack, f"/mlops {line}")).shown
        assert "prod: daily" in (await told_alone(slack, "/mlops digest list")).shown


async def test_replicas_share_subscriptions_and_tell_each_slot_once(
    slack: Slack, cluster: ACluster, time: Time, redis: RedisServer
) -> None:
    settings = settings_of(slack, redis={"url": redis.url})
    async with bot_in(slack, cluster, settings) as one, bot_in(slack, cluster, settings) as other:
        said = await told_all(slack, '/mlops digest subscribe "daily 09:00 UTC" --name prod', "Subscribed")
        assert "forget" not in said.shown
        await one.runner.refresh()
        await other.runner.refresh()
        time.to(NINE)
        await strike(time, one, other)
        assert len(roots(slack)) == 2
        assert "prod is broken" in roots(slack)[1].shown
        # Ended while a replica that has not heard of it yet comes to the slot.
        await told_all(slack, "/mlops digest unsubscribe prod", "has ended")
        time.to(utc("2026-11-24T09:00"))
        await strike(time, one, other)
        assert last(roots(slack), "has ended")
        assert not one.runner.known
        assert not other.runner.known


@pytest.mark.usefixtures("bot")
async def test_mistyped_wishes_are_put_right_by_a_click(slack: Slack) -> None:
    lines = (
        ('digest subscibe "weekdays 09:00 Europe/Dublin"', "knows no", "Subscribed"),
        ('digest subscribe "weekdays 09:00 Europe/Dubln"', "do not know the time zone", "Subscribed"),
        ("digest now --cluster tets", "do not know a cluster called tets", "test is broken"),
        ("digset now", "do not know", "prod is broken"),
    )
    for line, fault, done in lines:
        refusal = await told_alone(slack, f"/mlops {line}")
        assert fault in refusal.shown
        await slack.person("U1").clicks(refusal, "Run it")
        await slack.channel("C1").until(lambda m, done=done: last(m, done))  # type: ignore[misc]


async def test_access_lists_and_limits_hold_for_wishes(slack: Slack, cluster: ACluster) -> None:
    settings = settings_of(slack, access={"users": ["U1"]}, limits={"user": "8/minute"})
    async with bot_in(slack, cluster, settings):
        for wish in ("digest now", f"{SUBSCRIBE[7:]}", "digest list", "digest picture"):
            assert "not on the list" in (await told_alone(slack, f"/mlops {wish}", user="U2")).shown
        for _ in range(3):
            assert "Nobody has subscribed" in (await told_alone(slack, "/mlops digest list")).shown
        await told_all(slack, "/mlops digest now", "prod is broken")
        refused = await told_alone(slack, "/mlops digest list")
        assert "a lot of questions from you" in refused.shown
        assert cluster.looks == 1


@pytest.mark.usefixtures("bot")
async def test_help_tells_what_can_be_asked_of_digests(slack: Slack) -> None:
    everything = await told_alone(slack, "/mlops help")
    assert "/mlops digest now" in everything.shown
    assert "/mlops help digest" in everything.shown
    for line in ("help digest", "digest help", "help digests", "digest --help"):
        shown = (await told_alone(slack, f"/mlops {line}")).shown
        for words in (
            "digest subscribe",
            "digest unsubscribe",
            "digest snooze",
            "digest picture",
            "--min-severity",
        ):
            assert words in shown, line
        assert "--hygiene" not in shown
