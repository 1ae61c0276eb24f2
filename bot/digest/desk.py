"""What people ask of digests in Slack: one now, a subscription, a picture, peace from one cause."""

import itertools
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta

from msgspec.structs import replace

from bot.changes import Scope, Told
from bot.command import DigestAction, DigestWish, near
from bot.digest.making import Maker, Wanted
from bot.digest.memory import Memory
from bot.digest.ports import Now
from bot.digest.runner import Runner
from bot.digest.schedule import next_slot
from bot.digest.service import Habits, Service
from bot.digest.standings import Records
from bot.digest.subscription import Subscription, SubscriptionBook
from bot.digest.trends import Trends
from bot.errors import UsageError
from bot.render.door import Mrkdwn, join, moment, own, place, say
from bot.render.message import SlackAnswer
from bot.render.notice import notice
from bot.render.wording import some
from bot.schedule_words import parse_schedule
from rules.finding import Severity
from rules.units import seconds_in_words

Admit = Callable[[DigestWish], Awaitable[None]]
"""Raises Refused when the asker may not."""


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
        self._actions: Mapping[DigestAction, Callable[[DigestWish], Awaitable[SlackAnswer]]] = {
            "preview": self._preview,
            "now": self._told_now,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
            "list": self._list,
            "picture": self._picture,
            "snooze": self._snooze,
            "wake": self._wake,
        }

    async def answer(self, wish: DigestWish) -> SlackAnswer:
        """Do what somebody wishes.

        Raises:
            BotError: refused, not understood, or Redis does not answer.
        """
        await self._admit(wish)
        return await self._actions[wish.action](wish)

    async def _preview(self, wish: DigestWish) -> SlackAnswer:
        return await self._asked(wish, "a preview: only you see it")

    async def _told_now(self, wish: DigestWish) -> SlackAnswer:
        note = "asked for: the next one on time is unchanged"
        return await self._asked(wish, note)

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
        standing = await self._records.standing(subscription) if subscription else None
        return standing.told if standing else None

    async def _subscribe(self, wish: DigestWish) -> SlackAnswer:
        schedule = parse_schedule(wish.schedule, self._habits.zone)
        known = await self._book.all()
        _check_name(wish, known.get(wish.name))
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
            say(f"{schedule.words}, in this channel; first on", _LINE) + own(" ") + moment(first.at),
            f"about {_about(subscription, self._service.cluster_of(subscription))}",
            f"`mlops digest unsubscribe {subscription.name}` ends it; `mlops digest preview` shows it now",
        )
        small = "" if self._book.lasting else _FORGETFUL
        return SlackAnswer(notice(f"{verb}: digest {subscription.name}.", lines, small))

    async def _unsubscribe(self, wish: DigestWish) -> SlackAnswer:
        known = await self._book.all()
        here = [one.name for one in known.values() if one.channel == wish.asker.channel]
        said = wish.name or (here[0] if len(here) == 1 else "")
        name = next((each for each in known if each.lower() == said.lower()), said)
        if name not in known:
            raise _no_such(wish, here, list(known))
        await self._book.remove(name)
        await self._records.forget(known[name])
        await self._runner.refresh()
        return SlackAnswer(notice(f"Digest {name} has ended."))

    async def _list(self, wish: DigestWish) -> SlackAnswer:
        known = await self._book.all()
        if not known:
            said = "Nobody has subscribed to a digest."
            lines: Sequence[str | Mrkdwn] = (
                '`mlops digest subscribe "weekdays 09:00 Europe/Dublin"`, in the channel it goes to',
            )
        else:
            said = f"{len(known)} digest{'s' if len(known) > 1 else ''}:"
            here = wish.asker.channel
            listed = sorted(known.values(), key=lambda one: (one.channel != here, one.name))
            lines = [await self._line(one) for one in listed]
        return SlackAnswer(notice(said, lines))

    async def _line(self, subscription: Subscription) -> Mrkdwn:
        standing = await self._records.standing(subscription)
        slot = next_slot(parse_schedule(subscription.schedule, self._habits.zone), self._now())
        where = place(subscription.channel)
        told_at = standing.told_at if standing else None
        fault = self._runner.fault(subscription.name) or (standing.fault if standing else "")
        return join(
            " · ",
            (
                say(f"{subscription.name}: {subscription.schedule} in", _LINE) + own(" ") + where,
                say(_about(subscription, self._service.cluster_of(subscription)), _LINE),
                own("last told ") + moment(told_at) if told_at else own("not told yet"),
                own("next ") + moment(slot.at),
                own("of the settings" if self._book.is_fixed(subscription.name) else ""),
                say(f"⚠️ {fault}" if fault else "", _LINE),
            ),
        )

    async def _picture(self, wish: DigestWish) -> SlackAnswer:
        picture = await self._trends.picture(self._cluster(wish), wish.days)
        return SlackAnswer(notice(picture.alt), pictures=(picture,))

    async def _snooze(self, wish: DigestWish) -> SlackAnswer:
        until = self._now() + timedelta(seconds=wish.seconds)
        asleep = await self._memory.snooze(self._cluster(wish), wish.fingerprint, until, wish.asker.user)
        if asleep is None:
            raise _unknown_cause(wish.fingerprint)
        if asleep.resolved_at is not None:
            return SlackAnswer(notice(f"It has cleared already: {asleep.summary}"))
        words = seconds_in_words(wish.seconds)
        lines = (
            "it is counted, but not told; should it grow worse, it is told all the same",
            f"`mlops digest wake {wish.fingerprint}` brings it back",
        )
        return SlackAnswer(notice(f"Asleep for {words}: {asleep.summary}", lines))

    async def _wake(self, wish: DigestWish) -> SlackAnswer:
        known = (await self._memory.read(self._cluster(wish))).causes.get(wish.fingerprint)
        if known is None:
            raise _unknown_cause(wish.fingerprint)
        await self._memory.wake(self._cluster(wish), wish.fingerprint)
        return SlackAnswer(notice(f"Awake again: {known.summary}"))

    def _cluster(self, wish: DigestWish) -> str:
        return wish.cluster or self._habits.cluster


_LINE = 300
_NAMED = 10
_FORGETFUL = (
    "Without Redis I forget this when I am restarted; whoever runs the bot can put it into the settings, "
    "digest.subscriptions."
)


def _about(subscription: Subscription, cluster: str) -> str:
    where = f"ns {', '.join(subscription.namespaces)}" if subscription.namespaces else "everything"
    least = subscription.min_severity
    return f"{where} on {cluster}" + (f", {least} and graver" if least is not Severity.LOW else "")


def _check_name(wish: DigestWish, known: Subscription | None) -> None:
    """Raise UsageError when the name belongs to a digest of another channel: it would go from there."""
    if known is not None and known.channel != wish.asker.channel:
        raise UsageError(
            f"A digest called {wish.name} is told in another channel.", "Give yours another name with --name."
        )


def _free_name(taken: Collection[str]) -> str:
    return next(name for name in (f"d{number}" for number in itertools.count(1)) if name not in taken)


def _no_such(wish: DigestWish, here: Sequence[str], known: Sequence[str]) -> UsageError:
    if not known:
        return UsageError("There is no digest to end.", "`mlops digest list` shows all.")
    if wish.name:
        meant = near(wish.name, known)
        return UsageError(
            f"There is no digest called {wish.name}.",
            f"There are {some(known, _NAMED, ', ')}.",
            replace(wish, name=meant).words if meant else "",
        )
    if not here:
        return UsageError("No digest is told in this channel.", "`mlops digest list` shows all.")
    return UsageError(
        f"{len(here)} digests are told in this channel.",
        f"Say which: `mlops digest unsubscribe NAME`, one of {some(here, _NAMED, ', ')}.",
    )


def _unknown_cause(fingerprint: str) -> UsageError:
    return UsageError(
        f"I remember no cause with the fingerprint {fingerprint}.",
        "It may have cleared; `mlops digest preview` shows what is open.",
    )
