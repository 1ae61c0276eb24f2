"""The clusters that can be asked about: connected when first asked for, remembered by name."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError

Connect = Callable[[], Awaitable[Cluster]]


class ClusterBook:
    """Named clusters; a connection that failed is tried again at the next question.

    Args:
        doors: name → how to connect.
        default: the name meant when none is given.
    """

    def __init__(self, doors: Mapping[str, Connect], default: str) -> None:
        self._doors = doors
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

    async def close(self) -> None:
        """Close every connection."""
        for cluster in self._connected.values():
            await cluster.close()
        self._connected.clear()
