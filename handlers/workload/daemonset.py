"""`diagnose daemonset`: on which nodes its pod is missing or not ready, and why."""

import asyncio

from handlers.answer import Told, answer
from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract.daemonset import daemonset_facts, numbers, stated
from handlers.find_object import Sort
from handlers.look import Look
from handlers.sources.objects.node import Node
from handlers.sources.objects.workload import DaemonSet
from handlers.sweep import Sweep, picked
from handlers.workload.reads import NEEDS, checked, read_workload
from rules.finding import ObjectRef


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one DaemonSet. Raises QuestionError, SourceError."""
    return await answer(_SORT, _tell, question, sources, progress)


async def _tell(item: DaemonSet, look: Look, question: Question) -> Told:
    reads, nodes = await asyncio.gather(
        read_workload(stated(item), item.metadata.uid, look, sweep=question.sweep),
        look.list(Node, what="nodes"),
    )
    facts = daemonset_facts(item, reads, nodes.value, nodes.missing)
    kept_off = f"kept off {facts.excluded} of {facts.nodes_total} nodes" if facts.excluded else ""
    return Told(
        facts=facts,
        healthy=facts.healthy,
        symptom=_state(item),
        about=(kept_off, str(facts.pods.said or "")),
        pods=(*(reads.pods or ()), *reads.webhook_pods),
        checked=(*checked(reads), *([] if nodes.value is None else [f"{len(nodes.value)} nodes"])),
    )


def _state(item: DaemonSet) -> str:
    counted = numbers(item)
    return f"{counted.ready}/{counted.wanted} ready"


def _is_well(item: DaemonSet) -> bool:
    counted = numbers(item)
    return min(counted.ready, counted.existing) >= counted.wanted and not item.status.number_misscheduled


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """DaemonSets that lack pods, have pods that are not ready, or pods where they do not belong."""
    read = await look.list(DaemonSet, namespace, what="daemonsets")
    return tuple(item.ref for item in await picked(read.value or (), lambda item: not _is_well(item)))


_SORT = Sort(kind=DaemonSet, state=_state, healthy=_is_well)

DAEMONSET = Handler(
    verb="diagnose",
    subject="daemonset",
    aliases=("daemonsets", "ds"),
    usage="diagnose daemonset NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="On which nodes a DaemonSet's pod is missing or not ready, and why.",
    cost=3,
    needs=NEEDS,
    gather=gather,
)
DAEMONSET_SWEEP = Sweep(handler=DAEMONSET, suspects=suspects)
