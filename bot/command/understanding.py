"""Text → Command or Help.

Whoever shows a UsageError asks "did you mean" with its suggestion; the advice does not repeat that.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from bot.command import refusing
from bot.command.cleaning import clean
from bot.command.grammar import Grammar
from bot.command.helping import wanted_help
from bot.command.model import Asker, Command, Defaults, Help, reads_page
from bot.command.nearness import near
from bot.command.options import check_options, said_by_choice, usable
from bot.command.places import Parts, read_places
from bot.command.sorting import Name, Sorted, sort_words
from bot.command.vocabulary import (
    CALLED,
    FLAGS,
    KINDS,
    NAME,
    NAMESPACE,
    OF_ALL,
    OWNERS,
    WHOLE,
)
from bot.errors import UsageError
from handlers.contract import Handler, Option, Question

LONGEST_TEXT = 1000
"""Characters of a command; Slack passes on far more than anybody needs."""
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
    parts = read_places(words, grammar)
    wanted = wanted_help(parts, grammar)
    return wanted or _Understood(parts, asker, defaults, grammar).command()


class _Understood:
    """One text on its way to a Command."""

    def __init__(self, parts: Parts, asker: Asker, defaults: Defaults, grammar: Grammar) -> None:
        self._parts = parts
        self._asker = asker
        self._defaults = defaults
        self._grammar = grammar
        self._words = _with_places(sort_words(parts.words, grammar), parts, grammar)

    def command(self) -> Command:
        """The command; an unknown option is named last, so that the rest can be suggested."""
        try:
            command = self._command()
        except UsageError as error:
            raise self._unknown_option("", ()) if self._parts.unknown else error from None
        if self._parts.unknown:
            suggestion = command.words if _possible(command.question.name) else ""
            raise self._unknown_option(suggestion, command.handler.options)
        return command

    def _command(self) -> Command:
        handler = self._handler()
        name, chosen = self._name(handler)
        namespace = self._namespace(name, handler)
        command = self._made(handler, name.name, namespace, self._options(handler, name) | chosen)
        cluster = self._parts.cluster
        if cluster and self._defaults.clusters and command.cluster not in self._defaults.clusters:
            raise _unknown_cluster(command, self._defaults.clusters)
        return command

    def _made(self, handler: Handler, name: str, namespace: str, options: Mapping[str, str]) -> Command:
        namespace = namespace if handler.namespaced else ""
        everywhere = self._parts.everywhere and not namespace and handler.namespaced
        usual = self._defaults.namespace if handler.namespaced and not everywhere else ""
        return Command(
            handler=handler,
            question=Question(name=name, namespace=namespace or usual, options=options),
            cluster=known_cluster(self._parts.cluster, self._defaults.clusters) or self._defaults.cluster,
            asker=self._asker,
            everywhere=everywhere,
        )

    def _handler(self) -> Handler:
        words, grammar = self._words, self._grammar
        self._refuse_unknown_words()
        alone = grammar.alone(words.verb)
        if words.subject:
            fitting = grammar.fitting(words.verb, words.subject)
            return fitting[0] if fitting else self._of_subject(alone)
        if alone is not None:
            of_sentence = alone.takes == "nothing" and words.names and not words.leads
            return grammar.handlers[0] if of_sentence else alone
        whole = grammar.alone(OF_ALL) if not words.names else None
        if whole is not None and not words.verb and not WHOLE.isdisjoint(map(str.lower, self._parts.words)):
            return whole
        return self._of_verb(grammar.fitting(words.verb, ""))

    def _of_subject(self, alone: Handler | None) -> Handler:
        """A verb without a handler for the subject: a kind before a name, or a word of the sentence."""
        if alone is not None and alone.takes != "nothing":
            return alone
        if not self._words.leads:
            return self._grammar.subjects[self._words.subject][0]
        raise self._unknown_subject(self._words.subject, self._words.names)

    def _of_verb(self, handlers: Sequence[Handler]) -> Handler:
        """A verb without a subject; a bare name is asked of the first that takes one."""
        if len(handlers) == 1 or handlers[0].takes == "name":
            return handlers[0]
        raise refusing.subject_missing(self._words.verb, handlers)

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
        if not words.subject and more and self._grammar.alone(words.verb) is None:
            self._refuse_subject(first[0].name, more)

    def _refuse_verb(self, word: str, more: Sequence[Name]) -> None:
        """`diagnoze pod x`, `restart pod x`, or a name without any verb."""
        meant = near(word, self._grammar.verbs)
        if meant:
            raise refusing.unknown_verb(word, meant, self._suggested(self._likely(meant), more))
        subject, cue = self._words.subject, self._words.cue
        alone = not (subject or more or cue or self._words.before[0].namespace)
        if alone or (subject and len(more) == 1):
            suggestion = self._suggested(self._likely(""), more or (Name(word),))
            raise refusing.unknown_word(word, self._grammar, suggestion)

    def _refuse_subject(self, word: str, more: Sequence[Name]) -> None:
        """`diagnose pdo x`, `diagnose deployment x`."""
        if word.lower() in KINDS or near(word, self._grammar.subjects):
            raise self._unknown_subject(word, more)

    def _unknown_subject(self, word: str, names: Sequence[Name]) -> UsageError:
        grammar, verb = self._grammar, self._words.verb
        handlers = grammar.fitting(verb or grammar.handlers[0].verb, "")
        alone = grammar.alone(verb)
        if alone is not None:
            instead = (grammar.subjects.get(word.lower(), ()) or grammar.handlers)[0]
            return refusing.no_subject(word, alone, self._suggested(instead, names) if names else "")
        meant = near(word, grammar.subjects)
        of_meant = [handler for handler in grammar.subjects.get(meant, ()) if handler in handlers]
        handler = (of_meant or handlers)[0]
        return refusing.unknown_subject(word, handler, handlers, self._suggested(handler, names))

    def _name(self, handler: Handler) -> tuple[Name, dict[str, str]]:
        """The name that is asked about, and what bare words choose of the options."""
        if words := self._page(handler):
            return Name(" ".join(words)), {}
        names = self._names(handler)
        if handler.takes == "nothing":
            chosen = said_by_choice([name.name for name in names], handler)
            if names and not chosen:
                raise self._superfluous(names, handler)
            return Name(""), chosen
        if not names and handler.takes == "optional":
            return Name(""), {}
        if not names:
            raise refusing.name_missing(handler, self._words.beside)
        different = tuple(dict.fromkeys((name.namespace, name.name) for name in names))
        if len(different) == 1:
            return names[0], {}
        said, suggestion = [name.name for name in names], self._suggested(handler, names)
        raise refusing.too_many_names(said, len(different), handler, suggestion)

    def _page(self, handler: Handler) -> Sequence[str]:
        """All words behind a verb that reads a page: its title is made of words of questions."""
        if not reads_page(handler) or not self._words.leads or self._parts.name:
            return ()
        words = self._parts.words
        return words[[word.lower() for word in words].index(self._words.verb) + 1 :]

    def _names(self, handler: Handler) -> tuple[Name, ...]:
        """All names; before that of a verb without subjects a kind may stand."""
        words, kinds = self._words, self._grammar.kinds
        names = words.names
        if not handler.subject:
            names = tuple(name for name in names if name.name.lower() not in KINDS) or names
            spare = (Name(words.subject),) if words.subject and words.subject not in kinds else ()
            words = replace(words, spare=spare + words.spare)
        if names or handler.takes == "nothing":
            return names
        if handler.takes == "optional":
            return tuple(name for name in words.spare if name.name.lower() not in kinds)
        beside = words.beside if words.beside and not words.asks else ""
        return words.spare or ((Name(beside),) if beside else ())

    def _superfluous(self, names: Sequence[Name], handler: Handler) -> UsageError:
        said = [name.name for name in names]
        placed = handler.namespaced and len(names) == 1 and _NAME.fullmatch(said[0])
        namespace = self._parts.namespace or (said[0] if placed else "")
        return refusing.no_name(said, handler, self._suggested(handler, (), namespace))

    def _namespace(self, name: Name, handler: Handler) -> str:
        said = self._parts.namespace
        if name.namespace and said and said != name.namespace and handler.namespaced:
            suggestion = self._suggested(handler, [Name(name.name)])
            raise refusing.two_namespaces(name.namespace, said, suggestion)
        return said or name.namespace

    def _options(self, handler: Handler, name: Name) -> dict[str, str]:
        try:
            return check_options(self._parts.options, handler, self._asker)
        except UsageError as error:
            suggestion = self._suggested(handler, (name,) if name.name else ())
            raise UsageError(error.sentence, error.advice, suggestion) from None

    def _likely(self, verb: str) -> Handler:
        fitting = self._grammar.fitting(verb or self._words.verb, self._words.subject)
        return (fitting or self._grammar.fitting(verb or self._words.verb, ""))[0]

    def _suggested(self, handler: Handler, names: Sequence[Name], namespace: str = "") -> str:
        """A whole command that was probably meant; empty when there is no name that could exist."""
        name = names[0] if names and handler.takes != "nothing" else Name("")
        if (handler.takes == "name" and not name.name) or not _possible(name.name):
            return ""
        namespace = namespace or self._parts.namespace or name.namespace
        if not _possible(namespace):
            return ""
        options = usable(self._parts.options, handler)
        command = self._made(handler, name.name, namespace, options)
        known = command.cluster in ("", *self._defaults.clusters, self._defaults.cluster)
        return command.words if known else ""

    def _unknown_option(self, suggestion: str, own: Sequence[Option]) -> UsageError:
        hint = self._parts.hint
        flags = [flag for flag in FLAGS if FLAGS[flag] != NAME] + [f"--{option.name}" for option in own]
        advice = f"Known are {', '.join(flags)} and -A."
        if hint:
            advice = "" if suggestion else f"Did you mean {hint}?"
        return UsageError(
            f"I do not know the option {self._parts.unknown[: refusing.SHOWN]}.", advice, suggestion
        )


def _with_places(words: Sorted, parts: Parts, grammar: Grammar) -> Sorted:
    """A name that an option says, and a namespace that is what is asked about, are names too."""
    if parts.name:
        return replace(words, explicit=(Name(parts.name), *words.explicit))
    nothing_else = not (words.subject or words.names or words.spare)
    if parts.called and nothing_else and grammar.fitting(words.verb, NAMESPACE):
        return replace(words, subject=NAMESPACE, explicit=(Name(parts.called),))
    return words


def _possible(name: str) -> bool:
    return not name or _NAME.fullmatch(name) is not None


def known_cluster(named: str, clusters: Sequence[str]) -> str:
    """A cluster as the settings write it, whatever the case of its letters."""
    if named in clusters:
        return named
    return next((cluster for cluster in clusters if cluster.lower() == named.lower()), named)


def _unknown_cluster(command: Command, clusters: Sequence[str]) -> UsageError:
    meant, name = near(command.cluster, clusters), command.question.name
    suggestion = replace(command, cluster=meant).words if meant and _possible(name) else ""
    sentence = f"I do not know a cluster called {command.cluster[: refusing.SHOWN]}."
    return UsageError(sentence, f"Known clusters: {', '.join(clusters)}.", suggestion)
