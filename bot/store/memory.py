"""The words of the store in one process's memory: for the terminal, for tests, and while Redis is away."""

import math
import time
from collections.abc import Callable, Collection, Mapping

from msgspec import Struct


class _Held(Struct, frozen=True):
    value: bytes
    until: float


class _Record(Struct, frozen=True):
    values: Mapping[str, bytes]
    until: float


class MemoryStore:
    """Small values with an expiry, seen by this process only; the oldest give way when it is full.

    Args:
        clock: monotonic seconds.
        max_keys: how many values are kept at most.
        max_bytes: how many bytes of values are kept at most; a larger single value is not kept at all.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        max_keys: int = 10_000,
        max_bytes: int = 64 * 1024 * 1024,
    ) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._max_bytes = max_bytes
        self._bytes = 0
        self._held: dict[str, _Held] = {}
        # Records are few and wanted for long: they do not give way to what can be asked for again.
        self._records: dict[str, _Record] = {}

    def __len__(self) -> int:
        return len(self._held)

    @property
    def shared(self) -> bool:
        """Never: other replicas do not see this memory."""
        return False

    async def get(self, key: str) -> bytes | None:
        """Read a value; None when it is absent, expired or has given way."""
        return self._value(key)

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Write a value that expires after `ttl` seconds."""
        self._drop(key)
        if len(value) > self._max_bytes:
            return
        self._make_room(len(value))
        self._held[key] = _Held(value, self._clock() + ttl)
        self._bytes += len(value)

    async def put_if_absent(self, key: str, value: bytes, ttl: float) -> bool:
        """Write unless the key exists; tells whether it was written."""
        if self._value(key) is not None:
            return False
        await self.put(key, value, ttl)
        return True

    async def delete(self, key: str) -> None:
        """Remove a key; absent is fine."""
        self._drop(key)

    async def delete_if_equal(self, key: str, value: bytes) -> bool:
        """Remove a key only while it still holds `value`; tells whether it did."""
        if self._value(key) != value:
            return False
        self._drop(key)
        return True

    async def fields(self, key: str) -> dict[str, bytes]:
        """Read every field of a record; empty when it is absent or expired."""
        record = self._records.get(key)
        if record is None or record.until <= self._clock():
            self._records.pop(key, None)
            return {}
        return dict(record.values)

    async def put_fields(
        self, key: str, values: Mapping[str, bytes], drop: Collection[str] = (), ttl: float | None = None
    ) -> None:
        """Write some fields of a record and remove others, all of it or nothing; `ttl` counts from now."""
        known = await self.fields(key)
        until = self._records[key].until if key in self._records else math.inf
        kept = {name: value for name, value in known.items() if name not in drop} | dict(values)
        self._records[key] = _Record(kept, until if ttl is None else self._clock() + ttl)

    async def ping(self) -> None:
        """Memory always answers."""

    async def close(self) -> None:
        """Forget everything."""
        self._held.clear()
        self._records.clear()
        self._bytes = 0

    def _value(self, key: str) -> bytes | None:
        held = self._held.get(key)
        if held is None:
            return None
        if held.until <= self._clock():
            self._drop(key)
            return None
        return held.value

    def _drop(self, key: str) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._bytes -= len(held.value)

    def _full(self, coming: int) -> bool:
        return len(self._held) >= self._max_keys or self._bytes + coming > self._max_bytes

    def _make_room(self, coming: int) -> None:
        if not self._full(coming):
            return
        now = self._clock()
        for key in [key for key, held in self._held.items() if held.until <= now]:
            self._drop(key)
        while self._held and self._full(coming):
            self._drop(next(iter(self._held)))
