"""Bolt's listeners: a payload becomes an errand, goes to `Work`, is acked; nothing after that can raise."""

import logging
import re
import time
from collections.abc import Callable
from typing import Any, Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.errors import Busy
from bot.metrics import Metrics
from bot.slack import payloads
from bot.slack.background import Background
from bot.slack.desk import Desk, Errand
from bot.slack.drawing import Drawing
from bot.work import Work

log = logging.getLogger(__name__)
_ANY: Final = re.compile(".*", re.DOTALL)
Body = dict[str, Any]


class Listeners:
    """What Slack may send, and where it goes."""

    def __init__(
        self, desk: Desk, work: Work, drawing: Drawing, background: Background, metrics: Metrics
    ) -> None:
        self._desk = desk
        self._work = work
        self._drawing = drawing
        self._background = background
        self._metrics = metrics

    def register(self, app: AsyncApp) -> None:
        """Listen to slash commands (whatever the app's are called), mentions, direct messages and clicks."""
        app.command(_ANY)(self.slash)
        app.event("app_mention")(self.event)
        app.event("message")(self.event)
        app.action(_ANY)(self.click)

    async def slash(self, ack: AsyncAck, body: Body) -> None:
        """A slash command."""
        began = time.monotonic()
        broken = self._take(lambda: self._desk.slash(payloads.slash_command(body)))
        if broken is None:
            await ack()
        else:
            drawn = self._drawing.fault(broken)
            await ack(text=drawn.text, response_type="ephemeral")
        self._metrics.acked(time.monotonic() - began)

    async def event(self, body: Body) -> None:
        """A mention or a direct message; Bolt has acked it before."""
        self._take(lambda: self._desk.event(payloads.event(body)))

    async def click(self, ack: AsyncAck, body: Body) -> None:
        """A click on a button, or a choice in a menu."""
        began = time.monotonic()
        self._take(lambda: self._desk.click(payloads.click(body)))
        await ack()
        self._metrics.acked(time.monotonic() - began)

    def _take(self, make: Callable[[], Errand | None]) -> Exception | None:
        """Hand an errand to `Work`; returns what is wrong with the payload, if anything is."""
        try:
            errand = make()
        except Exception as error:  # the outermost edge: without an ack the person sees a time-out
            log.exception("a payload could not be taken")
            return error
        if errand is not None:
            self._submit(errand)
        return None

    def _submit(self, errand: Errand) -> None:
        try:
            self._work.submit(errand.name, errand.job, errand.failed)
        except Busy as busy:
            self._background.start(errand.failed(errand.name, busy), "telling that all workers are taken")
