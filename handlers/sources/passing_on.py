"""A cluster in front of another: passes every word on, so that one that answers some itself stays short."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import TypeVar

from handlers.sources.cluster import Cluster, ProxyAnswer
from handlers.sources.objects.meta import KubernetesObject, Resource
from rules.finding import ObjectRef

K = TypeVar("K", bound=KubernetesObject)


class PassingOn:
    """A `Cluster` that asks the one behind it; closing it leaves that one open."""

    def __init__(self, behind: Cluster) -> None:
        self._behind = behind

    @property
    def name(self) -> str:
        """What people call the cluster."""
        return self._behind.name

    def now(self) -> datetime:
        """The cluster's time."""
        return self._behind.now()

    async def get(self, kind: type[K], name: str, namespace: str = "") -> K:
        """Read one object. Raises SourceError."""
        return await self._behind.get(kind, name, namespace)

    async def pages(
        self, kind: type[K], namespace: str = "", *, labels: str = "", fields: str = "", page_size: int = 250
    ) -> AsyncIterator[tuple[K, ...]]:
        """Read a list page by page, as `list` answers it. Raises SourceError."""
        items = await self.list(kind, namespace, labels=labels, fields=fields)
        for start in range(0, max(len(items), 1), page_size):
            yield items[start : start + page_size]

    async def list(
        self, kind: type[K], namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> tuple[K, ...]:
        """Read a whole list. Raises SourceError."""
        return await self._behind.list(kind, namespace, labels=labels, fields=fields)

    async def log(  # noqa: PLR0913 - the options of the API, as the protocol names them
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
        """Read a container's log. Raises SourceError."""
        return await self._behind.log(
            namespace,
            pod,
            container,
            previous=previous,
            tail_lines=tail_lines,
            since_seconds=since_seconds,
            limit_bytes=limit_bytes,
        )

    async def proxy(self, service: ObjectRef, port: int, path: str, *, body: bytes = b"") -> ProxyAnswer:
        """Ask a Service through the API server. Raises SourceError."""
        return await self._behind.proxy(service, port, path, body=body)

    async def may(self, verb: str, resource: Resource, namespace: str = "", subresource: str = "") -> bool:
        """Ask whether the bot's identity has a right."""
        return await self._behind.may(verb, resource, namespace, subresource)

    async def version(self) -> str:
        """The server's version."""
        return await self._behind.version()

    async def close(self) -> None:
        """Forget what was remembered; the cluster behind stays open."""
