"""What each word of a command is: verb, subject, name, or a word of the sentence."""

from collections.abc import Sequence

from msgspec import Struct

from bot.command.grammar import Grammar
from bot.command.vocabulary import ASKING, CUES, FILLERS, ORDERS, STARTS


class Name(Struct, frozen=True):
    """A name as typed, with the namespace and the kind that stood before a slash."""

    name: str
    namespace: str = ""
    kind: str = ""


class Sorted(Struct, frozen=True, kw_only=True):
    """The words of a command by what they are.

    Attributes:
        verb: as the handlers write it; empty when none was said.
        leads: the verb is the first word, so that it is no word of a sentence.
        subject: the alias that was said; empty when none was.
        explicit: names behind a kind and a slash (`pod/x`).
        before: other names before the subject, or all when there is none.
        after: other names after the subject.
        spare: further words of kinds, which are names only where nothing else is.
        beside: the word of the sentence that stands right after the subject.
        asks: it is put as a question ("why …").
        cue: it is a question or a request, even without a verb.
    """

    verb: str = ""
    leads: bool = False
    subject: str = ""
    explicit: tuple[Name, ...] = ()
    before: tuple[Name, ...] = ()
    after: tuple[Name, ...] = ()
    spare: tuple[Name, ...] = ()
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
        leads=sorter.leads,
        subject=sorter.subject,
        explicit=tuple(sorter.explicit),
        before=tuple(sorter.before),
        after=tuple(sorter.after),
        spare=tuple(sorter.spare),
        beside=sorter.beside,
        asks=not ASKING.isdisjoint(lowered),
        cue=not CUES.isdisjoint(lowered),
    )


class _Sorter:
    def __init__(self, grammar: Grammar) -> None:
        self.verb = self.subject = self.beside = ""
        self.leads = False
        self.explicit: list[Name] = []
        self.before: list[Name] = []
        self.after: list[Name] = []
        self.spare: list[Name] = []
        self._grammar = grammar
        self._just_said = False
        self._at_start = True

    def take(self, word: str, *, first: bool) -> None:
        lowered, beside = word.lower(), self._just_said
        starts, self._at_start = self._at_start, self._at_start and lowered in STARTS
        self._just_said = False
        if lowered in self._grammar.verbs and not self.verb:
            self.verb, self.leads = lowered, starts
        elif self._is_subject(lowered):
            self._say(lowered)
        elif "/" in word.strip("/"):
            self._name(split_name(word.strip("/"), self._grammar.kinds))
        elif self._is_subject(lowered.rstrip("/")):
            self.subject = lowered.rstrip("/")
        elif lowered not in FILLERS or (first and lowered in ORDERS):
            self._plain(word)
        elif beside:
            self.beside = word

    def _is_subject(self, lowered: str) -> bool:
        """Whether a word says what is asked about: the first of its kind, or instead of a weak one."""
        if lowered not in self._grammar.subjects:
            return False
        weak = self._grammar.weak
        return not self.subject or (self.subject in weak and lowered not in weak)

    def _say(self, lowered: str) -> None:
        if self.subject and self.subject not in FILLERS:
            self.before.append(Name(self.subject))
        self.subject, self._just_said = lowered, True

    def _plain(self, word: str) -> None:
        kind = word.lower() in self._grammar.kinds or word.lower() in self._grammar.subjects
        if kind and self.subject:
            self.spare.append(Name(word))
        else:
            self._name(Name(word))

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
