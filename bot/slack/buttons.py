"""What a button stands for: an opaque value in Slack, the words of a command with us."""

import logging
import secrets
import time
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from bot.errors import StoreError
from bot.store.contract import Store
from bot.store.memory import MemoryStore

log = logging.getLogger(__name__)
VALID_SECONDS = 24 * 3600.0
KEPT_SECONDS = 7 * 24 * 3600.0
"""A button that has expired is still known for a week, so that a click can offer to run it again."""


class Meaning(Struct, frozen=True):
    """What a button stands for: the words of a command, and whether the button has expired."""

    words: str
    expired: bool


class _Stored(Struct, frozen=True):
    words: tuple[str, ...]
    born: float


class ButtonBook:
    """Gives out opaque values for commands and finds the commands again.

    Args:
        store: shared between replicas, since any of them may get the click.
        now: seconds since 1970, the same for all replicas.
    """

    def __init__(self, store: Store, now: Callable[[], float] = time.time) -> None:
        self._store = store
        self._memory = MemoryStore()
        self._now = now

    async def value_for(self, words: str) -> str:
        """A value for one command."""
        return (await self.values_for((words,)))[0]

    async def values_for(self, commands: Sequence[str]) -> tuple[str, ...]:
        """Values for several commands, which are kept under one key."""
        if not commands:
            return ()
        key = secrets.token_urlsafe(18)
        await self._keep(key, msgspec.json.encode(_Stored(tuple(commands), self._now())))
        return tuple(f"{key}.{place}" for place in range(len(commands)))

    async def meaning(self, value: str) -> Meaning | None:
        """What a value stands for; None when it is no longer known."""
        key, _, place = value.partition(".")
        raw = await self._find(key)
        if raw is None or not place.isdecimal():
            return None
        stored = msgspec.json.decode(raw, type=_Stored)
        if int(place) >= len(stored.words):
            return None
        return Meaning(stored.words[int(place)], expired=self._now() - stored.born > VALID_SECONDS)

    async def _keep(self, key: str, value: bytes) -> None:
        try:
            await self._store.put(_name(key), value, KEPT_SECONDS)
        except StoreError as error:
            # The answer matters more than its buttons: they then work until this replica restarts.
            log.warning("buttons are kept in memory: %s", error.sentence)
            await self._memory.put(_name(key), value, KEPT_SECONDS)

    async def _find(self, key: str) -> bytes | None:
        try:
            found = await self._store.get(_name(key))
        except StoreError as error:
            log.warning("buttons are looked up in memory: %s", error.sentence)
            found = None
        return found if found is not None else await self._memory.get(_name(key))


def _name(key: str) -> str:
    return f"slack:button:{key}"
