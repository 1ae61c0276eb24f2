"""The connection: asked for, lost, silent, refused; questions come through all the same."""

import asyncio
from collections.abc import Callable

import pytest

from bot.slack.faults import TokenRefusedError
from bot.slack.pace import WallClock
from bot.slack.watchdog import Vigil
from bot.store.memory import MemoryStore
from tests.bot.slack.harness import MadeUpCorridor, last, running, socket_options
from tests.fakes.slack import Slack

QUICK = Vigil(tick_seconds=0.05, stuck_seconds=0.5)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - the watchdog tells nobody what it sees
            await asyncio.sleep(0.01)


async def answers(slack: Slack, name: str = "x") -> None:
    envelope = await slack.person("U1").types(f"/mlops diagnose pod {name}")
    assert envelope.fault == ""
    await slack.channel("C1").until(lambda m: last(m, f"/{name} is healthy"))


async def test_a_planned_reconnect_changes_the_socket(slack: Slack, corridor: MadeUpCorridor) -> None:
    async with running(slack, corridor):
        await slack.sockets.ask_to_reconnect()
        await slack.until(lambda: slack.sockets.opened == 2 and len(slack.sockets.connections) == 1)
        await answers(slack)


async def test_a_cut_connection_comes_back(slack: Slack, corridor: MadeUpCorridor) -> None:
    options = socket_options(slack, vigil=QUICK, ping_seconds=0.2)
    async with running(slack, corridor, options=options, clock=WallClock()):
        slack.sockets.cut()
        await slack.until(lambda: slack.sockets.opened == 2)
        await answers(slack)


async def test_a_refused_url_is_not_asked_for_again(slack: Slack, corridor: MadeUpCorridor) -> None:
    options = socket_options(slack, vigil=QUICK, ping_seconds=0.2)
    async with running(slack, corridor, options=options, clock=WallClock()) as app:
        slack.sockets.refuse_next = 2
        slack.sockets.cut()
        await slack.until(lambda: slack.sockets.opened == 2)
        await answers(slack)
        assert len(slack.sockets.refused_urls) <= 3
        assert len(slack.sockets.urls_issued) >= 3
        await until(lambda: app.edge.fault is None)


async def test_a_url_refused_at_the_start_is_not_asked_for_again(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    slack.sockets.refuse_next = 1
    options = socket_options(slack, vigil=QUICK, ping_seconds=0.2)
    async with running(slack, corridor, options=options, clock=WallClock()):
        await answers(slack)


async def test_a_connection_that_answers_no_pings_is_replaced(slack: Slack, corridor: MadeUpCorridor) -> None:
    options = socket_options(slack, vigil=QUICK, ping_seconds=0.2)
    async with running(slack, corridor, options=options, clock=WallClock()):
        slack.sockets.go_silent()
        await slack.until(lambda: slack.sockets.opened == 2)
        await answers(slack)


async def test_a_connection_that_only_answers_pings_is_replaced(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    quiet = Vigil(tick_seconds=0.05, stuck_seconds=1.0, quiet_seconds=0.3)
    options = socket_options(slack, vigil=quiet, ping_seconds=0.2)
    async with running(slack, corridor, options=options, clock=WallClock()):
        slack.sockets.go_silent(answer_pings=True)
        await slack.until(lambda: slack.sockets.opened >= 2)
        await answers(slack)
        assert len(slack.calls("auth.test")) >= 2


async def test_a_client_that_gave_up_is_rebuilt_from_outside(slack: Slack, corridor: MadeUpCorridor) -> None:
    # A ping interval this long stands for a client whose own recovery does not come.
    options = socket_options(slack, vigil=QUICK, ping_seconds=60)
    async with running(slack, corridor, options=options, clock=WallClock()):
        slack.sockets.cut()
        await slack.until(lambda: slack.sockets.opened == 2)
        await answers(slack)


async def test_a_lost_token_is_named_while_there_is_no_connection(
    slack: Slack, corridor: MadeUpCorridor
) -> None:
    options = socket_options(slack, vigil=QUICK, ping_seconds=60)
    async with running(slack, corridor, options=options, clock=WallClock()) as app:
        assert app.edge.fault is None
        slack.workspace.token_fault = "token_revoked"
        slack.sockets.cut()
        await slack.until(lambda: len(slack.calls("auth.test")) >= 3)
        await until(lambda: isinstance(app.edge.fault, TokenRefusedError))


async def test_a_wrong_app_token_ends_the_start(slack: Slack, corridor: MadeUpCorridor) -> None:
    options = socket_options(slack)
    slack.workspace.app_token = "xapp-another"
    with pytest.raises(TokenRefusedError):
        async with running(slack, corridor, options=options):
            pass


async def test_replicas_share_the_work_and_know_each_others_buttons(slack: Slack) -> None:
    store, one, two = MemoryStore(), MadeUpCorridor(), MadeUpCorridor()
    async with running(slack, one, store=store), running(slack, two, store=store):
        assert len(slack.sockets.connections) == 2
        await answers(slack, "a")
        await answers(slack, "b")
        assert len(one.asked) == len(two.asked) == 1
        (first, _) = slack.channel("C1").from_bot
        for _ in range(2):
            await slack.person("U1").clicks(first, "Re-run")
        await slack.until(lambda: len(first.versions) == 3)
        assert len(one.asked) == len(two.asked) == 2


async def test_tokens_in_the_environment_do_not_get_in_the_way(
    slack: Slack, corridor: MadeUpCorridor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_SIGNING_SECRET"):
        monkeypatch.setenv(name, "of another app")
    async with running(slack, corridor):
        await answers(slack)
