"""The words every cluster source answers, live or recorded; handlers know nothing else of a cluster."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Protocol, TypeVar

from msgspec import Struct

from handlers.sources.objects.meta import KubernetesObject, Resource
from rules.finding import ObjectRef

K = TypeVar("K", bound=KubernetesObject)


class RequestCount:
    """How many requests were sent to the API server while this count was the current one."""

    def __init__(self) -> None:
        self.requests = 0


_current: ContextVar[RequestCount | None] = ContextVar("request_count", default=None)


@contextmanager
def counting() -> Iterator[RequestCount]:
    """Count the requests sent inside the block, by this task and the tasks it starts."""
    count = RequestCount()
    token = _current.set(count)
    try:
        yield count
    finally:
        _current.reset(token)


def count_request() -> None:
    """Sources call this once for each request they send (a retry is a request too)."""
    count = _current.get()
    if count is not None:
        count.requests += 1


class ProxyAnswer(Struct, frozen=True, kw_only=True):
    """What a Service answered to a request that the API server handed on.

    Attributes:
        status: HTTP status of the Service's own answer.
        body: its text, or the beginning of it.
        cut: whether there may be more of it.
        seconds: from the request to the answer.
    """

    status: int
    body: str = ""
    cut: bool = False
    seconds: float = 0.0


class Cluster(Protocol):
    """A cluster that can be read.

    Every method raises a `SourceError` when it has no answer; nothing else escapes.
    """

    @property
    def name(self) -> str:
        """What people call this cluster (kubeconfig context, setting, or bundle)."""

    def now(self) -> datetime:
        """The time to which ages are told: the clock's, or that of the recording."""

    async def get(self, kind: type[K], name: str, namespace: str = "") -> K:
        """Read one object. Raises NotFound, or NotServed where the API has no such resource."""

    def pages(
        self, kind: type[K], namespace: str = "", *, labels: str = "", fields: str = "", page_size: int = 250
    ) -> AsyncIterator[tuple[K, ...]]:
        """Read a list page by page; an empty namespace means all of them.

        An expired continue token is restarted once from the beginning without repeating objects.
        """

    async def list(
        self, kind: type[K], namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> tuple[K, ...]:
        """Read a whole list; of a namespace that does not exist it is empty, as the API says."""

    async def log(  # noqa: PLR0913 - the options of the API
        self,
        namespace: str,
        pod: str,
        container: str,
        *,
        previous: bool = False,
        tail_lines: int | None = None,
        since_seconds: int | None = None,
        limit_bytes: int | None = None,
    ) -> str:
        """Read a container's log; Rejected where it has not started or has no previous run."""

    async def proxy(self, service: ObjectRef, port: int, path: str, *, body: bytes = b"") -> ProxyAnswer:
        """Ask a Service through the API server: a POST with a JSON body, else a GET; never sent twice.

        Raises NoBackend where nothing stands behind the Service, NotFound where there is no such Service,
        Rejected where the cluster is recorded.
        """

    async def may(self, verb: str, resource: Resource, namespace: str = "", subresource: str = "") -> bool:
        """Ask whether the bot's identity has a right (SelfSubjectAccessReview)."""

    async def version(self) -> str:
        """The server's version ("v1.36.2")."""

    async def close(self) -> None:
        """Release connections; the source answers nothing afterwards."""
