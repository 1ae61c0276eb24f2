"""Facts of a small world for the tests of the engine, and rule files about it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from textwrap import dedent, indent
from typing import Annotated, Literal

from msgspec import Struct

from rules.facts.base import Facts, SubjectFacts, fact
from rules.finding import ObjectRef, Observation
from rules.path import Scope


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


class Plain(Struct, frozen=True):
    weight: int = 0


class Crate(Facts, frozen=True, kw_only=True):
    name: Annotated[str, fact("Name of the crate", read="spec.crates.name")] = "crate"
    count: Annotated[int, fact("Things in it")] = 0
    size: Annotated[int | None, fact("Size", unit="bytes", read="spec.crates.size")] = None
    sealed: Annotated[bool, fact("Whether it is sealed")] = False
    checked: Annotated[bool | None, fact("Whether somebody looked")] = None
    kind: Annotated[Literal["box", "bag"], fact("What it is made as")] = "box"
    said: Annotated[Observation | None, fact("What is written on it")] = None
    labels: Annotated[tuple[str, ...], fact("Labels")] = ()


class Driver(Facts, frozen=True, kw_only=True):
    name: Annotated[str, fact("Name")] = ""
    awake: Annotated[bool, fact("Whether awake")] = True
    hours: Annotated[float, fact("Hours driven", unit="seconds")] = 0.0


class Truck(SubjectFacts, frozen=True, kw_only=True):
    ref: Annotated[ObjectRef, fact("The truck")] = ObjectRef("Truck", "truck", "default")
    plate: Annotated[str, fact("Plate", read="metadata.name")] = ""
    colour: Annotated[Colour, fact("Colour")] = Colour.RED
    fuel: Annotated[int, fact("Fuel left")] = 0
    load: Annotated[float, fact("Load share", unit="percent")] = 0.0
    broken: Annotated[bool, fact("Whether broken")] = False
    late: Annotated[bool, fact("Whether late")] = False
    stops: Annotated[tuple[str, ...], fact("Stops")] = ()
    papers: Annotated[Mapping[str, str], fact("Papers by name")] = {}
    crates: Annotated[tuple[Crate, ...], fact("Crates", read="spec.crates")] = ()
    spare: Annotated[Crate | None, fact("A spare crate")] = None
    driver: Annotated[Driver, fact("The driver")] = Driver()
    left_at: Annotated[datetime | None, fact("When it left")] = None
    due_at: Annotated[datetime | None, fact("When it is due")] = None
    notes: Annotated[tuple[Observation, ...], fact("Notes")] = ()
    plain: Annotated[Plain, fact("Something without words")] = Plain()
    effect: Annotated[str, fact("Who suffers")] = ""


class Garage(SubjectFacts, frozen=True, kw_only=True):
    open: Annotated[bool, fact("Whether open")] = True


SUBJECTS: Mapping[str, type[SubjectFacts]] = {"truck": Truck, "garage": Garage}
SCOPE = Scope.of("truck", Truck)

RULE = """\
id: {id}
subject: truck
severity: high
confidence: confirmed
when: truck.broken
summary: "{{truck}} is broken"
cause: It broke.
evidence: [truck.broken]
fix:
  - say: Mend it.
examples:
  - {{name: broken, given: {{broken: true}}, expect: default/truck is broken}}
  - {{name: whole, expect: nothing}}
  - {{name: unseen, missing: [broken], expect: undecided}}
"""


def rule_text(rule_id: str, **changes: str) -> str:
    """A rule file; each change replaces the value of one key, or adds the key."""
    blocks: dict[str, str] = {}
    for line in RULE.format(id=rule_id).splitlines():
        key = line.partition(":")[0]
        if line[0] != " ":
            blocks[key] = line
        else:
            blocks[list(blocks)[-1]] += "\n" + line
    for key, value in changes.items():
        text = dedent(value).strip("\n")
        name = key.rstrip("_")
        blocks[name] = f"{name}:\n{indent(text, '  ')}" if "\n" in text else f"{name}: {text}"
    return "\n".join(blocks.values()) + "\n"


def write_rule(folder: Path, rule_id: str, in_: str = "truck", **changes: str) -> Path:
    """Write a rule file into the subject's folder."""
    path = folder / in_ / f"{rule_id}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rule_text(rule_id, **changes), "utf-8")
    return path
