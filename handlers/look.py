"""One question's reads: each at once, each within the deadline, each failure a gap, never an exception."""

import asyncio
from collections.abc import Awaitable
from types import TracebackType
from typing import Generic, Self, TypeVar

from msgspec import Struct

from handlers.contract import Gap, Progress, Sources
from handlers.sources.aws import AwsObject, Parameter, Stored
from handlers.sources.errors import NotFound, NotServed, SourceError, TimedOut
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.remembered import Remembered
from handlers.sources.series import Sample
from handlers.sources.snapshot import Snapshot

T = TypeVar("T")
K = TypeVar("K", bound=KubernetesObject)
A = TypeVar("A", bound=AwsObject)
NO_AWS = "AWS is not configured for this cluster"


class Read(Struct, Generic[T], frozen=True):
    """The outcome of one read.

    Attributes:
        value: what was read; None when it does not exist or could not be read.
        missing: why it could not be read; empty when it could, or does not exist.
    """

    value: T | None = None
    missing: str = ""


class Look:
    """Reads of one question against one cluster; collects the gaps. Use it as an `async with` block.

    Args:
        sources: the doors.
        deadline: seconds from now until every read is given up.
        progress: told a short word when a source has been read.
    """

    def __init__(self, sources: Sources, deadline: float, progress: Progress) -> None:
        self.sources = sources
        # A snapshot remembers by itself, and is asked thousands of times.
        own = sources.cluster
        self.cluster = own if isinstance(own, Snapshot) else Remembered(own)
        self._closes = own is not self.cluster
        self.platform = sources.platform
        self._until = asyncio.get_running_loop().time() + deadline
        self._deadline = deadline
        self._progress = progress
        self._gaps: dict[Gap, None] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave no shared read behind when the question is given up."""
        if self._closes:
            await self.cluster.close()

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What was not read so far, each once."""
        return tuple(self._gaps)

    def note(self, what: str, why: str) -> None:
        """Remember that something was not read."""
        self._gaps[Gap(what, why)] = None

    async def told(self, what: str) -> None:
        """Say that something was read outside this object."""
        await self._progress(what)

    async def within_deadline(self, request: Awaitable[T], what: str) -> T:
        """Await something without which there is no answer.

        Raises:
            TimedOut: the question's deadline came first.
        """
        try:
            async with asyncio.timeout_at(self._until):
                return await request
        except TimeoutError as error:
            raise TimedOut(what, self._deadline) from error

    async def get(
        self, kind: type[K], name: str, namespace: str = "", *, what: str, optional: bool = False
    ) -> Read[K]:
        """Read one object; absent is an answer, not a gap.

        Where a cluster need not serve the kind at all (`optional`: metrics-server), that is a gap to show,
        and nothing is missing: there are no such figures.
        """
        return await self.read(self.cluster.get(kind, name, namespace), what, optional=optional)

    async def list(
        self, kind: type[K], namespace: str = "", *, what: str, labels: str = "", fields: str = ""
    ) -> Read[tuple[K, ...]]:
        """Read a list; the same list is read once in a question, however many ask for it."""
        return await self.read(self.cluster.list(kind, namespace, labels=labels, fields=fields), what)

    async def aws(
        self, kind: type[A], *, what: str, region: str = "", **parameters: Parameter
    ) -> Read[tuple[A, ...]]:
        """Ask AWS; absent is an answer, and so is "not configured", which is a gap to show and no more."""
        if self.sources.aws is None:
            return self._unread(what, NO_AWS)
        return await self.read(self.sources.aws.list(kind, region=region, **parameters), what)

    async def stored(self, bucket: str, key: str, *, what: str, most: int, region: str = "") -> Read[Stored]:
        """Read an object of S3; absent is an answer."""
        if self.sources.aws is None:
            return self._unread(what, NO_AWS)
        return await self.read(self.sources.aws.read_object(bucket, key, most=most, region=region), what)

    async def series(self, promql: str, *, what: str) -> Read[tuple[Sample, ...]]:
        """Ask Prometheus; "not configured" is a gap to show, and nothing is missing."""
        if self.sources.series is None:
            self.note(what, "no Prometheus is configured for this cluster")
            return Read()
        return await self.read(self.sources.series.query(promql), what)

    async def read(self, request: Awaitable[T], what: str, *, optional: bool = False) -> Read[T]:
        """Await a read within the deadline; what fails is noted as the gap `what`."""
        try:
            async with asyncio.timeout_at(self._until):
                value = await request
        except NotServed as error:
            if optional:
                self.note(what, error.why)
                return Read()
            return self._unread(what, error.why)
        except NotFound:
            return Read()
        except SourceError as error:
            return self._unread(what, error.why)
        except TimeoutError:
            return self._unread(what, f"no answer within the question's {self._deadline:g} s")
        await self._progress(what)
        return Read(value)

    def _unread(self, what: str, why: str) -> Read[T]:
        self.note(what, why)
        return Read(missing=f"{what}: {why}")


async def nothing() -> Read[T]:
    """A read that was not needed; for places among reads."""
    return Read()
