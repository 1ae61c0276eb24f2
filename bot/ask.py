"""The corridor: from a Command to a Report. Slack, the terminal and the digest all come through here."""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from bot.command import Command
from bot.report import Report
from handlers.contract import Progress
from handlers.sources.cluster import Cluster
from rules.judge import judge
from rules.rule import Catalog


class Doors(Protocol):
    """What stands before a look: may they ask, and has somebody just asked the same."""

    async def admit(self, command: Command) -> None:
        """Raise `Refused` with the reason to show."""

    async def share(self, command: Command, look: Callable[[], Awaitable[Report]]) -> Report:
        """Let many askers share one look."""


class Clusters(Protocol):
    """The clusters that can be asked about."""

    async def get(self, name: str) -> Cluster:
        """The cluster of that name, connected; the default one for an empty name. Raises SourceError."""


class Corridor:
    """Answers commands.

    Args:
        doors: the gate; in the terminal it lets everyone in.
        clusters: where to look.
        catalog: what to judge by.
        told: called with every new report, for metrics and audit.
    """

    def __init__(
        self, doors: Doors, clusters: Clusters, catalog: Catalog, told: Callable[[Report], Awaitable[None]]
    ) -> None:
        self._doors = doors
        self._clusters = clusters
        self._catalog = catalog
        self._told = told

    async def ask(self, command: Command, progress: Progress) -> Report:
        """Answer a command.

        Raises:
            BotError: a door is closed.
            QuestionError: the name means nothing, or several things.
            SourceError: the cluster gave no answer at all.
        """
        await self._doors.admit(command)
        return await self._doors.share(command, lambda: self.look(command, progress))

    async def look(self, command: Command, progress: Progress) -> Report:
        """Go and look, judge what was seen, and make it a report."""
        began = time.monotonic()
        cluster = await self._clusters.get(command.cluster)
        evidence = await command.handler.gather(command.question, cluster, progress)
        judgement = judge(evidence.facts, self._catalog)
        words = f"{command.handler.verb} {command.handler.subject} {evidence.subject}"
        report = Report.of(words, cluster.name, judgement, evidence, round((time.monotonic() - began) * 1000))
        await self._told(report)
        return report
