"""What a text is understood as: a Command, or the wish for help."""

from typing import Final

from msgspec import Struct

from bot.command.vocabulary import FILLERS, KINDS
from handlers.contract import Handler, Question

FILE: Final = "FILE"
"""The metavar of an option whose value is the content of a file; only the terminal reads files."""
_MISTAKEN: Final = FILLERS | KINDS


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
    """One accepted question: which handler, about what, on which cluster, asked by whom.

    Attributes:
        everywhere: all namespaces were asked for, so that a channel's own does not count.
        fresh: an answer somebody else got just now does not count.
    """

    handler: Handler
    question: Question
    cluster: str = ""
    asker: Asker = TERMINAL
    everywhere: bool = False
    fresh: bool = False

    @property
    def words(self) -> str:
        """The command in canonical words ("diagnose pod x -n y"); the same question has the same words."""
        parts = [self.handler.verb, self.handler.subject, *self._name()]
        if self.question.namespace:
            parts += ["-n", self.question.namespace]
        elif self.everywhere:
            parts += ["-A"]
        parts += self._options()
        if self.cluster:
            parts += ["--cluster", self.cluster]
        return " ".join(filter(None, parts))

    def _name(self) -> list[str]:
        """The name; one that could be left out, or has no kind before it, may be a word of a question."""
        name, handler = self.question.name, self.handler
        plain = (handler.takes == "name" and handler.subject) or reads_page(handler)
        return [name] if plain or name.lower() not in _MISTAKEN else ["--name", name]

    def _options(self) -> list[str]:
        """Options in words; what was read from a file is no word."""
        metavars = {option.name: option.metavar for option in self.handler.options}
        said = [(name, value) for name, value in sorted(self.question.options.items())]
        return [
            part
            for name, value in said
            if metavars.get(name) != FILE
            for part in (f"--{name}", *([value] if metavars.get(name) else []))
        ]


def reads_page(handler: Handler) -> bool:
    """Whether a handler names no object of a cluster but a page, whose title may be any words."""
    return not handler.subject and handler.takes != "nothing" and not handler.namespaced


class Help(Struct, frozen=True):
    """The asker wants help; `topic` is a verb, a subject or empty."""

    topic: str = ""


class Defaults(Struct, frozen=True):
    """Cluster and namespace of a channel when the words name none, and the clusters that exist.

    Attributes:
        zone: IANA name of the time zone of a schedule that names none.
    """

    cluster: str = ""
    namespace: str = ""
    clusters: tuple[str, ...] = ()
    zone: str = "UTC"
