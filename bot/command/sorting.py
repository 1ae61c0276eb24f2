"""What each word of a command is: verb, subject, name, or a word of the sentence."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from bot.command.vocabulary import ASKING, CUES, FILLERS, KINDS, ORDERS
from handlers.contract import Handler


class Grammar(Struct, frozen=True):
    """The words the handlers give a meaning.

    Attributes:
        verbs: every verb → its handlers.
        subjects: every subject and alias → its handlers, in the order of the product.
        kinds: subjects, and what kubectl calls everything else.
    """

    handlers: tuple[Handler, ...]
    verbs: Mapping[str, tuple[Handler, ...]]
    subjects: Mapping[str, tuple[Handler, ...]]
    kinds: frozenset[str]

    @classmethod
    def of(cls, handlers: Sequence[Handler]) -> "Grammar":
        """The grammar of a list of handlers."""
        verbs = {each.verb: tuple(h for h in handlers if h.verb == each.verb) for each in handlers}
        aliases = {alias for each in handlers for alias in (each.subject, *each.aliases)}
        subjects = {a: tuple(h for h in handlers if a in (h.subject, *h.aliases)) for a in sorted(aliases)}
        return cls(tuple(handlers), verbs, subjects, KINDS | aliases)


class Name(Struct, frozen=True):
    """A name as typed, with the namespace and the kind that stood before a slash."""

    name: str
    namespace: str = ""
    kind: str = ""


class Sorted(Struct, frozen=True, kw_only=True):
    """The words of a command by what they are.

    Attributes:
        verb: as the handlers write it; empty when none was said.
        subject: the alias that was said; empty when none was.
        explicit: names behind a kind and a slash (`pod/x`).
        before: other names before the subject, or all when there is none.
        after: other names after the subject.
        beside: the word of the sentence that stands right after the subject.
        asks: it is put as a question ("why …").
        cue: it is a question or a request, even without a verb.
    """

    verb: str = ""
    subject: str = ""
    explicit: tuple[Name, ...] = ()
    before: tuple[Name, ...] = ()
    after: tuple[Name, ...] = ()
    beside: str = ""
    asks: bool = False
    cue: bool = False

    @property
    def names(self) -> tuple[Name, ...]:
        """All names, the likeliest first."""
        return (*self.explicit, *self.after, *self.before)


def sort_words(words: Sequence[str], grammar: Grammar) -> Sorted:
    """Tell verb, subject and names from the words of the sentence; the first verb and subject count."""
    sorter = _Sorter(grammar)
    for number, word in enumerate(words):
        sorter.take(word, first=number == 0)
    lowered = [word.lower() for word in words]
    if sorter.beside:
        lowered.remove(sorter.beside.lower())
    return Sorted(
        verb=sorter.verb,
        subject=sorter.subject,
        explicit=tuple(sorter.explicit),
        before=tuple(sorter.before),
        after=tuple(sorter.after),
        beside=sorter.beside,
        asks=not ASKING.isdisjoint(lowered),
        cue=not CUES.isdisjoint(lowered),
    )


class _Sorter:
    def __init__(self, grammar: Grammar) -> None:
        self.verb = self.subject = self.beside = ""
        self.explicit: list[Name] = []
        self.before: list[Name] = []
        self.after: list[Name] = []
        self._grammar = grammar
        self._just_said = False

    def take(self, word: str, *, first: bool) -> None:
        lowered, beside = word.lower(), self._just_said
        self._just_said = False
        if lowered in self._grammar.verbs and not self.verb:
            self.verb = lowered
        elif lowered in self._grammar.subjects and not self.subject:
            self.subject, self._just_said = lowered, True
        elif "/" in word.strip("/"):
            self._name(split_name(word.strip("/"), self._grammar.kinds))
        elif lowered.rstrip("/") in self._grammar.subjects and not self.subject:
            self.subject = lowered.rstrip("/")
        elif lowered not in FILLERS or (first and lowered in ORDERS):
            self._name(Name(word))
        elif beside:
            self.beside = word

    def _name(self, name: Name) -> None:
        if name.kind in self._grammar.subjects:
            self.subject = self.subject or name.kind
            self.explicit.append(name)
        else:
            (self.after if self.subject else self.before).append(name)


def split_name(word: str, kinds: frozenset[str]) -> Name:
    """Read `pod/x`, `ns/x`, `pod/ns/x` and `ns/pod/x`; more slashes make a name nobody has."""
    parts = word.split("/")
    lowered = [part.lower() for part in parts]
    match parts:
        case [_, name] if lowered[0] in kinds:
            return Name(name, "", lowered[0])
        case [namespace, name]:
            return Name(name, namespace)
        case [_, namespace, name] if lowered[0] in kinds:
            return Name(name, namespace, lowered[0])
        case [namespace, _, name] if lowered[1] in kinds:
            return Name(name, namespace, lowered[1])
    return Name(word)
