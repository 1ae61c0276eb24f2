"""The corridor: from a Command to a Report. Slack, the terminal and the digest all come through here."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec.structs import replace

from bot.command import Command
from bot.report import Report
from handlers.contract import Evidence, Progress, Sources
from rules.correlate import Judged, correlate
from rules.facts.base import SubjectFacts
from rules.finding import Finding, ObjectRef
from rules.judge import Judgement, judge
from rules.library import Library
from rules.rule import Catalog

MANY = 200
"""Objects from which folding their findings takes long enough to be felt by other questions."""


class Doors(Protocol):
    """What stands before a look: may they ask, and has somebody just asked the same."""

    async def admit(self, command: Command) -> None:
        """Raise `Refused` with the reason to show."""

    async def share(self, command: Command, look: Callable[[], Awaitable[Report]]) -> Report:
        """Let many askers share one look."""


class Clusters(Protocol):
    """The clusters that can be asked about."""

    async def sources(self, name: str) -> Sources:
        """The doors of the cluster of that name, connected; the default one's for an empty name.

        Raises SourceError.
        """


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
        self._library = Library(catalog)
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
        sources = replace(await self._clusters.sources(command.cluster), library=self._library)
        evidence = await command.handler.gather(command.question, sources, progress)
        judged = await self._judged((evidence.facts, *evidence.related))
        causes = await self._causes(judged, evidence)
        undecided = tuple(one for each in judged for one in each.judgement.undecided)
        took = round((time.monotonic() - began) * 1000)
        report = Report.of(
            _asked(command, evidence.subject),
            sources.cluster.name,
            Judgement(causes, undecided),
            evidence,
            took,
        )
        await self._told(report)
        return report

    async def _causes(self, judged: list[Judged], evidence: Evidence) -> tuple[Finding, ...]:
        """Fold the findings; those of a whole cluster beside the event loop, which goes on meanwhile."""
        beats, once = self._catalog.beats, evidence.overview
        if len(judged) < MANY:
            return correlate(judged, beats, once_per_object=once)
        return await asyncio.to_thread(correlate, judged, beats, once_per_object=once)

    async def _judged(self, every: Sequence[SubjectFacts]) -> list[Judged]:
        """Judge each object once, the first facts told of it; the event loop turns between them."""
        judged: dict[ObjectRef, Judged] = {}
        for facts in every:
            if facts.ref not in judged:
                judged[facts.ref] = Judged(facts, judge(facts, self._catalog))
                await asyncio.sleep(0)
        return list(judged.values())


def _asked(command: Command, subject: ObjectRef) -> str:
    """The question in canonical words, the object named as it was found; the cluster stands beside it."""
    if command.handler.takes != "name":
        return replace(command, cluster="").words
    question = replace(command.question, name=str(subject), namespace="")
    return replace(command, question=question, cluster="", everywhere=False).words
