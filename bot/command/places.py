"""Takes what options, nouns and prepositions name out of the words: namespace, cluster, options, help."""

import difflib
from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.command.grammar import Grammar
from bot.command.vocabulary import (
    ARTICLES,
    EVERYWHERE,
    FILLERS,
    FLAGS,
    HELP_FLAGS,
    NAMESPACE,
    NOUNS,
    PREPOSITIONS,
    VALUED,
)
from bot.errors import UsageError
from handlers.contract import Option

_CUTOFF = 0.6


class Parts(Struct, frozen=True, kw_only=True):
    """The words of a command, with what options and prepositions name taken out.

    Attributes:
        words: what is left, in order.
        called: the namespace that a noun alone names ("namespace y"), which may be what is asked about.
        name: a name that an option says.
        everywhere: all namespaces are asked for.
        help: an option asks for help.
        options: values of handlers' own options by their long name; "yes" for one without a value.
        unknown: the first option nobody knows; `hint` is what was probably meant.
    """

    words: tuple[str, ...]
    namespace: str = ""
    called: str = ""
    cluster: str = ""
    name: str = ""
    everywhere: bool = False
    help: bool = False
    options: Mapping[str, str] = {}
    unknown: str = ""
    hint: str = ""


def read_places(words: Sequence[str], grammar: Grammar) -> Parts:
    """Divide the words; an option wins over a preposition, a later one over an earlier.

    Raises:
        UsageError: an option lacks its value.
    """
    reader = _Reader(words, grammar)
    while reader.queue:
        reader.read()
    return Parts(
        words=tuple(reader.rest),
        **(reader.said | reader.flagged),
        called=reader.called,
        everywhere=reader.everywhere,
        help=reader.help,
        options=reader.options,
        unknown=reader.unknown,
        hint=reader.hint,
    )


class _Reader:
    """Goes through the words once."""

    def __init__(self, words: Sequence[str], grammar: Grammar) -> None:
        self.queue = list(words)
        self.rest: list[str] = []
        self.said: dict[str, str] = {}
        self.flagged: dict[str, str] = {}
        self.options: dict[str, str] = {}
        self.everywhere = self.help = False
        self.called = self.unknown = self.hint = ""
        self._grammar = grammar

    def read(self) -> None:
        """Take the next word, and the value that belongs to it."""
        word = self.queue.pop(0)
        head, equals, value = word.partition("=")
        if word.startswith("-"):
            self._option(word)
        elif equals and value and head.lower() in NOUNS:
            self.said[NOUNS[head.lower()]] = value
        elif word.lower() in NOUNS:
            self._noun(word)
        elif word.lower() in PREPOSITIONS:
            self._preposition(word)
        else:
            self.rest.append(word)

    def _option(self, word: str) -> None:
        name, equals, value = word.partition("=")
        name = self._long(name)
        own = self._grammar.options.get(name.removeprefix("--")) if name.startswith("--") else None
        if name in EVERYWHERE:
            self.everywhere = True
        elif name in HELP_FLAGS:
            self.help = True
        elif own is not None:
            self._own(own, equals=bool(equals), value=value)
        elif name in FLAGS:
            example = f"my-{FLAGS[name]}"
            self.flagged[FLAGS[name]] = _given(name, value, example) if equals else self._next(name, example)
        elif word.startswith("-n") and len(word) > len("-n"):
            value = word.removeprefix("-n").removeprefix("=")
            self.flagged[FLAGS["-n"]] = value or self._next("-n", f"my-{NAMESPACE}")
        elif word.strip("-"):
            self._stranger(word, name, equals=bool(equals), value=value)

    def _own(self, option: Option, *, equals: bool, value: str) -> None:
        name, example = f"--{option.name}", (*option.choices, option.metavar)[0]
        if not option.metavar:
            self.options[option.name] = value or "yes"
        else:
            self.options[option.name] = _given(name, value, example) if equals else self._next(name, example)

    def _stranger(self, word: str, name: str, *, equals: bool, value: str) -> None:
        """An option nobody knows; the rest is read as if it had been written right, for a suggestion."""
        own = self._grammar.options
        known = (*FLAGS, *EVERYWHERE, *(f"--{option}" for option in own))
        near = next(iter(difflib.get_close_matches(name, known, n=1, cutoff=_CUTOFF)), "")
        if not self.unknown:
            self.unknown, self.hint = word, near
        meant = near.removeprefix("--")
        takes_value = name in VALUED or near in FLAGS or (meant in own and own[meant].metavar)
        if not equals and takes_value and self.queue and not self.queue[0].startswith("-"):
            value = self.queue.pop(0)
        if near in FLAGS and value:
            self.flagged[FLAGS[near]] = value
        elif meant in own and (value or not own[meant].metavar):
            self.options[meant] = value or "yes"

    def _next(self, flag: str, example: str) -> str:
        value = "" if not self.queue or self.queue[0].startswith("-") else self.queue.pop(0)
        return _given(flag, value, example)

    def _noun(self, word: str) -> None:
        """`ns y`: a noun names what follows it, unless that is a word of the sentence."""
        if self.queue and self._may_be_named(self.queue[0], self.queue[1:]):
            value = self.queue.pop(0)
            self.said[NOUNS[word.lower()]] = value
            if NOUNS[word.lower()] == NAMESPACE:
                self.called = value
        else:
            self.rest.append(word)

    def _preposition(self, word: str) -> None:
        """`in y`, `in the y namespace`, `on cluster z`: a noun before or after the name tells what it is."""
        ahead = 0
        while ahead < len(self.queue) and self.queue[ahead].lower() in ARTICLES:
            ahead += 1
        following, after = (*self.queue[ahead : ahead + 1], "")[0], self.queue[ahead + 1 :]
        if following.lower() in NOUNS:
            del self.queue[:ahead]
            self._noun(self.queue.pop(0))
            self.called = ""
        elif following and self._may_be_named(following, after) and self._may_follow(following):
            del self.queue[: ahead + 1]
            noun = NOUNS.get(self.queue[0].lower()) if self.queue else None
            self.said[noun or PREPOSITIONS[word.lower()]] = following
            del self.queue[: 1 if noun else 0]
        else:
            self.rest.append(word)

    def _may_be_named(self, word: str, after: Sequence[str]) -> bool:
        """Whether a word can be a name here; that of a kind, only when it does not name an object itself."""
        lowered = word.lower()
        if word.startswith("-") or "/" in word or lowered in FILLERS or lowered in self._grammar.verbs:
            return False
        return not self._is_kind(lowered) or not after or self._is_said(after[0].lower())

    def _may_follow(self, word: str) -> bool:
        """Behind a preposition the word of a kind names a place when it is known what is asked about."""
        if not self._is_kind(word.lower()):
            return True
        said = [each.lower() for each in self.rest]
        return any(
            self._is_kind(each) or "/" in each or self._grammar.alone(each) is not None for each in said
        )

    def _is_kind(self, lowered: str) -> bool:
        return lowered in self._grammar.kinds or lowered in self._grammar.subjects

    def _is_said(self, lowered: str) -> bool:
        return (
            lowered.startswith("-")
            or lowered in FILLERS
            or lowered in self._grammar.verbs
            or self._is_kind(lowered)
        )

    def _long(self, name: str) -> str:
        """An option as it is known: letters in any case, and `-namespace` for `--namespace`."""
        if name in EVERYWHERE:
            return name
        lowered = name.lower()
        known = (*FLAGS, *EVERYWHERE, *(f"--{option}" for option in self._grammar.options))
        return f"-{lowered}" if f"-{lowered}" in known else lowered


def _given(flag: str, value: str, example: str) -> str:
    if not value:
        raise UsageError(f"{flag} needs a value.", f"Say, for example: {flag} {example}")
    return value
