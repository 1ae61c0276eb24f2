"""What changes from look to look, as values: what is remembered, what was told, and what a digest tells."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from bot.report import Report, Verdict
from handlers.contract import Gap
from handlers.parts import Part, PartState
from rules.finding import Finding, ObjectRef, Severity


class Remembered(Struct, frozen=True, kw_only=True):
    """One cause over time, known by its fingerprint; texts are redacted before they come here.

    Attributes:
        first_seen: when any look saw it first.
        since: when its present spell began: later than `first_seen` for a cause that came back.
        last_seen: when a look saw it last.
        looks: how many looks saw it.
        severity_then: at the beginning of the present spell; `severity` is that of the last look.
        affected: how many objects it concerned at the last look, its own included.
        resolved_at: when a look that could have seen it did not; None while it is there.
        snoozed_until: not told before then, unless it grows worse.
        snoozed_by: Slack user id.
        snoozed_severity: how bad it was when it was put to sleep.
    """

    fingerprint: str
    rule: str
    subject: ObjectRef
    owner: ObjectRef | None = None
    summary: str
    severity_then: Severity
    severity: Severity
    affected: int = 1
    first_seen: datetime
    since: datetime
    last_seen: datetime
    looks: int = 1
    resolved_at: datetime | None = None
    snoozed_until: datetime | None = None
    snoozed_by: str = ""
    snoozed_severity: Severity | None = None


class Sweep(Struct, frozen=True, kw_only=True):
    """One look at a cluster, as it is remembered.

    Attributes:
        at: time of the look by the cluster's clock.
        severities: open causes by severity.
        figures: numbers by name ("restarts", "pods not ready", "memory of node x").
        complete: whether everything could be read, logs of healthy workloads aside.
        unread: what is usually not read, without its numbers: it hides nothing that was seen without it.
    """

    at: datetime
    severities: Mapping[Severity, int]
    figures: Mapping[str, float] = {}
    complete: bool = True
    unread: frozenset[str] = frozenset()


class History(Struct, frozen=True, kw_only=True):
    """What is remembered of one cluster: causes by fingerprint, sweeps in order of time."""

    causes: Mapping[str, Remembered] = {}
    sweeps: tuple[Sweep, ...] = ()


class ToldCause(Struct, frozen=True, kw_only=True):
    """A cause as a digest told it; the summary is redacted."""

    severity: Severity
    affected: int
    summary: str
    rule: str
    subject: ObjectRef
    since: datetime


class Told(Struct, frozen=True, kw_only=True):
    """What a digest told, kept to compare the next one with.

    Attributes:
        at: time of its look.
        causes: what was open, by fingerprint.
        unread: what had not been read, without its numbers.
    """

    at: datetime
    causes: Mapping[str, ToldCause] = {}
    unread: frozenset[str] = frozenset()


class Past(Struct, frozen=True, kw_only=True):
    """What a look is compared with: the last digest, and what is remembered of the cluster's causes."""

    told: Told | None = None
    causes: Mapping[str, Remembered] = {}


class Change(StrEnum):
    """How a cause stands against the last digest, in the order they are told."""

    NEW = "new"
    WORSE = "worse"
    ONGOING = "ongoing"


class Entry(Struct, frozen=True, kw_only=True):
    """A cause that is open now.

    Attributes:
        finding: the cause in full.
        change: against the last digest.
        severity: how bad it is, counting what it explains; `severity_then` at the last digest.
        affected: how many objects it concerns, its own included.
        since: when its present spell began.
        came_back: when it had been seen before this spell; None for one never seen before.
        labels: of its subject, its owner and its namespace.
        snoozed_until: told in the count only; None when it is not snoozed.
    """

    finding: Finding
    change: Change
    severity: Severity
    severity_then: Severity | None = None
    affected: int = 1
    since: datetime
    came_back: datetime | None = None
    labels: Mapping[str, str] = {}
    snoozed_until: datetime | None = None


class Gone(Struct, frozen=True, kw_only=True):
    """A cause of the last digest that is not seen now.

    Attributes:
        affected: how many objects it concerned when it was told.
        why: empty when it is resolved; else why that cannot be told ("pods were not read").
    """

    fingerprint: str
    rule: str
    severity: Severity
    subject: ObjectRef
    summary: str
    since: datetime
    affected: int = 1
    why: str = ""


class Digest(Struct, frozen=True, kw_only=True):
    """What has changed; plain text, neither redacted nor escaped.

    Attributes:
        name: of the subscription; empty in the terminal.
        cluster: as people call it.
        namespaces: what it is limited to; empty is everything.
        min_severity: less grave causes are not told.
        report: the look behind it.
        verdict: the state word.
        before: time of the digest it is compared with; None for the first.
        entries: open causes, snoozed ones last; the order they are told in.
        resolved: causes of the last digest that are gone.
        unseen: causes of the last digest that could not be looked for.
        parts: the platform part by part.
        usually_unread: what had not been read the last time either.
        news_unread: those of the gaps that were not there the last time.
        notes: what is to be said of the digest itself ("20 min late", "Saturday's was not posted").
    """

    name: str = ""
    cluster: str
    namespaces: tuple[str, ...] = ()
    min_severity: Severity = Severity.LOW
    report: Report
    verdict: Verdict
    before: datetime | None = None
    entries: tuple[Entry, ...] = ()
    resolved: tuple[Gone, ...] = ()
    unseen: tuple[Gone, ...] = ()
    parts: tuple[Part, ...] = ()
    gaps: tuple[Gap, ...] = ()
    news_unread: tuple[Gap, ...] = ()
    usually_unread: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    @property
    def awake(self) -> tuple[Entry, ...]:
        """The entries that are not snoozed."""
        return tuple(entry for entry in self.entries if entry.snoozed_until is None)

    def count(self, change: Change) -> int:
        """How many entries that are not snoozed changed so."""
        return sum(entry.change is change for entry in self.awake)

    @property
    def quiet(self) -> bool:
        """Whether nothing is worth more than a line: nothing open, nothing changed, nothing newly unread."""
        trouble = any(part.state is PartState.TROUBLE for part in self.parts)
        told = self.awake or self.resolved or self.unseen or self.news_unread or self.notes or trouble
        return not told and self.verdict is Verdict.HEALTHY


class Scope(Struct, frozen=True, kw_only=True):
    """What of a cluster a digest is about."""

    namespaces: tuple[str, ...] = ()
    min_severity: Severity = Severity.LOW
