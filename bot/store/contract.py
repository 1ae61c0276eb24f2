"""The few words the bot needs of Redis; `redis.py` and `memory.py` answer them alike."""

from collections.abc import Collection, Mapping
from typing import Protocol


class Store(Protocol):
    """Small values with an expiry, shared between replicas when Redis stands behind it.

    Every method raises `StoreError` when the store does not answer in time.
    """

    @property
    def shared(self) -> bool:
        """Whether other replicas see the same values."""

    async def get(self, key: str) -> bytes | None:
        """Read a value; None when it is absent or expired."""

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Write a value that expires after `ttl` seconds."""

    async def put_if_absent(self, key: str, value: bytes, ttl: float) -> bool:
        """Write unless the key exists; tells whether it was written."""

    async def delete(self, key: str) -> None:
        """Remove a key; absent is fine."""

    async def delete_if_equal(self, key: str, value: bytes) -> bool:
        """Remove a key only while it still holds `value` (for leases); tells whether it did."""

    async def fields(self, key: str) -> dict[str, bytes]:
        """Read every field of a record; empty when it is absent or expired."""

    async def put_fields(
        self, key: str, values: Mapping[str, bytes], drop: Collection[str] = (), ttl: float | None = None
    ) -> None:
        """Write some fields of a record and remove others, all of it or nothing; `ttl` counts from now."""

    async def ping(self) -> None:
        """Prove that the store answers."""

    async def close(self) -> None:
        """Release connections."""
