"""Which questions lose something when a right is missing."""

from collections.abc import Callable, Sequence
from typing import Final

from bot.command import asked_as
from handlers.contract import Handler

_NAMED: Final = 3


def losing(handlers: Sequence[Handler], uses: Callable[[Handler], bool], resource: str = "") -> str:
    """The questions that use it, in words ("`diagnose pod`, `health` and 4 more").

    Those about the resource itself come first.
    """
    using = [handler for handler in handlers if uses(handler)]
    using.sort(key=lambda handler: resource not in (handler.subject, *handler.aliases))
    asking = [asked_as(handler) for handler in using]
    if len(asking) > _NAMED and len(asking) == sum(bool(handler.needs) for handler in handlers):
        return "every question"
    named = ", ".join(f"`{each}`" for each in asking[:_NAMED])
    rest = len(asking) - _NAMED
    return f"{named} and {rest} more" if rest > 0 else named
