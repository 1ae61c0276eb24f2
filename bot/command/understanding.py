"""Text → Command or Help.

Whoever shows a UsageError asks "did you mean" with its suggestion; the advice does not repeat that.
"""

import difflib
import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from bot.command.cleaning import clean
from bot.command.model import Asker, Command, Defaults, Help
from bot.command.places import Parts, read_places
from bot.command.sorting import Grammar, Name, sort_words
from bot.command.vocabulary import CALLED, CUES, FILLERS, FLAGS, GREETINGS, KINDS, OWNERS
from bot.errors import UsageError
from handlers.contract import Handler, Question

LONGEST_TEXT = 1000
"""Characters of a command; Slack passes on far more than anybody needs."""
_CUTOFF = 0.7
_SHORTEST_PREFIX = 3
_SHOWN = 40
_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?")


def parse(text: str, asker: Asker, defaults: Defaults, handlers: Sequence[Handler]) -> Command | Help:
    """Understand a command: verbs as words, any order, kubectl's names and flags, filler words allowed.

    Raises:
        UsageError: with what is missing or unknown, and the command that was probably meant.
    """
    if len(text) > LONGEST_TEXT:
        raise UsageError(
            f"That is {len(text)} characters long; a command has at most {LONGEST_TEXT}.",
            "Say, for example: diagnose pod NAME -n NAMESPACE",
        )
    grammar = Grammar.of(handlers)
    words = clean(text).split()
    if words and words[0].lower() == CALLED:
        del words[0]
    parts = read_places(words, grammar.kinds)
    wanted = _help(parts, grammar)
    return wanted or _Understood(parts, asker, defaults, grammar).command()


def _help(parts: Parts, grammar: Grammar) -> Help | None:
    """Help, when it is asked for, or when nothing is."""
    words = [word.lower() for word in parts.words]
    telling = [word for word in words if word not in FILLERS]
    known = [word for word in telling if word in grammar.verbs or word in grammar.subjects]
    greeted = bool(words) and words[0] in GREETINGS and (len(telling) <= 1 or known == telling)
    silent = not telling and not any(word in CUES for word in words)
    if parts.help or (greeted and not any("/" in word for word in telling)) or silent:
        return Help(next(iter(known or telling), ""))
    return None


class _Understood:
    """One text on its way to a Command."""

    def __init__(self, parts: Parts, asker: Asker, defaults: Defaults, grammar: Grammar) -> None:
        self._parts = parts
        self._asker = asker
        self._defaults = defaults
        self._grammar = grammar
        self._words = sort_words(parts.words, grammar)

    def command(self) -> Command:
        """The command; an unknown option is named last, so that the rest can be suggested."""
        try:
            command = self._command()
        except UsageError as error:
            raise self._unknown_option("") if self._parts.unknown else error from None
        if self._parts.unknown:
            possible = _NAME.fullmatch(command.question.name)
            raise self._unknown_option(command.words if possible else "")
        return command

    def _command(self) -> Command:
        handler = self._handler()
        name = self._name(handler)
        namespace = self._namespace(name, handler)
        command = self._made(handler, name.name, namespace)
        cluster = self._parts.cluster
        if cluster and self._defaults.clusters and command.cluster not in self._defaults.clusters:
            raise _unknown_cluster(command, self._defaults.clusters)
        return command

    def _made(self, handler: Handler, name: str, namespace: str) -> Command:
        everywhere = self._parts.everywhere and not namespace
        return Command(
            handler=handler,
            question=Question(
                name=name, namespace=namespace or ("" if everywhere else self._defaults.namespace)
            ),
            cluster=_known(self._parts.cluster, self._defaults.clusters) or self._defaults.cluster,
            asker=self._asker,
            everywhere=everywhere,
        )

    def _handler(self) -> Handler:
        words = self._words
        self._refuse_unknown_words()
        of_verb = self._grammar.verbs.get(words.verb, self._grammar.handlers)
        of_subject = self._grammar.subjects.get(words.subject, of_verb)
        both = [handler for handler in of_subject if handler in of_verb]
        if not both:
            raise self._unknown_subject(words.subject, words.names)
        return both[0]

    def _refuse_unknown_words(self) -> None:
        """Refuse words that stand where a verb or a subject should."""
        words = self._words
        known = OWNERS | self._grammar.subjects.keys() if words.verb else self._grammar.subjects.keys()
        foreign = next((name.kind for name in words.names if name.kind and name.kind not in known), "")
        if foreign and not words.subject:
            raise self._unknown_subject(foreign, words.names)
        first, more = words.before[:1], words.before[1:] + words.after + words.explicit
        if not first or (not more and (words.verb or (words.cue and not words.subject))):
            return
        if not words.verb:
            self._refuse_verb(first[0].name, more)
        if not words.subject and more:
            self._refuse_subject(first[0].name, more)

    def _refuse_verb(self, word: str, more: Sequence[Name]) -> None:
        """`diagnoze pod x`, `restart pod x`, or a name without any verb."""
        meant = near(word, self._grammar.verbs)
        if meant:
            handler = self._likely(meant)
            suggestion = self._suggested(handler, more)
            hint = "" if suggestion else f"Did you mean “{meant}”?"
            raise UsageError(f"I do not know “{word[:_SHOWN]}”.", hint, suggestion)
        subject, cue = self._words.subject, self._words.cue
        alone = not (subject or more or cue or self._words.before[0].namespace)
        if alone or (subject and len(more) == 1):
            names = more or (Name(word),)
            usages = "; ".join(sorted({handler.usage for handler in self._grammar.handlers}))
            suggestion = self._suggested(self._likely(""), names)
            raise UsageError(f"I do not know “{word[:_SHOWN]}”.", f"I can: {usages}.", suggestion)

    def _refuse_subject(self, word: str, more: Sequence[Name]) -> None:
        """`diagnose pdo x`, `diagnose deployment x`."""
        if word.lower() in KINDS or near(word, self._grammar.subjects):
            raise self._unknown_subject(word, more)

    def _unknown_subject(self, word: str, names: Sequence[Name]) -> UsageError:
        handlers = self._grammar.verbs.get(self._words.verb, self._grammar.handlers)
        meant = near(word, self._grammar.subjects)
        of_meant = [handler for handler in self._grammar.subjects.get(meant, ()) if handler in handlers]
        handler = (of_meant or handlers)[0]
        known = ", ".join(dict.fromkeys(each.subject for each in handlers))
        suggestion = self._suggested(handler, names)
        sentence = f"I cannot {handler.verb} “{word[:_SHOWN]}”; I know: {known}."
        return UsageError(sentence, "" if suggestion else f"Say: {handler.usage}", suggestion)

    def _name(self, handler: Handler) -> Name:
        names = self._words.names
        if not names and self._words.beside and not self._words.asks:
            return Name(self._words.beside)
        if not names:
            raise _nameless(handler, self._words.beside)
        different = tuple(dict.fromkeys((name.namespace, name.name) for name in names))
        if len(different) == 1:
            return names[0]
        shown = ", ".join(name.name[:_SHOWN] for name in names[:4])
        suggestion = self._suggested(handler, names)
        hint = "" if suggestion else f"Say: {handler.usage}"
        raise UsageError(f"I take one name, and got {len(different)}: {shown}.", hint, suggestion)

    def _namespace(self, name: Name, handler: Handler) -> str:
        said = self._parts.namespace
        if name.namespace and said and said != name.namespace:
            suggestion = self._suggested(handler, [Name(name.name)])
            raise UsageError(
                f"Two namespaces are named: {name.namespace[:_SHOWN]} and {said[:_SHOWN]}.",
                "Name one of them.",
                suggestion,
            )
        return said or name.namespace

    def _likely(self, verb: str) -> Handler:
        of_verb = self._grammar.verbs.get(verb or self._words.verb, self._grammar.handlers)
        of_subject = self._grammar.subjects.get(self._words.subject, of_verb)
        return next((handler for handler in of_subject if handler in of_verb), of_verb[0])

    def _suggested(self, handler: Handler, names: Sequence[Name]) -> str:
        """A whole command that was probably meant; empty when there is no name that could exist."""
        if not names or not _NAME.fullmatch(names[0].name):
            return ""
        namespace = self._parts.namespace or names[0].namespace
        if namespace and not _NAME.fullmatch(namespace):
            return ""
        command = self._made(handler, names[0].name, namespace)
        return (
            command.words if command.cluster in ("", *self._defaults.clusters, self._defaults.cluster) else ""
        )

    def _unknown_option(self, suggestion: str) -> UsageError:
        hint = self._parts.hint
        advice = f"Known are {', '.join(FLAGS)} and -A."
        if hint:
            advice = "" if suggestion else f"Did you mean {hint}?"
        return UsageError(f"I do not know the option {self._parts.unknown[:_SHOWN]}.", advice, suggestion)


def near(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant: one it begins, or differs little from; empty without one."""
    lowered, names = word.lower(), sorted(known)
    if len(lowered) >= _SHORTEST_PREFIX:
        begun = [name for name in names if name.startswith(lowered)]
        if len(begun) == 1:
            return begun[0]
    return next(iter(difflib.get_close_matches(lowered, names, n=1, cutoff=_CUTOFF)), "")


def _nameless(handler: Handler, beside: str) -> UsageError:
    called = f" One that is called “{beside}”: {handler.subject}/{beside}" if beside else ""
    return UsageError(f"Which {handler.subject}?", f"Say: {handler.usage}.{called}")


def _known(named: str, clusters: Sequence[str]) -> str:
    """A cluster as the settings write it, whatever the case of its letters."""
    if named in clusters:
        return named
    return next((cluster for cluster in clusters if cluster.lower() == named.lower()), named)


def _unknown_cluster(command: Command, clusters: Sequence[str]) -> UsageError:
    meant = near(command.cluster, clusters)
    named = meant and _NAME.fullmatch(command.question.name)
    suggestion = replace(command, cluster=meant).words if named else ""
    sentence = f"I do not know a cluster called {command.cluster[:_SHOWN]}."
    return UsageError(sentence, f"Known clusters: {', '.join(clusters)}.", suggestion)
