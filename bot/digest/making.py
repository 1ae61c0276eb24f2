"""One digest made: a look at the cluster, compared with the last digest and with what is remembered."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from bot.changes import Digest, History, Past, Scope, Told
from bot.digest.blind import CLUSTER_GAP, BlindSpots, unread
from bot.digest.compare import compare, seen_in
from bot.digest.memory import Memory
from bot.digest.ports import Look, Now
from bot.digest.standings import Shown
from bot.errors import BotError, StoreError
from bot.render.parcel import without_secrets
from bot.report import Report, Verdict
from handlers.contract import Gap
from handlers.sources.errors import SourceError
from rules.finding import ObjectRef

log = logging.getLogger(__name__)
_NO_MEMORY = "how long causes have been there is not known: Redis does not answer"


class Wanted(Struct, frozen=True, kw_only=True):
    """What a digest is to be about.

    Attributes:
        name: of the subscription; empty for one that is asked for.
        cluster: by the name of the settings.
        told: the last digest, to compare with.
        notes: what is to be said of the digest itself.
        hygiene: whether what is no fault yet is wanted.
    """

    name: str = ""
    cluster: str
    scope: Scope = Scope()
    told: Told | None = None
    notes: tuple[str, ...] = ()
    hygiene: bool = False


class Maker:
    """Makes digests, and remembers what each look saw."""

    def __init__(self, look: Look, memory: Memory, now: Now) -> None:
        self._look = look
        self._memory = memory
        self._now = now

    async def make(self, wanted: Wanted) -> Digest:
        """Look and compare; a cluster that does not answer makes a digest that says so."""
        known = await self._known(wanted.cluster)
        report = await self.report(wanted.cluster, hygiene=wanted.hygiene)
        past = Past(told=wanted.told, causes=known.causes if known else {})
        notes = wanted.notes if known else (*wanted.notes, _NO_MEMORY)
        digest = await asyncio.to_thread(compare, report, wanted.scope, past, name=wanted.name, notes=notes)
        # Redacting thousands of findings takes long enough to make an ack late: not on the event loop.
        return await asyncio.to_thread(without_secrets, digest)

    async def report(self, cluster: str, *, hygiene: bool = False) -> Report:
        """One look, remembered; of a cluster that does not answer, a report that says so."""
        try:
            report = await self._look(cluster, hygiene)
        except (SourceError, BotError) as error:
            log.warning("no digest of cluster %s can be made: %s", cluster, error)
            return away(cluster, str(error), self._now())
        try:
            await self._memory.learn(cluster, report)
        except StoreError as error:
            log.warning("a look at %s is not remembered: %s", cluster, error.sentence)
        return report

    async def cleared(self, cluster: str, shown: Shown) -> Mapping[str, datetime] | None:
        """Which causes of a message are gone, and since when; None when a look tells nothing of it."""
        report = await self.report(cluster)
        if is_away(report):
            return None
        seen, blind = seen_in(report), BlindSpots.of(report, frozenset(map(unread, shown.digest.gaps)))
        gone = [entry.finding for entry in shown.digest.awake if entry.finding.fingerprint not in seen]
        # What was gone before stays so until it is seen: that nobody can look for it now brings nothing back.
        return {
            finding.fingerprint: shown.cleared.get(finding.fingerprint, report.as_of)
            for finding in gone
            if finding.fingerprint in shown.cleared or not blind.why(finding.rule, finding.subject)
        }

    async def _known(self, cluster: str) -> History | None:
        try:
            return await self._memory.read(cluster)
        except StoreError as error:
            log.warning("what is remembered of %s cannot be read: %s", cluster, error.sentence)
            return None


def away(cluster: str, why: str, now: datetime) -> Report:
    """The report of a cluster that gave no answer at all."""
    return Report(
        command="digest",
        cluster=cluster,
        subject=ObjectRef("Cluster", cluster),
        verdict=Verdict.UNKNOWN,
        overview=True,
        gaps=(Gap(CLUSTER_GAP, why),),
        as_of=now,
    )


def is_away(report: Report) -> bool:
    """Whether a report is of a cluster that gave no answer at all."""
    return any(gap.source == CLUSTER_GAP for gap in report.gaps)


def slimmed(digest: Digest, whole: int) -> Digest:
    """A digest with all that its message shows and little else, to be kept while it may be edited."""
    report = replace(
        digest.report,
        findings=(),
        also_noticed=(),
        undecided=(),
        exhibits=(),
        tables=(),
        labels=(),
        checked=(),
    )
    entries = tuple(
        entry
        if number < whole
        else replace(
            entry,
            labels={},
            finding=replace(entry.finding, cause="", evidence=(), effect="", fix=(), explains=()),
        )
        for number, entry in enumerate(digest.entries)
    )
    return replace(digest, report=report, entries=entries)
