"""Everything at once: each kind is listed once, what is suspicious is diagnosed, and the rest is counted."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from handlers.contract import Evidence, Gap, Handler, Memo, Progress, Question, QuestionError, Sources
from handlers.extract.pod_status import ENDED, pod_condition
from handlers.find_object import require_namespace
from handlers.health.pods import Case, cases_of, facts_of, slim_revisions, suspicious
from handlers.look import Look, Read
from handlers.names import check_namespace
from handlers.registry import SWEEPS
from handlers.sources.errors import SourceError
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import NodeMetrics, PodMetrics
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment, ReplicaSet
from handlers.sources.snapshot import Snapshot
from handlers.sweep import Sweep, picked
from rules.facts.base import SubjectFacts
from rules.facts.cluster import ClusterFacts
from rules.finding import ObjectRef

AT_ONCE = 6
"""Diagnoses under way at the same time; they wait for logs only, so more would not be faster."""
SWEPT_AT_ONCE = 3
"""Kinds that are looked through at the same time: each holds the event loop for some milliseconds in turn."""
BESIDE_THE_PODS = (Pod, Deployment, Node, NodeMetrics, PodMetrics, Event)
"""Long lists that are read side by side: while one page is decoded, the server writes another's."""
RESERVE = 0.15
"""Share of the deadline that is kept for judging and drawing."""


class Done(Struct, frozen=True, kw_only=True):
    """One case that was diagnosed, or why it was not."""

    case: Case
    evidence: Evidence | None = None
    gap: Gap | None = None


class Everything(Struct, frozen=True, kw_only=True):
    """What one look at everything found.

    Attributes:
        facts: of the cluster or namespace as a whole.
        done: every case that was suspicious, diagnosed or not.
        nodes: as they were listed; `usage` is what each uses.
        now: the time of the look by the cluster's clock.
    """

    facts: ClusterFacts
    done: tuple[Done, ...]
    pods: tuple[Pod, ...]
    nodes: Read[tuple[Node, ...]]
    usage: Read[tuple[NodeMetrics, ...]]
    now: datetime

    @property
    def related(self) -> tuple[SubjectFacts, ...]:
        """Facts of all that was diagnosed."""
        return tuple(facts for one in self.done if one.evidence for facts in facts_of(one.evidence, one.case))

    @property
    def healthy(self) -> bool:
        """Whether all that was suspicious was diagnosed, and turned out well."""
        return all(one.evidence is not None and one.evidence.healthy for one in self.done)

    @property
    def checked(self) -> tuple[str, ...]:
        """What was looked at."""
        kinds = [sweep.handler.subject for sweep in SWEEPS]
        return (
            f"{self.facts.pods} pods",
            *((f"{self.facts.nodes} nodes",) if self.facts.nodes else ()),
            *((f"every {', '.join(kinds)}",) if kinds else ()),
            f"{len(self.done)} of all these in full",
        )

    def of(self, handler: Handler) -> tuple[Done, ...]:
        """The cases of one kind."""
        return tuple(one for one in self.done if one.case.handler is handler)

    def gaps(self, own: Iterable[Gap]) -> tuple[Gap, ...]:
        """What was not read, each once; logs of many pods together, since a gap names the container only."""
        gaps: dict[Gap, None] = dict.fromkeys(own)
        logs: dict[str, list[str]] = {}
        for each in self.done:
            for gap in (each.gap,) if each.gap else (each.evidence.gaps if each.evidence else ()):
                if gap.source.startswith("log of "):
                    logs.setdefault(gap.reason, []).append(named(each.case))
                else:
                    gaps[gap] = None
        for reason, names in logs.items():
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            gaps[Gap(f"logs of {names[0]}{more}", reason)] = None
        return tuple(gaps)


class Opened(Struct, frozen=True):
    """The doors of one look at everything: its reads, and the lists they are answered from."""

    look: Look
    snapshot: Snapshot


@asynccontextmanager
async def opened(question: Question, sources: Sources, progress: Progress) -> AsyncIterator[Opened]:
    """Open a look in which each kind is listed once; what was read is forgotten at its end.

    Raises:
        NameInvalid: the namespace cannot exist.
    """
    check_namespace(question.namespace)
    snapshot = Snapshot(sources.cluster, question.namespace)
    inner = replace(sources, cluster=snapshot, memo=Memo())
    try:
        async with Look(inner, question.deadline, progress) as look:
            yield Opened(look, snapshot)
    finally:
        inner.memo.forget()
        await snapshot.close()


async def look_at_everything(question: Question, doors: Opened, progress: Progress) -> Everything:
    """Look at the whole cluster, or at one namespace.

    Raises:
        QuestionError: there is no such namespace.
        SourceError: the pods cannot be listed.
    """
    look, snapshot = doors.look, doors.snapshot
    began = asyncio.get_running_loop().time()
    snapshot.begin(*BESIDE_THE_PODS, namespace=question.namespace)
    pods = await look.within_deadline(snapshot.list(Pod, question.namespace), "pods")
    await progress("pods")
    if not pods:
        await require_namespace(question.namespace, look)
    now = snapshot.now()
    unwell = await suspicious(pods, now)
    deployments = await look.list(Deployment, question.namespace, what="deployments")
    snapshot.keep(ReplicaSet, slim_revisions(unwell, deployments.value or ()))
    nodes, usage = await _nodes(look)
    cases = await cases_of(pods, unwell, look, snapshot) + await _swept(question.namespace, look)
    ends = began + question.deadline * (1 - RESERVE)
    done = await _diagnosed(cases, look.sources, ends, progress)
    return Everything(
        facts=await _facts(question, pods, unwell, nodes, usage, look),
        done=tuple(done),
        pods=pods,
        nodes=nodes,
        usage=usage,
        now=now,
    )


def overview(everything: Everything) -> Evidence:
    """The answer that a look at everything gives, before tables and gaps."""
    facts = everything.facts
    return Evidence(
        subject=facts.ref,
        facts=facts,
        related=everything.related,
        overview=True,
        headline=_headline(facts),
        about=_about(facts),
        healthy=everything.healthy,
        checked=everything.checked,
        as_of=everything.now,
    )


def _headline(facts: ClusterFacts) -> str:
    where = f"cluster {facts.ref.name}" if facts.whole else f"namespace {facts.ref.name}"
    return f"{where} is healthy: {facts.pods} pods, nothing wrong found"


def _about(facts: ClusterFacts) -> tuple[str, ...]:
    nodes = f"{facts.nodes_ready} of {facts.nodes} nodes ready" if facts.nodes else ""
    return tuple(piece for piece in (nodes, facts.effect) if piece)


async def _nodes(look: Look) -> tuple[Read[tuple[Node, ...]], Read[tuple[NodeMetrics, ...]]]:
    return await asyncio.gather(look.list(Node, what="nodes"), look.list(NodeMetrics, what="usage of nodes"))


async def _swept(namespace: str, look: Look) -> list[Case]:
    """What every other kind finds suspicious; a kind that cannot be listed is a gap of its own."""
    turns = asyncio.Semaphore(SWEPT_AT_ONCE)

    async def suspects(sweep: Sweep) -> tuple[ObjectRef, ...]:
        async with turns:
            return await sweep.suspects(look, namespace)

    found = await asyncio.gather(*map(suspects, SWEEPS))
    return [
        Case(
            handler=sweep.handler,
            question=Question(name=ref.name, namespace=ref.namespace, sweep=True),
        )
        for sweep, refs in zip(SWEEPS, found, strict=True)
        for ref in refs
    ]


async def _diagnosed(cases: Sequence[Case], sources: Sources, ends: float, progress: Progress) -> list[Done]:
    turns = asyncio.Semaphore(AT_ONCE)
    clock = asyncio.get_running_loop().time

    async def one(case: Case) -> Done:
        async with turns:
            left = ends - clock()
            if left <= 0:
                return Done(case=case, gap=Gap(named(case), "no time was left for it"))
            return await _diagnose(case, sources, left)

    done = list(await asyncio.gather(*map(one, cases)))
    await progress("diagnoses")
    return done


async def _diagnose(case: Case, sources: Sources, seconds: float) -> Done:
    try:
        evidence = await case.handler.gather(replace(case.question, deadline=seconds), sources, silent)
    except QuestionError as error:
        return Done(case=case, gap=Gap(named(case), str(error)))
    except SourceError as error:
        return Done(case=case, gap=Gap(named(case), error.why))
    return Done(case=case, evidence=evidence)


async def silent(_: str) -> None:
    """The parts of one look at everything are not told one by one."""


def named(case: Case) -> str:
    """A case as a gap names it."""
    place = f"{case.question.namespace}/" if case.question.namespace else ""
    return f"{case.handler.subject} {place}{case.question.name}"


async def _facts(  # noqa: PLR0913, PLR0917 - what was listed
    question: Question,
    pods: Sequence[Pod],
    unwell: Sequence[Pod],
    nodes: Read[tuple[Node, ...]],
    usage: Read[tuple[NodeMetrics, ...]],
    look: Look,
) -> ClusterFacts:
    whole = not question.namespace
    ref = ObjectRef("Cluster", look.cluster.name) if whole else ObjectRef("Namespace", question.namespace)
    there = nodes.value or ()
    missing = {"nodes": nodes.missing, "usage_known": ""}
    return ClusterFacts(
        missing={name: why for name, why in missing.items() if why},
        ref=ref,
        top_owner=ref,
        whole=whole,
        nodes=len(there),
        nodes_ready=sum(
            any(c.type == "Ready" and c.status == "True" for c in n.status.conditions) for n in there
        ),
        pods=len(pods),
        pods_unwell=len(unwell),
        pods_waiting=len(await picked(pods, _waits)),
        usage_known=not usage.missing,
        effect=await _effect(pods),
    )


def _waits(pod: Pod) -> bool:
    return not pod.spec.node_name and pod.status.phase == "Pending"


async def _effect(pods: Sequence[Pod]) -> str:
    wanted = await picked(pods, lambda pod: pod.status.phase not in ENDED)
    ready = await picked(wanted, lambda pod: pod_condition(pod, "Ready") == "True")
    return f"{len(ready)} of {len(wanted)} pods are ready"
