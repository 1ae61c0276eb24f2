"""Text → Command; what people type, cleaned and understood."""

import difflib
import re
from collections.abc import Sequence

from msgspec import Struct

from bot.errors import UsageError
from handlers.contract import Handler, Question


class Asker(Struct, frozen=True, kw_only=True):
    """Who asks, and where.

    Attributes:
        user: Slack user id, or "terminal".
        channel: Slack channel id; empty in the terminal.
        team: Slack team id.
    """

    user: str
    channel: str = ""
    team: str = ""


TERMINAL = Asker(user="terminal")


class Command(Struct, frozen=True, kw_only=True):
    """One accepted question: which handler, about what, on which cluster, asked by whom."""

    handler: Handler
    question: Question
    cluster: str = ""
    asker: Asker = TERMINAL
    fresh: bool = False

    @property
    def words(self) -> str:
        """The command in canonical words ("diagnose pod x -n y"); the same question has the same words."""
        parts = [self.handler.verb, self.handler.subject, self.question.name]
        if self.question.namespace:
            parts += ["-n", self.question.namespace]
        if self.cluster:
            parts += ["--cluster", self.cluster]
        return " ".join(parts)


class Help(Struct, frozen=True):
    """The asker wants help; `topic` is a verb or empty."""

    topic: str = ""


class Defaults(Struct, frozen=True):
    """Cluster and namespace of a channel when the words name none, and the clusters that exist."""

    cluster: str = ""
    namespace: str = ""
    clusters: tuple[str, ...] = ()


_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "--", "\u00a0": " ", "\u200b": "", "\ufeff": ""})
_LINK = re.compile(r"<(?:https?://|mailto:)?([^|>\s]+)(?:\|([^>]*))?>")
_MENTION = re.compile(r"<@[A-Z0-9]+(?:\|[^>]*)?>")
_FILLERS = frozenset(
    "a an the my our this that please pls can could you would why is are was does do did what whats wrong with happened to "
    "me us check look at of for it not running pending crashing failing ready working down up stuck and now kubectl mlops".split()
)
_NAMESPACE_WORDS = frozenset({"-n", "--namespace", "ns", "namespace", "in"})
_CLUSTER_WORDS = frozenset({"--cluster", "--context", "cluster", "on"})
_FLAGS = ("-n", "--namespace", "--cluster", "--context")
_CUTOFF = 0.6
LONGEST_TEXT = 1000
"""Characters of a command; Slack passes on far more than anybody needs."""


def clean(text: str) -> str:
    """Undo what chat programs do to pasted text: smart quotes, automatic links, code ticks, odd spaces."""
    plain = _MENTION.sub(" ", text.translate(_QUOTES))
    plain = _LINK.sub(lambda found: found.group(2) or found.group(1), plain)
    plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return " ".join(plain.replace("`", " ").replace('"', " ").replace("'", " ").split())


def parse(text: str, asker: Asker, defaults: Defaults, handlers: Sequence[Handler]) -> Command | Help:
    """Understand a command: verbs as words, any order, kubectl's names and flags, filler words allowed.

    Raises:
        UsageError: with what is missing or unknown, and the command that was probably meant.
    """
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"That is {len(text)} characters long; a command has at most {LONGEST_TEXT}.", "Say, for example: diagnose pod NAME -n NAMESPACE")
    words = clean(text).rstrip("?!.").split()
    if not words or words[0].lower() in {"help", "--help", "-h", "hi", "hello", "usage"}:
        return Help(words[1].lower() if len(words) > 1 else "")
    parts = _Parts.of(words)
    handler, names = _handler(parts, handlers)
    name, namespace = _name(names, handler, parts)
    return Command(
        handler=handler,
        question=Question(name=name, namespace=namespace or defaults.namespace),
        cluster=_cluster(parts.cluster, defaults),
        asker=asker,
    )


class _Parts(Struct, frozen=True):
    """The words of a command, with what flags and prepositions name taken out."""

    words: tuple[str, ...]
    namespace: str = ""
    cluster: str = ""

    @classmethod
    def of(cls, words: Sequence[str]) -> "_Parts":
        rest: list[str] = []
        named = {"namespace": "", "cluster": ""}
        queue = list(words)
        while queue:
            word = queue.pop(0)
            flag, equals, value = word.partition("=")
            which = _which(flag.lower())
            if not which:
                _refuse_flag(word)
                rest.append(word)
                continue
            if not equals:
                value = _value(queue, which)
            if not value and flag.startswith("-"):
                raise UsageError(f"{flag} needs a value.", f"Say, for example: {flag} my-{which}")
            named[which] = value or named[which]
        return cls(tuple(rest), **named)


def _which(word: str) -> str:
    if word in _NAMESPACE_WORDS:
        return "namespace"
    return "cluster" if word in _CLUSTER_WORDS else ""


def _value(queue: list[str], which: str) -> str:
    """Take the value after a flag or preposition; "in the ns y" and "on cluster z" name theirs further on."""
    while queue and queue[0].lower() in {"the", "our", "my"}:
        queue.pop(0)
    if queue and _which(queue[0].lower()) == which:
        queue.pop(0)
    return queue.pop(0) if queue and not queue[0].startswith("-") else ""


def _refuse_flag(word: str) -> None:
    if word.startswith("-"):
        near = difflib.get_close_matches(word.lower(), _FLAGS, n=1, cutoff=_CUTOFF)
        hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(_FLAGS)}."
        raise UsageError(f"I do not know the option {word[:40]}.", hint)


def _handler(parts: _Parts, handlers: Sequence[Handler]) -> tuple[Handler, list[str]]:
    verbs = {handler.verb for handler in handlers}
    subjects = {alias: handler for handler in handlers for alias in (handler.subject, *handler.aliases)}
    chosen: Handler | None = None
    names: list[str] = []
    verb = ""
    for word in parts.words:
        lowered = word.lower()
        head, slash, tail = word.partition("/")
        if lowered in verbs and not verb:
            verb = lowered
        elif lowered in subjects and chosen is None:
            chosen = subjects[lowered]
        elif slash and head.lower() in subjects and chosen is None:
            chosen = subjects[head.lower()]
            names += [tail] if tail else []
        elif lowered not in _FILLERS:
            names.append(word)
    if chosen is None and not verb and names:
        raise _unknown_verb(names, verbs, handlers)
    if chosen is None and len(names) > 1:
        raise _unknown_subject(names, verb, handlers)
    return chosen or next((h for h in handlers if h.verb == verb), handlers[0]), names


def _unknown_verb(names: list[str], verbs: set[str], handlers: Sequence[Handler]) -> UsageError:
    near = difflib.get_close_matches(names[0].lower(), sorted(verbs), n=1, cutoff=_CUTOFF)
    if near:
        meant = " ".join((near[0], *names[1:]))
        return UsageError(f"I do not know “{names[0][:40]}”.", f"Did you mean “{near[0]}”?", meant)
    return UsageError(f"I do not know “{names[0][:40]}”.", f"I can: {'; '.join(sorted({h.usage for h in handlers}))}.")


def _unknown_subject(names: list[str], verb: str, handlers: Sequence[Handler]) -> UsageError:
    known = sorted({h.subject for h in handlers if h.verb == verb})
    near = difflib.get_close_matches(names[0].lower(), known, n=1, cutoff=_CUTOFF)
    subject = near[0] if near else known[0]
    meant = f"{verb} {subject} {names[1]}"
    return UsageError(f"I cannot {verb} “{names[0][:40]}”; I know: {', '.join(known)}.", f"Did you mean “{meant}”?", meant)


def _name(names: list[str], handler: Handler, parts: _Parts) -> tuple[str, str]:
    if not names:
        raise UsageError(f"Which {handler.subject}?", f"Say: {handler.usage}")
    if len(names) > 1:
        first = f"{handler.verb} {handler.subject} {names[0]}"
        raise UsageError(f"I take one name, and got {len(names)}: {', '.join(n[:40] for n in names[:4])}.", f"Did you mean “{first}”?", first)
    namespace, slash, name = names[0].partition("/")
    if slash:
        return name, parts.namespace or namespace
    return names[0], parts.namespace


def _cluster(named: str, defaults: Defaults) -> str:
    if named and defaults.clusters and named not in defaults.clusters:
        near = difflib.get_close_matches(named, defaults.clusters, n=1, cutoff=_CUTOFF)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UsageError(f"I do not know a cluster called {named[:60]}.", f"{hint}Known clusters: {', '.join(defaults.clusters)}.")
    return named or defaults.cluster
