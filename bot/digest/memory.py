"""What is remembered of each cluster, in the store: read, learnt from a look, joined, put to sleep."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.changes import History, Remembered
from bot.digest.fields import Changes, Snooze, changes, decoded, put_to_sleep, with_snooze, woken
from bot.digest.merging import joined, merged
from bot.render.door import data, utc
from bot.report import Report
from bot.store.contract import Store

KEEP_DAYS = 90
log = logging.getLogger(__name__)


def _nobody(unreadable: int) -> None:
    """Count no fields."""


class Memory:
    """The memory behind the digests: one record per cluster, one field per cause, sweep and snooze.

    Each method writes at most once, all of it or nothing, so whatever ends a write in its middle leaves the
    record as it was. Replicas that write at the same time overwrite each other's fields one by one, never
    the record. Every method raises `StoreError` when the store does not answer; what a `FallbackStore`
    answers meanwhile is this process' memory, which knows nothing of what Redis holds.

    Args:
        store: Redis, or this process' memory where none is set.
        keep_days: how long a cause is remembered after it was seen last, and a sweep after it was made; a
            cluster's record goes when nothing is written for as long.
        unreadable: told how many fields a reading left out.
    """

    def __init__(
        self, store: Store, *, keep_days: float = KEEP_DAYS, unreadable: Callable[[int], None] = _nobody
    ) -> None:
        self._store = store
        self._keep = timedelta(days=keep_days)
        self._unreadable = unreadable
        # Two digests of one cluster in one slot: the second learns from what the first has written.
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def read(self, cluster: str) -> History:
        """All that is remembered; fields that cannot be read are left out, logged and counted."""
        # Thousands of fields, or of texts to redact, would make an ack late: not on the event loop.
        found = await asyncio.to_thread(decoded, await self._store.fields(_key(cluster)))
        if found.unreadable:
            self._unreadable(len(found.unreadable))
            log.warning(
                "%d fields of the memory of %s cannot be read and are left out, such as %s",
                len(found.unreadable),
                cluster,
                data(found.unreadable[0]),
            )
        return found.history

    async def learn(self, cluster: str, report: Report, *, away: bool = False) -> History:
        """Merge one look, and tell what is remembered now.

        Args:
            cluster: the name under which the cluster is remembered.
            report: a look at everything or at a namespace.
            away: the cluster did not answer, so that nothing can be learnt.
        """
        async with self._turns[cluster]:
            before = await self.read(cluster)
            after = await asyncio.to_thread(merged, before, report, self._keep, away=away)
            await self._write(cluster, await asyncio.to_thread(changes, before, after))
            return after

    async def join(self, cluster: str, other: History, now: datetime) -> Changes:
        """Merge another memory of the same cluster, the later of each cause; tells what was written."""
        async with self._turns[cluster]:
            before = await self.read(cluster)
            written = changes(before, joined(before, other, now, self._keep))
            await self._write(cluster, written)
            return written

    async def snooze(self, cluster: str, fingerprint: str, until: datetime, by: str) -> Remembered | None:
        """Put a cause to sleep until then; `by` is a Slack user id.

        Returns:
            The cause; as it was when it is resolved already (`resolved_at`), None when it is not remembered.
        """
        cause = (await self.read(cluster)).causes.get(fingerprint)
        if cause is None or cause.resolved_at is not None:
            return cause
        snooze = Snooze(until=utc(until), by=by, severity=cause.severity)
        await self._write(cluster, put_to_sleep(fingerprint, snooze))
        return with_snooze(cause, snooze)

    async def wake(self, cluster: str, fingerprint: str) -> None:
        """End a cause's snooze; one that is awake, or not remembered, is fine."""
        await self._write(cluster, woken(fingerprint))

    async def _write(self, cluster: str, what: Changes) -> None:
        await self._store.put_fields(_key(cluster), what.values, what.drop, ttl=self._keep.total_seconds())


def _key(cluster: str) -> str:
    return f"digest:history:{cluster}"
