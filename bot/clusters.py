"""The clusters that can be asked about: connected when first asked for, remembered by name."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from handlers.contract import Sources
from handlers.platform import Platform
from handlers.sources.aws import Aws
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from handlers.sources.series import Series

Connect = Callable[[], Awaitable[Cluster]]


class Beside(Struct, frozen=True, kw_only=True):
    """What stands beside a cluster: its AWS account, its Prometheus, and where its platform lives."""

    aws: Aws | None = None
    series: Series | None = None
    platform: Platform = Platform()


class ClusterBook:
    """Named clusters; a connection that failed is tried again at the next question.

    Args:
        doors: name → how to connect.
        default: the name meant when none is given.
        beside: name → what stands beside that cluster; nothing where a name is not in it.
    """

    def __init__(
        self, doors: Mapping[str, Connect], default: str, beside: Mapping[str, Beside] | None = None
    ) -> None:
        self._doors = doors
        self._beside = beside or {}
        self._default = default
        self._connected: dict[str, Cluster] = {}
        self._locks = {name: asyncio.Lock() for name in doors}

    @property
    def names(self) -> tuple[str, ...]:
        """The names people may say."""
        return tuple(self._doors)

    async def get(self, name: str) -> Cluster:
        """The cluster of that name, or the default one.

        Raises:
            SourceError: it is unknown, or cannot be connected to.
        """
        chosen = name or self._default
        if chosen not in self._doors:
            raise SourceError(
                f"cluster {chosen}",
                f"there is no such cluster; known are {', '.join(self._doors) or 'none'}",
                "Name one of them with --cluster.",
            )
        async with self._locks[chosen]:
            if chosen not in self._connected:
                self._connected[chosen] = await self._doors[chosen]()
            return self._connected[chosen]

    def beside(self, name: str) -> Beside:
        """What stands beside the cluster of that name, or beside the default one."""
        return self._beside.get(name or self._default, Beside())

    async def sources(self, name: str) -> Sources:
        """The doors of the cluster of that name, or of the default one.

        Raises:
            SourceError: it is unknown, or cannot be connected to.
        """
        cluster = await self.get(name)
        beside = self.beside(name)
        return Sources(cluster=cluster, aws=beside.aws, series=beside.series, platform=beside.platform)

    async def close(self) -> None:
        """Close every connection."""
        for beside in self._beside.values():
            for source in (beside.aws, beside.series):
                if source is not None:
                    await source.close()
        for cluster in self._connected.values():
            await cluster.close()
        self._connected.clear()
