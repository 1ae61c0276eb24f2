"""Who the bot is, and who is in a group."""

from collections.abc import AsyncIterator

import pytest

from bot.gate.authorize import GroupLookupError
from bot.slack.clients import Clients
from bot.slack.faults import NoAnswerError, TokenRefusedError
from bot.slack.identity import group_members, who_am_i
from tests.fakes.slack import Slack


@pytest.fixture
async def clients(slack: Slack) -> AsyncIterator[Clients]:
    made = Clients(slack.workspace.bot_token, slack.base_url)
    yield made
    await made.close()


async def test_auth_test_tells_who_the_bot_is(slack: Slack, clients: Clients) -> None:
    slack.workspace.scopes = {"chat:write", "commands"}
    identity = await who_am_i(clients.ask)
    assert (identity.user, identity.bot, identity.team) == ("U0BOT", "B0BOT", "T0TEAM")
    assert identity.scopes == {"chat:write", "commands"}


async def test_a_wrong_token_is_named(slack: Slack) -> None:
    clients = Clients("xoxb-wrong", slack.base_url)
    with pytest.raises(TokenRefusedError, match="refuses the bot's token"):
        await who_am_i(clients.ask)
    await clients.close()


async def test_no_slack_at_all_is_named() -> None:
    async with Slack() as gone:
        base_url = gone.base_url
    clients = Clients("xoxb-local", base_url)
    clients.ask.retry_handlers = []
    with pytest.raises(NoAnswerError):
        await who_am_i(clients.ask)
    await clients.close()


async def test_members_of_a_group(slack: Slack, clients: Clients) -> None:
    slack.workspace.groups["S1"] = ["U1", "U2"]
    assert await group_members(clients.ask, "S1") == {"U1", "U2"}


async def test_a_429_is_waited_for(slack: Slack, clients: Clients) -> None:
    slack.workspace.groups["S1"] = ["U1"]
    slack.limit_rate("usergroups.users.list", 1)
    assert await group_members(clients.ask, "S1") == {"U1"}


@pytest.mark.parametrize(("scope", "group", "words"), [(False, "S1", "usergroups:read"), (True, "S9", "S9")])
async def test_a_group_that_cannot_be_read(
    slack: Slack, clients: Clients, *, scope: bool, group: str, words: str
) -> None:
    slack.workspace.groups["S1"] = ["U1"]
    if not scope:
        slack.workspace.scopes.discard("usergroups:read")
    with pytest.raises(GroupLookupError) as raised:
        await group_members(clients.ask, group)
    assert words in raised.value.sentence
