"""The words the handlers give a meaning: verbs, subjects, options."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from bot.command.vocabulary import FILLERS, KINDS
from handlers.contract import Handler, Option


class Grammar(Struct, frozen=True):
    """The words of a list of handlers.

    Attributes:
        verbs: every verb → its handlers; also other words for a verb that stands alone.
        subjects: every subject and alias → its handlers, in the order of the product.
        kinds: subjects that are named objects, and what kubectl calls everything else.
        weak: subjects that are ordinary words too; another subject in the same text takes their place.
        options: every option of any handler by its long name.
    """

    handlers: tuple[Handler, ...]
    verbs: Mapping[str, tuple[Handler, ...]]
    subjects: Mapping[str, tuple[Handler, ...]]
    kinds: frozenset[str]
    weak: frozenset[str]
    options: Mapping[str, Option]

    @classmethod
    def of(cls, handlers: Sequence[Handler]) -> "Grammar":
        """The grammar of a list of handlers."""
        return _grammar(tuple(handlers))

    def fitting(self, verb: str, subject: str) -> tuple[Handler, ...]:
        """The handlers of a verb and a subject; an empty one leaves it open."""
        of_verb = self.verbs.get(verb, self.handlers) if verb else self.handlers
        of_subject = self.subjects.get(subject, ()) if subject else of_verb
        return tuple(handler for handler in of_subject if handler in of_verb)

    def alone(self, verb: str) -> Handler | None:
        """The handler of a verb that is said without a subject."""
        return next((handler for handler in self.verbs.get(verb, ()) if not handler.subject), None)


def asked_as(handler: Handler) -> str:
    """A handler's verb and subject ("diagnose pod", "health")."""
    return f"{handler.verb} {handler.subject}".strip()


def usage(handler: Handler) -> str:
    """The whole usage of a handler, which may give its arguments alone or the whole command."""
    if handler.usage.split()[:1] == [handler.verb]:
        return handler.usage
    return f"{asked_as(handler)} {handler.usage}".strip()


@lru_cache(maxsize=8)
def _grammar(handlers: tuple[Handler, ...]) -> Grammar:
    with_subject = [handler for handler in handlers if handler.subject]
    subjects = _by_word((word, h) for h in with_subject for word in (h.subject, *h.aliases))
    alone = [handler for handler in handlers if not handler.subject]
    verbs = _by_word([(h.verb, h) for h in handlers] + [(word, h) for h in alone for word in h.aliases])
    named = {word for word, those in subjects.items() if any(h.takes == "name" for h in those)}
    return Grammar(
        handlers=handlers,
        verbs=verbs,
        subjects=subjects,
        kinds=KINDS | named,
        weak=frozenset(word for word in subjects if word not in named or word in FILLERS),
        options={option.name: option for handler in handlers for option in handler.options},
    )


def _by_word(pairs: Iterable[tuple[str, Handler]]) -> dict[str, tuple[Handler, ...]]:
    found: dict[str, tuple[Handler, ...]] = {}
    for word, handler in pairs:
        found[word.lower()] = (*found.get(word.lower(), ()), handler)
    return found
