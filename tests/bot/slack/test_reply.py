"""Pace, order and last words of what goes to channels."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.metrics import Metrics
from bot.render.blocks import SlackMessage
from bot.slack.background import Background
from bot.slack.clients import Clients
from bot.slack.faults import MissingScopeError, PlaceClosedError, SlowDownError
from bot.slack.reply import Outbox, Pace, Sent, Spot
from tests.bot.slack.steps import StepClock
from tests.fakes.slack import Slack


def words(text: str) -> SlackMessage:
    return SlackMessage(text)


class Desk:
    def __init__(self, slack: Slack, clients: Clients, metrics: Metrics) -> None:
        self.slack = slack
        self.clock = StepClock()
        self.background = Background()
        self.metrics = metrics
        self.outbox = Outbox(clients.post, clients.edit, self.background, clock=self.clock, pace=Pace())

    async def post(self, text: str, channel: str = "C1") -> Sent:
        self.slack.workspace.channel(channel)
        return await self.outbox.post(Spot(channel), lambda: words(text))

    async def asleep(self, seconds: float) -> None:
        """Wait until somebody sleeps about that long."""
        async with asyncio.timeout(5):
            while not any(abs(wait - seconds) < 0.01 for wait in self.clock.asleep):  # noqa: ASYNC110 - of others' sleep
                await asyncio.sleep(0.001)


@pytest.fixture
async def desk(slack: Slack) -> AsyncIterator[Desk]:
    metrics = Metrics()
    clients = Clients(slack.workspace.bot_token, slack.base_url, metrics.slack_call)
    made = Desk(slack, clients, metrics)
    yield made
    await made.background.wait(1)
    await clients.close()


async def test_one_post_a_second_in_a_channel_in_order(desk: Desk) -> None:
    posts = [asyncio.ensure_future(desk.post(f"post {n}")) for n in range(3)]
    await posts[0]
    await desk.asleep(1.0)
    assert len(desk.slack.channel("C1").messages) == 1
    desk.clock.go(1.0)
    await posts[1]
    await desk.asleep(1.0)
    desk.clock.go(1.0)
    await posts[2]
    assert [m.text for m in desk.slack.channel("C1").messages] == ["post 0", "post 1", "post 2"]


async def test_channels_do_not_wait_for_each_other(desk: Desk) -> None:
    await asyncio.gather(desk.post("here", "C1"), desk.post("there", "C2"))
    assert desk.clock.asleep == []


async def test_what_waits_for_its_turn_goes_out_in_its_newest_form(desk: Desk) -> None:
    newest = ["old"]
    await desk.post("first")
    waiting = asyncio.ensure_future(desk.outbox.post(Spot("C1"), lambda: words(newest[0])))
    await desk.asleep(1.0)
    newest[0] = "new"
    desk.clock.go(1.0)
    await waiting
    assert desk.slack.channel("C1").messages[-1].versions == ["new"]


async def test_edits_are_merged_to_the_newest_one_a_second(desk: Desk) -> None:
    sent = await desk.post("⏳")
    desk.outbox.edit(sent, words("edit 0"))
    await desk.slack.channel("C1").until(lambda m: m[0].text == "edit 0")
    for n in range(1, 10):
        desk.outbox.edit(sent, words(f"edit {n}"))
    await desk.asleep(1.0)
    desk.clock.go(1.0)
    await desk.slack.channel("C1").until(lambda m: m[0].text == "edit 9")
    assert desk.slack.channel("C1").messages[0].versions == ["⏳", "edit 0", "edit 9"]


async def test_the_last_edit_comes_at_once_and_stays_the_last(desk: Desk) -> None:
    sent = await desk.post("⏳")
    desk.outbox.edit(sent, words("edit 0"))
    await desk.slack.channel("C1").until(lambda m: m[0].text == "edit 0")
    desk.outbox.edit(sent, words("edit 1"))
    await desk.outbox.finish(sent, words("done"))
    desk.clock.go(100.0)
    await desk.background.wait(1)
    assert desk.slack.channel("C1").messages[0].versions == ["⏳", "edit 0", "done"]


async def test_progress_leaves_room_for_answers(desk: Desk) -> None:
    sent = [await desk.post("⏳", f"C{n}") for n in range(50)]
    for one in sent:
        desk.outbox.edit(one, words("more"))
    await desk.slack.until(lambda: len(desk.slack.calls("chat.update")) == 40)
    await desk.asleep(60.0)
    await desk.outbox.finish(sent[-1], words("done"))
    assert desk.slack.channel("C49").messages[0].text == "done"
    assert len(desk.slack.calls("chat.update")) == 41
    desk.clock.go(61.0)


async def test_a_429_halts_the_method_for_as_long_as_slack_says_and_loses_nothing(desk: Desk) -> None:
    desk.slack.limit_rate("chat.postMessage", 30)
    first = asyncio.ensure_future(desk.post("first", "C1"))
    await desk.asleep(30.0)
    second = asyncio.ensure_future(desk.post("second", "C2"))
    await asyncio.sleep(0)
    assert len(desk.slack.calls("chat.postMessage")) == 1
    desk.clock.go(30.0)
    await first
    await desk.asleep(1.2)
    desk.clock.go(1.2)
    await second
    assert b'slack_calls_total{method="chat.postMessage",result="ratelimited"} 1.0' in desk.metrics.text()


async def test_a_429_on_the_last_edit_is_waited_for(desk: Desk) -> None:
    sent = await desk.post("⏳")
    desk.slack.limit_rate("chat.update", 7)
    last = asyncio.ensure_future(desk.outbox.finish(sent, words("done")))
    await desk.asleep(7.0)
    desk.clock.go(7.0)
    await last
    assert desk.slack.channel("C1").messages[0].text == "done"


async def test_patience_ends(desk: Desk) -> None:
    desk.slack.limit_rate("chat.postMessage", 400)
    with pytest.raises(SlowDownError) as raised:
        await desk.post("never")
    assert raised.value.retry_after == 400.0


async def test_the_pace_of_slack_itself_is_kept(desk: Desk) -> None:
    desk.slack.workspace.now = desk.clock.now
    desk.slack.workspace.seconds_between_posts = 1.0
    for n in range(3):
        await desk.post(f"post {n}")
        desk.clock.go(1.0)
    assert desk.slack.workspace.calls[-1].method == "chat.postMessage"
    assert len(desk.slack.calls("chat.postMessage")) == 3


async def test_refusals_have_names(desk: Desk) -> None:
    desk.slack.workspace.scopes.discard("chat:write")
    with pytest.raises(MissingScopeError) as missing:
        await desk.post("x")
    assert missing.value.needed == "chat:write"
    desk.slack.workspace.scopes.add("chat:write")
    desk.clock.go(1.0)
    with pytest.raises(PlaceClosedError):
        await desk.outbox.post(Spot("C404"), lambda: words("x"))


async def test_a_post_that_fails_does_not_hold_up_the_channel(desk: Desk) -> None:
    desk.slack.fail("chat.postMessage", "fatal_error")
    with pytest.raises(Exception, match="fatal_error"):
        await desk.post("x")
    desk.clock.go(1.0)
    await desk.post("y")
    assert [m.text for m in desk.slack.channel("C1").messages] == ["y"]
