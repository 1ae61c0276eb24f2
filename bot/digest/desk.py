"""What people ask of digests in Slack: one now, a subscription, a picture, peace from one cause."""

import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from bot.changes import Scope, Told
from bot.command import DigestAction, DigestWish
from bot.digest.making import Maker, Wanted
from bot.digest.memory import Memory
from bot.digest.ports import Now
from bot.digest.records import Records
from bot.digest.runner import Runner
from bot.digest.schedule import next_slot
from bot.digest.service import Habits, Service
from bot.digest.subscription import Subscription, SubscriptionBook
from bot.digest.trends import Trends
from bot.errors import UsageError
from bot.render.message import SlackAnswer
from bot.render.notice import notice
from bot.schedule_words import parse_schedule
from rules.finding import Severity
from rules.units import seconds_in_words

Admit = Callable[[DigestWish], Awaitable[None]]
"""Raises Refused when the asker may not."""


class Answered(Struct, frozen=True):
    """What is shown; `private` to the asker alone."""

    answer: SlackAnswer
    private: bool


class DigestDesk:
    """Answers wishes."""

    def __init__(  # noqa: PLR0913 - joined in one place
        self,
        *,
        admit: Admit,
        maker: Maker,
        service: Service,
        book: SubscriptionBook,
        records: Records,
        runner: Runner,
        memory: Memory,
        trends: Trends,
        habits: Habits,
        now: Now,
    ) -> None:
        self._admit = admit
        self._maker = maker
        self._service = service
        self._book = book
        self._records = records
        self._runner = runner
        self._memory = memory
        self._trends = trends
        self._habits = habits
        self._now = now
        self._actions: Mapping[DigestAction, Callable[[DigestWish], Awaitable[Answered]]] = {
            "preview": self._preview,
            "now": self._told_now,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "list": self._list,
            "picture": self._picture,
            "snooze": self._snooze,
            "wake": self._wake,
        }

    async def answer(self, wish: DigestWish) -> Answered:
        """Do what somebody wishes.

        Raises:
            BotError: refused, not understood, or Redis does not answer.
        """
        await self._admit(wish)
        return await self._actions[wish.action](wish)

    async def _preview(self, wish: DigestWish) -> Answered:
        return Answered(await self._asked(wish, "a preview: only you see it"), private=True)

    async def _told_now(self, wish: DigestWish) -> Answered:
        note = "asked for: the next one on time is unchanged"
        return Answered(await self._asked(wish, note), private=False)

    async def _asked(self, wish: DigestWish, note: str) -> SlackAnswer:
        """A digest of now, compared with the last one that was told here."""
        subscription = await self._here(wish)
        told = await self._told(subscription)
        scope = Scope(
            namespaces=wish.namespaces or (subscription.namespaces if subscription else ()),
            min_severity=wish.min_severity or (subscription.min_severity if subscription else Severity.LOW),
        )
        wanted = Wanted(cluster=self._cluster(wish), scope=scope, told=told, notes=(note,))
        return await self._service.draw(await self._maker.make(wanted))

    async def _here(self, wish: DigestWish) -> Subscription | None:
        """The subscription of this channel and cluster, when there is just one."""
        here = [
            one
            for one in (await self._book.all()).values()
            if one.channel == wish.asker.channel and self._service.cluster_of(one) == self._cluster(wish)
        ]
        return here[0] if len(here) == 1 else None

    async def _told(self, subscription: Subscription | None) -> Told | None:
        standing = await self._records.standing(subscription.name) if subscription else None
        return standing.told if standing else None

    async def _subscribe(self, wish: DigestWish) -> Answered:
        schedule = parse_schedule(wish.schedule, self._habits.zone)
        known = await self._book.all()
        subscription = Subscription(
            name=wish.name or _free_name(known),
            channel=wish.asker.channel,
            schedule=schedule.words,
            namespaces=wish.namespaces,
            min_severity=wish.min_severity or Severity.LOW,
            cluster=wish.cluster,
            by=wish.asker.user,
            made_at=self._now(),
        )
        await self._book.add(subscription)
        await self._runner.refresh()
        verb = "Changed" if subscription.name in known else "Subscribed"
        first = next_slot(schedule, self._now())
        lines = (
            f"{schedule.words}, in this channel; first on {_when(first.at)}",
            f"about {_about(subscription, self._service.cluster_of(subscription))}",
            f"`mlops digest unsubscribe {subscription.name}` ends it; `mlops digest preview` shows it now",
        )
        small = "" if self._book.lasting else _FORGETFUL
        return Answered(
            SlackAnswer(notice(f"{verb}: digest {subscription.name}.", lines, small)), private=False
        )

    async def _unsubscribe(self, wish: DigestWish) -> Answered:
        known = await self._book.all()
        here = [one.name for one in known.values() if one.channel == wish.asker.channel]
        name = wish.name or (here[0] if len(here) == 1 else "")
        if name not in known:
            raise _no_such(wish.name, here, list(known))
        await self._book.remove(name)
        await self._records.forget(name)
        await self._runner.refresh()
        return Answered(SlackAnswer(notice(f"Digest {name} has ended.")), private=False)

    async def _list(self, _: DigestWish) -> Answered:
        known = await self._book.all()
        if not known:
            said = "Nobody has subscribed to a digest."
            lines: Sequence[str] = (
                '`mlops digest subscribe "weekdays 09:00 Europe/Dublin"`, in the channel it goes to',
            )
        else:
            said = f"{len(known)} digest{'s' if len(known) > 1 else ''}:"
            lines = [await self._line(one) for one in known.values()]
        return Answered(SlackAnswer(notice(said, lines)), private=True)

    async def _line(self, subscription: Subscription) -> str:
        standing = await self._records.standing(subscription.name)
        slot = next_slot(parse_schedule(subscription.schedule, self._habits.zone), self._now())
        last = f"last told {_when(standing.told_at)}" if standing and standing.told_at else "not told yet"
        fault = self._runner.fault(subscription.name) or (standing.fault if standing else "")
        pieces = (
            f"{subscription.name}: {subscription.schedule} in {subscription.channel}",
            _about(subscription, self._service.cluster_of(subscription)),
            last,
            f"next {_when(slot.at)}",
            *(("of the settings",) if self._book.is_fixed(subscription.name) else ()),
            *((f"trouble: {fault}",) if fault else ()),
        )
        return " · ".join(pieces)

    async def _picture(self, wish: DigestWish) -> Answered:
        picture = await self._trends.picture(self._cluster(wish), wish.days)
        return Answered(SlackAnswer(notice(picture.alt), pictures=(picture,)), private=False)

    async def _snooze(self, wish: DigestWish) -> Answered:
        until = self._now() + timedelta(seconds=wish.seconds)
        asleep = await self._memory.snooze(self._cluster(wish), wish.fingerprint, until, wish.asker.user)
        if asleep is None:
            raise _unknown_cause(wish.fingerprint)
        if asleep.resolved_at is not None:
            return Answered(SlackAnswer(notice(f"It has cleared already: {asleep.summary}")), private=True)
        words = seconds_in_words(wish.seconds)
        lines = (
            "it is counted, but not told; should it grow worse, it is told all the same",
            f"`mlops digest wake {wish.fingerprint}` brings it back",
        )
        return Answered(SlackAnswer(notice(f"Asleep for {words}: {asleep.summary}", lines)), private=True)

    async def _wake(self, wish: DigestWish) -> Answered:
        known = (await self._memory.read(self._cluster(wish))).causes.get(wish.fingerprint)
        if known is None:
            raise _unknown_cause(wish.fingerprint)
        await self._memory.wake(self._cluster(wish), wish.fingerprint)
        return Answered(SlackAnswer(notice(f"Awake again: {known.summary}")), private=True)

    def _cluster(self, wish: DigestWish) -> str:
        return wish.cluster or self._habits.cluster


_FORGETFUL = (
    "Without Redis I forget this when I am restarted; whoever runs the bot can put it into the settings, "
    "digest.subscriptions."
)


def _about(subscription: Subscription, cluster: str) -> str:
    where = f"ns {', '.join(subscription.namespaces)}" if subscription.namespaces else "everything"
    least = subscription.min_severity
    return f"{where} on {cluster}" + (f", {least} and graver" if least is not Severity.LOW else "")


def _when(at: datetime) -> str:
    return f"{at:%a %d %b %Y %H:%M} UTC"


def _free_name(taken: Collection[str]) -> str:
    return next(name for name in (f"d{number}" for number in itertools.count(1)) if name not in taken)


def _no_such(name: str, here: Sequence[str], known: Sequence[str]) -> UsageError:
    if not known:
        return UsageError("There is no digest to end.", "`mlops digest list` shows all.")
    if name:
        return UsageError(f"There is no digest called {name}.", f"There are {', '.join(known)}.")
    if not here:
        return UsageError("No digest is told in this channel.", "`mlops digest list` shows all.")
    return UsageError(f"{len(here)} digests are told in this channel.", f"Say which: {', '.join(here)}.")


def _unknown_cause(fingerprint: str) -> UsageError:
    return UsageError(
        f"I remember no cause with the fingerprint {fingerprint}.",
        "It may have cleared; `mlops digest preview` shows what is open.",
    )
