"""What happens when somebody clicks."""

import asyncio

import pytest

from bot.errors import NotAllowed
from bot.render.blocks import ACTION_RERUN
from bot.slack.buttons import KEPT_SECONDS, VALID_SECONDS, ButtonBook
from bot.store.memory import MemoryStore
from tests.bot.slack.harness import MadeUpCorridor, Paused, broken, last, raising, running
from tests.bot.slack.test_mentions import DownStore
from tests.fakes.clock import Clock
from tests.fakes.slack import Message, Slack


async def answered(slack: Slack) -> Message:
    await slack.person("U1").types("/mlops diagnose pod x -n ml")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    return answer


@pytest.mark.usefixtures("app")
async def test_run_again_looks_anew_and_updates_the_same_message(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    answer = await answered(slack)
    corridor.look = look = Paused("pod")
    envelope = await slack.person("U2").clicks(answer, "Re-run")
    assert envelope.fault == ""
    await slack.channel("C1").until(lambda m: last(m, "⏳"))
    look.go_on.set()
    messages = await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    assert messages == [answer]
    first, again = corridor.asked
    assert (first.fresh, again.fresh) == (False, True)
    assert (again.asker.user, again.asker.channel) == ("U2", "C1")
    assert again.words == first.words


@pytest.mark.usefixtures("app")
async def test_a_refused_click_leaves_the_answer_as_it_is(slack: Slack, corridor: MadeUpCorridor) -> None:
    answer = await answered(slack)
    corridor.look = raising(NotAllowed("You are not on the list.", "Ask ada."))
    await slack.person("U2").clicks(answer, "Re-run")
    await slack.ephemerals("U2").until(lambda m: last(m, "not on the list"))
    assert answer.versions == [answer.text]


@pytest.mark.usefixtures("app")
async def test_logs_come_into_the_thread_with_the_whole_as_a_file(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    corridor.look = broken()
    await slack.person("U1").types("/mlops diagnose pod x")
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is broken"))
    await slack.until(lambda: len(slack.files) == 1)
    await slack.person("U1").clicks(answer, "Logs")
    await slack.until(lambda: len(slack.files) == 2)
    assert all(file.thread_ts == answer.ts for file in slack.files)
    assert b"line 39" in slack.files[1].content
    replies = slack.thread(answer.ts).from_bot
    assert "log of app" in replies[-1].shown
    assert len(answer.versions) == 1


@pytest.mark.usefixtures("app")
async def test_logs_of_an_answer_in_a_thread_stay_in_that_thread(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    corridor.look = broken()
    asked = slack.person("U1").mentions("diagnose pod x")
    await slack.until(lambda: len(slack.files) == 1)
    answer = slack.thread(asked.ts).from_bot[0]
    await slack.person("U1").clicks(answer, "Logs")
    await slack.until(lambda: len(slack.files) == 2)
    assert slack.files[1].thread_ts == asked.ts


@pytest.mark.usefixtures("app")
async def test_a_button_means_nothing_by_itself(slack: Slack) -> None:
    answer = await answered(slack)
    (value,) = [element["value"] for element in answer.elements()]
    assert "diagnose" not in value
    assert len(value) > 20


async def test_a_button_that_is_forgotten_says_so(slack: Slack, corridor: MadeUpCorridor) -> None:
    store = MemoryStore()
    async with running(slack, corridor, store=store):
        answer = await answered(slack)
        await store.close()
        await slack.person("U1").clicks(answer, "Re-run")
        await slack.ephemerals("U1").until(lambda m: last(m, "too old"))
    assert answer.versions == [answer.text]


async def test_a_button_works_while_the_store_is_away(slack: Slack, corridor: MadeUpCorridor) -> None:
    async with running(slack, corridor, store=DownStore()):
        answer = await answered(slack)
        await slack.person("U1").clicks(answer, "Re-run")
        await slack.until(lambda: len(corridor.asked) == 2)


@pytest.mark.usefixtures("app")
async def test_a_private_answer_is_run_again_in_its_place(slack: Slack, corridor: MadeUpCorridor) -> None:
    slack.remove_bot("C1")
    await slack.person("U1").types("/mlops diagnose pod x")
    messages = await slack.ephemerals("U1").until(lambda m: last(m, "is healthy"))
    corridor.look = look = Paused("pod")
    await slack.person("U1").clicks(messages[-1], "Re-run")
    await slack.ephemerals("U1").until(lambda m: last(m, "⏳"))
    look.go_on.set()
    again = await slack.ephemerals("U1").until(lambda m: last(m, "is healthy"))
    assert len(again) == len(messages)


@pytest.mark.usefixtures("app")
async def test_a_click_that_carries_nothing_known_is_acked(slack: Slack) -> None:
    answer = await answered(slack)
    answer.blocks = [
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "?"},
                    "action_id": ACTION_RERUN,
                    "value": "1",
                }
            ],
        }
    ]
    envelope = await slack.person("U1").clicks(answer, "?")
    assert envelope.fault == ""
    await slack.ephemerals("U1").until(lambda m: last(m, "too old"))


async def test_values_are_opaque_differ_and_expire() -> None:
    clock = Clock()
    book = ButtonBook(MemoryStore(clock), clock)
    one, two = await book.values_for(("diagnose pod a", "diagnose pod b"))
    assert one != two
    found = await book.meaning(two)
    assert found is not None
    assert (found.words, found.expired) == ("diagnose pod b", False)
    clock.go(VALID_SECONDS + 1)
    found = await book.meaning(one)
    assert found is not None
    assert found.expired
    clock.go(KEPT_SECONDS)
    assert await book.meaning(one) is None
    assert await book.meaning("") is None
    assert await book.meaning(one.split(".", maxsplit=1)[0] + ".9") is None


async def test_an_expired_button_offers_to_run_the_command(slack: Slack, corridor: MadeUpCorridor) -> None:
    store = MemoryStore()
    old = ButtonBook(store, now=lambda: 0.0)
    value = await old.value_for("diagnose pod x -n ml")
    async with running(slack, corridor, store=store):
        answer = await answered(slack)
        for element in answer.elements():
            element["value"] = value
        await slack.person("U1").clicks(answer, "Re-run")
        (told,) = await slack.ephemerals("U1").until(lambda m: last(m, "older than a day"))
        assert len(corridor.asked) == 1
        await slack.person("U1").clicks(told, "Run it")
        await slack.channel("C1").until(lambda m: len(m) == 2)
    assert corridor.asked[1].words == corridor.asked[0].words


@pytest.mark.usefixtures("app")
async def test_clicks_at_the_same_time_are_all_answered(slack: Slack, corridor: MadeUpCorridor) -> None:
    answer = await answered(slack)
    people = [slack.person(f"U{n}") for n in range(10)]
    envelopes = await asyncio.gather(*(person.clicks(answer, "Re-run") for person in people))
    assert [envelope.fault for envelope in envelopes] == [""] * 10
    await slack.until(lambda: len(corridor.asked) == 11)
