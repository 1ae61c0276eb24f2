"""How a look at everything finds what is worth a diagnosis: cheap signs on lists that are read once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from msgspec import Struct

from handlers.contract import Handler
from handlers.look import Look
from rules.finding import ObjectRef

T = TypeVar("T")
TURN = 250
"""Objects that are looked at before the event loop gets its turn."""

Suspects = Callable[[Look, str], Awaitable[tuple[ObjectRef, ...]]]
"""Look and namespace (empty: all) → the objects that may be unwell. Reads whole lists only, never a log."""


class Sweep(Struct, frozen=True, kw_only=True):
    """One kind of object in a look at everything: which are suspicious, and who diagnoses them."""

    handler: Handler
    suspects: Suspects


async def picked(items: Iterable[T], wanted: Callable[[T], bool]) -> list[T]:
    """The items that are wanted; lets the event loop turn on the way, for there may be tens of thousands."""
    found: list[T] = []
    for number, item in enumerate(items, 1):
        if wanted(item):
            found.append(item)
        if number % TURN == 0:
            await asyncio.sleep(0)
    return found
