"""Times without a zone are taken as UTC: API servers always name it, but other tools write objects too.

Only what a type can hold is looked at; an object whose times all have their zone comes back as it is.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

from msgspec import Struct, structs

S = TypeVar("S", bound=Struct)


def with_zones(item: S) -> S:
    """The same object with every time in a zone."""
    changed = dict(_changed(item))
    return structs.replace(item, **changed) if changed else item


def _changed(item: Struct) -> Iterator[tuple[str, Any]]:
    for name in _timed_fields(type(item)):
        value = getattr(item, name)
        if value and (zoned := _zoned(value)) is not value:
            yield name, zoned


def _zoned(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value
    if isinstance(value, Struct):
        return with_zones(value)
    if isinstance(value, tuple):
        zoned = tuple(map(_zoned, value))
        return zoned if any(new is not old for new, old in zip(zoned, value, strict=True)) else value
    return value


@cache
def _timed_fields(kind: type[Struct]) -> tuple[str, ...]:
    """Fields that are a time or hold one somewhere; types of the API do not contain themselves."""
    types = get_type_hints(kind)
    return tuple(name for name in kind.__struct_fields__ if _holds_time(types[name]))


def _holds_time(kind: object) -> bool:
    if isinstance(kind, type) and issubclass(kind, Struct):
        return bool(_timed_fields(kind))
    return kind is datetime or any(map(_holds_time, get_args(kind)))
