"""What a rule can say: a finding with its evidence and fix, or that it could not tell."""

import hashlib
from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Severity(StrEnum):
    """How bad a cause is for whoever depends on the subject; worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst; sorts findings."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    """How sure a finding is: a field states it, two signs agree, or one sign hints at it."""

    CONFIRMED = "confirmed"
    LIKELY = "likely"
    POSSIBLE = "possible"

    @property
    def rank(self) -> int:
        """0 for the surest; sorts findings of equal severity."""
        return list(Confidence).index(self)


class ObjectRef(Struct, frozen=True):
    """One Kubernetes object by kind, namespace (empty for cluster kinds) and name."""

    kind: str
    name: str
    namespace: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Observation(Struct, frozen=True):
    """One thing that was read: a sentence, where it was read, and when it happened (None: unknown)."""

    text: str
    source: str = ""
    at: datetime | None = None

    def __str__(self) -> str:
        return self.text


class FixStep(Struct, frozen=True):
    """One step of a fix.

    Attributes:
        say: what to do and why, one sentence.
        run: a complete command, or empty.
        show: a manifest snippet to apply or compare, or empty.
        changes: what the command changes ("node", "pod", …); empty when it only reads.
    """

    say: str
    run: str = ""
    show: str = ""
    changes: str = ""


class Symptom(Struct, frozen=True, kw_only=True):
    """Something that is unwell only because of a finding: folded into it, not told again."""

    rule: str
    severity: Severity
    fingerprint: str
    subject: ObjectRef
    summary: str
    owner: ObjectRef | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """One cause that was found, in plain text (renderers redact and escape it).

    Attributes:
        owner: the controller at the top of the subject's owner chain; the subject itself without one.
        symptom: the rule only states that something is unwell, for a reason that lies elsewhere.
        explains: what is unwell because of it, as far as the look saw; put there by `correlate`.
    """

    rule: str
    severity: Severity
    confidence: Confidence
    fingerprint: str
    subject: ObjectRef
    summary: str
    cause: str
    evidence: tuple[Observation, ...] = ()
    effect: str = ""
    fix: tuple[FixStep, ...] = ()
    runbook: str = ""
    owner: ObjectRef | None = None
    symptom: bool = False
    explains: tuple[Symptom, ...] = ()


class Undecided(Struct, frozen=True):
    """A rule that could not be judged.

    Attributes:
        missing: the facts it lacked, each with the reason ("nodes: forbidden …").
        severity: how bad its cause would be.
    """

    rule: str
    missing: tuple[str, ...]
    severity: Severity = Severity.HIGH


def fingerprint(rule: str, top_owner: ObjectRef, discriminator: str = "") -> str:
    """Twelve hex digits by which a later look knows the same cause again; never from message text."""
    text = f"{rule}\n{top_owner.kind}\n{top_owner.namespace}\n{top_owner.name}\n{discriminator}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]
