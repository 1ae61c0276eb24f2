"""Files and pictures in the local Slack."""

from collections.abc import AsyncIterator

import pytest

from bot.render.message import Picture
from bot.slack.clients import Clients
from bot.slack.faults import MissingScopeError, SlackError
from bot.slack.reply import Spot
from bot.slack.uploads import Uploads
from tests.fakes.slack import Slack

SPOT = Spot("C1", "1700000000.000001")
PICTURE = Picture(
    filename="prod_7_days.png",
    title="prod-eks, the last 7 days",
    alt="Open causes over 7 days: 12 now <2 critical> & most 19 on 18 Nov.",
    png=b"\x89PNG\r\n\x1a\n\x00\xff not text",
)


@pytest.fixture
async def uploads(slack: Slack) -> AsyncIterator[Uploads]:
    clients = Clients(slack.workspace.bot_token, slack.base_url)
    slack.workspace.channel("C1")
    yield Uploads(clients.upload)
    await clients.close()


async def test_a_picture_comes_into_the_thread_with_its_words(slack: Slack, uploads: Uploads) -> None:
    await uploads.picture(SPOT, PICTURE)
    (file,) = slack.files
    assert (file.channel, file.thread_ts) == (SPOT.channel, SPOT.thread_ts)
    assert (file.filename, file.title, file.alt_text, file.content) == (
        *(PICTURE.filename, PICTURE.title, PICTURE.alt, PICTURE.png),
    )


async def test_a_picture_without_the_scope_names_it(slack: Slack, uploads: Uploads) -> None:
    slack.workspace.scopes.discard("files:write")
    with pytest.raises(MissingScopeError) as refused:
        await uploads.picture(SPOT, PICTURE)
    assert refused.value.needed == "files:write"
    assert slack.files == []


async def test_a_picture_whose_upload_breaks_off_is_a_slack_fault(slack: Slack, uploads: Uploads) -> None:
    slack.fail("upload", "disk full", status=400)
    with pytest.raises(SlackError):
        await uploads.picture(SPOT, PICTURE)
    assert slack.files == []
