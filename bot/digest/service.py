"""What a slot's digest says beside its causes, how it is drawn, and what follows it in Slack."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from bot.changes import Digest
from bot.digest.making import Maker, Wanted, slimmed
from bot.digest.owners import Owner, owners_of
from bot.digest.ports import Channels, Now, Posted, PostRefusedError, Values
from bot.digest.schedule import Slot, slots_between
from bot.digest.standings import Records, Shown, Standing
from bot.digest.subscription import Subscription
from bot.digest.telling import Made
from bot.digest.trends import Trends
from bot.digest.words import SNOOZES, buttons_of
from bot.errors import BotError
from bot.render.digest.hygiene import hygiene_message
from bot.render.digest.slack import digest_message
from bot.render.digest.view import DigestView
from bot.render.message import SlackAnswer
from bot.render.notice import notice
from bot.schedule_words import parse_schedule
from rules.units import seconds_in_words

log = logging.getLogger(__name__)
LATE = timedelta(minutes=5)
"""From when on a digest says that it is late."""
EDITED_FOR = 26 * 3600.0
"""Seconds for which a message is edited when its causes clear: until the next day's digest has come."""
TOP = 5
"""Entries that are told in full."""
MOST_NAMED = 3
MOST_MISSED = 3_000
"""Slots not told that are counted: four months of hours."""


class Habits(Struct, frozen=True, kw_only=True):
    """What the settings say of all digests.

    Attributes:
        cluster: the default one.
        zone: IANA zone of schedules that name none.
        owners: whom to mention, the first that fits.
        weekly: 0 (Monday) to 6 (Sunday), the day of hygiene and picture; None for never.
        runbooks: web address of the runbooks' folder.
    """

    cluster: str
    zone: str = "UTC"
    owners: tuple[Owner, ...] = ()
    weekly: int | None = 0
    runbooks: str = ""


class Service:
    """Makes, draws and follows digests of slots; looks again at those of today."""

    def __init__(  # noqa: PLR0913 - joined in one place
        self,
        maker: Maker,
        records: Records,
        channels: Channels,
        trends: Trends,
        values: Values,
        *,
        habits: Habits,
        now: Now,
    ) -> None:
        self._maker = maker
        self._records = records
        self._channels = channels
        self._trends = trends
        self._values = values
        self._habits = habits
        self._now = now

    async def of_slot(self, subscription: Subscription, slot: Slot, standing: Standing, mark: str) -> Made:
        """The digest of a slot, ready to be posted."""
        weekly = self._is_weekly(subscription, slot, standing)
        digest = await self._maker.make(
            Wanted(
                name=subscription.name,
                cluster=self.cluster_of(subscription),
                scope=subscription.scope,
                told=standing.told,
                notes=self._notes(subscription, slot, standing),
                hygiene=weekly,
            )
        )
        values = await self.values(digest)
        view = replace(self._view(digest, values), slot=subscription.schedule)
        answer = await asyncio.to_thread(digest_message, digest, view, mark)

        async def after(posted: Posted) -> None:
            shown = Shown(posted=posted, digest=slimmed(digest, TOP), values=values, mark=mark)
            await _alone(self._records.put_shown(subscription.name, shown, EDITED_FOR))
            await self._follow(subscription, digest, answer, posted, weekly=weekly)

        return Made(digest=digest, answer=answer, after=after)

    async def draw(self, digest: Digest) -> SlackAnswer:
        """A digest that somebody asked for."""
        view = self._view(digest, await self.values(digest))
        # Redacting thousands of rows takes a second: not on the event loop, where acks are due.
        return await asyncio.to_thread(digest_message, digest, view)

    def cluster_of(self, subscription: Subscription) -> str:
        """The cluster a subscription is about."""
        return subscription.cluster or self._habits.cluster

    async def look_again(self, subscription: Subscription) -> None:
        """Edit the last message of a subscription when something of it is gone, or back.

        Raises:
            BotError: Redis or Slack does not answer.
        """
        shown = await self._records.shown(subscription.name)
        if shown is None or not shown.digest.awake or not await self._is_last(subscription, shown):
            return
        cleared = await self._maker.cleared(self.cluster_of(subscription), shown)
        if cleared is None or cleared.keys() == shown.cleared.keys():
            return
        view = replace(self._view(shown.digest, shown.values, cleared), slot=subscription.schedule)
        answer = await asyncio.to_thread(digest_message, shown.digest, view, shown.mark)
        # Looking and editing take a while, in which the next digest may have been told.
        if await self._is_last(subscription, shown):
            await self._channels.edit(shown.posted, answer.message)
        if await self._is_last(subscription, shown):
            await self._records.put_shown(subscription.name, replace(shown, cleared=cleared), EDITED_FOR)

    async def _is_last(self, subscription: Subscription, shown: Shown) -> bool:
        """Whether a message is that of the last digest."""
        standing = await self._records.standing(subscription)
        return standing is not None and standing.posted == shown.posted

    async def values(self, digest: Digest) -> Mapping[str, tuple[str, ...]]:
        """What the buttons of the first entries carry, by fingerprint."""
        top = digest.awake[:TOP]
        words = [buttons_of(entry.finding, digest.cluster) for entry in top]
        carried = iter(await self._values([each for few in words for each in few]))
        return {
            entry.finding.fingerprint: tuple(next(carried) for _ in few)
            for entry, few in zip(top, words, strict=True)
        }

    def _view(
        self,
        digest: Digest,
        values: Mapping[str, tuple[str, ...]],
        cleared: Mapping[str, datetime] | None = None,
    ) -> DigestView:
        return DigestView(
            diagnose={fingerprint: carried[0] for fingerprint, carried in values.items()},
            snooze={
                fingerprint: tuple(zip((said for said, _ in SNOOZES), carried[1:], strict=True))
                for fingerprint, carried in values.items()
            },
            owners={
                entry.finding.fingerprint: owners_of(entry, self._habits.owners)
                for entry in digest.awake[:TOP]
            },
            runbooks=self._habits.runbooks,
            cleared=cleared or {},
        )

    def _notes(self, subscription: Subscription, slot: Slot, standing: Standing) -> tuple[str, ...]:
        """What is to be said of the digest itself: that it is late, and which ones were not told."""
        notes = []
        late = self._now() - slot.at
        if late > LATE:
            why = standing.fault or "the bot was not running then"
            notes.append(f"{seconds_in_words(late.total_seconds())} late: {why}")
        missed = self._missed(subscription, slot, standing)
        if missed:
            notes.append(f"not posted: {_named(missed, standing)}")
        return tuple(notes)

    def _missed(self, subscription: Subscription, slot: Slot, standing: Standing) -> Sequence[Slot]:
        since = max(standing.told_at or standing.begun, standing.begun)
        schedule = parse_schedule(subscription.schedule, self._habits.zone)
        between = slots_between(schedule, since, slot.at, MOST_MISSED)
        return [one for one in between if since < one.at < slot.at]

    def _is_weekly(self, subscription: Subscription, slot: Slot, standing: Standing) -> bool:
        """Whether this is the first digest of its week; weeks begin on the day of the weekly part."""
        if self._habits.weekly is None:
            return False
        zone = ZoneInfo(parse_schedule(subscription.schedule, self._habits.zone).zone)
        offset = timedelta(days=self._habits.weekly)
        day = slot.at.astimezone(zone).date()
        if standing.told_at is None:
            return day.weekday() == self._habits.weekly
        before = standing.told_at.astimezone(zone).date()
        return (day - offset).isocalendar()[:2] != (before - offset).isocalendar()[:2]

    async def _follow(
        self, subscription: Subscription, digest: Digest, answer: SlackAnswer, posted: Posted, *, weekly: bool
    ) -> None:
        """The thread, the files, and once a week picture and hygiene; each of them fails alone."""
        await self._below(posted, answer)
        if weekly and subscription.pictures:
            await _alone(self._picture(subscription, posted))
        hygiene = await asyncio.to_thread(hygiene_message, digest) if weekly else None
        if hygiene is not None:
            await _alone(self._apart(subscription.channel, hygiene))

    async def _below(self, posted: Posted, answer: SlackAnswer) -> None:
        for message in answer.thread:
            await _alone(self._channels.reply(posted, message))
        for file in answer.files:
            await _alone(self._share(posted, file.filename, self._channels.share(posted, file)))

    async def _share(self, posted: Posted, name: str, sharing: Awaitable[None]) -> None:
        """Share a file; one that Slack does not take becomes a line that says why."""
        try:
            await sharing
        except PostRefusedError as error:
            lost = f"⚠️ The file {name} could not be uploaded: {error.sentence}"
            await self._channels.reply(posted, notice(lost, (), error.advice))
            raise

    async def _apart(self, channel: str, answer: SlackAnswer) -> None:
        posted = await self._channels.post(channel, answer.message)
        await self._below(posted, answer)

    async def _picture(self, subscription: Subscription, posted: Posted) -> None:
        picture = await self._trends.picture(self.cluster_of(subscription), 7)
        await self._share(posted, picture.filename, self._channels.show(posted, picture))


async def _alone(step: Awaitable[None]) -> None:
    """Do one of the things after a digest; that it fails is no reason not to do the others."""
    try:
        await step
    except BotError as error:
        log.warning("something after a digest was not done: %s", error.sentence)


def _named(missed: Sequence[Slot], standing: Standing) -> str:
    """Slots in words, each with its reason where one is known."""
    shown = [
        f"{slot.name.replace('T', ' ')} ({standing.skipped.get(slot.name) or 'the bot was not running then'})"
        for slot in missed[-MOST_NAMED:]
    ]
    more = len(missed) - len(shown)
    return "; ".join(shown) + (f"; and {more} before" if more > 0 else "")
