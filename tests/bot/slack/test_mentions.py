"""What happens when somebody mentions the bot, or writes to it."""

import asyncio

import pytest

from bot.errors import StoreError
from bot.store.memory import MemoryStore
from tests.bot.slack.harness import MadeUpCorridor, Paused, last, raising, running
from tests.fakes.slack import Slack


class DownStore(MemoryStore):
    """A store that does not answer."""

    async def get(self, key: str) -> bytes | None:
        raise StoreError(f"no answer for {key}")

    async def put(self, key: str, value: bytes, ttl: float) -> None:  # noqa: ARG002 - Store's shape
        raise StoreError(f"no answer for {key}")

    async def put_if_absent(self, key: str, value: bytes, ttl: float) -> bool:  # noqa: ARG002 - Store's shape
        raise StoreError(f"no answer for {key}")


@pytest.mark.usefixtures("app")
async def test_a_mention_in_a_channel_is_answered_below_it(slack: Slack) -> None:
    asked = slack.person("U1").mentions("diagnose pod x -n ml")
    await slack.thread(asked.ts).until(lambda m: last(m, "is healthy"))
    assert slack.channel("C1").from_bot == []


@pytest.mark.usefixtures("app")
async def test_a_mention_in_a_thread_is_answered_in_that_thread(slack: Slack) -> None:
    root = slack.person("U2").mentions("diagnose pod first")
    slack.person("U1").mentions("diagnose pod x", thread_ts=root.ts)
    await slack.thread(root.ts).until(lambda m: len(m) == 2)


@pytest.mark.parametrize(
    "text", ["diagnose pod x", "<@U0BOT> diagnose pod x", "hey <@U0BOT|mlops> diagnose pod x"]
)
@pytest.mark.usefixtures("app")
async def test_a_direct_message_is_answered_beside_it(
    slack: Slack, corridor: MadeUpCorridor, text: str
) -> None:
    slack.person("U1").dms(text)
    await slack.channel("DU1").until(lambda m: last(m, "is healthy"))
    assert corridor.asked[0].question.name == "x"
    assert corridor.asked[0].asker.channel == "DU1"


@pytest.mark.usefixtures("app")
async def test_words_before_the_mention_count_when_none_follow(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    person = slack.person("U1")
    message = person.dms("diagnose pod x <@U0BOT>")
    await slack.channel(message.channel).until(lambda m: last(m, "is healthy"))
    assert corridor.asked[0].question.name == "x"


@pytest.mark.usefixtures("app")
async def test_a_mention_without_words_shows_help_below_it(slack: Slack) -> None:
    asked = slack.person("U1").mentions("")
    await slack.thread(asked.ts).until(lambda m: last(m, "/mlops diagnose "))


@pytest.mark.usefixtures("app")
async def test_an_error_is_told_in_the_thread(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = raising(RuntimeError("boom"))
    asked = slack.person("U1").mentions("diagnose pod x")
    await slack.thread(asked.ts).until(lambda m: last(m, "Something went wrong"))


@pytest.mark.parametrize(
    "fields",
    [
        {"bot_id": "B0BOT", "user": "U0BOT"},
        {"bot_id": "B9OTHER"},
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"channel_type": "channel"},
    ],
)
@pytest.mark.usefixtures("app")
async def test_what_nobody_asked_is_left_alone(
    slack: Slack, corridor: MadeUpCorridor, fields: dict[str, str]
) -> None:
    person = slack.person("U1")
    message = person.dms("diagnose pod first")
    await slack.channel("DU1").until(lambda m: last(m, "is healthy"))
    event = person.event_of(message, "message", channel_type="im")
    event["event"] |= fields
    envelope = await person.sends_event(event)
    assert envelope.fault == ""
    person.dms("diagnose pod last")
    await slack.channel("DU1").until(lambda m: last(m, "/last"))
    assert [command.question.name for command in corridor.asked] == ["first", "last"]


@pytest.mark.parametrize("subtype", ["file_share", "thread_broadcast"])
@pytest.mark.usefixtures("app")
async def test_a_question_with_an_attachment_is_a_question(
    slack: Slack, corridor: MadeUpCorridor, subtype: str
) -> None:
    person = slack.person("U1")
    event = person.event_of(person._says("diagnose pod x", "DU1", ""), "message", channel_type="im")
    event["event"]["subtype"] = subtype
    await person.sends_event(event)
    await slack.channel("DU1").until(lambda m: last(m, "/x"))
    assert [command.question.name for command in corridor.asked] == ["x"]


@pytest.mark.usefixtures("app")
async def test_an_event_that_comes_again_is_answered_once(slack: Slack, corridor: MadeUpCorridor) -> None:
    await _asked_twice(slack, corridor)


async def test_an_event_that_comes_again_is_answered_once_without_a_store(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    async with running(slack, corridor, store=DownStore()):
        await _asked_twice(slack, corridor)


async def _asked_twice(slack: Slack, corridor: MadeUpCorridor) -> None:
    person = slack.person("U1")
    message = person.mentions("diagnose pod x")
    event = person.event_of(message, "app_mention")
    await asyncio.gather(person.sends_event(event), person.sends_event(event))
    other = person.mentions("diagnose pod y")
    await slack.thread(other.ts).until(lambda m: last(m, "is healthy"))
    await slack.thread(message.ts).until(lambda m: len(m) == 2)
    assert sorted(command.question.name for command in corridor.asked) == ["x", "x", "y"]


@pytest.mark.usefixtures("app")
async def test_an_event_without_an_ack_comes_again_to_the_next_connection(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    slack.delivery.ack_seconds, slack.delivery.retry_after = 0.1, (0.0, 0.0)
    for connection in slack.sockets.connections:
        connection.swallows = True
    asked = slack.person("U1").mentions("diagnose pod x")
    await slack.until(lambda: len(slack.delivery.envelopes) >= 2)
    for connection in slack.sockets.connections:
        connection.swallows = False
    await slack.thread(asked.ts).until(lambda m: last(m, "is healthy"))
    assert len(corridor.asked) == 1
    assert slack.delivery.envelopes[-1].attempt >= 1


async def test_a_mention_waits_for_no_store_to_be_acked(slack: Slack, corridor: MadeUpCorridor) -> None:
    class SlowStore(MemoryStore):
        async def put_if_absent(self, key: str, value: bytes, ttl: float) -> bool:
            await held.wait()
            return await super().put_if_absent(key, value, ttl)

    held = asyncio.Event()
    async with running(slack, corridor, store=SlowStore()):
        asked = slack.person("U1").mentions("diagnose pod x")
        await slack.until(lambda: any(e.latency is not None for e in slack.delivery.envelopes))
        assert slack.thread(asked.ts).from_bot == []
        held.set()
        await slack.thread(asked.ts).until(lambda m: last(m, "is healthy"))


async def test_a_busy_bot_says_so_in_the_thread(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = look = Paused("pod")
    async with running(slack, corridor, workers=1, queue=0):
        first = slack.person("U1").mentions("diagnose pod x")
        await look.begun.wait()
        second = slack.person("U2").mentions("diagnose pod y")
        await slack.thread(second.ts).until(lambda m: last(m, "Too many questions"))
        envelope = await slack.person("U3").types("/mlops diagnose pod z")
        assert envelope.fault == ""
        await slack.ephemerals("U3").until(lambda m: last(m, "Too many questions"))
        look.go_on.set()
        await slack.thread(first.ts).until(lambda m: last(m, "is healthy"))
