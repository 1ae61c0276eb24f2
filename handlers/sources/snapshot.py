"""A cluster as it was during one look at everything: each kind is listed once and then answered from memory.

It speaks the words of `Cluster`, so that every question can be asked of it unchanged, thousands of times,
without another request. What cannot be listed as a whole is asked of the cluster behind it, name by name.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from handlers.sources.answers import check_object
from handlers.sources.cluster import Cluster
from handlers.sources.errors import Forbidden, NotFound, Rejected, SourceError
from handlers.sources.held import Held, reader
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.objects.metrics import NodeMetrics, PodMetrics
from handlers.sources.objects.network import EndpointSlice, Service
from handlers.sources.objects.workload import Deployment, ReplicaSet
from handlers.sources.passing_on import PassingOn
from handlers.sources.remembered import Remembered
from handlers.sources.selectors import (
    FieldRequirement,
    Requirement,
    SelectorError,
    parse_fields,
    parse_labels,
)
from rules.finding import ObjectRef

K = TypeVar("K", bound=KubernetesObject)

PAGE = 250
"""Objects of a page: decoding one takes about 10 ms."""
SMALL_PAGE = 500
"""Objects of a page of kinds that are a tenth of a pod: a request costs more than decoding them."""
SMALL: frozenset[type[KubernetesObject]] = frozenset(
    {Deployment, EndpointSlice, Event, NodeMetrics, PodMetrics, ReplicaSet, Service}
)
LONG_LOG = 64 * 1024
"""Characters of a log from which it is not kept without need."""
ONE_BY_ONE = frozenset({("", "configmaps")})
"""Kinds of which a few are read by name: listing all would read much that is nobody's business."""


class Snapshot(PassingOn):
    """A `Cluster` that lists each kind once and answers from that; logs are read once, too.

    Args:
        behind: the cluster that is read.
        namespace: where most questions are about; then its objects are listed alone until others are needed.
    """

    def __init__(self, behind: Cluster, namespace: str = "") -> None:
        self._cluster = behind
        self._asked = Remembered(behind)
        super().__init__(self._asked)
        self._namespace = namespace
        self._lists: dict[tuple[type[KubernetesObject], str], asyncio.Task[Any]] = {}
        self._logs: dict[tuple[object, ...], asyncio.Task[str]] = {}
        self._slim: dict[type[KubernetesObject], Callable[[Any], Any]] = {}

    def keep(self, kind: type[K], slim: Callable[[K], K | None]) -> None:
        """Keep of each object of a kind what `slim` leaves, None nothing, to save memory.

        Say so before the kind is first asked for.
        """
        self._slim[kind] = slim

    def begin(self, *kinds: type[KubernetesObject], namespace: str = "") -> None:
        """Begin to list kinds that will be asked for, while something else is read; nobody waits for them."""
        for kind in kinds:
            scope = self._scope(kind, namespace if kind.resource.namespaced else "")
            if scope is not None:
                self._task(kind, scope)

    async def get(self, kind: type[K], name: str, namespace: str = "") -> K:
        """Read one object, from memory where its kind can be listed. Raises SourceError."""
        what = f"{kind.resource.kind} {namespace}/{name}" if namespace else f"{kind.resource.kind} {name}"
        check_object(what, kind.resource, name, namespace)
        held = await self._held_or_none(kind, namespace)
        if held is None:
            return await self._behind.get(kind, name, namespace)
        found = held.get(name, namespace)
        if found is None:
            raise NotFound(what, f'{kind.resource.label} "{name}" not found')
        return found

    def at_hand(self, ref: ObjectRef) -> KubernetesObject | None:
        """An object of a list that was read already; None where it is in none."""
        lists = (task for (kind, _), task in self._lists.items() if kind.resource.kind == ref.kind)
        read = (task.result() for task in lists if task.done() and not task.cancelled())
        found = (held.get(ref.name, ref.namespace) for held in read if isinstance(held, Held))
        return next(filter(None, found), None)

    async def list(
        self, kind: type[K], namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> tuple[K, ...]:
        """Read a whole list from memory. Raises SourceError."""
        wanted, at = _parsed(kind, labels, fields)
        held = None if at is None else await self._held_or_none(kind, namespace)
        if held is None or at is None:
            return await self._behind.list(kind, namespace, labels=labels, fields=fields)
        return held.select(namespace, wanted, at)

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
        """Read a container's log; the same one is read once, for first it is skimmed and then judged."""
        key = (namespace, pod, container, previous, tail_lines, since_seconds, limit_bytes)
        if key not in self._logs:
            request = super().log(
                namespace,
                pod,
                container,
                previous=previous,
                tail_lines=tail_lines,
                since_seconds=since_seconds,
                limit_bytes=limit_bytes,
            )
            self._logs[key] = asyncio.ensure_future(request)
        return await asyncio.shield(self._logs[key])

    def forget_long_logs(self, namespace: str, pod: str) -> None:
        """Let go of the long logs of a pod that turned out to tell nothing; short ones may be asked again."""
        for key in [key for key in self._logs if key[:2] == (namespace, pod)]:
            task = self._logs[key]
            if task.done() and not task.exception() and len(task.result()) > LONG_LOG:
                del self._logs[key]

    async def close(self) -> None:
        """Forget what was read; the cluster behind stays open."""
        tasks = [*self._lists.values(), *self._logs.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._asked.close()
        held = [task.result() for task in self._lists.values() if task.done() and not task.cancelled()]
        self._lists.clear()
        self._logs.clear()
        for each in held:
            if isinstance(each, Held):
                await each.forget()

    async def _held_or_none(self, kind: type[K], namespace: str) -> Held[K] | None:
        """All objects of a kind; None where they have to be asked for one by one.

        Raises:
            SourceError: the list failed for a reason that would meet a single question too.
        """
        scope = self._scope(kind, namespace)
        if scope is None:
            return None
        held: Held[K] | SourceError = await asyncio.shield(self._task(kind, scope))
        if isinstance(held, Forbidden):
            return None
        if isinstance(held, SourceError):
            raise held
        return held

    def _task(self, kind: type[KubernetesObject], scope: str) -> "asyncio.Task[Any]":
        """The reading of a list, begun by whoever needs it first."""
        if (kind, scope) not in self._lists:
            self._lists[kind, scope] = asyncio.ensure_future(self._read(kind, scope))
        return self._lists[kind, scope]

    def _scope(self, kind: type[KubernetesObject], namespace: str) -> str | None:
        """Which list answers a question about a namespace: that of all, that of ours, or none."""
        if (kind.resource.group, kind.resource.plural) in ONE_BY_ONE:
            return None
        if not self._namespace or not namespace or not kind.resource.namespaced or (kind, "") in self._lists:
            return ""
        return namespace if namespace == self._namespace else None

    async def _read(self, kind: type[K], scope: str) -> Held[K] | SourceError:
        """Read page by page: what is not wanted is let go of before the next page comes."""
        held, slim = Held(kind), self._slim.get(kind)
        size = SMALL_PAGE if kind in SMALL else PAGE
        try:
            async for page in self._cluster.pages(kind, scope, page_size=size):
                held.add(page if slim is None else filter(None, map(slim, page)))
        except SourceError as error:
            return error
        return held


def _parsed(
    kind: type[KubernetesObject], labels: str, fields: str
) -> tuple[tuple[Requirement, ...], tuple[FieldRequirement, ...] | None]:
    """Selectors taken apart; None for fields that cannot be read from decoded objects. Raises Rejected."""
    try:
        wanted, at = parse_labels(labels), parse_fields(fields)
    except SelectorError as error:
        raise Rejected(kind.resource.label, str(error)) from error
    try:
        for term in at:
            reader(kind, term.field)
    except LookupError:
        return wanted, None
    return wanted, at
