"""What a text about the digest is understood as."""

from typing import Literal

from msgspec import Struct

from bot.command.model import TERMINAL, Asker
from rules.finding import Severity

DigestAction = Literal["preview", "now", "subscribe", "unsubscribe", "list", "picture", "snooze", "wake"]
HOUR = 3600.0
DAY = 24 * HOUR
WEEK = 7
_PRIVATE = frozenset({"preview", "list", "snooze", "wake"})


class DigestWish(Struct, frozen=True, kw_only=True):
    """One thing that is wanted of the digest; what an action does not need is empty.

    Attributes:
        action: what to do.
        schedule: subscribe: when, in canonical words with its zone.
        name: subscribe, unsubscribe: of the subscription; empty when none was said.
        namespaces: preview, now, subscribe: what it is limited to, sorted; empty is everything.
        min_severity: preview, now, subscribe: less grave causes are not told; None when none was said.
        cluster: what it is about, as the settings write it; empty where there is one alone.
        days: picture: 7 or 30.
        fingerprint: snooze, wake: of the cause.
        seconds: snooze: how long.
        asker: who wants it, and where.
    """

    action: DigestAction
    schedule: str = ""
    name: str = ""
    namespaces: tuple[str, ...] = ()
    min_severity: Severity | None = None
    cluster: str = ""
    days: int = WEEK
    fingerprint: str = ""
    seconds: float = 0.0
    asker: Asker = TERMINAL

    @property
    def private(self) -> bool:
        """Whether the answer is for the asker alone."""
        return self.action in _PRIVATE

    @property
    def words(self) -> str:
        """The wish in canonical words, which are understood as the same wish."""
        own: dict[str, tuple[str, ...]] = {
            "subscribe": (f'"{self.schedule}"',),
            "unsubscribe": (self.name,),
            "picture": (f"{self.days}d",),
            "snooze": (self.fingerprint, _span(self.seconds)),
            "wake": (self.fingerprint,),
        }
        parts = ("digest", self.action, *own.get(self.action, ()), *self._options())
        return " ".join(filter(None, parts))

    def _options(self) -> list[str]:
        values = {
            "--namespaces": ",".join(self.namespaces),
            "--min-severity": self.min_severity or "",
            "--cluster": self.cluster,
            "--name": self.name if self.action == "subscribe" else "",
        }
        return [part for option, value in values.items() if value for part in (option, value)]


def _span(seconds: float) -> str:
    """A time as it is typed: whole days, otherwise hours."""
    return f"{seconds / DAY:.0f}d" if seconds % DAY == 0 else f"{seconds / HOUR:.0f}h"
