"""Events that were handled already: Slack sends an event again when its ack got lost."""

import logging

from bot.errors import StoreError
from bot.store.contract import Store
from bot.store.memory import MemoryStore

log = logging.getLogger(__name__)
REMEMBERED_SECONDS = 3600.0
"""Slack tries for about five minutes; an hour also covers a queue that was held up."""


class EventsSeen:
    """Remembers event ids, in the store and, while it is away, in memory."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._memory = MemoryStore()

    async def is_new(self, event_id: str) -> bool:
        """Whether this event comes for the first time; an event without id is always new."""
        if not event_id:
            return True
        key = f"slack:event:{event_id}"
        new_here = await self._memory.put_if_absent(key, b"1", REMEMBERED_SECONDS)
        try:
            return await self._store.put_if_absent(key, b"1", REMEMBERED_SECONDS) and new_here
        except StoreError as error:
            log.warning("events are remembered in memory: %s", error.sentence)
            return new_here
