"""The picture of what is remembered of a cluster."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.changes import Sweep
from bot.digest.memory import Memory
from bot.digest.ports import Now
from bot.render.message import Picture


class Draw(Protocol):
    """Draws the trend of some days; raises PictureError."""

    async def __call__(self, sweeps: Sequence[Sweep], days: int, *, now: datetime, cluster: str) -> Picture:
        """A picture with its alt text."""


class Trends:
    """Draws trends of clusters."""

    def __init__(self, memory: Memory, draw: Draw, now: Now) -> None:
        self._memory = memory
        self._draw = draw
        self._now = now

    async def picture(self, cluster: str, days: int) -> Picture:
        """The trend of some days.

        Raises:
            StoreError: Redis does not answer.
            PictureError: nothing is remembered, or the picture cannot be drawn.
        """
        history = await self._memory.read(cluster)
        return await self._draw(history.sweeps, days, now=self._now(), cluster=cluster)
