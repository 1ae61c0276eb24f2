"""Whether the bot is in a channel, with the scopes it has."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.faults import slack_faults


async def can_read(client: AsyncWebClient, channel: str) -> None:
    """Read the newest message of a channel, which only members may.

    Raises:
        PlaceClosedError: the bot is not in it, or cannot see it.
        MissingScopeError: the app may not read that kind of channel.
        SlackError: Slack does not answer.
    """
    with slack_faults():
        await client.conversations_history(channel=channel, limit=1)
