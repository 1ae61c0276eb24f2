"""What a text is understood as: a Command, or the wish for help."""

from msgspec import Struct

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
        parts = [self.handler.verb, self.handler.subject, self.question.name]
        if self.question.namespace:
            parts += ["-n", self.question.namespace]
        elif self.everywhere:
            parts += ["-A"]
        if self.cluster:
            parts += ["--cluster", self.cluster]
        return " ".join(parts)


class Help(Struct, frozen=True):
    """The asker wants help; `topic` is a verb, a subject or empty."""

    topic: str = ""


class Defaults(Struct, frozen=True):
    """Cluster and namespace of a channel when the words name none, and the clusters that exist."""

    cluster: str = ""
    namespace: str = ""
    clusters: tuple[str, ...] = ()
