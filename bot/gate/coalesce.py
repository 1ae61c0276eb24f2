"""One look for many askers: who asks what somebody else has just asked gets the same answer."""

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from msgspec import MsgspecError, Struct

from bot.command import Command
from bot.errors import Busy, StoreError
from bot.metrics import Metrics
from bot.store.contract import Store

log = logging.getLogger(__name__)
T = TypeVar("T")
Look = Callable[[], Awaitable[T]]


class Codec(Struct, Generic[T], frozen=True):
    """How an answer crosses between replicas.

    `decode` raises `ValueError` or `msgspec.MsgspecError` for bytes it cannot read, as happens while
    an older and a newer replica run side by side; the asker's replica then looks itself.
    """

    encode: Callable[[T], bytes]
    decode: Callable[[bytes], T]


class Sharing(Struct, frozen=True, kw_only=True):
    """How long answers and looks are shared.

    Attributes:
        seconds: how long a finished answer is used again; 0 shares running looks in this process only.
        lease: seconds a replica may look while others wait for it; then they look themselves.
        poll: seconds between two glances at the look of another replica.
        finished: how many finished answers this process keeps at most.
        max_bytes: larger answers are not passed between replicas.
    """

    seconds: float = 20.0
    lease: float = 10.0
    poll: float = 0.2
    finished: int = 500
    max_bytes: int = 1024 * 1024


class _Finished(Struct, Generic[T], frozen=True):
    answer: T
    until: float


class Coalescer(Generic[T]):
    """Shares looks between askers in this process, and between replicas while the store is shared.

    A replica that looks holds a lease in the store; the others wait for its answer, or for the lease to
    be given back (the look failed) or to expire (the replica died), and then look themselves. Errors
    reach everyone who waits in this process and are never kept.

    Args:
        store: where leases and answers are seen by other replicas.
        codec: answers to bytes and back.
        sharing: the times.
        metrics: where shared askers are counted.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        store: Store,
        codec: Codec[T],
        sharing: Sharing,
        metrics: Metrics,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._codec = codec
        self._sharing = sharing
        self._metrics = metrics
        self._clock = clock
        self._running: dict[str, asyncio.Task[T]] = {}
        self._finished: dict[str, _Finished[T]] = {}
        self._closed = False

    async def share(self, command: Command, look: Look[T]) -> T:
        """The answer to the command: a recent one, the one being looked for, or that of `look`.

        `command.fresh` passes over finished answers, yet joins a look that runs. Raises what `look` raises,
        and `Busy` when the bot shuts down meanwhile.
        """
        key = _key(command)
        task = self._running.get(key)
        if task is not None:
            self._metrics.coalesced("running")
            return await self._join(task)
        finished = self._finished.get(key)
        if finished is not None and finished.until > self._clock() and not command.fresh:
            self._metrics.coalesced("finished")
            return finished.answer
        return await self._join(self._start(key, command, look))

    async def close(self) -> None:
        """Cancel the looks that run; those who wait for them get `Busy`."""
        self._closed = True
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: str, command: Command, look: Look[T]) -> asyncio.Task[T]:
        if self._closed:
            raise Busy(_CLOSING, _AGAIN)
        task = asyncio.create_task(self._answer(key, command, look), name=f"look {command.words}")
        self._running[key] = task
        task.add_done_callback(lambda done: self._ended(key, done))
        return task

    def _ended(self, key: str, task: asyncio.Task[T]) -> None:
        del self._running[key]
        # Asking for the exception marks it as seen: everyone who waited may have been cancelled meanwhile.
        if task.cancelled() or task.exception() is not None:
            return
        self._keep(key, task.result())

    def _keep(self, key: str, answer: T) -> None:
        now = self._clock()
        self._finished.pop(key, None)
        for stale in [key for key, held in self._finished.items() if held.until <= now]:
            del self._finished[stale]
        if self._sharing.seconds > 0:
            self._finished[key] = _Finished(answer, now + self._sharing.seconds)
        while len(self._finished) > self._sharing.finished:
            del self._finished[next(iter(self._finished))]

    async def _join(self, task: asyncio.Task[T]) -> T:
        try:
            # The shield keeps one asker's cancellation from ending the look of the others.
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if not task.cancelled() or (me is not None and me.cancelling()):
                raise
            raise Busy(_CLOSING, _AGAIN) from None

    async def _answer(self, key: str, command: Command, look: Look[T]) -> T:
        if not self._store.shared or self._sharing.seconds <= 0:
            return await look()
        lease = _Lease(self._store, key, self._sharing.lease)
        try:
            if command.fresh:
                await self._store.delete(_answer_key(key))
            known = await self._of_replica(key, lease)
        except StoreError:
            return await look()
        if known is not None:
            self._metrics.coalesced("replica")
            return known.answer
        return await self._look(key, lease, look)

    async def _of_replica(self, key: str, lease: "_Lease") -> _Finished[T] | None:
        """The answer of another replica; None when the lease is ours, or waiting makes no more sense."""
        until = self._clock() + lease.seconds
        while self._clock() < until and self._store.shared:
            known = await self._read(key)
            if known is not None:
                return known
            if await lease.take():
                return await self._published_meanwhile(key, lease)
            await asyncio.sleep(self._sharing.poll)
        return None

    async def _published_meanwhile(self, key: str, lease: "_Lease") -> _Finished[T] | None:
        """The answer another replica published between our reading and our taking the lease."""
        known = await self._read(key)
        if known is not None:
            await lease.give_back()
        return known

    async def _read(self, key: str) -> _Finished[T] | None:
        value = await self._store.get(_answer_key(key))
        if value is None:
            return None
        try:
            return _Finished(self._codec.decode(value), 0.0)
        except (ValueError, MsgspecError):
            log.warning("the answer of another replica cannot be read, looking here")
            await self._store.delete(_answer_key(key))
            return None

    async def _look(self, key: str, lease: "_Lease", look: Look[T]) -> T:
        try:
            answer = await look()
            await self._publish(key, answer)
        finally:
            await lease.give_back()
        return answer

    async def _publish(self, key: str, answer: T) -> None:
        # Encoding redacts, which takes long for long logs: not on the event loop.
        value = await asyncio.to_thread(self._codec.encode, answer)
        if len(value) > self._sharing.max_bytes:
            return
        try:
            await self._store.put(_answer_key(key), value, self._sharing.seconds)
        except StoreError:
            log.info("an answer could not be passed to other replicas")


class _Lease:
    """The right of one replica to look, for a while."""

    def __init__(self, store: Store, key: str, seconds: float) -> None:
        self.seconds = seconds
        self._store = store
        self._key = f"lease:{key}"
        self._token = secrets.token_bytes(12)

    async def take(self) -> bool:
        return await self._store.put_if_absent(self._key, self._token, self.seconds)

    async def give_back(self) -> None:
        try:
            await self._store.delete_if_equal(self._key, self._token)
        except StoreError:
            log.info("a lease could not be given back; it expires within %.0f s", self.seconds)


_CLOSING = "The bot is restarting."
_AGAIN = "Ask again in a minute."


def _answer_key(key: str) -> str:
    return f"answer:{key}"


def _key(command: Command) -> str:
    words = f"{command.words}\0{command.cluster}"
    return hashlib.blake2b(words.encode(), digest_size=16).hexdigest()
