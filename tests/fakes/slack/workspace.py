"""One workspace: who is in it, what was said, what the app was granted, and the faults a test orders."""

import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.fakes.slack.state import Call, Changes, Channel, File, Json, Message

BOT_USER = "U0BOT"
BOT_ID = "B0BOT"
TEAM = "T0TEAM"
APP = "A0APP"
ALL_SCOPES = frozenset(
    {
        "app_mentions:read",
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "files:write",
        "groups:history",
        "im:history",
        "usergroups:read",
        "users:read",
    }
)
Cut = Literal["before", "after"]


@dataclass(kw_only=True)
class Fault:
    """What the next calls of a method get instead of an answer, after `hold` seconds."""

    error: str = ""
    status: int = 200
    retry_after: int = 0
    cut: Cut | None = None
    hold: float = 0.0
    extra: Json = field(default_factory=dict)


class Workspace:
    """State shared by the doors of the local Slack; `now` is Slack's clock in seconds since 1970."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self.bot_token = "xoxb-local"
        self.app_token = "xapp-local"
        self.signing_secret = "local-signing-secret"
        self.scopes = set(ALL_SCOPES)
        self.token_fault = ""
        self.date = ""
        self.refused_block_types: frozenset[str] = frozenset()
        self.channels: dict[str, Channel] = {}
        self.files: dict[str, File] = {}
        self.groups: dict[str, list[str]] = {}
        self.calls: list[Call] = []
        self.changes = Changes()
        self.seconds_between_posts = 0.0
        self._faults: dict[str, deque[Fault]] = {}
        self._posted_at: dict[str, float] = {}
        self.triggers: dict[str, float] = {}
        self._ids = itertools.count(1)
        self._moments = itertools.count(1)

    def new_id(self, prefix: str) -> str:
        """A fresh id such as `Ev000012`."""
        return f"{prefix}{next(self._ids):06d}"

    def new_trigger(self) -> str:
        """A trigger_id, good for three seconds."""
        trigger = self.new_id("trigger")
        self.triggers[trigger] = self.now()
        return trigger

    def new_ts(self) -> str:
        """A message timestamp: unique, rising, 17 characters."""
        return f"{int(self.now())}.{next(self._moments):06d}"

    def channel(self, channel_id: str) -> Channel:
        """The conversation of this id; it appears when first named, with the bot in it."""
        return self.channels.setdefault(channel_id, Channel(id=channel_id, name=channel_id.lower()))

    def find(self, channel_id: str, ts: str) -> Message | None:
        """A message by its place."""
        messages = self.channels[channel_id].messages if channel_id in self.channels else []
        return next((message for message in messages if message.ts == ts and not message.only_for), None)

    def add(self, message: Message) -> Message:
        """Show a message."""
        message.versions.append(message.text)
        self.channel(message.channel).messages.append(message)
        self.changes.tell()
        return message

    def order_fault(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next `times` calls of a method fail."""
        self._faults.setdefault(method, deque()).extend([fault] * times)

    def next_fault(self, method: str) -> Fault | None:
        """The fault that waits for this call."""
        waiting = self._faults.get(method)
        return waiting.popleft() if waiting else None

    def too_fast(self, channel: str) -> bool:
        """Whether a post comes sooner after the last one than the pace allows."""
        last = self._posted_at.get(channel)
        if last is not None and self.now() - last < self.seconds_between_posts:
            return True
        self._posted_at[channel] = self.now()
        return False
