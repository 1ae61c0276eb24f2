"""What Slack sends, with only the fields that are read; anything else is left at the door."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")


class SlashCommand(Struct, frozen=True, kw_only=True):
    """A slash command: `text` is what follows it; `response_url` takes five posts within thirty minutes."""

    user_id: str
    channel_id: str
    team_id: str = ""
    text: str = ""
    response_url: str = ""


class MessageEvent(Struct, frozen=True, kw_only=True):
    """A message or a mention; `subtype` and `bot_id` mark what nobody typed."""

    type: str
    channel: str
    ts: str
    user: str = ""
    text: str = ""
    thread_ts: str = ""
    channel_type: str = ""
    subtype: str = ""
    bot_id: str = ""


class EventEnvelope(Struct, frozen=True, kw_only=True):
    """An event with its id, by which a repeated delivery is known."""

    event: MessageEvent
    event_id: str = ""
    team_id: str = ""


class _Id(Struct, frozen=True):
    id: str = ""


class _Option(Struct, frozen=True):
    value: str = ""


class _Action(Struct, frozen=True, kw_only=True):
    action_id: str
    value: str = ""
    selected_option: _Option | None = None


class _Container(Struct, frozen=True, kw_only=True):
    message_ts: str = ""
    channel_id: str = ""
    thread_ts: str = ""
    is_ephemeral: bool = False


class _Clicked(Struct, frozen=True, kw_only=True):
    user: _Id
    team: _Id | None = None
    channel: _Id | None = None
    container: _Container = _Container()
    actions: tuple[_Action, ...]
    response_url: str = ""


class Click(Struct, frozen=True, kw_only=True):
    """A click on a button, or a choice in a menu.

    Attributes:
        value: the opaque value of the button or the chosen option.
        message_ts: the message that was clicked; `thread_ts` when it stands in a thread.
        ephemeral: whether only the clicker sees that message.
    """

    action_id: str
    value: str
    user: str
    team: str
    channel: str
    message_ts: str
    thread_ts: str
    ephemeral: bool
    response_url: str


class PayloadError(Exception):
    """Slack sent something that cannot be read."""


def slash_command(body: Mapping[str, Any]) -> SlashCommand:
    """Read a slash command; raises PayloadError."""
    return _read(body, SlashCommand)


def event(body: Mapping[str, Any]) -> EventEnvelope:
    """Read a message event; raises PayloadError."""
    return _read(body, EventEnvelope)


def click(body: Mapping[str, Any]) -> Click:
    """Read a click; raises PayloadError."""
    clicked = _read(body, _Clicked)
    if not clicked.actions:
        raise PayloadError("a click without an action")
    action, container = clicked.actions[0], clicked.container
    return Click(
        action_id=action.action_id,
        value=action.selected_option.value if action.selected_option is not None else action.value,
        user=clicked.user.id,
        team=clicked.team.id if clicked.team is not None else "",
        channel=container.channel_id or (clicked.channel.id if clicked.channel is not None else ""),
        message_ts=container.message_ts,
        thread_ts=container.thread_ts,
        ephemeral=container.is_ephemeral,
        response_url=clicked.response_url,
    )


def _read(body: Mapping[str, Any], kind: type[T]) -> T:
    # Slack writes null where it has nothing; absent is what the structs understand.
    try:
        return msgspec.convert(_without_nulls(body), kind)
    except msgspec.ValidationError as error:
        raise PayloadError(str(error)) from error


def _without_nulls(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return value
