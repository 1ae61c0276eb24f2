"""The pods of a look at everything: the suspicious ones, and those whose log alone tells of trouble."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from handlers.contract import Evidence, Handler, Question
from handlers.extract.owner import top_owner
from handlers.extract.pod_suspicion import OneOfEach, alike, is_suspicious, tells_trouble
from handlers.look import Look
from handlers.pod import POD
from handlers.pod_logs import read_logs
from handlers.sources.objects.pod import Pod, PodTemplate
from handlers.sources.objects.workload import Deployment, ReplicaSet
from handlers.sources.snapshot import Snapshot
from handlers.sweep import TURN, picked
from rules.facts.base import SubjectFacts
from rules.facts.pod import PodFacts

MOST_LOGS = 100
"""Logs of workloads that look healthy which are skimmed; each is a request to a kubelet."""
AT_ONCE = 6


class Case(Struct, frozen=True, kw_only=True):
    """One object to diagnose, and others that show the same."""

    handler: Handler
    question: Question
    like_it: tuple[Pod, ...] = ()


def pod_case(group: Sequence[Pod]) -> Case:
    """Diagnose the first of pods that are alike; what is found holds for all of them."""
    first = group[0].metadata
    question = Question(name=first.name, namespace=first.namespace, sweep=True)
    return Case(handler=POD, question=question, like_it=tuple(group[1:]))


async def suspicious(pods: Sequence[Pod], now: datetime) -> list[Pod]:
    """The pods that are not as they should be by their own status."""
    return await picked(pods, lambda pod: is_suspicious(pod, now))


def slim_revisions(
    unwell: Sequence[Pod], deployments: Iterable[Deployment]
) -> Callable[[ReplicaSet], ReplicaSet | None]:
    """What is kept of a ReplicaSet: all of it where its owner is suspicious, else its numbers alone.

    A cluster keeps ten old revisions of each Deployment, whose templates would take most of the memory.
    """
    owners = {(owner.namespace, owner.name) for owner in map(top_owner, unwell)}
    owners |= {
        (one.metadata.namespace, one.metadata.name)
        for one in deployments
        if one.status.ready_replicas < (1 if one.spec.replicas is None else one.spec.replicas)
    }

    def slim(rs: ReplicaSet) -> ReplicaSet | None:
        controller = rs.metadata.controller
        if controller is None or (rs.metadata.namespace, controller.name) in owners:
            return rs
        return replace(rs, spec=replace(rs.spec, template=PodTemplate())) if rs.spec.replicas else None

    return slim


async def cases_of(pods: Sequence[Pod], unwell: Sequence[Pod], look: Look, snapshot: Snapshot) -> list[Case]:
    """What to diagnose among the pods: one of each owner and state, and those with trouble in their log."""
    cases = [pod_case(group) for group in alike(unwell)]
    known = {pod.ref for pod in unwell}
    each = OneOfEach()
    for number, pod in enumerate(pods, 1):
        if pod.ref not in known:
            each.add(pod)
        if number % TURN == 0:
            await asyncio.sleep(0)
    troubled = await _troubled(each.chosen(_first_namespaces(look), MOST_LOGS), look, snapshot)
    if len(each) > MOST_LOGS:
        left = len(each) - MOST_LOGS
        look.note(f"logs of {left} workloads that look healthy", f"only {MOST_LOGS} are skimmed in one look")
    return cases + [pod_case((pod,)) for pod in troubled]


async def _troubled(pods: Sequence[Pod], look: Look, snapshot: Snapshot) -> list[Pod]:
    turns = asyncio.Semaphore(AT_ONCE)

    async def tells(pod: Pod) -> bool:
        async with turns:
            logs = await read_logs(look, pod, look.cluster.now())
            await asyncio.sleep(0)
        found = tells_trouble(logs.facts)
        if not found:
            snapshot.forget_long_logs(pod.metadata.namespace, pod.metadata.name)
        return found

    answers = await asyncio.gather(*map(tells, pods))
    return [pod for pod, found in zip(pods, answers, strict=True) if found]


def _first_namespaces(look: Look) -> tuple[str, ...]:
    """Where the platform's own workloads are: their logs are skimmed before all others."""
    platform = look.platform
    parts = (
        platform.model_namespaces,
        platform.workflow_namespaces,
        *(c.namespaces for c in platform.components),
    )
    return tuple(dict.fromkeys(namespace for part in parts for namespace in part))


def facts_of(evidence: Evidence, case: Case) -> tuple[SubjectFacts, ...]:
    """The facts of the object that was diagnosed, and the same facts for each pod that is like it."""
    facts = evidence.facts
    if not isinstance(facts, PodFacts):
        return (facts, *evidence.related)
    return (facts, *(replace(facts, ref=pod.ref) for pod in case.like_it), *evidence.related)
