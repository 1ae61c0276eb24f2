"""Files for the thread of an answer; one that cannot be uploaded becomes a sentence, never a lost answer."""

from slack_sdk.web.async_client import AsyncWebClient

from bot.render.blocks import SlackFile
from bot.render.message import Picture
from bot.slack.faults import slack_faults
from bot.slack.reply import Spot


class Uploads:
    """Shares files in channels and threads."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client

    async def __call__(self, spot: Spot, file: SlackFile) -> None:
        """Share a file.

        Raises:
            MissingScopeError: files:write was not granted.
            SlackError: anything else Slack refuses; the file may then be there or not.
        """
        with slack_faults():
            await self._client.files_upload_v2(
                filename=file.filename,
                title=file.title,
                content=file.content,
                channel=spot.channel,
                thread_ts=spot.thread_ts or None,
            )

    async def picture(self, spot: Spot, picture: Picture) -> None:
        """Share a picture with its words for who cannot see it.

        Raises:
            MissingScopeError: files:write was not granted.
            SlackError: anything else Slack refuses; the picture may then be there or not.
        """
        with slack_faults():
            await self._client.files_upload_v2(
                filename=picture.filename,
                title=picture.title,
                alt_txt=picture.alt,
                file=picture.png,
                channel=spot.channel,
                thread_ts=spot.thread_ts or None,
            )
