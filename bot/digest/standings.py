"""What is kept of each slot and of each subscription, so that no digest is told twice or lost in a crash."""

import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.changes import Digest, Told
from bot.digest.ports import Posted
from bot.digest.subscription import Subscription
from bot.store.contract import Store

S = TypeVar("S", bound=Struct)
SLOT_SECONDS = 8 * 24 * 3600.0
"""How long a slot is remembered; longer than anything is caught up."""
STATE_SECONDS = 400 * 24 * 3600.0
MOST_SKIPPED = 20
"""Slots that were not told, of which the reason is kept."""


class SlotRecord(Struct, frozen=True, kw_only=True):
    """How far a slot has come.

    Attributes:
        stage: "posting" from before the message is sent until Slack has said that it is there.
        told: what the message says.
        posted: where it is.
        why: the reason of a slot that was skipped.
    """

    stage: Literal["posting", "posted", "skipped"]
    told: Told
    posted: Posted | None = None
    why: str = ""


class Standing(Struct, frozen=True, kw_only=True):
    """Where a subscription stands.

    Attributes:
        begun: since when it has this schedule; what it missed before is nobody's business.
        handled: the last slot that was told or skipped; at first the same as `begun`.
        told: what the last digest said; None before the first.
        told_at: when that was.
        posted: its message; None when it was skipped.
        skipped: slots since the last digest that were not told, by their name, each with the reason.
        fault: why the last attempt failed; empty when it did not.
        faulty_slot: the slot whose fault was told to whoever subscribed.
    """

    begun: datetime
    handled: datetime
    told: Told | None = None
    told_at: datetime | None = None
    posted: Posted | None = None
    skipped: Mapping[str, str] = {}
    fault: str = ""
    faulty_slot: str = ""


class Shown(Struct, frozen=True, kw_only=True):
    """The digest that a message shows, to draw it again; `cleared` are causes gone since, by fingerprint."""

    posted: Posted
    digest: Digest
    values: Mapping[str, tuple[str, ...]] = {}
    mark: str
    cleared: Mapping[str, datetime] = {}


class Records:
    """Reads and writes all this; every method raises StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def claim(self, name: str, slot: str, holder: str, seconds: float) -> bool:
        """Take a slot for so many seconds, unless somebody else has it."""
        return await self._store.put_if_absent(_lease(name, slot), holder.encode(), seconds)

    async def holds(self, name: str, slot: str, holder: str) -> bool:
        """Whether a slot is still ours."""
        return await self._store.get(_lease(name, slot)) == holder.encode()

    async def renew(self, name: str, slot: str, holder: str, seconds: float) -> bool:
        """Keep a slot for longer; false when it was lost meanwhile."""
        if not await self.holds(name, slot, holder):
            return False
        await self._store.put(_lease(name, slot), holder.encode(), seconds)
        return True

    async def release(self, name: str, slot: str, holder: str) -> None:
        """Let others have a slot at once."""
        await self._store.delete_if_equal(_lease(name, slot), holder.encode())

    async def slot(self, name: str, slot: str) -> SlotRecord | None:
        """How far a slot has come; None when nobody has begun to post."""
        return _decoded(await self._store.get(_slot(name, slot)), SlotRecord)

    async def put_slot(self, name: str, slot: str, record: SlotRecord | None) -> None:
        """Write how far a slot has come; None when it stands at its beginning again."""
        if record is None:
            await self._store.delete(_slot(name, slot))
        else:
            await self._store.put(_slot(name, slot), msgspec.json.encode(record), SLOT_SECONDS)

    async def standing(self, subscription: Subscription) -> Standing | None:
        """Where a subscription stands; None for one never seen."""
        return _decoded(await self._store.get(_standing(subscription.shape)), Standing)

    async def put_standing(self, subscription: Subscription, standing: Standing) -> None:
        """Write where a subscription stands."""
        value = msgspec.json.encode(standing)
        await self._store.put(_standing(subscription.shape), value, STATE_SECONDS)
        await self._store.put(_last(subscription), value, STATE_SECONDS)

    async def begin(self, subscription: Subscription, standing: Standing) -> None:
        """Write where a subscription stands that nobody has seen before.

        When only its schedule is new, what the last digest told still counts.
        """
        before = _decoded(await self._store.get(_last(subscription)), Standing)
        if before is not None:
            standing = replace(standing, told=before.told, told_at=before.told_at, posted=before.posted)
        value = msgspec.json.encode(standing)
        await self._store.put_if_absent(_standing(subscription.shape), value, STATE_SECONDS)

    async def forget(self, subscription: Subscription) -> None:
        """Forget a subscription that has ended."""
        await self._store.delete(_standing(subscription.shape))
        await self._store.delete(_last(subscription))
        await self._store.delete(_shown(subscription.name))

    async def shown(self, name: str) -> Shown | None:
        """What the last message of a subscription shows."""
        packed = await self._store.get(_shown(name))
        try:
            return _decoded(zlib.decompress(packed) if packed else None, Shown)
        except zlib.error:
            return None

    async def put_shown(self, name: str, shown: Shown, seconds: float) -> None:
        """Keep what a message shows, as long as it may be edited."""
        await self._store.put(_shown(name), zlib.compress(msgspec.json.encode(shown)), seconds)

    async def turn(self, name: str, seconds: float) -> bool:
        """Whether it is this replica's turn to look again; true for one of them in so many seconds."""
        return await self._store.put_if_absent(f"digest:turn:{name}", b"taken", seconds)


def _decoded(value: bytes | None, kind: type[S]) -> S | None:
    """A value of this version; one that another version wrote is as good as absent."""
    try:
        return msgspec.json.decode(value, type=kind) if value else None
    except msgspec.MsgspecError:
        return None


def _lease(name: str, slot: str) -> str:
    return f"digest:lease:{name}:{slot}"


def _slot(name: str, slot: str) -> str:
    return f"digest:slot:{name}:{slot}"


def _standing(shape: str) -> str:
    return f"digest:standing:{shape}"


def _last(subscription: Subscription) -> str:
    return f"digest:last:{subscription.name}:{subscription.about}"


def _shown(name: str) -> str:
    return f"digest:shown:{name}"
