"""The answer to one question, before it is drawn for Slack, the terminal or a program."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from handlers.contract import Evidence, Exhibit, Gap
from rules.finding import Finding, ObjectRef, Severity, Undecided
from rules.judge import Judgement


class Verdict(StrEnum):
    """The first word of an answer; `unknown` is "could not tell"."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    BROKEN = "broken"
    UNKNOWN = "unknown"


class Report(Struct, frozen=True, kw_only=True):
    """What was found, what could not be told, and how; plain text, neither redacted nor escaped.

    Attributes:
        command: the question in canonical words ("diagnose pod mlops/x").
        findings: the causes, most causal first; `also_noticed` are minor ones.
        about: short pieces for the context line.
        symptom: the visible state in kubectl's words.
        well: whether the subject shows no symptom, whatever could not be read.
        as_of: time of the look by the cluster's clock.
        took_ms: milliseconds from question to report.
        api_calls: requests sent to the API server.
    """

    command: str
    cluster: str
    subject: ObjectRef
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    also_noticed: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    gaps: tuple[Gap, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    about: tuple[str, ...] = ()
    symptom: str = ""
    well: bool = False
    checked: tuple[str, ...] = ()
    as_of: datetime
    took_ms: int = 0
    api_calls: int = 0

    @classmethod
    def of(
        cls, command: str, cluster: str, judgement: Judgement, evidence: Evidence, took_ms: int
    ) -> "Report":
        """Join what was judged and what was gathered into one answer."""
        causes = tuple(f for f in judgement.findings if f.severity.rank <= Severity.MEDIUM.rank)
        minor = tuple(f for f in judgement.findings if f.severity.rank > Severity.MEDIUM.rank)
        return cls(
            command=command,
            cluster=cluster,
            subject=evidence.subject,
            verdict=_verdict(causes, judgement.undecided, well=evidence.healthy),
            well=evidence.healthy,
            findings=causes,
            also_noticed=minor,
            undecided=judgement.undecided,
            gaps=evidence.gaps,
            exhibits=evidence.exhibits,
            about=evidence.about,
            symptom=evidence.symptom,
            checked=evidence.checked,
            as_of=evidence.as_of,
            took_ms=took_ms,
            api_calls=evidence.api_calls,
        )


def _verdict(causes: tuple[Finding, ...], undecided: tuple[Undecided, ...], *, well: bool) -> Verdict:
    """Say "healthy" only when it is earned: nothing is wrong, and no grave cause was left unjudged."""
    if any(f.severity.rank <= Severity.HIGH.rank for f in causes):
        return Verdict.BROKEN
    if causes:
        return Verdict.DEGRADED
    unjudged = any(doubt.severity.rank <= Severity.HIGH.rank for doubt in undecided)
    return Verdict.HEALTHY if well and not unjudged else Verdict.UNKNOWN
