"""HTTP mode: only what Slack signed, and only lately, is taken."""

import io
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.errors import SettingsError
from bot.slack.app import Options
from bot.slack.http import PATH
from tests.bot.slack.harness import PACE, App, MadeUpCorridor, last, running
from tests.fakes.slack import Slack
from tests.fakes.slack.signed_http import SignedHttp


@pytest.fixture
async def served(slack: Slack, corridor: MadeUpCorridor) -> AsyncIterator[App]:
    options = Options(signing_secret=slack.workspace.signing_secret, port=0, pace=PACE)
    async with running(slack, corridor, options=options) as app:
        yield app


@pytest.fixture
async def door(slack: Slack, served: App) -> SignedHttp:
    return slack.deliver_over_http(f"http://127.0.0.1:{served.edge.port}{PATH}")


@pytest.mark.usefixtures("door")
async def test_commands_mentions_and_clicks_come_through(slack: Slack) -> None:
    envelope = await slack.person("U1").types("/mlops diagnose pod x")
    assert envelope.fault == ""
    (answer,) = await slack.channel("C1").until(lambda m: last(m, "is healthy"))
    await slack.person("U1").clicks(answer, "Re-run")
    await slack.until(lambda: len(answer.versions) == 2)
    asked = slack.person("U1").mentions("diagnose pod y")
    await slack.thread(asked.ts).until(lambda m: last(m, "/y is healthy"))


async def test_a_wrong_signature_is_refused(slack: Slack, door: SignedHttp, corridor: MadeUpCorridor) -> None:
    door.signing_secret = "somebody else's"
    envelope = await slack.person("U1").types("/mlops diagnose pod x")
    assert (door.status, envelope.fault) == (401, "dispatch_failed")
    assert corridor.asked == []


async def test_an_old_request_is_refused(slack: Slack, door: SignedHttp, corridor: MadeUpCorridor) -> None:
    door.seconds_late = 600.0
    await slack.person("U1").types("/mlops diagnose pod x")
    assert door.status == 401
    assert corridor.asked == []


async def test_an_unsigned_request_is_refused(served: App, corridor: MadeUpCorridor) -> None:
    url = f"http://127.0.0.1:{served.edge.port}{PATH}"
    async with aiohttp.ClientSession() as session:
        async with session.post(url, data={"command": "/mlops", "text": "diagnose pod x"}) as answer:
            assert answer.status == 401
        async with session.post(url, data=io.BytesIO(b"x" * 2**21)) as answer:
            assert answer.status == 413
        async with session.get(url) as answer:
            assert answer.status == 405
    assert corridor.asked == []


@pytest.mark.usefixtures("door")
async def test_an_event_that_comes_again_is_answered_once(slack: Slack, corridor: MadeUpCorridor) -> None:
    person = slack.person("U1")
    event = person.event_of(person.mentions("diagnose pod x"), "app_mention")
    await slack.delivery.once("events_api", event)
    await slack.delivery.once("events_api", event, attempt=1)
    await slack.until(lambda: len(slack.calls("chat.postMessage")) == 2)
    assert len(corridor.asked) == 2


@pytest.mark.usefixtures("door")
async def test_slack_can_verify_the_url(slack: Slack) -> None:
    envelope = await slack.delivery.once(
        "events_api", {"type": "url_verification", "challenge": "abc", "token": "t"}
    )
    assert envelope.answer == {"challenge": "abc"}


async def test_without_a_signing_secret_nothing_starts(slack: Slack, corridor: MadeUpCorridor) -> None:
    with pytest.raises(SettingsError):
        async with running(slack, corridor, options=Options(signing_secret="", port=0)):
            pass
