"""The words rules may say: the fields of facts classes with type, unit, meaning and source."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache

from msgspec import Struct, inspect

from rules.facts.base import Facts


class Kind(StrEnum):
    """What sort of value a fact holds; the value is the word shown to whoever writes rules."""

    FLAG = "yes/no"
    NUMBER = "number"
    TEXT = "text"
    CHOICE = "choice"
    TIME = "time"
    GROUP = "group of facts"
    MANY = "list"
    TABLE = "table"
    OTHER = "value"


class FactType(Struct, frozen=True, kw_only=True):
    """The type of a fact as conditions and templates need it.

    Attributes:
        optional: the annotation itself allows None.
        choices: the values a choice can have.
        group: the Struct behind a group of facts.
        item: the element of a list, or the key of a table.
    """

    kind: Kind
    optional: bool = False
    choices: tuple[str, ...] = ()
    group: type[Struct] | None = None
    item: "FactType | None" = None

    def __str__(self) -> str:
        return self.plain + (", or None" if self.optional else "")

    @property
    def plain(self) -> str:
        """The type in words, without its optionality: "list of text"."""
        if self.kind is Kind.CHOICE:
            return "one of " + ", ".join(f'"{choice}"' for choice in self.choices)
        if self.kind is Kind.MANY and self.item is not None:
            return f"list of {self.item.plain}"
        if self.kind is Kind.TABLE and self.item is not None:
            return f"table by {self.item.plain}"
        return str(self.kind)

    @property
    def described(self) -> str:
        """The same inside a sentence: "a list of text"."""
        none = " or None" if self.optional else ""
        if self.kind in (Kind.TEXT, Kind.CHOICE):
            return self.plain + none
        return f"a {self.plain}{' value' if self.kind is Kind.FLAG else ''}{none}"

    def as_optional(self) -> "FactType":
        """The same type, or None."""
        return FactType(kind=self.kind, optional=True, choices=self.choices, group=self.group, item=self.item)


class FactField(Struct, frozen=True, kw_only=True):
    """One field of a facts class.

    Attributes:
        meaning: what it says; `unit` of a number ("bytes", "seconds", "cores", "percent"); `read` is the
            Kubernetes field or other source it comes from.
    """

    name: str
    type: FactType
    meaning: str = ""
    unit: str = ""
    read: str = ""


class FactEntry(Struct, frozen=True):
    """A fact with its full path ("pod.containers.restarts") and the class it is a field of."""

    path: str
    field: FactField
    owner: type[Struct]


_PLAIN: Mapping[type[inspect.Type], Kind] = {
    inspect.BoolType: Kind.FLAG,
    inspect.IntType: Kind.NUMBER,
    inspect.FloatType: Kind.NUMBER,
    inspect.StrType: Kind.TEXT,
    inspect.DateTimeType: Kind.TIME,
}


@cache
def fields_of(group: type[Struct]) -> Mapping[str, FactField]:
    """The fields of a facts class, or of a Struct inside one, by name; `missing` is not a fact."""
    info = inspect.type_info(group)
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    hidden = issubclass(group, Facts)
    return {f.name: _field(f.name, f.type) for f in fields if not (hidden and f.name == "missing")}


def type_of(annotation: inspect.Type) -> FactType:
    """The type of a fact from what msgspec says of its annotation."""
    if isinstance(annotation, inspect.Metadata):
        return type_of(annotation.type)
    if isinstance(annotation, inspect.UnionType):
        return _union(annotation)
    return FactType(kind=_PLAIN[type(annotation)]) if type(annotation) in _PLAIN else _composed(annotation)


def walk(subject: str, group: type[Struct]) -> Iterator[FactEntry]:
    """Every fact of a class, groups and lists of groups followed by what is in them."""
    yield from _walk(subject, group, ())


def _walk(prefix: str, group: type[Struct], above: tuple[type[Struct], ...]) -> Iterator[FactEntry]:
    for name, found in fields_of(group).items():
        path = f"{prefix}.{name}"
        yield FactEntry(path, found, group)
        inner = found.type.item or found.type
        if inner.group is not None and inner.group not in (*above, group):
            yield from _walk(path, inner.group, (*above, group))


def _field(name: str, annotation: inspect.Type) -> FactField:
    if not isinstance(annotation, inspect.Metadata):
        return FactField(name=name, type=type_of(annotation))
    extra = annotation.extra or {}
    meaning = (annotation.extra_json_schema or {}).get("description", "")
    unit, read = str(extra.get("unit", "")), str(extra.get("read", ""))
    return FactField(name=name, type=type_of(annotation), meaning=str(meaning), unit=unit, read=read)


def _union(annotation: inspect.UnionType) -> FactType:
    members = [type_of(member) for member in annotation.types if not isinstance(member, inspect.NoneType)]
    optional = len(members) < len(annotation.types)
    only = members[0] if len({member.kind for member in members}) == 1 else FactType(kind=Kind.OTHER)
    return only.as_optional() if optional else only


def _composed(annotation: inspect.Type) -> FactType:
    if isinstance(annotation, inspect.LiteralType) and all(isinstance(v, str) for v in annotation.values):
        return FactType(kind=Kind.CHOICE, choices=tuple(str(value) for value in annotation.values))
    if isinstance(annotation, inspect.EnumType) and issubclass(annotation.cls, StrEnum):
        return FactType(kind=Kind.CHOICE, choices=tuple(str(member.value) for member in annotation.cls))
    if isinstance(annotation, inspect.StructType):
        return FactType(kind=Kind.GROUP, group=annotation.cls)
    if isinstance(annotation, inspect.DictType):
        return FactType(kind=Kind.TABLE, item=type_of(annotation.key_type))
    if isinstance(annotation, inspect.CollectionType):
        return FactType(kind=Kind.MANY, item=type_of(annotation.item_type))
    return FactType(kind=Kind.OTHER)
