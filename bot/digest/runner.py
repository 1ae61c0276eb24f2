"""When digests are told: APScheduler fires each subscription, and what was missed is caught up or said."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger
from msgspec import Struct
from msgspec.structs import replace

from bot.digest.ports import Now, PostRefusedError, Sleep
from bot.digest.schedule import Slot, cron_trigger, last_slot
from bot.digest.standings import Records, Standing
from bot.digest.subscription import Subscription, SubscriptionBook
from bot.digest.telling import Teller
from bot.errors import BotError, StoreError
from bot.metrics import Metrics
from bot.schedule_words import Schedule, parse_schedule

log = logging.getLogger(__name__)
_LATELY = 0.8
"""Of the pace of looking again: replicas do not look at the same second."""


class Paces(Struct, frozen=True, kw_only=True):
    """How the runner goes about its work, in seconds.

    Attributes:
        late: a slot missed by more is skipped.
        again: between two tries at a slot.
        refused: the same, after Slack has said no.
        refresh: how often subscriptions made by other replicas are looked for.
        recheck: how often is looked whether causes of today have cleared; 0 is never.
        zone: IANA time zone of schedules that name none.
    """

    late: float = 7200.0
    again: float = 15.0
    refused: float = 300.0
    refresh: float = 30.0
    recheck: float = 900.0
    zone: str = "UTC"


class Clearing(Protocol):
    """Looks whether causes of a digest have cleared."""

    async def look_again(self, subscription: Subscription) -> None:
        """Edit the last message of a subscription when something of it is gone, or back."""


Complain = Callable[[Subscription, Slot, PostRefusedError], Awaitable[None]]
"""Told a fault that lasts until somebody acts, once a slot; a coroutine function."""


class Runner:
    """Runs the subscriptions of this replica's book; every replica runs all of them.

    Args:
        complain: awaited once a slot for a fault that lasts until somebody acts.
        trigger: how a schedule fires; tests give one that fires at once.
    """

    def __init__(  # noqa: PLR0913 - joined in one place
        self,
        book: SubscriptionBook,
        records: Records,
        teller: Teller,
        clearing: Clearing,
        *,
        complain: Complain,
        metrics: Metrics,
        now: Now,
        sleep: Sleep,
        paces: Paces | None = None,
        trigger: Callable[[Schedule], BaseTrigger] = cron_trigger,
    ) -> None:
        self._book = book
        self._records = records
        self._teller = teller
        self._clearing = clearing
        self._complain = complain
        self._metrics = metrics
        self._now = now
        self._sleep = sleep
        self._paces = paces or Paces()
        self._trigger = trigger
        self._known: Mapping[str, Subscription] = {}
        self._faults: dict[str, str] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._stopped = False
        self._scheduler = AsyncIOScheduler(timezone="UTC")

    async def start(self) -> None:
        """Begin to fire, and catch up what was missed."""
        self._scheduler.start()
        await self.refresh()
        self._every(self._paces.refresh, self.refresh)
        if self._paces.recheck:
            self._every(self._paces.recheck, self.recheck)

    async def stop(self) -> None:
        """Stop firing, for good; a slot that is being told is left to the others at once."""
        self._stopped = True
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @property
    def running(self) -> bool:
        """Whether it fires."""
        return bool(self._scheduler.running)

    @property
    def known(self) -> Mapping[str, Subscription]:
        """The subscriptions as they were last read."""
        return self._known

    def fault(self, name: str) -> str:
        """Why the slot of a subscription is not told yet; empty when all is well."""
        return self._faults.get(name, "")

    async def refresh(self) -> None:
        """Read the subscriptions again: fire new ones, forget those that have ended, catch up all."""
        try:
            book = await self._book.all()
        except StoreError as error:
            # Those known go on: their slots need Redis, too, and are told late when it is back.
            log.warning("subscriptions cannot be read: %s", error.sentence)
            book = self._known
        for name in self._known.keys() - book.keys():
            with contextlib.suppress(JobLookupError):  # one whose schedule could not be read
                self._scheduler.remove_job(name)
        for name, subscription in book.items():
            if self._known.get(name) != subscription:
                self._add(subscription)
        self._known = book
        for name in book:
            self.fire(name)

    def fire(self, name: str) -> "asyncio.Task[None]":
        """See to the slot that is due of a subscription, if one is; at most once at a time."""
        task = self._running.get(name)
        if task is None or task.done():
            task = asyncio.create_task(self._due(name), name=f"digest {name}")
            self._running[name] = task
        return task

    async def recheck(self) -> None:
        """Look whether what the digests of today told has cleared, one after another."""
        for subscription in self._known.values():
            try:
                if await self._my_turn(subscription.name):
                    await self._clearing.look_again(subscription)
            except BotError as error:
                log.warning("digest %s is not looked at again: %s", subscription.name, error.sentence)
            except Exception:  # the outermost edge: one subscription must not stop the others
                log.exception("digest %s is not looked at again", subscription.name)

    async def _my_turn(self, name: str) -> bool:
        """Whether no other replica has looked again lately."""
        lately = self._paces.recheck * _LATELY
        return not lately or await self._records.turn(name, lately)

    def _every(self, seconds: float, job: Callable[[], Awaitable[None]]) -> None:
        trigger = IntervalTrigger(seconds=seconds, jitter=min(seconds / 10, 30))
        self._scheduler.add_job(job, trigger, max_instances=1, coalesce=True, misfire_grace_time=None)

    def _add(self, subscription: Subscription) -> None:
        try:
            trigger = self._trigger(parse_schedule(subscription.schedule, self._paces.zone))
        except BotError as error:
            log.warning("digest %s cannot be scheduled: %s", subscription.name, error.sentence)
            return
        self._scheduler.add_job(
            self._fired,
            trigger,
            args=(subscription.name,),
            id=subscription.name,
            replace_existing=True,
            coalesce=True,
            misfire_grace_time=None,
        )

    async def _fired(self, name: str) -> None:
        # APScheduler cancels its coroutines at the end without waiting: the work is in a task of ours.
        self.fire(name)

    async def _due(self, name: str) -> None:
        """Until the slot that is due is told or given up, try."""
        # Somebody may still subscribe while accepted questions are answered at the end.
        while not self._stopped and (subscription := self._known.get(name)) is not None:
            pause = self._paces.again
            try:
                if await self._attempt(subscription):
                    self._faults.pop(name, None)
                    return
            except BotError as error:
                self._note(name, error)
                # Each try is a look at the whole cluster; what waits for a person can wait for minutes.
                pause = self._paces.refused if isinstance(error, PostRefusedError) else pause
            except Exception:  # the outermost edge: a digest must not end unseen
                log.exception("digest %s failed", name)
                self._faults[name] = "the bot failed; see its log"
            await self._sleep(pause)

    async def _attempt(self, subscription: Subscription) -> bool:
        """See to the slot that is due; true when nothing is left to do for now."""
        schedule = parse_schedule(subscription.schedule, self._paces.zone)
        now = self._now()
        standing = await self._standing(subscription, now)
        slot = last_slot(schedule, now)
        if slot is None or slot.at <= standing.handled:
            return True
        if (await self._book.all()).get(subscription.name) != subscription:
            # Ended or changed by another replica since the last refresh.
            await self.refresh()
            return False
        if now - slot.at > timedelta(seconds=self._paces.late):
            why = self._faults.get(subscription.name) or "the bot was not running"
            over = await self._teller.skip(subscription, slot, standing, why)
            self._metrics.digest("skipped" if over else "waiting")
            return over
        return await self._tell(subscription, slot, standing)

    async def _tell(self, subscription: Subscription, slot: Slot, standing: Standing) -> bool:
        try:
            over = await self._teller.tell(
                subscription, slot, replace(standing, fault=self._faults.get(subscription.name, ""))
            )
        except PostRefusedError as error:
            self._metrics.digest("refused")
            await self._say_once(subscription, slot, standing, error)
            raise
        self._metrics.digest("told" if over else "waiting")
        return over

    async def _say_once(
        self, subscription: Subscription, slot: Slot, before: Standing, error: PostRefusedError
    ) -> None:
        """Tell whoever subscribed that Slack does not take the digest, once a slot."""
        # Read again: another replica may have said so while this one waited for its turn.
        standing = await self._records.standing(subscription) or before
        if standing.faulty_slot == slot.name or not error.lasting:
            return
        told = replace(standing, fault=error.sentence, faulty_slot=slot.name)
        await self._records.put_standing(subscription, told)
        await self._complain(subscription, slot, error)

    async def _standing(self, subscription: Subscription, now: datetime) -> Standing:
        """Where a subscription stands; one that is new, or has changed, stands at its beginning."""
        known = await self._records.standing(subscription)
        if known is not None:
            return known
        first = subscription.made_at or now
        begun = Standing(begun=first, handled=first)
        await self._records.begin(subscription, begun)
        return await self._records.standing(subscription) or begun

    def _note(self, name: str, error: BotError) -> None:
        if self._faults.get(name) != error.sentence:
            log.warning("digest %s is not told yet: %s", name, error.sentence)
        self._faults[name] = error.sentence
