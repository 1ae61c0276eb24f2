"""Redis while it answers, memory while it does not."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TypeVar

from bot.errors import StoreError
from bot.store.circuit import Circuit
from bot.store.contract import Store

T = TypeVar("T")


class FallbackStore:
    """A store that always answers: from `primary`, or from `memory` while `primary` is away.

    What was written to memory meanwhile is still seen after the return, so that an event handled
    during the outage is not handled again when Slack repeats it.

    Args:
        primary: the shared store (Redis).
        memory: the store of this process.
        circuit: whether `primary` is asked at all; its `healthy` and `since` tell the state.
    """

    def __init__(self, primary: Store, memory: Store, circuit: Circuit) -> None:
        self._primary = primary
        self._memory = memory
        self._circuit = circuit

    @property
    def shared(self) -> bool:
        """Whether other replicas see the same values at this moment."""
        return self._primary.shared and self._circuit.healthy

    @property
    def healthy(self) -> bool:
        """Whether the primary answered last time."""
        return self._circuit.healthy

    @property
    def since(self) -> float:
        """When the present state began, in the circuit's monotonic seconds."""
        return self._circuit.since

    async def get(self, key: str) -> bytes | None:
        """Read a value; None when it is absent or expired."""
        value = await self._ask(lambda: self._primary.get(key), lambda: self._memory.get(key))
        return value if value is not None else await self._memory.get(key)

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Write a value that expires after `ttl` seconds."""
        await self._memory.delete(key)
        await self._ask(lambda: self._primary.put(key, value, ttl), lambda: self._memory.put(key, value, ttl))

    async def put_if_absent(self, key: str, value: bytes, ttl: float) -> bool:
        """Write unless the key exists; tells whether it was written."""
        if await self._memory.get(key) is not None:
            return False
        return await self._ask(
            lambda: self._primary.put_if_absent(key, value, ttl),
            lambda: self._memory.put_if_absent(key, value, ttl),
        )

    async def delete(self, key: str) -> None:
        """Remove a key; absent is fine."""
        await self._memory.delete(key)
        await self._ask(lambda: self._primary.delete(key), lambda: self._memory.delete(key))

    async def delete_if_equal(self, key: str, value: bytes) -> bool:
        """Remove a key only while it still holds `value`; tells whether it did."""
        if await self._memory.delete_if_equal(key, value):
            return True
        return await self._ask(
            lambda: self._primary.delete_if_equal(key, value),
            lambda: self._memory.delete_if_equal(key, value),
        )

    async def fields(self, key: str) -> dict[str, bytes]:
        """Read every field of a record; empty when it is absent or expired."""
        return await self._ask(lambda: self._primary.fields(key), lambda: self._memory.fields(key))

    async def put_fields(
        self, key: str, values: Mapping[str, bytes], drop: Collection[str] = (), ttl: float | None = None
    ) -> None:
        """Write some fields of a record and remove others, all of it or nothing; `ttl` counts from now."""
        await self._ask(
            lambda: self._primary.put_fields(key, values, drop, ttl),
            lambda: self._memory.put_fields(key, values, drop, ttl),
        )

    async def ping(self) -> None:
        """Ask the primary when it is due; never raises, since memory answers: read `healthy` afterwards."""
        await self._ask(self._primary.ping, self._memory.ping)

    async def close(self) -> None:
        """Release connections."""
        await self._memory.close()
        await self._primary.close()

    async def _ask(self, primary: Callable[[], Awaitable[T]], memory: Callable[[], Awaitable[T]]) -> T:
        if not self._circuit.may_ask():
            return await memory()
        try:
            answer = await primary()
        except StoreError as error:
            self._circuit.failed(str(error))
            return await memory()
        self._circuit.succeeded()
        return answer
