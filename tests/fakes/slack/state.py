"""What a workspace holds: channels, messages, people, files; and waiting for it to change."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(kw_only=True)
class Message:
    """One message as people see it; `versions` are all texts it has had."""

    channel: str
    ts: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    only_for: str = ""
    response_url: str = ""
    in_place_of: str = ""
    versions: list[str] = field(default_factory=list)
    arguments: Json = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """Every word a person reads in it, notification text first."""
        return "\n".join([self.text, *_texts(self.blocks)])

    @property
    def pings(self) -> list[str]:
        """Mentions that would notify somebody."""
        return re.findall(r"<(?:!|@|#)[^>]+>", re.sub(r"<!date\^[^>]*>", "", self.shown))

    def elements(self) -> Iterator[Json]:
        """Buttons and menus, in order."""
        for block in self.blocks:
            yield from block.get("elements", []) if "actions" in block["type"] else []
            if "accessory" in block:
                yield block["accessory"]

    @property
    def buttons(self) -> list[str]:
        """Labels of the buttons and of the options in menus."""
        labels = []
        for element in self.elements():
            options = element.get("options", [element])
            labels += [option["text"]["text"] for option in options if "text" in option]
        return labels


@dataclass(kw_only=True)
class Channel:
    """A conversation; `members` does not count the bot."""

    id: str
    name: str
    has_bot: bool = True
    private: bool = False
    archived: bool = False
    messages: list[Message] = field(default_factory=list)


@dataclass(kw_only=True)
class File:
    """An upload, in the three steps it takes."""

    id: str
    filename: str
    length: int
    alt_text: str = ""
    content: bytes = b""
    title: str = ""
    channel: str = ""
    thread_ts: str = ""
    shared: bool = False


@dataclass(frozen=True, kw_only=True)
class Call:
    """One Web API call as it arrived."""

    method: str
    arguments: Json
    at: float
    token: str
    peer: int


class Changes:
    """Lets tests wait for a condition instead of for time."""

    def __init__(self) -> None:
        self._condition = asyncio.Condition()
        self._told: set[asyncio.Task[None]] = set()

    def tell(self) -> None:
        """Wake everybody who waits."""
        task = asyncio.ensure_future(self._wake())
        self._told.add(task)
        task.add_done_callback(self._told.discard)

    async def _wake(self) -> None:
        async with self._condition:
            self._condition.notify_all()

    async def until(self, holds: Callable[[], bool], describe: Callable[[], object], timeout: float) -> None:  # noqa: ASYNC109 - the message needs what was there
        """Return when `holds`; AssertionError with what is there after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout), self._condition:
                await self._condition.wait_for(holds)
        except TimeoutError:
            raise AssertionError(f"not seen within {timeout:g} s; there is: {describe()}") from None


def decode_arguments(raw: Json) -> Json:
    """Form and query arguments carry lists as JSON text; undo that."""
    decoded = dict(raw)
    for key in ("blocks", "files", "attachments"):
        if isinstance(decoded.get(key), str):
            try:
                decoded[key] = json.loads(decoded[key])
            except ValueError:
                decoded[key] = None
    return decoded


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "text" and isinstance(item, str):
                yield item
            elif key in ("text", "fields", "elements", "rows", "options", "accessory"):
                yield from _texts(item)
