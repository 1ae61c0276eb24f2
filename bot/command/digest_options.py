"""The options of a text about the digest."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from bot.command.cleaning import bare
from bot.command.digest_wish import DigestAction, DigestWish
from bot.command.model import Asker
from bot.command.nearness import near
from bot.command.refusing import SHOWN
from bot.command.vocabulary import EVERYWHERE, HELP_FLAGS
from bot.errors import UsageError
from rules.finding import Severity

NAMESPACES: Final = "--namespaces"
SEVERITY: Final = "--min-severity"
CLUSTER: Final = "--cluster"
NAME: Final = "--name"
_EXAMPLES: Final[Mapping[str, str]] = {
    NAMESPACES: "mlops,models",
    SEVERITY: "high",
    CLUSTER: "prod",
    NAME: "prod-mornings",
}
_SPELLINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("-n", "--ns", "--namespace", NAMESPACES), NAMESPACES),
    **dict.fromkeys(("-s", "--severity", "--minseverity", SEVERITY), SEVERITY),
    **dict.fromkeys(("--context", CLUSTER), CLUSTER),
    NAME: NAME,
}
_SCOPE = (NAMESPACES, SEVERITY, CLUSTER)
_TAKEN: Final[Mapping[str, tuple[str, ...]]] = {
    "preview": _SCOPE,
    "now": _SCOPE,
    "subscribe": (*_SCOPE, NAME),
    "unsubscribe": (NAME,),
    "list": (),
    "picture": (CLUSTER,),
    "snooze": (CLUSTER,),
    "wake": (CLUSTER,),
}
_LONG = len("-namesp")
"""Behind one hyphen, fewer letters than these are a namespace (`-nprod`), not a slip of an option."""
_NAMESPACE = re.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_WORD = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_CONTEXT = re.compile("[A-Za-z0-9][^\\s\"'`,]*")


class Options(Struct, frozen=True, kw_only=True):
    """What the options of a text say.

    Attributes:
        rest: the other words, in order.
        said: values by the usual spelling.
        help: help is asked for.
        faults: what was mistyped and could be put right.
    """

    rest: tuple[str, ...]
    said: Mapping[str, str]
    help: bool = False
    faults: tuple[UsageError, ...] = ()

    def refuse_others(self, action: str) -> None:
        """Raise UsageError for an option the action does not take."""
        for option in self.said:
            if option not in _TAKEN[action]:
                known = ", ".join(_TAKEN[action])
                raise UsageError(
                    f"“digest {action}” has no option {option}.",
                    f"It has {known}." if known else "It has none.",
                )

    def wish(self, action: DigestAction, asker: Asker) -> DigestWish:
        """A wish with what options say of it.

        Raises:
            UsageError: a value cannot be.
        """
        severity = self.said.get(SEVERITY)
        return DigestWish(
            action=action,
            asker=asker,
            namespaces=_namespaces(self.said.get(NAMESPACES, "")),
            min_severity=Severity(severity) if severity else None,
            cluster=_matching(_CONTEXT, self.said.get(CLUSTER, ""), "cluster", CLUSTER),
            name=self.named(self.said.get(NAME, "")),
        )

    @staticmethod
    def named(name: str) -> str:
        """The name of a subscription; UsageError when it cannot be one."""
        return _matching(_WORD, name, "name of a subscription", NAME)


def read_options(words: Sequence[str]) -> Options:
    """Divide the words; of an option that is given twice the later counts, namespaces add up.

    Raises:
        UsageError: an option is unknown, lacks its value, or has one that cannot be.
    """
    reader = _Reader(words)
    while reader.queue:
        reader.read()
    return Options(rest=tuple(reader.rest), said=reader.said, help=reader.help, faults=tuple(reader.faults))


class _Reader:
    """Goes through the words once."""

    def __init__(self, words: Sequence[str]) -> None:
        self.queue = list(words)
        self.rest: list[str] = []
        self.said: dict[str, str] = {}
        self.help = False
        self.faults: list[UsageError] = []

    def read(self) -> None:
        word = self.queue.pop(0)
        if not word.startswith("-") or not word.strip("-"):
            self.rest += word.split()
            return
        name, equals, value = word.partition("=")
        if word in EVERYWHERE:
            self.said.pop(NAMESPACES, None)
        elif name.lower() in HELP_FLAGS:
            self.help = True
        elif option := self._option(name):
            self._take(option, value if equals else self._next())
        elif word.startswith("-n"):
            self._take(NAMESPACES, word.removeprefix("-n"))

    def _option(self, name: str) -> str:
        """The option as it is usually spelt; empty for `-nfoo`."""
        lowered = f"--{name.strip('-')}".lower() if len(name.strip("-")) > 1 else name.lower()
        if lowered in _SPELLINGS:
            return _SPELLINGS[lowered]
        meant = near(lowered, _SPELLINGS)
        if name.startswith("-n") and (len(name) < _LONG or not meant):
            return ""
        fault = UsageError(f"I do not know the option {name[:SHOWN]}.", f"Known are {', '.join(_EXAMPLES)}.")
        if not meant:
            raise fault
        self.faults.append(fault)
        return _SPELLINGS[meant]

    def _next(self) -> str:
        """The next word; after a comma, the one behind it too."""
        value = ""
        while self.queue and not self.queue[0].startswith("-") and (not value or value.endswith(",")):
            value += self.queue.pop(0)
        return value

    def _take(self, option: str, value: str) -> None:
        value = bare(value.strip())
        if not value:
            raise UsageError(f"{option} needs a value.", f"Say, for example: {option} {_EXAMPLES[option]}")
        if option == SEVERITY:
            value = self._severity(value)
        if option == NAMESPACES and option in self.said:
            value = f"{self.said[option]},{value}"
        self.said[option] = value

    def _severity(self, said: str) -> str:
        if said.lower() in list(Severity):
            return said.lower()
        choices = ", ".join(Severity)
        fault = UsageError(f"{SEVERITY} takes no “{said[:SHOWN]}”.", f"Say one of {choices}.")
        meant = near(said, Severity)
        if not meant:
            raise fault
        self.faults.append(fault)
        return meant


def _namespaces(said: str) -> tuple[str, ...]:
    names = {name.strip().lower() for name in said.split(",")} - {""}
    return tuple(sorted(_matching(_NAMESPACE, name, "namespace", NAMESPACES) for name in names))


def _matching(pattern: re.Pattern[str], value: str, what: str, option: str) -> str:
    if value and not pattern.fullmatch(value):
        raise UsageError(
            f"“{value[:SHOWN]}” is no {what}.", f"Say, for example: {option} {_EXAMPLES[option]}"
        )
    return value
