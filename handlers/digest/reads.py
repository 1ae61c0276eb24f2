"""The lists of a digest's parts: one that the cluster does not serve is an answer, one not read is a gap."""

from typing import Generic, TypeVar

from msgspec import Struct

from handlers.contract import Gap
from handlers.look import Look
from handlers.sources.errors import NotServed
from handlers.sources.objects.meta import KubernetesObject

K = TypeVar("K", bound=KubernetesObject)


class Listed(Struct, Generic[K], frozen=True, kw_only=True):
    """One list.

    Attributes:
        missing: why it could not be read.
        unserved: why there is no such kind in this cluster.
    """

    items: tuple[K, ...] = ()
    missing: str = ""
    unserved: str = ""


class Lists:
    """Lists of one look, from the memory of its snapshot; knows which kinds the cluster does not serve."""

    def __init__(self, look: Look, namespace: str) -> None:
        self.look = look
        self.namespace = namespace
        self._unserved: set[str] = set()

    async def of(self, kind: type[K]) -> Listed[K]:
        """All objects of a kind, of the namespace that is asked about."""
        place = self.namespace if kind.resource.namespaced else ""
        read = await self.look.read(self._served(kind, place), kind.resource.plural)
        if isinstance(read.value, str):
            self._unserved.add(read.value)
            return Listed(unserved=read.value)
        return Listed(items=read.value or (), missing=read.missing)

    async def _served(self, kind: type[K], namespace: str) -> tuple[K, ...] | str:
        try:
            return await self.look.cluster.list(kind, namespace)
        except NotServed as error:
            return error.why

    def worth_telling(self, gaps: tuple[Gap, ...]) -> tuple[Gap, ...]:
        """The gaps without those of kinds that this cluster does not have, which hide nothing."""
        return tuple(gap for gap in gaps if gap.reason not in self._unserved)
