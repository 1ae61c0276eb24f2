"""The options of a handler: which of those that were said it has, and whether their values can be."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

from bot.command.grammar import asked_as
from bot.command.model import FILE, TERMINAL, Asker
from bot.errors import UsageError
from handlers.contract import Handler, Option

_CUTOFF = 0.6
_SHOWN = 40


def usable(said: Mapping[str, str], handler: Handler) -> dict[str, str]:
    """The options a handler has, with the nearest choices; for suggestions: others are left out."""
    known = {option.name: option for option in handler.options if option.metavar != FILE}
    return {
        name: chosen
        for name, value in said.items()
        if name in known and (chosen := _chosen(known[name], value) or _near_choice(known[name], value))
    }


def check_options(said: Mapping[str, str], handler: Handler, asker: Asker) -> dict[str, str]:
    """The options as the handler takes them.

    Raises:
        UsageError: the handler has no such option, the value is none of its choices, or a file is named
            where none can be read; the caller adds what was probably meant.
    """
    known = {option.name: option for option in handler.options}
    for name, value in said.items():
        if name not in known:
            raise _no_such(name, handler)
        _check(known[name], value, handler, asker)
    return {name: _chosen(known[name], value) or value for name, value in said.items()}


def said_by_choice(words: Sequence[str], handler: Handler) -> dict[str, str]:
    """Options of which the bare words are choices ("top pods by memory"); empty when a word is none."""
    found: dict[str, str] = {}
    for word in words:
        names = [option.name for option in handler.options if word.lower() in option.choices]
        if len(names) != 1:
            return {}
        found[names[0]] = word.lower()
    return found


def _near_choice(option: Option, value: str) -> str:
    """The choice that was probably meant; empty without one."""
    begun = [choice for choice in option.choices if value and choice.startswith(value.lower())]
    return begun[0] if len(begun) == 1 else _close(value, option.choices)


def _check(option: Option, value: str, handler: Handler, asker: Asker) -> None:
    if option.metavar == FILE and asker != TERMINAL:
        raise UsageError(
            f"--{option.name} names a file, and only the terminal can read one.",
            f"In a terminal: mlops {asked_as(handler)} … --{option.name} {FILE}",
        )
    if not option.metavar and value != "yes":
        raise UsageError(f"--{option.name} takes no value.", f"Say --{option.name} alone.")
    if option.choices and not _chosen(option, value):
        choices = " or ".join(option.choices)
        raise UsageError(f"--{option.name} takes {choices}, not “{value[:_SHOWN]}”.", f"Say {choices}.")


def _no_such(name: str, handler: Handler) -> UsageError:
    names = [option.name for option in handler.options]
    asked, meant = asked_as(handler), _close(name, names)
    if meant:
        return UsageError(f"“{asked}” has no option --{name}.", f"Did you mean --{meant}?")
    known = f"It has {', '.join(f'--{each}' for each in names)}." if names else "It has none of its own."
    return UsageError(f"“{asked}” has no option --{name}.", known)


def _chosen(option: Option, value: str) -> str:
    if not option.choices:
        return value
    return next((choice for choice in option.choices if choice.lower() == value.lower()), "")


def _close(word: str, known: Iterable[str]) -> str:
    return next(iter(difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=_CUTOFF)), "")
