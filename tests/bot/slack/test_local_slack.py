"""The local Slack keeps Slack's rules; without that the other tests would prove little."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from bot.render.blocks import SlackMessage
from bot.slack.clients import Clients
from bot.slack.faults import BlocksRefusedError, UrlExpiredError
from bot.slack.response_url import ResponseUrl
from tests.bot.slack.steps import StepClock
from tests.fakes.slack import Slack
from tests.fakes.slack.limits import block_faults


@pytest.fixture
async def clients(slack: Slack) -> AsyncIterator[Clients]:
    made = Clients(slack.workspace.bot_token, slack.base_url)
    yield made
    await made.close()


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(**changes: object) -> dict[str, Any]:
    return {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", **changes}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


@pytest.mark.parametrize(
    "block",
    [
        section("x" * 3001),
        section(""),
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11},
        {"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]},
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11},
        actions(*(button(action_id=str(n)) for n in range(26))),
        actions(button(), button()),
        actions(button(text={"type": "plain_text", "text": "x" * 76})),
        actions(button(value="x" * 2001)),
        actions(button(style="loud")),
        actions({"type": "static_select", "action_id": "s", "options": []}),
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}] * 21]},
        {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * 101},
        {"type": "hologram"},
        "text",
    ],
)
def test_a_block_over_a_limit_is_refused(block: object) -> None:
    assert block_faults([block])


def test_blocks_within_the_limits_are_taken() -> None:
    assert block_faults([section("x" * 3000), actions(button(), button(action_id="2"))]) == []
    assert block_faults([section("x")] * 51)
    table = {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}
    assert block_faults([table]) == []
    assert block_faults([table, table])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": [section("x" * 3001)]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("x" * 2700)] * 5}, "msg_blocks_too_long"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"text": "x", "channel": "C404"}, "channel_not_found"),
    ],
)
async def test_a_message_slack_would_refuse(clients: Clients, arguments: dict[str, Any], error: str) -> None:
    with pytest.raises(SlackApiError) as raised:
        await clients.post.api_call("chat.postMessage", json={"channel": "C1", **arguments})
    assert raised.value.response["error"] == error


async def test_only_own_messages_can_be_edited(slack: Slack, clients: Clients) -> None:
    theirs = slack.person("U1").dms("hello")
    for ts, error in ((theirs.ts, "cant_update_message"), ("1.0", "message_not_found")):
        with pytest.raises(SlackApiError) as raised:
            await clients.edit.chat_update(channel=theirs.channel, ts=ts, text="x")
        assert raised.value.response["error"] == error


async def test_an_edit_without_blocks_keeps_them(slack: Slack, clients: Clients) -> None:
    sent = await clients.post.chat_postMessage(channel="C1", text="x", blocks=[section("kept")])
    await clients.edit.chat_update(channel="C1", ts=str(sent["ts"]), text="y")
    (message,) = slack.channel("C1").messages
    assert (message.text, "kept" in message.shown) == ("y", True)


async def test_a_channel_takes_one_post_a_second(slack: Slack, clients: Clients) -> None:
    slack.workspace.seconds_between_posts = 1.0
    slack.workspace.now = lambda: 5.0
    await clients.post.chat_postMessage(channel="C1", text="x")
    with pytest.raises(SlackApiError) as raised:
        await clients.post.chat_postMessage(channel="C1", text="x")
    assert raised.value.response["error"] == "ratelimited"
    assert raised.value.response.headers["Retry-After"] == "1"


async def test_a_trigger_lives_three_seconds(slack: Slack, clients: Clients) -> None:
    now = [100.0]
    slack.workspace.now = lambda: now[0]
    trigger = slack.workspace.new_trigger()
    await clients.ask.views_open(trigger_id=trigger, view={})
    now[0] += 3.1
    with pytest.raises(SlackApiError) as raised:
        await clients.ask.views_open(trigger_id=trigger, view={})
    assert raised.value.response["error"] == "expired_trigger_id"


async def test_a_socket_url_opens_one_socket(slack: Slack) -> None:
    url = slack.sockets.new_url()
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            assert (await socket.receive_json())["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_a_command_nobody_acks_fails_for_the_person(slack: Slack) -> None:
    slack.delivery.ack_seconds = 0.05
    async with aiohttp.ClientSession() as session, session.ws_connect(slack.sockets.new_url()) as socket:
        await socket.receive_json()
        envelope = await slack.person("U1").types("/mlops help")
    assert envelope.fault == "operation_timeout"
    (told,) = slack.ephemerals("U1").messages
    assert "operation_timeout" in told.text


async def test_an_event_nobody_acks_comes_again_with_its_number(slack: Slack) -> None:
    slack.delivery.ack_seconds, slack.delivery.retry_after = 0.05, (0.0, 0.0)
    async with aiohttp.ClientSession() as session, session.ws_connect(slack.sockets.new_url()) as socket:
        await socket.receive_json()
        slack.person("U1").mentions("x")
        frames = [await socket.receive_json() for _ in range(3)]
    assert [frame.get("retry_attempt", 0) for frame in frames] == [0, 1, 2]
    assert len({frame["payload"]["event_id"] for frame in frames}) == 1


async def test_a_response_url_takes_five_posts(slack: Slack, clients: Clients) -> None:
    url = slack.hooks.new_url("C1", "U1")
    first, second = (ResponseUrl(url, clients.session, StepClock()) for _ in range(2))
    for n in range(5):
        await first.post(SlackMessage(f"post {n}"))
    assert first.uses_left == 0
    for answer in (first, second):
        with pytest.raises(UrlExpiredError):
            await answer.post(SlackMessage("post 5"))
    assert len(slack.ephemerals("U1").messages) == 5


async def test_a_response_url_lives_thirty_minutes(slack: Slack, clients: Clients) -> None:
    clock = StepClock()
    slack.workspace.now = clock.now
    url = slack.hooks.new_url("C1", "U1")
    known, unknown = (ResponseUrl(url, clients.session, made) for made in (clock, StepClock()))
    clock.go(30 * 60 + 1)
    assert known.uses_left == 0
    for answer in (known, unknown):
        with pytest.raises(UrlExpiredError):
            await answer.post(SlackMessage("late"))


async def test_a_response_url_refuses_what_no_channel_takes(slack: Slack, clients: Clients) -> None:
    answer = ResponseUrl(slack.hooks.new_url("C1", "U1"), clients.session, StepClock())
    slack.fail("response_url", "invalid_blocks", status=400, times=3)
    with pytest.raises(BlocksRefusedError):
        await answer.post(SlackMessage("x"))
    assert answer.uses_left == 5


async def test_waiting_for_what_does_not_come_says_what_is_there(slack: Slack, clients: Clients) -> None:
    await clients.post.chat_postMessage(channel="C1", text="something else")
    with pytest.raises(AssertionError, match="something else"):
        await slack.channel("C1").until(lambda m: "hoped for" in m[-1].text, timeout=0.05)
    waiting = asyncio.ensure_future(slack.channel("C1").until(lambda m: m[-1].text == "now"))
    await clients.post.chat_postMessage(channel="C1", text="now")
    await waiting
