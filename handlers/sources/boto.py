"""A live AWS account: boto3 in a few threads of its own, a deadline for each call, answers kept for a while.

boto3 is imported by the first call, in its thread: a bot without AWS does not pay for it.
"""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from handlers.sources.aws import AwsObject, Identity, Parameter, Stored
from handlers.sources.errors import BadAnswer, TimedOut, Unreachable

if TYPE_CHECKING:
    from handlers.sources.boto_calls import Asked, Calls

A = TypeVar("A", bound=AwsObject)
T = TypeVar("T")
THREADS = 4
"""Calls that run at once; AWS limits how often an account may ask, so more would only wait elsewhere."""
CALL_SECONDS = 15.0
"""Seconds one call may take, all its pages and attempts."""
KEPT_SECONDS = 20.0
"""Seconds an answer is given again to the same question."""
SLOW = "AWS is slow or a network path to it is blocked: ask again, or check NAT and VPC endpoints."


class Reach(Struct, frozen=True, kw_only=True):
    """How to come to an AWS account; empty fields are boto3's default chain (IRSA in a pod).

    Attributes:
        region: of calls that name none.
        profile: of the shared configuration files.
        role_arn: a role to assume with those credentials.
        endpoint_url: where AWS answers, for a private or a local one.
        timeout: seconds until a connection is there, and again until an answer comes.
        attempts: how often a call is sent at most.
    """

    region: str = ""
    profile: str = ""
    role_arn: str = ""
    endpoint_url: str = ""
    timeout: float = 8.0
    attempts: int = 3


class LiveAws:
    """An account that is asked through boto3. See `Aws` for the words.

    Args:
        reach: how to come to it; nothing is asked yet.
        seconds: how long one call may take.
        threads: how many calls run at once.
        kept: seconds an answer is given again.
        clock: what tells the time, in seconds.
    """

    def __init__(
        self,
        reach: Reach,
        *,
        seconds: float = CALL_SECONDS,
        threads: int = THREADS,
        kept: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reach = reach
        self._seconds = seconds
        self._answers = _Answers(kept, clock)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="aws")
        self._slots = asyncio.Semaphore(threads)
        self._calls: Calls | None = None
        self._making = threading.Lock()
        self._closed = False

    @property
    def place(self) -> str:
        """The region of the settings."""
        return self._reach.region or "the default region"

    async def list(self, kind: type[A], *, region: str = "", **parameters: Parameter) -> tuple[A, ...]:
        """Ask for objects, all pages of them. Raises SourceError."""
        call = kind.call

        async def ask() -> tuple[A, ...]:
            raw = await self._run(
                call.action,
                call.action,
                region,
                lambda calls, asked: calls.objects(asked, call, parameters),
            )
            return tuple(_decoded(kind, each) for each in raw)

        key = (kind, region, json.dumps(parameters, sort_keys=True))
        return await self._answers.share(key, ask, keep=call.kept)

    async def read_object(self, bucket: str, key: str, *, most: int, region: str = "") -> Stored:
        """Read an object of S3. Raises SourceError."""

        async def ask() -> Stored:
            return await self._run(
                f"s3://{bucket}/{key}",
                "s3:GetObject",
                region,
                lambda calls, asked: calls.stored(asked, bucket, key, most),
            )

        return await self._answers.share((bucket, key, region, most), ask, keep=False)

    async def identity(self) -> Identity:
        """Ask who the bot is in AWS. Raises SourceError."""

        async def ask() -> Identity:
            action = "sts:GetCallerIdentity"
            return await self._run(action, action, "", lambda calls, asked: calls.identity(asked))

        return await self._answers.share("identity", ask, keep=True)

    async def close(self) -> None:
        """Give up what is asked and close connections; a call that hangs ends by its own timeout."""
        self._closed = True
        await self._answers.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._calls is not None:
            self._calls.close()

    async def _run(self, what: str, action: str, region: str, do: "Callable[[Calls, Asked], T]") -> T:
        async with self._slots:
            if self._closed:
                raise Unreachable(what, "the bot has closed its connections to AWS")
            work = asyncio.get_running_loop().run_in_executor(
                self._pool, self._in_thread, what, action, region, do
            )
            try:
                async with asyncio.timeout(self._seconds):
                    return await work
            except TimeoutError as error:
                raise TimedOut(what, self._seconds, SLOW) from error

    def _in_thread(self, what: str, action: str, region: str, do: "Callable[[Calls, Asked], T]") -> T:
        from handlers.sources.boto_calls import Asked, Calls  # noqa: PLC0415 - a slow import

        with self._making:
            calls = self._calls = self._calls or Calls(self._reach)
        until = time.monotonic() + self._seconds
        return do(calls, Asked(what=what, action=action, region=region, until=until))


class _Answers:
    """Answers that several ask for: one call, its answer kept for a while; a failure is not."""

    def __init__(self, kept: float, clock: Callable[[], float]) -> None:
        self._kept = kept
        self._clock = clock
        self._tasks: dict[object, tuple[asyncio.Task[Any], bool, float]] = {}

    async def share(self, key: object, ask: Callable[[], Awaitable[T]], *, keep: bool) -> T:
        """The answer of a call that runs or has just ended, or of a new one."""
        self._forget()
        held = self._tasks.get(key)
        task = held[0] if held else self._started(key, ask, keep=keep)
        # Whoever gives up waiting must not take the answer from the others.
        answer: T = await asyncio.shield(task)
        return answer

    async def close(self) -> None:
        """Give up what is asked."""
        tasks = [task for task, _, _ in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.clear()

    def _started(self, key: object, ask: Callable[[], Awaitable[T]], *, keep: bool) -> "asyncio.Task[T]":
        task: asyncio.Task[T] = asyncio.ensure_future(ask())
        task.add_done_callback(_heard)
        self._tasks[key] = (task, keep, self._clock())
        return task

    def _forget(self) -> None:
        now = self._clock()
        self._tasks = {
            key: held
            for key, held in self._tasks.items()
            if not held[0].done() or (held[1] and now - held[2] < self._kept and not _failed(held[0]))
        }


def _failed(task: "asyncio.Task[Any]") -> bool:
    return task.cancelled() or task.exception() is not None


def _heard(task: "asyncio.Task[Any]") -> None:
    """Look at a failure nobody waits for any more, so that it is not reported as unheard."""
    if not task.cancelled():
        task.exception()


def _decoded(kind: type[A], raw: object) -> A:
    fields = {msgspec.structs.fields(kind)[0].encode_name: raw} if isinstance(raw, str) else raw
    try:
        return msgspec.convert(fields, kind, strict=False)
    except msgspec.ValidationError as error:
        raise BadAnswer(kind.call.action, f"the answer has an unexpected shape: {error}") from error
