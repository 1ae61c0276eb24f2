"""`mlops status`: every component of the platform, how many of its pods are ready, and what is worst."""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from handlers.contract import Evidence, Handler, Need, Progress, Question, QuestionError, Row, Sources, Table
from handlers.extract.component import (
    Controller,
    Part,
    component_facts,
    last_restart,
    parts_of,
    unhealthy,
    version_of,
)
from handlers.extract.node_fit import is_ready
from handlers.extract.pod_suspicion import alike
from handlers.health.pods import Case, facts_of, pod_case
from handlers.look import Look
from handlers.names import check_namespace
from handlers.node import NODE
from handlers.platform import Component
from handlers.pod_reads import NEEDS
from handlers.sources.cluster import counting
from handlers.sources.errors import SourceError
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import DaemonSet, Deployment, StatefulSet
from handlers.sources.snapshot import Snapshot
from rules.facts.base import SubjectFacts
from rules.finding import ObjectRef

COLUMNS = ("component", "workload", "ready", "version", "last restart")
KINDS: tuple[type[Controller], ...] = (Deployment, StatefulSet, DaemonSet)


class _Stands(Struct, frozen=True):
    """A component, and what was found of it."""

    component: Component
    parts: tuple[Part, ...]


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Look at the components of the platform profile, or at those of one namespace.

    Raises:
        NameInvalid: the namespace cannot exist.
    """
    check_namespace(question.namespace)
    snapshot = Snapshot(sources.cluster)
    try:
        with counting() as count:
            async with Look(replace(sources, cluster=snapshot), question.deadline, progress) as look:
                evidence = await _look(question, look)
    finally:
        await snapshot.close()
    return replace(evidence, api_calls=count.requests)


async def _look(question: Question, look: Look) -> Evidence:
    pods, missing = await _read(look, Pod)
    read = [await _read(look, kind) for kind in KINDS]
    controllers = [one for found, _ in read for one in found]
    missing = next((why for _, why in read if why), missing)
    stands = [
        _Stands(component, _of_component(component, controllers, pods))
        for component in _wanted(look.platform.components, question.namespace)
    ]
    subject, effect = ObjectRef("Platform", look.cluster.name), _effect(stands)
    components = tuple(component_facts(each.component, each.parts, missing) for each in stands)
    pods_behind = await _diagnosed(stands, look, question.deadline)
    return Evidence(
        subject=subject,
        facts=SubjectFacts(ref=subject, top_owner=subject),
        related=(*pods_behind, *components),
        tables=(_table(stands, look),),
        overview=True,
        headline=f"{effect} in {look.cluster.name}",
        about=(effect,),
        healthy=not missing and all(part.ready >= part.desired for each in stands for part in each.parts),
        gaps=look.gaps,
        checked=(f"{len(stands)} components", f"{sum(len(each.parts) for each in stands)} workloads"),
        as_of=look.cluster.now(),
    )


async def _read(look: Look, kind: type[Pod] | type[Controller]) -> tuple[tuple[Pod | Controller, ...], str]:
    read = await look.list(kind, what=kind.resource.plural)
    return tuple(read.value or ()), read.missing


def _wanted(components: Sequence[Component], namespace: str) -> list[Component]:
    if not namespace:
        return list(components)
    return [replace(one, namespaces=(namespace,)) for one in components if namespace in one.namespaces]


def _of_component(
    component: Component, controllers: Sequence[Pod | Controller], pods: Sequence[Pod | Controller]
) -> tuple[Part, ...]:
    spaces = frozenset(component.namespaces)
    inside = [one for one in chain(controllers, pods) if not spaces or one.metadata.namespace in spaces]
    return parts_of(
        component,
        [one for one in inside if not isinstance(one, Pod)],
        [one for one in inside if isinstance(one, Pod)],
    )


def _effect(stands: Sequence[_Stands]) -> str:
    found = [each for each in stands if each.parts]
    whole = sum(all(part.ready >= part.desired for part in each.parts) for each in found)
    return f"{whole} of {len(found)} components have all their pods"


def _table(stands: Sequence[_Stands], look: Look) -> Table:
    now = look.cluster.now()
    rows = [
        Row(
            (
                each.component.name,
                f"{part.ref.kind} {part.ref}",
                f"{part.ready}/{part.desired}",
                version_of(part) or "-",
                last_restart(part, now) or "-",
            ),
            (part.ref, *(pod.ref for pod in unhealthy(part))),
        )
        for each in stands
        for part in each.parts
    ]
    absent = [each.component.name for each in stands if not each.parts]
    note = f"not found: {', '.join(absent)}" if absent else ""
    return Table(
        title="components of the platform", columns=COLUMNS, rows=tuple(rows), judged=True, note=note
    )


async def _diagnosed(stands: Sequence[_Stands], look: Look, seconds: float) -> tuple[SubjectFacts, ...]:
    unwell = {pod.ref: pod for each in stands for part in each.parts for pod in unhealthy(part)}
    cases = [pod_case(group) for group in alike(unwell.values())]
    cases += await _nodes_below(unwell.values(), look)
    found = await asyncio.gather(*(_diagnose(case, look, seconds / 2) for case in cases))
    return tuple(facts for each in found for facts in each)


async def _nodes_below(pods: Iterable[Pod], look: Look) -> list[Case]:
    """The nodes under unwell pods that are not ready: what took several components down is told once."""
    names = {pod.spec.node_name for pod in pods}
    nodes = await look.list(Node, what="nodes")
    down = [node for node in nodes.value or () if node.metadata.name in names and not is_ready(node)]
    return [Case(handler=NODE, question=Question(name=node.metadata.name, sweep=True)) for node in down]


async def _diagnose(case: Case, look: Look, seconds: float) -> tuple[SubjectFacts, ...]:
    async def silent(_: str) -> None:
        """The parts are not told one by one."""

    try:
        evidence = await case.handler.gather(replace(case.question, deadline=seconds), look.sources, silent)
    except (QuestionError, SourceError) as error:
        look.note(f"{case.handler.subject} {case.question.namespace}/{case.question.name}", str(error))
        return ()
    return facts_of(evidence, case)


STATUS = Handler(
    verb="status",
    subject="",
    takes="nothing",
    usage="status [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Every component of the platform: pods wanted and ready, version, last restart, worst finding.",
    cost=3,
    needs=tuple(
        dict.fromkeys(
            (
                *NEEDS,
                *NODE.needs,
                Need("list", "apps", "daemonsets"),
                Need("list", "metrics.k8s.io", "pods"),
            )
        )
    ),
    gather=gather,
)
