"""The Slack edge as a whole: start it, and questions are answered until it is stopped."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.errors import SettingsError
from bot.metrics import Metrics
from bot.slack.background import Background
from bot.slack.buttons import ButtonBook
from bot.slack.clients import Clients
from bot.slack.desk import Desk, Understand
from bot.slack.drawing import Drawing
from bot.slack.errand import Corridor, Errands, Wishes
from bot.slack.events_seen import EventsSeen
from bot.slack.faults import NoAnswerError, SlackError, slack_faults
from bot.slack.http import RequestServer
from bot.slack.identity import Identity, who_am_i
from bot.slack.listeners import Listeners
from bot.slack.pace import Clock, WallClock
from bot.slack.reply import Outbox, Pace
from bot.slack.uploads import Uploads
from bot.slack.watchdog import Vigil, Watchdog
from bot.store.contract import Store
from bot.work import Work
from handlers.contract import Handler

log = logging.getLogger(__name__)
CONNECT_SECONDS: Final = 30.0
FLUSH_SECONDS: Final = 4.0
"""How long messages on their way may take at shutdown, after the jobs have ended."""


class Options(Struct, frozen=True, kw_only=True):
    """How the edge is reached, and its paces.

    Attributes:
        app_token: "xapp-…" for Socket Mode; empty means HTTP mode.
        signing_secret: for HTTP mode.
        host: where HTTP mode listens; so `port`, 0 for a free one.
        command: the slash command as help shows it.
        runbooks: web address of the runbooks' folder; may be empty.
        ping_seconds: between two pings of the socket.
        pace: of posts and edits.
        vigil: over the socket.
    """

    app_token: str = ""
    signing_secret: str = ""
    host: str = "127.0.0.1"
    port: int = 3000
    command: str = "/mlops"
    runbooks: str = ""
    ping_seconds: float = 5.0
    pace: Pace = Pace()
    vigil: Vigil = Vigil()


class SlackEdge:
    """Listens to Slack and answers there.

    Args:
        clients: made with the bot token; closed by `stop`.
        corridor: answers commands.
        wishes: does what is asked of digests.
        understand: text and asker → Command or Help; no I/O.
        handlers: what help lists.
        work: runs the questions; drained by `stop`.
        store: remembers events and buttons.
        clock: paces posts and edits.
        buttons: what buttons stand for, where not the store remembers it.
    """

    def __init__(  # noqa: PLR0913 - the one place where the edge's parts are joined
        self,
        options: Options,
        clients: Clients,
        *,
        corridor: Corridor,
        wishes: Wishes,
        understand: Understand,
        handlers: Sequence[Handler],
        work: Work,
        store: Store,
        metrics: Metrics,
        clock: Clock | None = None,
        buttons: ButtonBook | None = None,
    ) -> None:
        self._options = options
        self._clients = clients
        self._understand = understand
        self._work = work
        self._metrics = metrics
        self._clock = clock or WallClock()
        self._background = Background()
        self._buttons = buttons or ButtonBook(store)
        self._seen = EventsSeen(store)
        self._drawing = Drawing(self._buttons, handlers, command=options.command, runbooks=options.runbooks)
        self._uploads = Uploads(clients.upload)
        self._errands = Errands(corridor, wishes, self._drawing, self._uploads, self._clock)
        self._outbox = Outbox(
            clients.post, clients.edit, self._background, clock=self._clock, pace=options.pace
        )
        self._socket: AsyncSocketModeHandler | None = None
        self._watchdog: Watchdog | None = None
        self._server: RequestServer | None = None
        self._identity: Identity | None = None

    @property
    def identity(self) -> Identity | None:
        """Who the bot is, once started."""
        return self._identity

    @property
    def outbox(self) -> Outbox:
        """The one way out to channels."""
        return self._outbox

    @property
    def uploads(self) -> Uploads:
        """The one way out for files."""
        return self._uploads

    @property
    def buttons(self) -> ButtonBook:
        """What buttons stand for."""
        return self._buttons

    @property
    def port(self) -> int:
        """The port of HTTP mode, once started; 0 in Socket Mode."""
        return self._server.port if self._server is not None else 0

    @property
    def fault(self) -> SlackError | None:
        """What keeps questions from coming in; None while all is well."""
        if self._watchdog is None or not (seconds := self._watchdog.seconds_disconnected):
            return None
        return self._watchdog.fault or NoAnswerError(
            "disconnected", f"No connection to Slack for {seconds:.0f} s.", "Check the way out to slack.com."
        )

    async def start(self) -> None:
        """Find out who the bot is and begin to listen.

        Raises:
            SlackError: Slack cannot be reached, or refuses a token.
            SettingsError: neither an app token nor a signing secret was given.
            OSError: the port of HTTP mode is taken.
        """
        if not (self._options.app_token or self._options.signing_secret):
            raise SettingsError("Neither an app token nor a signing secret is set.", "Set one of them.")
        self._identity = await who_am_i(self._clients.ask)
        app = self._bolt_app(self._identity)
        if self._options.app_token:
            await self._connect(app)
        else:
            self._server = RequestServer(app, self._options.host, self._options.port)
            await self._server.start()
        log.info("listening to slack as %s in %s", self._identity.user, self._identity.team_name)

    async def stop(self, drain_seconds: float = 25.0) -> None:
        """Take nothing new, let accepted questions end, send what is on its way, then close."""
        if self._watchdog is not None:
            await self._watchdog.stop()
        if self._socket is not None:
            await self._socket.client.close()  # type: ignore[no-untyped-call] # slack_sdk has no types here
        if self._server is not None:
            await self._server.stop()
        await self._work.drain(drain_seconds)
        lost = await self._background.wait(FLUSH_SECONDS)
        if lost:
            log.error("messages that did not go out before the end: %d", lost)
        await self._clients.close()

    def _bolt_app(self, identity: Identity) -> AsyncApp:
        known = AuthorizeResult(
            enterprise_id=None, team_id=identity.team, bot_user_id=identity.user, bot_id=identity.bot
        )

        async def authorize() -> AuthorizeResult:
            # Known since the start: asking auth.test here would stand before the first ack.
            return known

        app = AsyncApp(
            name="mlops",
            client=self._clients.without_token,
            authorize=authorize,
            signing_secret=self._options.signing_secret,
        )
        desk = self._desk(identity)
        Listeners(desk, self._work, self._drawing, self._background, self._metrics).register(app)
        return app

    def _desk(self, identity: Identity) -> Desk:
        return Desk(
            understand=self._understand,
            errands=self._errands,
            drawing=self._drawing,
            buttons=self._buttons,
            seen=self._seen,
            outbox=self._outbox,
            clients=self._clients,
            background=self._background,
            clock=self._clock,
            bot_user=identity.user,
        )

    async def _connect(self, app: AsyncApp) -> None:
        options = self._options
        socket = AsyncSocketModeHandler(
            app, options.app_token, web_client=self._clients.ask, ping_interval=options.ping_seconds
        )
        self._socket = socket
        # Asked for here first, because the client would repeat a refused token silently and for ever.
        with slack_faults():
            socket.client.wss_uri = str(
                (await self._clients.ask.apps_connections_open(app_token=options.app_token))["url"]
            )
        self._watchdog = Watchdog(
            socket.client,
            lambda: who_am_i(self._clients.ask),
            self._clock,
            options.vigil,
        )
        self._watchdog.start()
        with slack_faults():
            async with asyncio.timeout(CONNECT_SECONDS):
                await socket.client.connect()  # type: ignore[no-untyped-call] # slack_sdk has no types here
