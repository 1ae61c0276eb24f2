"""Who the bot is in this workspace, and who is in a user group."""

from datetime import datetime
from email.utils import parsedate_to_datetime

from msgspec import Struct
from slack_sdk.web.async_client import AsyncWebClient

from bot.gate.authorize import GroupLookupError
from bot.slack.faults import MissingScopeError, SlackError, slack_faults


class Identity(Struct, frozen=True, kw_only=True):
    """What auth.test says about the bot's token.

    Attributes:
        user: the bot's user id, as in a mention `<@U…>`.
        bot: the bot id that its own messages carry.
        team: the workspace id; `team_name` is its name.
        scopes: what was granted to the token.
        at: Slack's time when it answered; None where the answer does not tell.
    """

    user: str
    bot: str
    team: str
    team_name: str
    scopes: frozenset[str]
    at: datetime | None = None


async def who_am_i(client: AsyncWebClient) -> Identity:
    """Ask auth.test; raises TokenRefusedError, or NoAnswerError when Slack cannot be reached."""
    with slack_faults():
        answer = await client.auth_test()
    headers = {name.lower(): str(value) for name, value in answer.headers.items()}
    scopes = headers.get("x-oauth-scopes", "")
    return Identity(
        user=str(answer.get("user_id", "")),
        bot=str(answer.get("bot_id", "")),
        team=str(answer.get("team_id", "")),
        team_name=str(answer.get("team", "")),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        at=_moment(headers.get("date", "")),
    )


def _moment(date: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(date)
    except ValueError:
        return None
    return told if told.tzinfo else None


async def group_members(client: AsyncWebClient, group: str) -> frozenset[str]:
    """The user ids in a user group ("S…").

    Raises:
        GroupLookupError: scope missing, group unknown, or no answer.
    """
    try:
        with slack_faults():
            answer = await client.usergroups_users_list(usergroup=group)
    except MissingScopeError as error:
        raise GroupLookupError(error.sentence, error.advice) from error
    except SlackError as error:
        raise GroupLookupError(
            f"Slack does not tell who is in the user group {group} ({error.code}).", error.advice
        ) from error
    return frozenset(str(user) for user in answer.get("users") or ())
