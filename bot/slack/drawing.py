"""Everything the Slack edge shows, drawn by `bot.render` with buttons that the store remembers."""

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from bot.command import Command, Help, asked_as
from bot.errors import BotError, UsageError
from bot.render.blocks import (
    Buttons,
    SlackAnswer,
    SlackMessage,
    answer,
    help_message,
    logs_message,
    progress,
    refusal,
)
from bot.report import Report
from bot.slack.buttons import ButtonBook
from bot.slack.faults import SlackError
from handlers.contract import Candidate, Handler, NameAmbiguous, NameNotFound

_FORGOTTEN: Final = BotError("This button is too old: what it stood for is forgotten.", "Ask again in words.")
_LATE: Final = BotError(
    "That took too long and was stopped.", "Ask again; if it stays so, run `mlops doctor`."
)
MENU: Final = 100


class Drawing:
    """Draws for Slack.

    Args:
        buttons: remembers what buttons stand for.
        handlers: what help lists.
        command: the slash command as people type it ("/mlops").
        runbooks: web address of the runbooks' folder; empty shows their names only.
    """

    def __init__(
        self, buttons: ButtonBook, handlers: Sequence[Handler], *, command: str = "/mlops", runbooks: str = ""
    ) -> None:
        self._buttons = buttons
        self._handlers = handlers
        self._command = command
        self._runbooks = runbooks

    def help(self, wanted: Help) -> SlackMessage:
        """What can be asked."""
        return help_message(self._handlers, self._command, wanted.topic)

    def progress(self, command: Command, done: Sequence[str]) -> SlackMessage:
        """What has been read so far."""
        return progress(_subject(command), done, () if done else ("looking",))

    def looking(self, what: str) -> SlackMessage:
        """That something is under way of which no steps are told."""
        return progress(what, (), ("looking",))

    async def answer(self, report: Report, command: Command) -> SlackAnswer:
        """The answer, with buttons to run it again and to see its logs."""
        value = await self._buttons.value_for(command.words)
        buttons = Buttons(rerun=value, logs=value if report.exhibits else "")
        # Redacting long logs takes long enough to make another ack late: not on the event loop.
        return await asyncio.to_thread(answer, report, buttons, self._runbooks)

    async def logs(self, report: Report) -> SlackAnswer:
        """What was read at length."""
        return await asyncio.to_thread(logs_message, report.exhibits)

    async def failure(
        self, error: Exception, command: Command | None = None, request_id: str = ""
    ) -> SlackMessage:
        """Why there is no answer, with buttons for what was probably meant."""
        if isinstance(error, TimeoutError):
            error = _LATE
        return refusal(error, await self._buttons.values_for(_meant(error, command)), request_id)

    def fault(self, error: Exception) -> SlackMessage:
        """A refusal without buttons, for where nothing may be awaited."""
        return refusal(error)

    async def button_too_old(self, words: str) -> SlackMessage:
        """A button that has expired; `words` is what it stood for, empty when that is forgotten."""
        if not words:
            return refusal(_FORGOTTEN)
        old = UsageError("This button is older than a day, so I did not run it.", "Run it now?", words)
        return refusal(old, (await self._buttons.value_for(words),))

    def file_lost(self, name: str, error: SlackError) -> SlackMessage:
        """A file that could not be uploaded."""
        return refusal(BotError(f"The file {name} could not be uploaded: {error.sentence}", error.advice))


def _subject(command: Command) -> str:
    question = command.question
    place = "/".join(filter(None, (question.namespace, question.name)))
    return f"{asked_as(command.handler)} {place}".strip()


def _meant(error: Exception, command: Command | None) -> tuple[str, ...]:
    if isinstance(error, UsageError):
        return (error.suggestion,) if error.suggestion else ()
    if command is None:
        return ()
    if isinstance(error, NameAmbiguous):
        return tuple(_about(command, candidate) for candidate in error.candidates[:MENU])
    if isinstance(error, NameNotFound):
        return tuple(_about(command, candidate) for candidate in error.near[:MENU])
    return ()


def _about(command: Command, candidate: Candidate) -> str:
    ref = candidate.ref
    return replace(command, question=replace(command.question, name=ref.name, namespace=ref.namespace)).words
