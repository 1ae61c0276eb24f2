"""Stopping: nothing new, nothing lost, nothing left at ⏳."""

import asyncio

from tests.bot.slack.harness import MadeUpCorridor, Paused, last, running
from tests.fakes.slack import Slack


async def test_questions_that_run_are_answered_before_the_end(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = look = Paused("pod")
    async with running(slack, corridor, drain_seconds=5.0) as app:
        await slack.person("U1").types("/mlops diagnose pod x")
        await slack.channel("C1").until(lambda m: last(m, "⏳"))
        stopping = asyncio.ensure_future(app.edge.stop(5.0))
        await slack.until(lambda: not slack.sockets.connections)
        look.go_on.set()
        await stopping
    (answer,) = slack.channel("C1").messages
    assert "is healthy" in answer.shown


async def test_questions_cut_at_the_end_say_so(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = look = Paused("pod")
    async with running(slack, corridor, workers=1, drain_seconds=0.1):
        await slack.person("U1").types("/mlops diagnose pod x")
        await look.begun.wait()
        await slack.person("U2").types("/mlops diagnose pod y")
        await slack.channel("C1").until(lambda m: last(m, "⏳"))
    (message,) = slack.channel("C1").messages
    assert "restarted before it could answer" in message.shown
    (told,) = slack.ephemerals("U2").messages
    assert "Ask again" in told.shown


async def test_an_answer_on_its_way_at_the_end_still_arrives(slack: Slack, corridor: MadeUpCorridor) -> None:
    async with running(slack, corridor, drain_seconds=0.1):
        slack.fail("chat.postMessage", "internal_error", status=500)
        await slack.person("U1").types("/mlops diagnose pod x")
        await slack.until(lambda: bool(slack.calls("chat.postMessage")))
    (answer,) = slack.channel("C1").messages
    assert "is healthy" in answer.shown


async def test_what_is_typed_after_the_end_began_is_not_taken(slack: Slack, corridor: MadeUpCorridor) -> None:
    corridor.look = look = Paused("pod")
    async with running(slack, corridor) as app:
        await slack.person("U1").types("/mlops diagnose pod x")
        await look.begun.wait()
        draining = asyncio.ensure_future(app.work.drain(5.0))
        await asyncio.sleep(0)
        envelope = await slack.person("U2").types("/mlops diagnose pod y")
        assert envelope.fault == ""
        await slack.ephemerals("U2").until(lambda m: last(m, "restarting"))
        look.go_on.set()
        await draining


async def test_an_answer_on_its_way_into_its_message_is_not_cut(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    corridor.look = look = Paused("pod")
    async with running(slack, corridor, drain_seconds=0.05):
        await slack.person("U1").types("/mlops diagnose pod x")
        await slack.channel("C1").until(lambda m: last(m, "⏳"))
        slack.fail("chat.update", "internal_error", status=500)
        look.go_on.set()
        await slack.until(lambda: bool(slack.calls("chat.update")))
    (answer,) = slack.channel("C1").messages
    assert "is healthy" in answer.shown
