"""A dotted path to a fact ("pod.node.name"), checked once and read fast."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from rules.facts.base import Facts, SubjectFacts
from rules.fault import TextFault, did_you_mean
from rules.vocabulary import FactField, FactType, Kind, fields_of, walk

Scene = tuple[object, ...]
"""The values the names of a scope stand for, each at its name's slot."""


class Unknown(Struct, frozen=True):
    """Neither true nor false; `missing` says which facts were not read, and why ("pod.node: forbidden")."""

    missing: tuple[str, ...]


class Step(Struct, frozen=True):
    """One attribute of a path.

    Attributes:
        label: the path up to here from the subject, for the text of an Unknown.
        guarded: the owner is a Facts and may lack the attribute.
    """

    name: str
    label: str
    guarded: bool


class Name(Struct, frozen=True):
    """A name of a scope; `origin` is where its value stands in the facts ("pod.containers")."""

    type: FactType
    slot: int
    origin: str


class Scope(Struct, frozen=True):
    """The names an expression may use."""

    names: Mapping[str, Name]

    @classmethod
    def of(cls, subject: str, facts: type[SubjectFacts]) -> "Scope":
        """The scope of a rule about a whole subject."""
        return cls({subject: Name(FactType(kind=Kind.GROUP, group=facts), 0, subject)})

    def add(self, name: str, value: FactType, origin: str) -> "Scope":
        """The scope with one more name, in the next slot."""
        return Scope({**self.names, name: Name(value, len(self.names), origin)})


class FactPath(Struct, frozen=True, kw_only=True):
    """A checked path.

    Attributes:
        text: as written; `origin` is the same with names of elements replaced by where they come from.
        type: the type of its value; optional when any part of the path is.
        field: the last field; None for a bare name.
        read: takes a scene and gives the value, None, or an Unknown.
    """

    text: str
    origin: str
    type: FactType
    field: FactField | None
    read: Callable[[Scene], object]

    @property
    def unit(self) -> str:
        """The unit of a number, or empty."""
        return self.field.unit if self.field else ""


_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


def parse_path(text: str, scope: Scope, offset: int = 0) -> FactPath:
    """A path from text alone.

    Raises:
        TextFault: it is no path, or names no fact; offsets are moved by `offset`.
    """
    if not _PATH.fullmatch(text):
        raise TextFault(f'"{text}" is not the path of a fact (like pod.node.name)', offset)
    return resolve([(m.group(), m.start() + offset) for m in re.finditer(r"\w+", text)], scope)


def resolve(parts: list[tuple[str, int]], scope: Scope) -> FactPath:
    """A path from its names, each with its offset in the text.

    Raises:
        TextFault: a name or field does not exist.
    """
    (first, offset), *rest = parts
    if first not in scope.names:
        known = ", ".join(scope.names)
        hint = did_you_mean(first, scope.names) or f"; known here: {known}"
        raise TextFault(f'there is nothing called "{first}" here{hint}', offset)
    name = scope.names[first]
    current, found, text, origin = name.type, None, first, name.origin
    steps: list[Step] = []
    for part, place in rest:
        owner = _group(current, text, part, place)
        found = _field(owner, part, text, place)
        text, origin = f"{text}.{part}", f"{origin}.{part}"
        steps.append(Step(part, origin, issubclass(owner, Facts)))
        current = found.type.as_optional() if current.optional else found.type
    return FactPath(text=text, origin=origin, type=current, field=found, read=_reader(name.slot, steps))


def _group(owner: FactType, text: str, part: str, place: int) -> type[Struct]:
    if owner.group is not None:
        return owner.group
    if owner.kind is Kind.MANY:
        advice = f"use any(x.{part} … for x in {text})"
        raise TextFault(f'{text} is a list and has no "{part}"; {advice}', place)
    raise TextFault(f'{text} is {owner.described} and has no "{part}"', place)


def _field(owner: type[Struct], part: str, text: str, place: int) -> FactField:
    known = fields_of(owner)
    if part.startswith("_"):
        raise TextFault(f'names that begin with an underscore ("{part}") are not facts', place)
    if part not in known:
        hint = did_you_mean(part, known) or _elsewhere(owner, part, text)
        raise TextFault(f'{text} has no fact "{part}"{hint}', place)
    return known[part]


def _elsewhere(owner: type[Struct], part: str, text: str) -> str:
    deeper = (entry.path for entry in walk(text, owner))
    return next((f'; did you mean "{path}"?' for path in deeper if path.endswith(f".{part}")), "")


def _reader(slot: int, steps: Iterable[Step]) -> Callable[[Scene], object]:
    taken = tuple((step.name, step.label, step.guarded) for step in steps)
    if len(taken) == 1 and taken[0][2]:
        return _short_reader(slot, *taken[0][:2])

    def read(scene: Scene) -> object:
        value: Any = scene[slot]
        for name, label, guarded in taken:
            if value is None:
                return None
            if guarded and value.missing and name in value.missing:
                return Unknown((f"{label}: {value.missing[name]}",))
            value = getattr(value, name)
        return value

    return read


def _short_reader(slot: int, name: str, label: str) -> Callable[[Scene], object]:
    """The same for the commonest path, one field of a Facts, without the loop."""

    def read(scene: Scene) -> object:
        owner: Any = scene[slot]
        if owner is None:
            return None
        if owner.missing and name in owner.missing:
            return Unknown((f"{label}: {owner.missing[name]}",))
        return getattr(owner, name)

    return read
