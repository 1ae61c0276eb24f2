"""`mlops health`: everything at once; each kind is listed once, the suspicious diagnosed, the rest folded."""

import asyncio
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from handlers.contract import Evidence, Gap, Handler, Memo, Progress, Question, QuestionError, Sources
from handlers.extract.pod_status import ENDED, pod_condition
from handlers.find_object import require_namespace
from handlers.health.figures import ASKED, figures
from handlers.health.pods import Case, cases_of, facts_of, slim_revisions, suspicious
from handlers.look import Look, Read
from handlers.names import check_namespace
from handlers.pod_reads import NEEDS
from handlers.registry import SWEEPS
from handlers.sources.cluster import counting
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


class _Done(Struct, frozen=True, kw_only=True):
    """One case that was diagnosed, or why it was not."""

    case: Case
    evidence: Evidence | None = None
    gap: Gap | None = None


class _Everything(Struct, frozen=True, kw_only=True):
    """The lists that the figures of the answer come from."""

    pods: Read[tuple[Pod, ...]]
    nodes: Read[tuple[Node, ...]]
    usage: Read[tuple[NodeMetrics, ...]]


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Look at the whole cluster, or at one namespace.

    Raises:
        QuestionError: there is no such namespace.
        SourceError: the pods cannot be listed.
    """
    check_namespace(question.namespace)
    snapshot = Snapshot(sources.cluster, question.namespace)
    inner = replace(sources, cluster=snapshot, memo=Memo())
    try:
        with counting() as count:
            async with Look(inner, question.deadline, progress) as look:
                evidence = await _look(question, look, snapshot, progress)
    finally:
        inner.memo.forget()
        await snapshot.close()
    return replace(evidence, api_calls=count.requests)


async def _look(question: Question, look: Look, snapshot: Snapshot, progress: Progress) -> Evidence:
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
    everything = await _everything(question.namespace, look)
    cases = await cases_of(pods, unwell, look, snapshot) + await _swept(question.namespace, look)
    ends = began + question.deadline * (1 - RESERVE)
    done = await _diagnosed(cases, look.sources, ends, progress)
    tables, unread = await figures(question, look.sources, _silent)
    facts = await _facts(question, everything, unwell, look)
    return Evidence(
        subject=facts.ref,
        facts=facts,
        related=_related(done),
        overview=True,
        headline=_headline(facts),
        about=_about(facts),
        healthy=all(each.evidence is not None and each.evidence.healthy for each in done),
        tables=tables,
        gaps=_gaps(done, (*look.gaps, *unread)),
        checked=_checked(facts, cases),
        as_of=now,
    )


async def _everything(namespace: str, look: Look) -> _Everything:
    pods, nodes, usage = await asyncio.gather(
        look.list(Pod, namespace, what="pods"),
        look.list(Node, what="nodes"),
        look.list(NodeMetrics, what="usage of nodes"),
    )
    return _Everything(pods=pods, nodes=nodes, usage=usage)


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


async def _diagnosed(cases: Sequence[Case], sources: Sources, ends: float, progress: Progress) -> list[_Done]:
    turns = asyncio.Semaphore(AT_ONCE)
    clock = asyncio.get_running_loop().time

    async def one(case: Case) -> _Done:
        async with turns:
            left = ends - clock()
            if left <= 0:
                return _Done(case=case, gap=Gap(_named(case), "no time was left for it"))
            return await _diagnose(case, sources, left)

    done = list(await asyncio.gather(*map(one, cases)))
    await progress("diagnoses")
    return done


async def _diagnose(case: Case, sources: Sources, seconds: float) -> _Done:
    try:
        evidence = await case.handler.gather(replace(case.question, deadline=seconds), sources, _silent)
    except QuestionError as error:
        return _Done(case=case, gap=Gap(_named(case), str(error)))
    except SourceError as error:
        return _Done(case=case, gap=Gap(_named(case), error.why))
    return _Done(case=case, evidence=evidence)


async def _silent(_: str) -> None:
    """The parts of one look at everything are not told one by one."""


def _named(case: Case) -> str:
    place = f"{case.question.namespace}/" if case.question.namespace else ""
    return f"{case.handler.subject} {place}{case.question.name}"


def _related(done: Iterable[_Done]) -> tuple[SubjectFacts, ...]:
    return tuple(facts for each in done if each.evidence for facts in facts_of(each.evidence, each.case))


def _gaps(done: Sequence[_Done], own: Iterable[Gap]) -> tuple[Gap, ...]:
    """What was not read, each once; logs of many pods together, since a gap names the container only."""
    gaps: dict[Gap, None] = dict.fromkeys(own)
    logs: dict[str, list[str]] = {}
    for each in done:
        for gap in (each.gap,) if each.gap else (each.evidence.gaps if each.evidence else ()):
            if gap.source.startswith("log of "):
                logs.setdefault(gap.reason, []).append(_named(each.case))
            else:
                gaps[gap] = None
    for reason, names in logs.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        gaps[Gap(f"logs of {names[0]}{more}", reason)] = None
    return tuple(gaps)


async def _facts(
    question: Question, everything: _Everything, unwell: Sequence[Pod], look: Look
) -> ClusterFacts:
    whole = not question.namespace
    ref = ObjectRef("Cluster", look.cluster.name) if whole else ObjectRef("Namespace", question.namespace)
    pods, nodes = everything.pods.value or (), everything.nodes.value or ()
    missing = {"nodes": everything.nodes.missing, "usage_known": ""}
    return ClusterFacts(
        missing={name: why for name, why in missing.items() if why},
        ref=ref,
        top_owner=ref,
        whole=whole,
        nodes=len(nodes),
        nodes_ready=sum(
            any(c.type == "Ready" and c.status == "True" for c in n.status.conditions) for n in nodes
        ),
        pods=len(pods),
        pods_unwell=len(unwell),
        pods_waiting=len(await picked(pods, _waits)),
        usage_known=not everything.usage.missing,
        effect=await _effect(pods),
    )


def _waits(pod: Pod) -> bool:
    return not pod.spec.node_name and pod.status.phase == "Pending"


async def _effect(pods: Sequence[Pod]) -> str:
    wanted = await picked(pods, lambda pod: pod.status.phase not in ENDED)
    ready = await picked(wanted, lambda pod: pod_condition(pod, "Ready") == "True")
    return f"{len(ready)} of {len(wanted)} pods are ready"


def _headline(facts: ClusterFacts) -> str:
    where = f"cluster {facts.ref.name}" if facts.whole else f"namespace {facts.ref.name}"
    return f"{where} is healthy: {facts.pods} pods, nothing wrong found"


def _about(facts: ClusterFacts) -> tuple[str, ...]:
    nodes = f"{facts.nodes_ready} of {facts.nodes} nodes ready" if facts.nodes else ""
    return tuple(piece for piece in (nodes, facts.effect) if piece)


def _checked(facts: ClusterFacts, cases: Sequence[Case]) -> tuple[str, ...]:
    kinds = [sweep.handler.subject for sweep in SWEEPS]
    return (
        f"{facts.pods} pods",
        *((f"{facts.nodes} nodes",) if facts.nodes else ()),
        *((f"every {', '.join(kinds)}",) if kinds else ()),
        f"{len(cases)} of all these in full",
    )


HEALTH = Handler(
    verb="health",
    subject="",
    aliases=(),
    takes="nothing",
    usage="health [-A | -n NAMESPACE] [--cluster CLUSTER]",
    summary="Everything at once: the few causes behind all that is unwell, ranked, and what was not read.",
    cost=5,
    needs=tuple(
        dict.fromkeys(
            (
                *NEEDS,
                *(need for handler, _ in ASKED for need in handler.needs),
                *(need for sweep in SWEEPS for need in sweep.handler.needs),
            )
        )
    ),
    iam=tuple(dict.fromkeys(action for sweep in SWEEPS for action in sweep.handler.iam)),
    gather=gather,
)
