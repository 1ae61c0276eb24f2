"""The JSON of an answer: one envelope for every verb, every text redacted."""

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from bot.render.door import data, utc
from bot.report import Report, Verdict
from handlers import contract
from rules import finding as found

Moment = Annotated[datetime, Meta(tz=True)]
SCHEMA_FILE = "report.schema.json"


class Subject(Struct, frozen=True, forbid_unknown_fields=True):
    """One Kubernetes object; `namespace` is empty for cluster kinds."""

    kind: str
    namespace: str
    name: str


class Evidence(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that was read, where, and when it happened (null: unknown)."""

    text: str
    source: str
    at: Moment | None


class FixStep(Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a fix; `changes` names what the command writes, and is empty when it only reads."""

    say: str
    run: str
    show: str
    changes: str


class Symptom(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is unwell because of a cause; `owner` is the controller at the top, null without one."""

    rule: str
    severity: found.Severity
    fingerprint: str
    subject: Subject
    summary: str
    owner: Subject | None


class Finding(Struct, frozen=True, forbid_unknown_fields=True):
    """One cause and what follows from it; `fingerprint` stays the same as long as the cause does."""

    rule: str
    severity: found.Severity
    confidence: found.Confidence
    fingerprint: str
    subject: Subject
    summary: str
    cause: str
    evidence: list[Evidence]
    effect: str
    fix: list[FixStep]
    runbook: str
    owner: Subject | None
    explains: list[Symptom]


class Undecided(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule that could not be judged, and what it lacked."""

    rule: str
    missing: list[str]


class Gap(Struct, frozen=True, forbid_unknown_fields=True):
    """A source that was not read, and why."""

    source: str
    reason: str


class Exhibit(Struct, frozen=True, forbid_unknown_fields=True):
    """A longer piece of evidence, such as a log."""

    title: str
    filename: str
    note: str
    text: str


class Table(Struct, frozen=True, forbid_unknown_fields=True):
    """Figures side by side; every row has as many cells as there are columns."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    note: str


class Envelope(Struct, frozen=True, forbid_unknown_fields=True):
    """The answer to one question; times in UTC, `took_ms` in milliseconds, findings most causal first.

    `overview` is true for a look at everything, whose findings come gravest first; `said` is the headline
    where no cause was found, or empty.
    """

    command: str
    cluster: str
    subject: Subject
    verdict: Verdict
    symptom: str
    findings: list[Finding]
    also_noticed: list[Finding]
    undecided: list[Undecided]
    gaps: list[Gap]
    exhibits: list[Exhibit]
    tables: list[Table]
    overview: bool
    said: str
    about: list[str]
    checked: list[str]
    as_of: Moment
    took_ms: int
    api_calls: int


def render_json(report: Report, indent: int = 2) -> str:
    """Draw the report as JSON, keys always in the same order; `indent` 0 gives one line."""
    drawn = msgspec.json.encode(envelope(report))
    return (msgspec.json.format(drawn, indent=indent) if indent else drawn).decode() + "\n"


def envelope(report: Report) -> Envelope:
    """Fill the envelope; every text goes through the door."""
    return Envelope(
        command=data(report.command),
        cluster=data(report.cluster),
        subject=_subject(report.subject),
        verdict=report.verdict,
        symptom=data(report.symptom),
        findings=[_finding(finding) for finding in report.findings],
        also_noticed=[_finding(finding) for finding in report.also_noticed],
        undecided=[_undecided(item) for item in report.undecided],
        gaps=[_gap(gap) for gap in report.gaps],
        exhibits=[_exhibit(exhibit) for exhibit in report.exhibits],
        tables=[_table(table) for table in report.tables],
        overview=report.overview,
        said=data(report.said),
        about=_all(report.about),
        checked=_all(report.checked),
        as_of=utc(report.as_of),
        took_ms=report.took_ms,
        api_calls=report.api_calls,
    )


def schema() -> str:
    """The JSON Schema (2020-12) of the envelope, as it ships."""
    return files("bot.render").joinpath(SCHEMA_FILE).read_text("utf-8")


def make_schema() -> str:
    """Write the JSON Schema from the envelope's types; the shipped file is this."""
    drawn = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An answer of mlops-bot",
        **msgspec.json.schema(Envelope),
    }
    return msgspec.json.format(msgspec.json.encode(drawn), indent=2).decode() + "\n"


def _subject(ref: found.ObjectRef) -> Subject:
    return Subject(kind=data(ref.kind), namespace=data(ref.namespace), name=data(ref.name))


def _finding(finding: found.Finding) -> Finding:
    return Finding(
        rule=data(finding.rule),
        severity=finding.severity,
        confidence=finding.confidence,
        fingerprint=data(finding.fingerprint),
        subject=_subject(finding.subject),
        summary=data(finding.summary),
        cause=data(finding.cause),
        evidence=[_evidence(item) for item in finding.evidence],
        effect=data(finding.effect),
        fix=[_fix_step(step) for step in finding.fix],
        runbook=data(finding.runbook),
        owner=_subject(finding.owner) if finding.owner else None,
        explains=[_symptom(symptom) for symptom in finding.explains],
    )


def _symptom(symptom: found.Symptom) -> Symptom:
    return Symptom(
        rule=data(symptom.rule),
        severity=symptom.severity,
        fingerprint=data(symptom.fingerprint),
        subject=_subject(symptom.subject),
        summary=data(symptom.summary),
        owner=_subject(symptom.owner) if symptom.owner else None,
    )


def _table(table: contract.Table) -> Table:
    return Table(
        data(table.title), _all(table.columns), [_all(row.cells) for row in table.rows], data(table.note)
    )


def _evidence(seen: found.Observation) -> Evidence:
    return Evidence(data(seen.text), data(seen.source), utc(seen.at) if seen.at else None)


def _fix_step(step: found.FixStep) -> FixStep:
    return FixStep(data(step.say), data(step.run), data(step.show), data(step.changes))


def _undecided(undecided: found.Undecided) -> Undecided:
    return Undecided(data(undecided.rule), _all(undecided.missing))


def _gap(gap: contract.Gap) -> Gap:
    return Gap(data(gap.source), data(gap.reason))


def _exhibit(exhibit: contract.Exhibit) -> Exhibit:
    return Exhibit(data(exhibit.title), data(exhibit.filename), data(exhibit.note), data(exhibit.text))


def _all(texts: Sequence[str]) -> list[str]:
    return [data(text) for text in texts]
