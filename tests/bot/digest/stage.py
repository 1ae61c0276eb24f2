"""Replicas of the digest on one store, with a clock that tests move, a made-up cluster and a channel."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from bot.digest.making import Maker
from bot.digest.memory import Memory
from bot.digest.ports import CannotSearchError, Posted, PostRefusedError, PostUnsureError
from bot.digest.runner import Paces, Runner
from bot.digest.schedule import Slot
from bot.digest.service import Habits, Service
from bot.digest.standings import Records
from bot.digest.subscription import Subscription, SubscriptionBook
from bot.digest.telling import Teller
from bot.digest.trends import Trends
from bot.errors import StoreError
from bot.metrics import Metrics
from bot.render.message import Picture, SlackFile, SlackMessage
from bot.report import Report, Verdict
from bot.store.contract import Store
from bot.store.memory import MemoryStore
from handlers.contract import Gap
from handlers.sources.errors import Unreachable
from rules.finding import Confidence, Finding, ObjectRef, Severity
from tests.bot.slack.steps import StepClock

Fault = Literal["refused", "unsure, posted", "unsure, lost"]
DAILY = Subscription(name="prod", channel="C1", schedule="daily 09:00 UTC")


def cause(name: str, severity: Severity = Severity.HIGH, rule: str = "pod-crashloop") -> Finding:
    """A cause of one pod."""
    return Finding(
        rule=rule,
        severity=severity,
        confidence=Confidence.CONFIRMED,
        fingerprint=f"f-{rule}-{name}",
        subject=ObjectRef("Pod", name, "mlops"),
        summary=f"{name} crashes",
        cause="It exits 1.",
    )


class Time:
    """The time of all replicas; it moves when a test says so."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self._steps = StepClock()
        self._began = self._steps.now()

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self._steps.now() - self._began)

    def seconds(self) -> float:
        return self._steps.now()

    async def sleep(self, seconds: float) -> None:
        await self._steps.sleep(seconds)

    def go(self, seconds: float) -> None:
        self._steps.go(seconds)

    def to(self, at: datetime) -> None:
        self.go((at - self.now()).total_seconds())


@dataclass
class ACluster:
    """What a look at it finds; `away` is why it does not answer."""

    time: Time
    findings: Sequence[Finding] = ()
    gaps: Sequence[Gap] = ()
    away: str = ""
    looks: int = 0
    hygiene: int = 0
    then: Callable[[], Awaitable[None]] | None = None

    async def look(self, name: str, hygiene: bool) -> Report:
        self.looks += 1
        self.hygiene += hygiene
        if self.then is not None:
            await self.then()
        if self.away:
            raise Unreachable("the cluster", self.away)
        bad = any(finding.severity.rank <= Severity.MEDIUM.rank for finding in self.findings)
        return Report(
            command="digest",
            cluster=name,
            subject=ObjectRef("Cluster", name),
            verdict=Verdict.BROKEN if bad else Verdict.HEALTHY,
            findings=tuple(self.findings),
            gaps=tuple(self.gaps),
            overview=True,
            as_of=self.time.now(),
        )


@dataclass
class Channel:
    """A channel as Slack shows it: messages stay, some calls fail as ordered."""

    time: Time
    messages: dict[str, SlackMessage] = field(default_factory=dict)
    replies: list[SlackMessage] = field(default_factory=list)
    files: list[SlackFile] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    whispers: list[SlackMessage] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    searchable: bool = True
    then: Callable[[], None] | None = None

    async def post(self, channel: str, message: SlackMessage) -> Posted:
        fault = self.faults.pop(0) if self.faults else None
        if fault == "refused":
            raise PostRefusedError("I am not a member of this channel.", "Invite me.", lasting=True)
        if fault == "unsure, lost":
            raise PostUnsureError("Slack does not answer.")
        ts = f"{self.time.now().timestamp():.0f}.{len(self.messages):06d}"
        self.messages[ts] = message
        if self.then is not None:
            self.then()
        if fault == "unsure, posted":
            raise PostUnsureError("Slack does not answer.")
        return Posted(channel, ts)

    async def reply(self, posted: Posted, message: SlackMessage) -> None:
        assert posted.ts in self.messages
        self.replies.append(message)

    async def edit(self, posted: Posted, message: SlackMessage) -> None:
        assert posted.ts in self.messages
        self.messages[posted.ts] = message

    async def share(self, posted: Posted, file: SlackFile) -> None:
        assert posted.ts in self.messages
        self.files.append(file)

    async def show(self, posted: Posted, picture: Picture) -> None:
        assert posted.ts in self.messages
        self.pictures.append(picture)

    async def find(self, channel: str, mark: str, since: datetime) -> Posted | None:
        if not self.searchable:
            raise CannotSearchError("The Slack app lacks the scope `channels:history`.")
        for ts, message in self.messages.items():
            if float(ts) > since.timestamp() and any(b.get("block_id") == mark for b in message.blocks):
                return Posted(channel, ts)
        return None

    async def whisper(self, user: str, message: SlackMessage) -> None:
        assert user
        self.whispers.append(message)

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.messages.values()]


class Gone(MemoryStore):
    """A store that can be away, or fail to write keys that begin so."""

    away = False
    refused = "nothing"

    async def get(self, key: str) -> bytes | None:
        self._check()
        return await super().get(key)

    async def put(self, key: str, value: bytes, ttl: float) -> None:
        self._check(key)
        await super().put(key, value, ttl)

    async def put_if_absent(self, key: str, value: bytes, ttl: float) -> bool:
        self._check()
        return await super().put_if_absent(key, value, ttl)

    async def fields(self, key: str) -> dict[str, bytes]:
        self._check()
        return await super().fields(key)

    def _check(self, key: str = "") -> None:
        if self.away or key.startswith(self.refused):
            raise StoreError("Redis does not answer (ConnectionError).")


class Replica:
    """One replica: its runner is driven by `fire`, not by the clock on the wall."""

    def __init__(  # noqa: PLR0913 - each is what some test turns
        self,
        time: Time,
        store: Store,
        cluster: ACluster,
        channel: Channel,
        fixed: Sequence[Subscription] = (DAILY,),
        *,
        habits: Habits | None = None,
        paces: Paces | None = None,
    ) -> None:
        self.records = Records(store)
        self.memory = Memory(store, keep_days=90)
        self.maker = Maker(cluster.look, self.memory, time.now)
        self.habits = habits or Habits(cluster="eks", weekly=None)
        self.trends = Trends(self.memory, no_picture, time.now)
        self.service = Service(
            self.maker, self.records, channel, self.trends, same_values, habits=self.habits, now=time.now
        )
        self.book = SubscriptionBook(store, fixed)
        self.metrics = Metrics()
        teller = Teller(self.records, channel, self.service.of_slot, now=time.now, sleep=time.sleep)
        self.runner = Runner(
            self.book,
            self.records,
            teller,
            self.service,
            complain=lambda sub, slot, error: complain(channel, sub, slot, error),
            metrics=self.metrics,
            now=time.now,
            sleep=time.sleep,
            paces=paces or Paces(),
        )

    async def wake(self) -> None:
        """What starting does, without APScheduler: read the subscriptions and see to what is due."""
        await self.runner.refresh()


async def complain(channel: Channel, subscription: Subscription, slot: Slot, error: PostRefusedError) -> None:
    await channel.whisper(subscription.by, SlackMessage(f"{subscription.name} {slot.name}: {error.sentence}"))


async def same_values(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(words)


async def no_picture(*_: object, **__: object) -> Picture:
    return Picture(filename="trend.png", title="trend", alt="a trend", png=b"png")


async def until(holds: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait, in real time, until something holds: threads take part in making a digest."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - nobody tells when a thread is done
            await asyncio.sleep(0.002)


async def settled(seconds: float = 0.05) -> None:
    """Long enough for whatever would wrongly happen to happen."""
    await asyncio.sleep(seconds)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
