"""One slot of one subscription told exactly once, whoever dies on the way.

Before a message is sent, the slot is marked as being posted, with what the message says; after Slack has
taken it, as posted. Whoever finds a slot that is being posted by nobody any more looks for the message by its
mark before sending another.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from bot.changes import Digest, Told
from bot.digest.compare import told_of
from bot.digest.ports import (
    CannotSearchError,
    Channels,
    Now,
    Posted,
    PostRefusedError,
    Sleep,
)
from bot.digest.schedule import Slot
from bot.digest.standings import MOST_SKIPPED, Records, SlotRecord, Standing
from bot.digest.subscription import Subscription
from bot.errors import BotError, StoreError
from bot.render.message import SlackAnswer

log = logging.getLogger(__name__)
EARLIER = timedelta(minutes=5)
"""How much earlier than its slot a message may have been posted by Slack's clock."""
LAST_SECONDS = 4.0
"""What is left for a message on its way when the bot is stopped."""
SETTLE_TRIES = 20
SETTLE_SECONDS = 3.0
UNSURE = "whether it was posted cannot be told: the bot may not read the channel's messages"


class Made(Struct, frozen=True, kw_only=True):
    """A digest as it will be posted; `after` adds what follows the message."""

    digest: Digest
    answer: SlackAnswer
    after: Callable[[Posted], Awaitable[None]]


Make = Callable[[Subscription, Slot, Standing, str], Awaitable[Made]]
"""Subscription, slot, where it stands and the message's mark → the digest."""


class Lease(Struct, frozen=True, kw_only=True):
    """How long a slot is ours without a sign of life, in seconds, and how often one is given."""

    seconds: float = 60.0
    renew: float = 15.0


class Teller:
    """Tells slots.

    Args:
        holder: what this replica calls itself; another one each time it starts.
    """

    def __init__(  # noqa: PLR0913 - joined in one place
        self,
        records: Records,
        channels: Channels,
        make: Make,
        *,
        now: Now,
        sleep: Sleep,
        lease: Lease | None = None,
        holder: str = "",
    ) -> None:
        self._records = records
        self._channels = channels
        self._make = make
        self._now = now
        self._sleep = sleep
        self._lease = lease or Lease()
        self._holder = holder or secrets.token_hex(8)

    async def tell(self, subscription: Subscription, slot: Slot, standing: Standing) -> bool:
        """Tell a slot unless somebody does; true when it is over, whoever told it.

        Raises:
            StoreError: Redis does not answer.
            PostRefusedError, PostUnsureError: Slack does not take it, or does not say.
        """
        if await self._over(subscription, slot, standing):
            return True
        if not await self._records.claim(subscription.key, slot.name, self._holder, self._lease.seconds):
            return False
        try:
            async with self._held(subscription.key, slot.name):
                return await self._claimed(subscription, slot, standing)
        finally:
            with contextlib.suppress(StoreError):
                await self._records.release(subscription.key, slot.name, self._holder)

    async def skip(self, subscription: Subscription, slot: Slot, standing: Standing, why: str) -> bool:
        """Give a slot up; true when it is over."""
        if await self._over(subscription, slot, standing):
            return True
        if not await self._records.claim(subscription.key, slot.name, self._holder, self._lease.seconds):
            return False
        record = await self._records.slot(subscription.key, slot.name)
        if record is not None and record.stage == "posting":
            record = await self._found(subscription, slot, record)
        given_up = SlotRecord(stage="skipped", told=standing.told or Told(at=slot.at), why=why)
        await self._settle(subscription, slot, standing, record or given_up)
        await self._records.release(subscription.key, slot.name, self._holder)
        return True

    async def _over(self, subscription: Subscription, slot: Slot, standing: Standing) -> bool:
        record = await self._records.slot(subscription.key, slot.name)
        if record is None or record.stage == "posting":
            return False
        await self._settle(subscription, slot, standing, record)
        return True

    async def _claimed(self, subscription: Subscription, slot: Slot, standing: Standing) -> bool:
        record = await self._records.slot(subscription.key, slot.name)
        if record is not None and record.stage == "posting":
            record = await self._found(subscription, slot, record)
        if record is not None:
            await self._settle(subscription, slot, standing, record)
            return True
        made = await self._make(subscription, slot, standing, mark_of(subscription, slot))
        return await _to_its_end(self._post(subscription, slot, standing, made))

    async def _found(self, subscription: Subscription, slot: Slot, record: SlotRecord) -> SlotRecord | None:
        """The record of a message that a replica sent before it fell silent; None when it is not there."""
        mark = mark_of(subscription, slot)
        try:
            posted = await self._channels.find(subscription.channel, mark, slot.at - EARLIER)
        except CannotSearchError as error:
            # One digest too few is said in the next one; one too many makes people doubt all of them.
            log.warning("digest %s of %s: %s %s", subscription.name, slot.name, UNSURE, error.sentence)
            return replace(record, stage="skipped", why=UNSURE)
        return replace(record, stage="posted", posted=posted) if posted else None

    async def _post(self, subscription: Subscription, slot: Slot, standing: Standing, made: Made) -> bool:
        key, record = subscription.key, SlotRecord(stage="posting", told=told_of(made.digest))
        if not await self._records.holds(key, slot.name, self._holder):
            return False
        await self._records.put_slot(key, slot.name, record)
        if not await self._records.holds(key, slot.name, self._holder):
            return False
        try:
            posted = await self._channels.post(subscription.channel, made.answer.message)
        except PostRefusedError:
            await self._records.put_slot(key, slot.name, None)
            raise
        log.info("digest %s of %s is posted", subscription.name, slot.name)
        record = replace(record, stage="posted", posted=posted)
        await self._settle_surely(subscription, slot, standing, record)
        await self._after(made, posted)
        return True

    async def _settle_surely(
        self, subscription: Subscription, slot: Slot, standing: Standing, record: SlotRecord
    ) -> None:
        """Write down what only this process knows, as long as that may help; then others find the message."""
        for _ in range(SETTLE_TRIES):
            try:
                await self._settle(subscription, slot, standing, record)
            except StoreError as error:
                log.warning("that digest %s is posted is not written: %s", subscription.name, error.sentence)
                await self._sleep(SETTLE_SECONDS)
            else:
                return

    async def _settle(
        self, subscription: Subscription, slot: Slot, standing: Standing, record: SlotRecord
    ) -> None:
        """Write that a slot is over, and where the subscription stands now."""
        await self._records.put_slot(subscription.key, slot.name, record)
        if standing.handled >= slot.at:
            return
        if record.stage == "skipped":
            skipped = {**standing.skipped, slot.name: record.why}
            last = dict(sorted(skipped.items())[-MOST_SKIPPED:])
            told = replace(standing, skipped=last, posted=None)
        else:
            told = replace(
                standing, told=record.told, told_at=slot.at, posted=record.posted, skipped={}, fault=""
            )
        await self._records.put_standing(subscription, replace(told, handled=slot.at))

    async def _after(self, made: Made, posted: Posted) -> None:
        try:
            await made.after(posted)
        except BotError as error:
            # The digest itself is there: what follows it is not worth a second one.
            log.warning("what follows a digest was not posted: %s", error.sentence)

    @asynccontextmanager
    async def _held(self, name: str, slot: str) -> AsyncIterator[None]:
        """Give signs of life while a slot is being told."""
        alive = asyncio.create_task(self._renew(name, slot), name=f"lease of digest {name}")
        try:
            yield
        finally:
            alive.cancel()
            await asyncio.gather(alive, return_exceptions=True)

    async def _renew(self, name: str, slot: str) -> None:
        while True:
            await self._sleep(self._lease.renew)
            try:
                if not await self._records.renew(name, slot, self._holder, self._lease.seconds):
                    return
            except StoreError as error:
                log.warning("the lease of digest %s is not renewed: %s", name, error.sentence)


async def _to_its_end(posting: Coroutine[Any, Any, bool]) -> bool:
    """Post; when the bot is stopped meanwhile, a moment is left for it, so that nobody has to guess."""
    task = asyncio.create_task(posting)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,), timeout=LAST_SECONDS)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


def mark_of(subscription: Subscription, slot: Slot) -> str:
    """By what a message is found again; a block's id, which Slack gives back and nobody sees."""
    return f"digest:{subscription.key}:{slot.name}"[:255]
