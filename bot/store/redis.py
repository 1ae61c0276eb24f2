"""The words of the store in Redis, and the only place that knows Redis is there."""

import asyncio
from collections.abc import Awaitable, Collection, Mapping
from typing import TypeVar, cast

from limits.aio.storage import RedisStorage
from msgspec import Struct
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from bot.errors import SettingsError, StoreError

_DELETE_IF_EQUAL = (
    "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"
)
_ADVICE = "Ask again; whoever runs the bot finds the reason with `mlops doctor`."
_KEEPING = ("appendonly", "save", "maxmemory", "maxmemory-policy")
T = TypeVar("T")


class Keeping(Struct, frozen=True, kw_only=True):
    """How a Redis keeps what it holds.

    Attributes:
        appendonly: every write is logged on disk.
        snapshots: it is written to disk from time to time.
        evicts: the policy by which keys are dropped when memory is full; empty where none is.
    """

    appendonly: bool
    snapshots: bool
    evicts: str


class RedisStore:
    """Small values with an expiry, shared between all replicas; every method raises `StoreError`.

    Args:
        url: `redis://`, `rediss://` or `unix://`, with its password; it is never printed.
        prefix: put before every key, so that several bots can share one Redis.
        timeout: seconds for a connection and for each answer.
        connections: how many are open at most; further calls wait for a free one.

    Raises:
        SettingsError: the URL cannot be read; the sentence does not repeat it.
    """

    def __init__(
        self, url: str, *, prefix: str = "mlops:", timeout: float = 0.25, connections: int = 64
    ) -> None:
        self._prefix = prefix
        # A hung Redis makes callers queue for connections that others wait on: this ends the sum. It is
        # generous, since a burst that queues on a healthy Redis must not count as an outage.
        self._deadline = 8 * timeout
        self._pool = _pool(url, timeout, connections)
        self._redis = Redis(connection_pool=self._pool)
        self._delete_if_equal = self._redis.register_script(_DELETE_IF_EQUAL)

    def __repr__(self) -> str:
        return f"RedisStore(prefix={self._prefix!r})"

    @property
    def shared(self) -> bool:
        """Always: every replica with the same URL and prefix sees the same values."""
        return True

    def limits_storage(self) -> RedisStorage:
        """The rate limiter's counters, over the same connections and time-outs.

        `limits` would take coredis by default, and its own pool could not be closed.
        Its errors come as `limits.errors.StorageError`.
        """
        return RedisStorage(
            "async+redis://",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix=f"{self._prefix}limit",
            connection_pool=self._pool,  # type: ignore[arg-type]  # documented, but absent from its annotation
        )

    async def get(self, key: str) -> bytes | None:
        """Read a value; None when it is absent or expired."""
        value = await self._answer(self._redis.get(self._prefix + key))
        return cast("bytes | None", value)  # answers are not decoded, see `_pool`

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        """Write a value that expires after `ttl` seconds."""
        await self._answer(self._redis.set(self._prefix + key, value, px=_milliseconds(ttl)))

    async def put_if_absent(self, key: str, value: bytes, ttl: float) -> bool:
        """Write unless the key exists; tells whether it was written."""
        written = await self._answer(
            self._redis.set(self._prefix + key, value, px=_milliseconds(ttl), nx=True)
        )
        return bool(written)

    async def delete(self, key: str) -> None:
        """Remove a key; absent is fine."""
        await self._answer(self._redis.delete(self._prefix + key))

    async def delete_if_equal(self, key: str, value: bytes) -> bool:
        """Remove a key only while it still holds `value`; tells whether it did."""
        return bool(await self._answer(self._delete_if_equal(keys=[self._prefix + key], args=[value])))

    async def fields(self, key: str) -> dict[str, bytes]:
        """Read every field of a record; empty when it is absent or expired."""
        # redis-py types an answer that is not decoded as if it were text.
        found = cast("Awaitable[dict[bytes, bytes]]", self._redis.hgetall(self._prefix + key))
        # A name that is not ours may be any bytes; whoever reads the record leaves it out.
        return {name.decode(errors="replace"): value for name, value in (await self._answer(found)).items()}

    async def put_fields(
        self, key: str, values: Mapping[str, bytes], drop: Collection[str] = (), ttl: float | None = None
    ) -> None:
        """Write some fields of a record and remove others, all of it or nothing; `ttl` counts from now."""
        async with self._redis.pipeline(transaction=True) as pipeline:
            if drop:
                pipeline.hdel(self._prefix + key, *drop)
            if values:
                pipeline.hset(self._prefix + key, items=[part for pair in values.items() for part in pair])
            if ttl is not None:
                pipeline.pexpire(self._prefix + key, _milliseconds(ttl))
            await self._answer(pipeline.execute())

    async def ping(self) -> None:
        """Prove that Redis answers."""
        await self._answer(self._redis.ping())

    async def keeping(self) -> Keeping | None:
        """How it keeps what it holds; None where it does not tell, as a managed Redis."""
        try:
            said = {name: await self._configured(name) for name in _KEEPING}
        except StoreError as error:
            if isinstance(error.__cause__, ResponseError):
                return None
            raise
        limited = said["maxmemory"] not in {"", "0"}
        policy = said["maxmemory-policy"]
        return Keeping(
            appendonly=said["appendonly"] == "yes",
            snapshots=bool(said["save"].strip()),
            evicts=policy if limited and policy != "noeviction" else "",
        )

    async def _configured(self, name: str) -> str:
        answer = cast("dict[bytes | str, bytes | str]", await self._answer(self._redis.config_get(name)))
        value = next(iter(answer.values()), b"")
        return value.decode(errors="replace") if isinstance(value, bytes) else value

    async def close(self) -> None:
        """Release connections."""
        await self._redis.aclose()
        await self._pool.disconnect()

    async def _answer(self, call: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(self._deadline):
                return await call
        except TimeoutError as late:
            raise StoreError("Redis did not answer in time.", _ADVICE) from late
        except (RedisError, OSError) as error:
            raise StoreError(f"Redis does not answer ({type(error).__name__}).", _ADVICE) from error


def _pool(url: str, timeout: float, connections: int) -> BlockingConnectionPool:
    try:
        return BlockingConnectionPool.from_url(
            url,
            max_connections=connections,
            timeout=8 * timeout,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            # No repeats: the pool replaces connections that were closed while idle before it hands them out,
            # and a repeated SET NX would find its own value and take it for somebody else's.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,
        )
    except ValueError:
        raise SettingsError(
            "The Redis URL cannot be read.",
            "Write it as redis://HOST:PORT/0, or rediss:// for TLS; a password stands before the host.",
        ) from None  # the foreign error repeats parts of the URL


def _milliseconds(ttl: float) -> int:
    return max(1, round(ttl * 1000))
