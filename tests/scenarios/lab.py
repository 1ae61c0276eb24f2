"""The recorded cluster's own list of what is broken, unwell and healthy, and what is asked of it."""

import csv
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

LAB = Path(__file__).parents[1] / "lab"
BUNDLE = Path(__file__).parents[2] / "bot" / "demo.tar.gz"


class Row(Struct, frozen=True):
    """A pod of the lab: which rule must name its cause, and words its answer must say."""

    tag: str
    namespace: str
    name: str
    rule: str
    must_say: str


def _read(name: str) -> list[dict[str, str]]:
    with (LAB / f"{name}.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


class LabRow(Struct, frozen=True):
    """An object of any kind in the lab: which rules may name its cause, and words its answer must say.

    Attributes:
        tag: of expected.tsv; empty for a healthy object.
        rules: ids that may stand first; empty when any may.
    """

    tag: str
    kind: str
    namespace: str
    name: str
    rules: tuple[str, ...] = ()
    must_say: str = ""


def broken(*kinds: str, family: str) -> Iterator[LabRow]:
    """Rows of expected.tsv of these kinds that causes_<family>.tsv (tag, rule, must_say) has an entry for.

    The evidence text must be in the answer unless that file names other words, or it is a piece of JSON.
    """
    causes = {row["tag"]: row for row in _read(f"causes_{family}")}
    for row in _read("expected"):
        if row["kind"] not in kinds or row["tag"] not in causes:
            continue
        cause = causes[row["tag"]]
        text = "" if row["evidence_text"].startswith('"') else row["evidence_text"]
        rules = tuple(filter(None, cause["rule"].split()))
        yield LabRow(row["tag"], row["kind"], row["namespace"], row["name"], rules, cause["must_say"] or text)


def every_broken() -> Iterator[LabRow]:
    """Every row of expected.tsv, of whatever kind."""
    for row in _read("expected"):
        yield LabRow(row["tag"], row["kind"], row["namespace"], row["name"])


def unwell(*kinds: str) -> Iterator[LabRow]:
    """Rows of symptoms.tsv of these kinds; the tag is that of what makes them unwell."""
    for row in _read("symptoms"):
        if row["kind"] in kinds:
            yield LabRow(row["caused_by_tag"], row["kind"], row["namespace"], row["name"])


def healthy(*kinds: str) -> Iterator[LabRow]:
    """Rows of healthy.tsv of these kinds."""
    for row in _read("healthy"):
        if row["kind"] in kinds:
            yield LabRow("", row["kind"], row["namespace"], row["name"])


def broken_pods() -> Iterator[Row]:
    """Every Pod row of expected.tsv; the evidence text must be in the answer unless it is a piece of JSON."""
    causes = {row["tag"]: row for row in _read("causes")}
    for row in _read("expected"):
        if row["kind"] != "Pod":
            continue
        cause = causes[row["tag"]]
        text = "" if row["evidence_text"].startswith('"') else row["evidence_text"]
        yield Row(row["tag"], row["namespace"], row["name"], cause["rule"], cause["must_say"] or text)


def unwell_pods() -> Iterator[Row]:
    """Every Pod row of symptoms.tsv, which must point at what makes it unwell."""
    causes = {row["tag"]: row for row in _read("causes")}
    for row in _read("symptoms"):
        if row["kind"] == "Pod":
            cause = causes[row["caused_by_tag"]]
            yield Row(row["caused_by_tag"], row["namespace"], row["name"], cause["rule"], cause["must_say"])


def healthy_pods() -> Iterator[Row]:
    """Every Pod row of healthy.tsv that is not unwell for another reason.

    otel-collector stands in both lists: its sidecar is fine, and its node is lost.
    """
    unwell = {(row.namespace, row.name) for row in unwell_pods()}
    for row in _read("healthy"):
        if row["kind"] == "Pod" and (row["namespace"], row["name"]) not in unwell:
            yield Row("healthy", row["namespace"], row["name"], "", "")


def secrets() -> Iterator[tuple[str, str]]:
    """Literals that must never be shown, each with the log that holds it."""
    for row in _read("secrets"):
        if row["must"] == "redact":
            yield row["literal"], row["path"]
