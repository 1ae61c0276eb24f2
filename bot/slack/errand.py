"""One accepted errand of a person: asked, answered, and always brought to an end they can see."""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from msgspec.structs import replace

from bot.command import Command, DigestWish, Help
from bot.errors import BotError
from bot.render.blocks import SlackAnswer, SlackMessage
from bot.report import Report
from bot.slack.background import Background
from bot.slack.drawing import Drawing
from bot.slack.faults import SlackError
from bot.slack.pace import Clock
from bot.slack.reply import Spot
from bot.slack.surface import Surface
from bot.slack.uploads import Uploads
from handlers.contract import Progress, QuestionError
from handlers.sources.errors import SourceError

log = logging.getLogger(__name__)
SHOWN_AFTER_SECONDS = 0.7
"""A refusal, a pick-list or a shared answer comes sooner; then nothing public has to be taken back."""


class Corridor(Protocol):
    """The way from a question to its answer.

    Raises BotError (refused, busy), QuestionError (name not found, ambiguous) or SourceError.
    """

    async def ask(self, command: Command, progress: Progress) -> Report:
        """Answer one command; `progress` is told each source that has been read."""


class Wishes(Protocol):
    """What is asked of digests; raises BotError."""

    async def __call__(self, wish: DigestWish) -> SlackAnswer:
        """What is shown; to the asker alone when the wish is private."""


Then = Callable[[], Awaitable[None]]


class Errands:
    """Runs errands with what they all need."""

    def __init__(
        self, corridor: Corridor, wishes: Wishes, drawing: Drawing, share: Uploads, clock: Clock
    ) -> None:
        self._corridor = corridor
        self._wishes = wishes
        self._drawing = drawing
        self._share = share
        self._clock = clock

    async def answer(self, command: Command, ending: "Ending") -> None:
        """Ask, and show the answer with its thread and files."""
        report = await self._ask(command, ending)
        if report is not None:
            await self._deliver(await self._drawing.answer(report, command), ending)

    async def logs(self, command: Command, ending: "Ending") -> None:
        """Ask (a fresh enough answer is shared), and show only what was read at length."""
        report = await self._ask(command, ending)
        if report is not None:
            await self._deliver(await self._drawing.logs(report), ending)

    async def help(self, wanted: Help, ending: "Ending") -> None:
        """Show help."""
        await ending.end(self._drawing.help(wanted), private=True)

    async def wish(self, wish: DigestWish, ending: "Ending") -> None:
        """Do what is asked of digests; of a private wish, not even its progress is public."""
        timer = asyncio.ensure_future(self._say_soon(wish, ending))
        try:
            answer = await self._wishes(wish)
        except (BotError, SourceError) as error:
            await ending.end(await self._drawing.failure(error), private=True)
            return
        finally:
            timer.cancel()
        await self._deliver(answer, ending, alone=wish.private)

    async def _say_soon(self, wish: DigestWish, ending: "Ending") -> None:
        await self._clock.sleep(SHOWN_AFTER_SECONDS)
        message = self._drawing.looking("digest")
        if wish.private:
            await ending.surface.hint(message)
        else:
            ending.surface.show(message)

    async def _ask(self, command: Command, ending: "Ending") -> Report | None:
        progress = _Progress(command, ending, self._drawing)
        timer = asyncio.ensure_future(self._show_soon(progress))
        try:
            return await self._corridor.ask(command, progress)
        except (BotError, QuestionError, SourceError) as error:
            await ending.end(await self._drawing.failure(error, command), private=True)
            return None
        finally:
            timer.cancel()

    async def _show_soon(self, progress: "_Progress") -> None:
        await self._clock.sleep(SHOWN_AFTER_SECONDS)
        progress.show()

    async def _deliver(self, answer: SlackAnswer, ending: "Ending", *, alone: bool = False) -> None:
        await ending.end(answer.message, alone=alone, then=lambda: self._follow(answer, ending.surface))

    async def _follow(self, answer: SlackAnswer, surface: Surface) -> None:
        for message in answer.thread:
            await surface.follow(message)
        for file in answer.files:
            await self._upload(file.filename, surface, functools.partial(self._share, file=file))
        for picture in answer.pictures:
            show = functools.partial(self._share.picture, picture=picture)
            await self._upload(picture.filename, surface, show)

    async def _upload(self, name: str, surface: Surface, share: Callable[[Spot], Awaitable[None]]) -> None:
        if surface.below is None:
            return
        try:
            await share(surface.below)
        except SlackError as error:
            log.warning("a file was not uploaded: %s", error.code)
            await surface.follow(self._drawing.file_lost(name, error))


class Ending:
    """The end of one errand: it comes exactly once, and goes on when the errand itself is cut.

    Args:
        request_id: what the log lines of this errand carry.
    """

    def __init__(self, surface: Surface, drawing: Drawing, background: Background, request_id: str) -> None:
        self.surface = surface
        self._drawing = drawing
        self._background = background
        self._request_id = request_id
        self._delivery: asyncio.Task[None] | None = None

    async def end(
        self,
        message: SlackMessage,
        *,
        private: bool = False,
        alone: bool = False,
        then: Then | None = None,
    ) -> None:
        """Show the last content, and do `then` what comes below it; the first call counts.

        Args:
            message: the content.
            private: it stays with the asker while nothing is public yet.
            alone: nobody but the asker sees it.
            then: what follows.
        """
        if self._delivery is None:
            shown = self.surface.tell(message) if alone else self.surface.finish(message, private=private)
            self._delivery = self._background.start(self._deliver(shown, then), "answer")
        await asyncio.shield(self._delivery)

    async def failed(self, name: str, error: Exception) -> None:
        """What `Work` calls when the errand did not end well: cut, too late, or broken."""
        if self._delivery is not None:
            log.warning("%s was cut after its answer was given out: %s", name, type(error).__name__)
            return
        await self.end(await self._drawing.failure(error, request_id=self._request_id), private=True)

    async def _deliver(self, shown: Awaitable[None], then: Then | None) -> None:
        await shown
        if then is not None:
            await then()


class _Progress:
    """What has been read so far, shown in the progress message; never raises."""

    def __init__(self, command: Command, ending: Ending, drawing: Drawing) -> None:
        self._command = command
        self._ending = ending
        self._drawing = drawing
        self._done: tuple[str, ...] = ()

    async def __call__(self, word: str) -> None:
        if word and word not in self._done:
            self._done = (*self._done, word)
        self.show()

    def show(self) -> None:
        self._ending.surface.show(self._drawing.progress(self._command, self._done))


def fresh(command: Command) -> Command:
    """The same command, looked at anew."""
    return replace(command, fresh=True)
