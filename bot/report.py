"""The answer to one question, before it is drawn for Slack, the terminal or a program."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from handlers.contract import Evidence, Exhibit, Gap, Row, Table
from handlers.parts import Figure, Labelled, Part
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
        tables: figures beside the findings, their judged columns filled.
        overview: a whole cluster or namespace: many causes, each told in a line.
        parts: the platform part by part; `figures` are numbers to remember.
        labels: of the objects that causes are about, to know who looks after them.
        said: the headline where there is no cause; empty to say whether the subject is healthy.
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
    tables: tuple[Table, ...] = ()
    overview: bool = False
    said: str = ""
    parts: tuple[Part, ...] = ()
    figures: tuple[Figure, ...] = ()
    labels: tuple[Labelled, ...] = ()
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
        ranked = _ranked(judgement.findings, evidence)
        causes = tuple(f for f in ranked if _worst(f).rank <= Severity.MEDIUM.rank)
        least = Severity.LOW if evidence.overview else Severity.INFO
        minor = tuple(f for f in ranked if Severity.MEDIUM.rank < _worst(f).rank <= least.rank)
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
            tables=tuple(_filled(table, ranked) for table in evidence.tables),
            overview=evidence.overview,
            parts=evidence.parts,
            figures=evidence.figures,
            labels=_labels(evidence, ranked),
            said=evidence.headline,
            about=evidence.about,
            symptom=evidence.symptom,
            checked=evidence.checked,
            as_of=evidence.as_of,
            took_ms=took_ms,
            api_calls=evidence.api_calls,
        )


def _labels(evidence: Evidence, findings: tuple[Finding, ...]) -> tuple[Labelled, ...]:
    """Labels of what causes are about; those of everything else are not worth carrying."""
    told = {finding.subject for finding in findings}
    return tuple(labelled for labelled in evidence.labels if labelled.ref in told)


def _worst(finding: Finding) -> Severity:
    """How bad a cause is, counting what it explains."""
    return min((finding.severity, *(s.severity for s in finding.explains)), key=lambda s: s.rank)


def _ranked(findings: tuple[Finding, ...], evidence: Evidence) -> tuple[Finding, ...]:
    """Causes in the order they are told: the subject's own first; in an overview the gravest, widest first.

    What stood first among equals stays first: the judge has put them in order already.
    """
    if evidence.overview:
        return tuple(
            sorted(findings, key=lambda f: (_worst(f).rank, -len(f.explains), f.confidence.rank, f.rule))
        )
    return tuple(sorted(findings, key=lambda f: not _touches(f, evidence.subject)))


def _touches(finding: Finding, subject: ObjectRef) -> bool:
    return subject in (finding.subject, *(symptom.subject for symptom in finding.explains))


def _filled(table: Table, findings: tuple[Finding, ...]) -> Table:
    """A judged table with the worst finding about each row's objects in its last column."""
    if not table.judged:
        return table
    worst: dict[ObjectRef, str] = {}
    for finding in sorted(findings, key=lambda f: f.severity.rank):
        for subject in (finding.subject, *(symptom.subject for symptom in finding.explains)):
            worst.setdefault(subject, _said_of(finding))
    rows = tuple(
        Row((*row.cells, next((worst[ref] for ref in row.about if ref in worst), "")), row.about)
        for row in table.rows
    )
    return replace(table, columns=(*table.columns, "worst finding"), rows=rows)


def _said_of(finding: Finding) -> str:
    """A summary without the object it begins with, where that stands in the same row."""
    said = finding.summary.removeprefix(f"{finding.subject.kind} ")
    rest = said.removeprefix(f"{finding.subject} ").removeprefix(f"{finding.subject}: ")
    return finding.summary if rest == said else rest


def _verdict(causes: tuple[Finding, ...], undecided: tuple[Undecided, ...], *, well: bool) -> Verdict:
    """Say "healthy" only when it is earned: nothing is wrong, and no grave cause was left unjudged."""
    if any(_worst(f).rank <= Severity.HIGH.rank for f in causes):
        return Verdict.BROKEN
    if causes:
        return Verdict.DEGRADED
    unjudged = any(doubt.severity.rank <= Severity.HIGH.rank for doubt in undecided)
    return Verdict.HEALTHY if well and not unjudged else Verdict.UNKNOWN
