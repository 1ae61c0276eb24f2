"""The JSON of a digest: an envelope of its own, its causes as an answer's, every text redacted."""

from collections.abc import Sequence
from importlib.resources import files

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.changes import Change, Digest, Entry
from bot.changes import Gone as GoneCause
from bot.render.digest import words
from bot.render.door import data, utc
from bot.render.envelope import Finding, Gap, Moment, Subject, Table, Undecided, envelope
from bot.report import Verdict
from handlers import parts
from rules.finding import Severity

SCHEMA_FILE = "digest.schema.json"


class Open(Struct, frozen=True, forbid_unknown_fields=True):
    """A cause that is open now.

    `severity` counts what the cause explains, and `severity_then` is that of the last digest (null: it was
    not in it). `affected` counts objects, its own included. `since` is when its present spell began,
    `came_back` when it had been seen before that (null: never). Until `snoozed_until` it is only counted.
    """

    change: Change
    severity: Severity
    severity_then: Severity | None
    affected: int
    since: Moment
    came_back: Moment | None
    snoozed_until: Moment | None
    finding: Finding


class Gone(Struct, frozen=True, forbid_unknown_fields=True):
    """A cause of the last digest that is not seen now; `why` says why it may still be there, or is empty."""

    fingerprint: str
    rule: str
    severity: Severity
    subject: Subject
    summary: str
    since: Moment
    why: str


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of the platform in a line, and its objects in trouble."""

    name: str
    state: parts.PartState
    said: str
    items: list[str]


class Figure(Struct, frozen=True, forbid_unknown_fields=True):
    """A number worth watching; `unit` is empty for counts."""

    name: str
    value: float
    unit: str


class Counts(Struct, frozen=True, forbid_unknown_fields=True):
    """How many causes there are of each; those that are snoozed count as snoozed only."""

    new: int
    worse: int
    ongoing: int
    snoozed: int
    resolved: int
    unseen: int


class DigestEnvelope(Struct, frozen=True, forbid_unknown_fields=True):
    """What has changed on a cluster since `before` (null: the first digest); times in UTC.

    `headline` is the sentence a person reads first; `quiet` says that nothing is worth more than a line.
    `namespaces` limits the digest (empty: everything); causes less grave than `min_severity` are left out.
    `entries` stand in the order they are told; `unseen` are causes that could not be looked for.
    """

    name: str
    cluster: str
    namespaces: list[str]
    min_severity: Severity
    verdict: Verdict
    headline: str
    quiet: bool
    before: Moment | None
    as_of: Moment
    counts: Counts
    entries: list[Open]
    resolved: list[Gone]
    unseen: list[Gone]
    parts: list[Part]
    figures: list[Figure]
    tables: list[Table]
    undecided: list[Undecided]
    gaps: list[Gap]
    notes: list[str]
    checked: list[str]
    took_ms: int
    api_calls: int


def render_digest_json(digest: Digest, indent: int = 2) -> str:
    """Draw the digest as JSON, keys always in the same order; `indent` 0 gives one line."""
    drawn = msgspec.json.encode(digest_envelope(digest))
    return (msgspec.json.format(drawn, indent=indent) if indent else drawn).decode() + "\n"


def digest_envelope(digest: Digest) -> DigestEnvelope:
    """Fill the envelope; every text goes through the door."""
    findings = tuple(entry.finding for entry in digest.entries)
    answer = envelope(replace(digest.report, findings=findings, also_noticed=(), gaps=digest.gaps))
    return DigestEnvelope(
        name=data(digest.name),
        cluster=data(digest.cluster),
        namespaces=_all(digest.namespaces),
        min_severity=digest.min_severity,
        verdict=digest.verdict,
        headline=data(words.headline(digest)),
        quiet=digest.quiet,
        before=utc(digest.before) if digest.before else None,
        as_of=answer.as_of,
        counts=_counts(digest),
        entries=[_open(*each) for each in zip(digest.entries, answer.findings, strict=True)],
        resolved=[_gone(gone) for gone in digest.resolved],
        unseen=[_gone(gone) for gone in digest.unseen],
        parts=[_part(part) for part in digest.parts],
        figures=[_figure(figure) for figure in digest.report.figures],
        tables=answer.tables,
        undecided=answer.undecided,
        gaps=answer.gaps,
        notes=_all(digest.notes),
        checked=answer.checked,
        took_ms=answer.took_ms,
        api_calls=answer.api_calls,
    )


def digest_schema() -> str:
    """The JSON Schema (2020-12) of the envelope, as it ships."""
    return files("bot.render.digest").joinpath(SCHEMA_FILE).read_text("utf-8")


def make_digest_schema() -> str:
    """Write the JSON Schema from the envelope's types; the shipped file is this."""
    drawn = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A digest of mlops-bot",
        **msgspec.json.schema(DigestEnvelope),
    }
    return msgspec.json.format(msgspec.json.encode(drawn), indent=2).decode() + "\n"


def _counts(digest: Digest) -> Counts:
    return Counts(
        new=digest.count(Change.NEW),
        worse=digest.count(Change.WORSE),
        ongoing=digest.count(Change.ONGOING),
        snoozed=len(digest.entries) - len(digest.awake),
        resolved=len(digest.resolved),
        unseen=len(digest.unseen),
    )


def _open(entry: Entry, finding: Finding) -> Open:
    return Open(
        change=entry.change,
        severity=entry.severity,
        severity_then=entry.severity_then,
        affected=entry.affected,
        since=utc(entry.since),
        came_back=utc(entry.came_back) if entry.came_back else None,
        snoozed_until=utc(entry.snoozed_until) if entry.snoozed_until else None,
        finding=finding,
    )


def _gone(gone: GoneCause) -> Gone:
    ref = gone.subject
    return Gone(
        fingerprint=data(gone.fingerprint),
        rule=data(gone.rule),
        severity=gone.severity,
        subject=Subject(kind=data(ref.kind), namespace=data(ref.namespace), name=data(ref.name)),
        summary=data(gone.summary),
        since=utc(gone.since),
        why=data(gone.why),
    )


def _part(part: parts.Part) -> Part:
    return Part(name=data(part.name), state=part.state, said=data(part.said), items=_all(part.items))


def _figure(figure: parts.Figure) -> Figure:
    return Figure(name=data(figure.name), value=figure.value, unit=data(figure.unit))


def _all(texts: Sequence[str]) -> list[str]:
    return [data(text) for text in texts]
