"""Who wants a digest, where and when: subscriptions of the settings, and those made in Slack."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import Struct

from bot.changes import Scope
from bot.errors import UsageError
from bot.store.contract import Store
from rules.finding import Severity

log = logging.getLogger(__name__)
KEY = "digest:subscriptions"
MOST = 200
"""Subscriptions made in Slack; each is a look at a whole cluster a day."""


class Subscription(Struct, frozen=True, kw_only=True):
    """One digest, told again and again.

    Attributes:
        name: by which it is listed and ended; unique.
        channel: Slack channel id.
        schedule: canonical words ("weekdays 09:00 Europe/Dublin").
        cluster: as the settings name it; empty is the default one.
        pictures: whether the weekly part has the trend.
        by: Slack user id of whoever subscribed; empty for one of the settings.
        made_at: no slot before this is caught up; None for one of the settings.
    """

    name: str
    channel: str
    schedule: str
    namespaces: tuple[str, ...] = ()
    min_severity: Severity = Severity.LOW
    cluster: str = ""
    pictures: bool = False
    by: str = ""
    made_at: datetime | None = None

    @property
    def key(self) -> str:
        """By what its slots are known: a name that is given again later is another subscription."""
        return f"{self.name}@{self.made_at.timestamp():.0f}" if self.made_at else self.name

    @property
    def about(self) -> str:
        """What it is about, in a word: a digest of something else is nothing to compare with."""
        return _digest_of(self.cluster, *sorted(self.namespaces), self.min_severity, self.channel)

    @property
    def shape(self) -> str:
        """By what it is known where it stands: replicas that read different settings stand side by side."""
        return f"{self.name}:{_digest_of(self.schedule, self.about)}"

    @property
    def scope(self) -> Scope:
        """What of the cluster it is about."""
        return Scope(namespaces=self.namespaces, min_severity=self.min_severity)


def _digest_of(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]


class SubscriptionBook:
    """All subscriptions.

    Args:
        store: where those made in Slack are kept; in memory they last until the restart.
        fixed: those of the settings, which Slack cannot end.
    """

    def __init__(self, store: Store, fixed: Sequence[Subscription]) -> None:
        self._store = store
        self._fixed = {one.name: one for one in fixed}

    @property
    def lasting(self) -> bool:
        """Whether what is made in Slack outlives a restart."""
        return self._store.shared

    def is_fixed(self, name: str) -> bool:
        """Whether a subscription stands in the settings."""
        return name in self._fixed

    async def all(self) -> Mapping[str, Subscription]:
        """Every subscription by its name; those of the settings hide others. Raises StoreError."""
        made = {}
        for name, value in sorted((await self._store.fields(KEY)).items()):
            try:
                made[name] = msgspec.json.decode(value, type=Subscription)
            except msgspec.MsgspecError as error:
                log.warning("the subscription %s cannot be read: %s", name, error)
        return made | self._fixed

    async def add(self, subscription: Subscription) -> None:
        """Keep a subscription; the same name again changes it.

        Raises:
            UsageError: the name belongs to the settings, or there are too many.
            StoreError: Redis does not answer.
        """
        if subscription.name in self._fixed:
            raise UsageError(
                f"A digest called {subscription.name} stands in the settings.",
                "Give yours another name with --name.",
            )
        known = await self._store.fields(KEY)
        if subscription.name not in known and len(known) >= MOST:
            raise UsageError(
                f"There are {MOST} digests already.", "End some: `mlops digest unsubscribe NAME`."
            )
        await self._store.put_fields(KEY, {subscription.name: msgspec.json.encode(subscription)})

    async def remove(self, name: str) -> None:
        """End a subscription made in Slack. Raises UsageError for one of the settings, StoreError."""
        if name in self._fixed:
            raise UsageError(
                f"The digest {name} stands in the settings.", "Whoever runs the bot takes it out there."
            )
        await self._store.put_fields(KEY, {}, (name,))
