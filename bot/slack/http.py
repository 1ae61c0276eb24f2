"""HTTP mode: Slack's signed requests to one URL, for those who cannot use Socket Mode."""

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

PATH = "/slack/events"
LARGEST_REQUEST = 2**20


class RequestServer:
    """Listens for Slack's requests; Bolt refuses those with a wrong signature or older than five minutes.

    Args:
        host: address to listen on.
        port: 0 takes a free one, see `port`.
    """

    def __init__(self, app: AsyncApp, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, once started."""
        addresses = self._runner.addresses if self._runner else []
        return int(addresses[0][1]) if addresses else self._port

    async def start(self) -> None:
        """Listen; raises OSError when the address is taken."""
        application = web.Application(client_max_size=LARGEST_REQUEST)
        application.router.add_post(PATH, self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=3.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()

    async def stop(self) -> None:
        """Listen no longer; requests that have begun are answered."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.Response:
        return await to_aiohttp_response(await self._app.async_dispatch(await to_bolt_request(request)))
