"""The digest put together: the looks, the memory, who is told, and who fires it all."""

import asyncio
import calendar
from datetime import UTC, datetime

from msgspec.structs import replace

from bot.command import Asker, Command, DigestWish
from bot.digest.desk import DigestDesk
from bot.digest.making import Maker
from bot.digest.memory import Memory
from bot.digest.owners import Owner
from bot.digest.ports import Channels, Look, Now, PostRefusedError, Sleep, Values
from bot.digest.runner import Paces, Runner
from bot.digest.schedule import Slot
from bot.digest.service import Habits, Service
from bot.digest.standings import Records
from bot.digest.subscription import Subscription, SubscriptionBook
from bot.digest.telling import Teller
from bot.digest.trends import Trends
from bot.errors import BotError, Busy
from bot.render.message import SlackAnswer
from bot.render.notice import notice
from bot.render.trend import Easel
from bot.report import Report
from bot.schedule_words import parse_schedule
from bot.settings import Settings
from bot.settings_digest import DigestSettings
from bot.store.contract import Store
from bot.store.memory import MemoryStore
from bot.wiring.backstage import Backstage
from bot.wiring.base import UNNAMED
from bot.wiring.measured import outcome_of
from handlers.contract import Question
from handlers.digest import DIGEST
from rules.units import seconds_in_words

LOOKS_AT_ONCE = 2
"""Clusters that are looked at for digests at once: ten at nine o'clock must not slow down questions."""
LOOK_SECONDS = 120.0
_DEAR = frozenset({"preview", "now", "picture"})
BOT = Asker(user="digest")


class Digests:
    """All of the digest in one replica.

    Args:
        settings: what was read at the start.
        stage: the corridor, the gate, Redis and the metrics.
        channels: the way out to Slack.
        values: gives buttons their values.
        look: how clusters are looked at; without one, in the corridor of the stage.
        now: the time.
        sleep: between two tries at a slot.
    """

    def __init__(  # noqa: PLR0913 - joined in one place
        self,
        settings: Settings,
        stage: Backstage,
        channels: Channels,
        values: Values,
        *,
        look: Look | None = None,
        now: Now = lambda: datetime.now(UTC),
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        chosen, habits = settings.digest, habits_of(settings)
        late = chosen.late_minutes * 60.0
        # Not the store that falls back to memory: a claim that only one replica sees is none.
        store: Store = stage.redis or MemoryStore()
        self._gate, self._metrics = stage.gate, stage.metrics
        records, memory = Records(store), Memory(store, keep_days=chosen.keep_days)
        trends = Trends(memory, Easel().draw_trend, now)
        maker = Maker(look or looking(stage), memory, now)
        service = Service(maker, records, channels, trends, values, habits=habits, now=now)
        teller = Teller(records, channels, service.of_slot, now=now, sleep=sleep)
        book = SubscriptionBook(store, fixed(chosen))
        self.runner = Runner(
            book,
            records,
            teller,
            service,
            complain=Complaints(channels, late),
            metrics=stage.metrics,
            now=now,
            sleep=sleep,
            paces=Paces(late=late, recheck=chosen.recheck_minutes * 60.0, zone=chosen.timezone),
        )
        self._desk = DigestDesk(
            admit=self._admit,
            maker=maker,
            service=service,
            book=book,
            records=records,
            runner=self.runner,
            memory=memory,
            trends=trends,
            habits=habits,
            now=now,
        )

    async def wish(self, wish: DigestWish) -> SlackAnswer:
        """Do what somebody asks of digests. Raises BotError."""
        outcome = "error"
        try:
            answer = await self._desk.answer(wish)
            outcome = "done"
        except BotError as error:
            outcome = outcome_of(error)
            raise
        else:
            return answer
        finally:
            self._metrics.question(f"digest {wish.action}", outcome)

    async def _admit(self, wish: DigestWish) -> None:
        # Most wishes look at nothing: four snoozes a minute must not use up what somebody may ask.
        handler = DIGEST if wish.action in _DEAR else replace(DIGEST, cost=1)
        await self._gate.admit(Command(handler=handler, question=Question(name=""), asker=wish.asker))


class LateWishes:
    """Takes wishes from when Slack is listened to, and passes them on as soon as there is who grants them."""

    def __init__(self) -> None:
        self._digests: Digests | None = None

    def granted_by(self, digests: Digests) -> None:
        """Name who grants them."""
        self._digests = digests

    async def __call__(self, wish: DigestWish) -> SlackAnswer:
        """Do what somebody asks of digests. Raises BotError."""
        if self._digests is None:
            raise Busy("The bot is starting.", "Ask again in a minute.")
        return await self._digests.wish(wish)


class Complaints:
    """Writes to whoever subscribed that their digest cannot be posted; it is given up `late` seconds late."""

    def __init__(self, channels: Channels, late: float) -> None:
        self._channels = channels
        self._late = late

    async def __call__(self, subscription: Subscription, slot: Slot, error: PostRefusedError) -> None:
        """Tell one person; raises PostRefusedError, PostUnsureError."""
        if not subscription.by:
            return
        said = f"The digest {subscription.name} of {slot.name.replace('T', ' ')} cannot be posted."
        tries = f"I try again until it is {seconds_in_words(self._late)} late."
        message = notice(said, tuple(filter(None, (error.sentence, error.advice))), tries)
        await self._channels.whisper(subscription.by, message)


def looking(stage: Backstage) -> Look:
    """How a digest looks at a cluster: in the same corridor, without the doors of people."""
    turns = asyncio.Semaphore(LOOKS_AT_ONCE)

    async def look(cluster: str, hygiene: bool) -> Report:  # noqa: FBT001 - the shape of `Look`
        options = {"hygiene": "yes"} if hygiene else {}
        question = Question(name="", deadline=LOOK_SECONDS, options=options)
        command = Command(handler=DIGEST, question=question, cluster=cluster, asker=BOT)
        async with turns:
            return await stage.gate.share(command, lambda: stage.looking.look(command, _silent))

    return look


def habits_of(settings: Settings) -> Habits:
    """What the settings say of all digests."""
    chosen = settings.digest
    days = [day.lower() for day in calendar.day_name]
    return Habits(
        cluster=settings.cluster or UNNAMED,
        zone=chosen.timezone,
        owners=tuple(
            Owner(label=each.label, namespace=each.namespace, slack=each.slack) for each in chosen.owners
        ),
        weekly=days.index(chosen.weekly) if chosen.weekly in days else None,
        runbooks=settings.runbook_base_url,
    )


def fixed(chosen: DigestSettings) -> tuple[Subscription, ...]:
    """The subscriptions of the settings."""
    return tuple(
        Subscription(
            name=each.name,
            channel=each.channel,
            schedule=parse_schedule(each.schedule, chosen.timezone).words,
            namespaces=each.namespaces,
            min_severity=each.min_severity,
            cluster=each.cluster,
            pictures=each.pictures,
        )
        for each in chosen.subscriptions
    )


async def _silent(_: str) -> None:
    """Nobody watches a digest being made."""
