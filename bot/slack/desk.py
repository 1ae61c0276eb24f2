"""Where a question comes in: who asks, where, where the answer goes; no waiting here, for an ack is due."""

import re
from collections.abc import Callable

from msgspec import Struct

from bot.command import Asker, Command, DigestWish, Help
from bot.errors import BotError
from bot.render.blocks import ACTION_DIAGNOSE, ACTION_LOGS, ACTION_RERUN, ACTION_SNOOZE
from bot.slack.background import Background
from bot.slack.buttons import ButtonBook
from bot.slack.clients import Clients
from bot.slack.drawing import Drawing
from bot.slack.errand import Ending, Errands, fresh
from bot.slack.events_seen import EventsSeen
from bot.slack.pace import Clock
from bot.slack.payloads import Click, EventEnvelope, MessageEvent, SlashCommand
from bot.slack.reply import Outbox, Sent, Spot
from bot.slack.response_url import ResponseUrl
from bot.slack.surface import MessageSurface, PrivateSurface, Surface
from bot.slack.whisper import Whisper
from bot.telemetry import bind_request, new_request_id
from bot.work import Job, OnError

Understand = Callable[[str, Asker], Command | Help | DigestWish]
"""Text and asker → what is wanted; raises UsageError. Does no I/O."""


class Errand(Struct, frozen=True):
    """A job for `Work`, and whom to tell when it is not taken or does not end well."""

    name: str
    job: Job
    failed: OnError


class Desk:
    """Turns what Slack sends into errands."""

    def __init__(  # noqa: PLR0913 - the parts an errand is made of, joined in one place
        self,
        *,
        understand: Understand,
        errands: Errands,
        drawing: Drawing,
        buttons: ButtonBook,
        seen: EventsSeen,
        outbox: Outbox,
        clients: Clients,
        background: Background,
        clock: Clock,
        bot_user: str,
    ) -> None:
        self._understand = understand
        self._errands = errands
        self._drawing = drawing
        self._buttons = buttons
        self._seen = seen
        self._outbox = outbox
        self._clients = clients
        self._background = background
        self._clock = clock
        self._mention = re.compile(rf"<@{re.escape(bot_user)}(?:\|[^>]*)?>")

    def slash(self, command: SlashCommand) -> Errand:
        """A slash command: answered in the channel; help and errors go to the asker alone."""
        asker = Asker(user=command.user_id, channel=command.channel_id, team=command.team_id)
        whisper = self._whisper(Spot(command.channel_id), command.user_id, command.response_url)
        ending = self._ending(self._message(Spot(command.channel_id), whisper))
        return self._errand("slash command", ending, lambda: self._run(command.text, asker, ending))

    def event(self, envelope: EventEnvelope) -> Errand | None:
        """A mention or a direct message, answered in its thread; None for what nobody asked."""
        event = envelope.event
        if not _is_question(event):
            return None
        asker = Asker(user=event.user, channel=event.channel, team=envelope.team_id)
        spot = Spot(event.channel, event.thread_ts or ("" if event.channel_type == "im" else event.ts))
        # Slack shows a private message in a thread only where a thread is already.
        aside = Spot(event.channel, event.thread_ts)
        ending = self._ending(self._message(spot, self._whisper(aside, event.user, "")))

        async def job() -> None:
            if await self._seen.is_new(envelope.event_id):
                await self._run(self._question(event.text), asker, ending)

        return self._errand(event.type, ending, job)

    def click(self, click: Click) -> Errand:
        """A click: run again in the same message, show logs in its thread, or run what was picked."""
        asker = Asker(user=click.user, channel=click.channel, team=click.team)
        ending = self._ending(self._surface_of(click))

        async def job() -> None:
            meaning = await self._buttons.meaning(click.value)
            if meaning is None or meaning.expired:
                words = meaning.words if meaning is not None else ""
                await ending.end(await self._drawing.button_too_old(words), private=True)
                return
            await self._run(meaning.words, asker, ending, click.action_id)

        return self._errand("click", ending, job)

    async def _run(self, text: str, asker: Asker, ending: Ending, action: str = "") -> None:
        try:
            command = self._understand(text, asker)
        except BotError as error:
            await ending.end(await self._drawing.failure(error), private=True)
            return
        if isinstance(command, Help):
            await self._errands.help(command, ending)
            return
        if isinstance(command, DigestWish):
            bind_request(verb=f"digest {command.action}", cluster=command.cluster)
            await self._errands.wish(command, ending)
            return
        bind_request(verb=command.handler.verb, cluster=command.cluster)
        if action.startswith(ACTION_LOGS):
            await self._errands.logs(command, ending)
        else:
            await self._errands.answer(fresh(command) if action.startswith(ACTION_RERUN) else command, ending)

    def _errand(self, name: str, ending: Ending, job: Job) -> Errand:
        return Errand(name, job, ending.failed)

    def _ending(self, surface: Surface) -> Ending:
        return Ending(surface, self._drawing, self._background, new_request_id())

    def _surface_of(self, click: Click) -> Surface:
        spot = Spot(click.channel, click.thread_ts)
        answer_url = ResponseUrl(click.response_url, self._clients.session, self._clock, self._clients.called)
        whisper = Whisper(self._outbox, answer_url, spot, click.user)
        logs, rerun = (click.action_id.startswith(action) for action in (ACTION_LOGS, ACTION_RERUN))
        below = logs or click.action_id.startswith((ACTION_DIAGNOSE, ACTION_SNOOZE))
        if click.ephemeral and (logs or rerun):
            return PrivateSurface(answer_url, whisper, replace=rerun)
        if click.ephemeral:
            # A choice from a private list is a question like any other: everybody sees the answer.
            return self._message(spot, whisper)
        if below:
            # What is asked from a digest or an answer stands below it: others still read the message itself.
            return self._message(Spot(click.channel, click.thread_ts or click.message_ts), whisper)
        return self._message(spot, whisper, Sent(click.channel, click.message_ts))

    def _message(self, spot: Spot, whisper: Whisper, sent: Sent | None = None) -> MessageSurface:
        return MessageSurface(self._outbox, spot, whisper, self._drawing.fault, sent)

    def _whisper(self, spot: Spot, user: str, response_url: str) -> Whisper:
        url = (
            ResponseUrl(response_url, self._clients.session, self._clock, self._clients.called)
            if response_url
            else None
        )
        return Whisper(self._outbox, url, spot, user)

    def _question(self, text: str) -> str:
        before, *after = self._mention.split(text, maxsplit=1)
        asked = after[0] if after else ""
        return asked if asked.strip() else before


_WRITTEN_BY_PEOPLE = frozenset({"", "file_share", "thread_broadcast"})
"""Subtypes of messages that somebody wrote: plain ones, with an attachment, and "also send to channel"."""


def _is_question(event: MessageEvent) -> bool:
    if event.subtype not in _WRITTEN_BY_PEOPLE or event.bot_id or not event.user:
        return False
    return event.type == "app_mention" or event.channel_type == "im"
