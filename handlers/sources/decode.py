"""Bytes of an answer → Structs; tolerant of nulls and of fields nobody reads, strict about everything else.

Times without a zone are UTC. A program writes all its times alike, so the ends of a page stand for the page.
msgspec holds the interpreter lock while it decodes, so a thread would not keep the event loop free: a large
body is cut into raw items first and decoded a few at a time.
"""

import asyncio
from collections.abc import Hashable
from functools import cache
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType, field

from handlers.sources.errors import BadAnswer
from handlers.sources.objects.meta import KubernetesObject, ListMeta
from handlers.sources.zones import with_zones

K = TypeVar("K", bound=KubernetesObject)
T = TypeVar("T")

LARGE = 8 * 1024 * 1024
"""Bytes from which a list is decoded piece by piece; below it, decoding takes less than about 25 ms."""

PIECE = 200
"""Items decoded before the event loop gets its turn."""

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that are no JSON, no UTF-8, too deep, or of another shape."""


class Page(Struct, Generic[K], frozen=True):
    """One page of a list; `continue_` is the token of the next one, empty on the last."""

    items: tuple[K, ...]
    continue_: str = ""


class _List(Struct, Generic[T], frozen=True, gc=False):
    kind: str = ""
    metadata: ListMeta = field(default_factory=ListMeta)
    items: tuple[T, ...] | UnsetType | None = UNSET


class _Kind(Struct, frozen=True):
    kind: str = ""


def decode_page(kind: type[K], body: bytes, what: str) -> Page[K]:
    """Decode a list answer. Raises BadAnswer when it is not a list of that kind."""
    listed: _List[K] = _decode(_list_of(kind), body, what)
    return Page(_zoned(_items(kind, listed, what)), listed.metadata.continue_)


async def decode_large_page(kind: type[K], body: bytes, what: str) -> Page[K]:
    """Decode a list answer of any size without holding the event loop. Raises BadAnswer."""
    if len(body) < LARGE:
        return decode_page(kind, body, what)
    listed: _List[Raw] = _decode(_list_of(Raw), body, what)
    raws = _items(kind, listed, what)
    items: list[K] = []
    for start in range(0, len(raws), PIECE):
        items += [_decode(kind, bytes(raw), what) for raw in raws[start : start + PIECE]]
        await asyncio.sleep(0)
    return Page(_zoned(tuple(items)), listed.metadata.continue_)


def decode_object(kind: type[K], body: bytes, what: str) -> K:
    """Decode one object. Raises BadAnswer when it is not of that kind."""
    head = _decode(_Kind, body, what).kind
    if head != kind.resource.kind:
        raise BadAnswer(what, f"the answer is a {head or 'nameless object'}, not a {kind.resource.kind}")
    return with_zones(_decode(kind, body, what))


def decode_item(kind: type[K], raw: bytes, what: str) -> K:
    """Decode one item of a list; those of built-in lists carry no kind. Raises BadAnswer."""
    return with_zones(_decode(kind, raw, what))


def decode_plain(shape: type[T], body: bytes, what: str) -> T:
    """Decode an answer that is no Kubernetes object (a version, a review). Raises BadAnswer."""
    return _decode(shape, body, what)


def _items(kind: type[K], listed: _List[T], what: str) -> tuple[T, ...]:
    expected = f"{kind.resource.kind}List"
    if listed.kind not in ("", expected):
        raise BadAnswer(what, f"the answer is a {listed.kind}, not a {expected}")
    if isinstance(listed.items, UnsetType):
        raise BadAnswer(what, "the answer has no items")
    return listed.items or ()


def _zoned(items: tuple[K, ...]) -> tuple[K, ...]:
    if all(with_zones(item) is item for item in (*items[:1], *items[-1:])):
        return items
    return tuple(map(with_zones, items))


def _list_of(item: type[T]) -> type[_List[T]]:
    return _List[item]  # type: ignore[valid-type]  # parametrised at run time


def _decode(shape: type[T], body: bytes, what: str) -> T:
    try:
        decoded: T = _decoder(shape).decode(body)  # type: ignore[arg-type]  # a type is hashable
    except msgspec.ValidationError:
        return _decode_with_nulls(shape, body, what)
    except UNREADABLE as error:
        raise BadAnswer(what, _why_unreadable(body, error)) from error
    return decoded


def _decode_with_nulls(shape: type[T], body: bytes, what: str) -> T:
    try:
        return msgspec.convert(without_nulls(msgspec.json.decode(body)), shape, strict=False)
    except UNREADABLE as error:
        raise BadAnswer(what, _why_unreadable(body, error)) from error


@cache
def _decoder(shape: Hashable) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(shape)


def without_nulls(data: object) -> object:
    """The same plain data without its nulls, so that defaults apply; items that are null are empty."""
    if isinstance(data, dict):
        return {
            key: [] if value is None and key == "items" else without_nulls(value)
            for key, value in data.items()
            if value is not None or key == "items"
        }
    if isinstance(data, list):
        return [without_nulls(value) for value in data if value is not None]
    return data


def _why_unreadable(body: bytes, error: Exception) -> str:
    start = body[:64].lstrip().lower()
    if not start:
        return "the answer is empty"
    if start.startswith(b"<"):
        return "the answer is a web page, not JSON: something stands between the bot and the API server"
    if isinstance(error, msgspec.ValidationError):
        return f"the answer has an unexpected shape: {error}"
    if "truncated" in str(error):
        return "the answer was cut off"
    return f"the answer is not JSON: {error}"
