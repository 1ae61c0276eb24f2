"""A cluster during one question: what was asked once is not asked again."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from handlers.sources.cluster import Cluster
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.passing_on import PassingOn

K = TypeVar("K", bound=KubernetesObject)
T = TypeVar("T")


class Remembered(PassingOn):
    """A `Cluster` that reads the same object and the same list once, however many ask for it.

    An error is an answer, too: a server that refused a list is not asked for it again in the same question.
    """

    def __init__(self, behind: Cluster) -> None:
        super().__init__(behind)
        self._asked: dict[tuple[object, ...], asyncio.Task[Any]] = {}

    async def get(self, kind: type[K], name: str, namespace: str = "") -> K:
        """Read one object, once. Raises SourceError."""
        return await self._once(
            ("get", kind, namespace, name), lambda: self._behind.get(kind, name, namespace)
        )

    async def list(
        self, kind: type[K], namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> tuple[K, ...]:
        """Read a whole list, once. Raises SourceError."""
        return await self._once(
            ("list", kind, namespace, labels, fields),
            lambda: self._behind.list(kind, namespace, labels=labels, fields=fields),
        )

    async def close(self) -> None:
        """Give up what is still being read; the cluster behind stays open."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)
        self._asked.clear()

    async def _once(self, key: tuple[object, ...], ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        task: asyncio.Task[T] | None = self._asked.get(key)
        if task is None:
            task = asyncio.ensure_future(ask())
            self._asked[key] = task
        # Whoever gives up waiting must not take the answer from the others.
        return await asyncio.shield(task)
