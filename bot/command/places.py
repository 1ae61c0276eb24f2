"""Takes what options, nouns and prepositions name out of the words: namespace, cluster, help."""

import difflib
from collections.abc import Sequence

from msgspec import Struct

from bot.command.vocabulary import (
    ARTICLES,
    EVERYWHERE,
    FILLERS,
    FLAGS,
    HELP_FLAGS,
    NOUNS,
    PREPOSITIONS,
    VALUED,
)
from bot.errors import UsageError

_CUTOFF = 0.6


class Parts(Struct, frozen=True, kw_only=True):
    """The words of a command, with what options and prepositions name taken out.

    Attributes:
        words: what is left, in order.
        everywhere: all namespaces are asked for.
        help: an option asks for help.
        unknown: the first option nobody knows; `hint` is what was probably meant.
    """

    words: tuple[str, ...]
    namespace: str = ""
    cluster: str = ""
    everywhere: bool = False
    help: bool = False
    unknown: str = ""
    hint: str = ""


def read_places(words: Sequence[str], kinds: frozenset[str]) -> Parts:
    """Divide the words; an option wins over a preposition, a later one over an earlier.

    Raises:
        UsageError: an option lacks its value.
    """
    reader = _Reader(words, kinds)
    while reader.queue:
        reader.read()
    return Parts(
        words=tuple(reader.rest),
        **(reader.said | reader.flagged),
        everywhere=reader.everywhere,
        help=reader.help,
        unknown=reader.unknown,
        hint=reader.hint,
    )


class _Reader:
    """Goes through the words once."""

    def __init__(self, words: Sequence[str], kinds: frozenset[str]) -> None:
        self.queue = list(words)
        self.rest: list[str] = []
        self.said: dict[str, str] = {}
        self.flagged: dict[str, str] = {}
        self.everywhere = self.help = False
        self.unknown = self.hint = ""
        self._kinds = kinds

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
        name = _long(name)
        if name in EVERYWHERE:
            self.everywhere = True
        elif name in HELP_FLAGS:
            self.help = True
        elif name in FLAGS:
            self.flagged[FLAGS[name]] = self._given(name, value) if equals else self._next(name)
        elif word.startswith("-n") and len(word) > len("-n"):
            self.flagged[FLAGS["-n"]] = word.removeprefix("-n").removeprefix("=") or self._next("-n")
        elif word.strip("-"):
            self._stranger(word, name, equals=bool(equals), value=value)

    def _stranger(self, word: str, name: str, *, equals: bool, value: str) -> None:
        """An option nobody knows; the rest is read as if it had been written right, for a suggestion."""
        near = difflib.get_close_matches(name, (*FLAGS, *EVERYWHERE), n=1, cutoff=_CUTOFF)
        if not self.unknown:
            self.unknown, self.hint = word, near[0] if near else ""
        takes_value = name in VALUED or (near and near[0] in FLAGS)
        if not equals and takes_value and self.queue and not self.queue[0].startswith("-"):
            value = self.queue.pop(0)
        if near and near[0] in FLAGS and value:
            self.flagged[FLAGS[near[0]]] = value

    def _next(self, flag: str) -> str:
        return self._given(flag, "" if not self.queue or self.queue[0].startswith("-") else self.queue.pop(0))

    def _given(self, flag: str, value: str) -> str:
        if not value:
            raise UsageError(f"{flag} needs a value.", f"Say, for example: {flag} my-{FLAGS[flag]}")
        return value

    def _noun(self, word: str) -> None:
        """`ns y`: a noun names what follows it, unless that is a word of the sentence."""
        if self.queue and self._may_be_named(self.queue[0]):
            self.said[NOUNS[word.lower()]] = self.queue.pop(0)
        else:
            self.rest.append(word)

    def _preposition(self, word: str) -> None:
        """`in y`, `in the y namespace`, `on cluster z`: a noun before or after the name tells what it is."""
        ahead = 0
        while ahead < len(self.queue) and self.queue[ahead].lower() in ARTICLES:
            ahead += 1
        following = self.queue[ahead] if ahead < len(self.queue) else ""
        if following.lower() in NOUNS:
            del self.queue[:ahead]
            self._noun(self.queue.pop(0))
        elif following and self._may_be_named(following):
            del self.queue[: ahead + 1]
            noun = NOUNS.get(self.queue[0].lower()) if self.queue else None
            self.said[noun or PREPOSITIONS[word.lower()]] = following
            del self.queue[: 1 if noun else 0]
        else:
            self.rest.append(word)

    def _may_be_named(self, word: str) -> bool:
        lowered = word.lower()
        return not (word.startswith("-") or "/" in word or lowered in FILLERS or lowered in self._kinds)


def _long(name: str) -> str:
    """An option as it is known: letters in any case, and `-namespace` for `--namespace`."""
    if name in EVERYWHERE:
        return name
    lowered = name.lower()
    return f"-{lowered}" if f"-{lowered}" in (*FLAGS, *EVERYWHERE) else lowered
