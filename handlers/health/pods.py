"""The pods of a look at everything: the suspicious ones, and those whose log alone tells of trouble."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from handlers.contract import Evidence, Handler, Question
from handlers.extract.pod_suspicion import alike, is_suspicious, one_of_each_owner, tells_trouble
from handlers.look import Look
from handlers.pod import POD
from handlers.pod_logs import read_logs
from handlers.sources.objects.pod import Pod
from handlers.sources.snapshot import Snapshot
from handlers.sweep import picked
from rules.facts.base import SubjectFacts
from rules.facts.pod import PodFacts

MOST_LOGS = 250
"""Logs of workloads that look healthy which are skimmed; each is a request to a kubelet."""
AT_ONCE = 16


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


async def cases_of(pods: Sequence[Pod], unwell: Sequence[Pod], look: Look, snapshot: Snapshot) -> list[Case]:
    """What to diagnose among the pods: one of each owner and state, and those with trouble in their log."""
    cases = [pod_case(group) for group in alike(unwell)]
    known = {pod.ref for pod in unwell}
    calm = one_of_each_owner((pod for pod in pods if pod.ref not in known), _first_namespaces(look))
    troubled = await _troubled(calm[:MOST_LOGS], look, snapshot)
    if len(calm) > MOST_LOGS:
        left = len(calm) - MOST_LOGS
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
            snapshot.forget_log(pod.metadata.namespace, pod.metadata.name)
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
