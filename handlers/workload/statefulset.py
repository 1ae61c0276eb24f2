"""`diagnose statefulset`: how many of its pods are ready, and which one holds up the others."""

from handlers.answer import Told, answer
from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract.node_under import termination_facts
from handlers.extract.owner import top_owner
from handlers.extract.statefulset import is_updating, numbers, stated, statefulset_facts
from handlers.find_object import Sort
from handlers.look import Look
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import StatefulSet
from handlers.sweep import Sweep, picked
from handlers.workload.reads import NEEDS, checked, read_workload
from rules.finding import ObjectRef


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one StatefulSet. Raises QuestionError, SourceError."""
    return await answer(_SORT, _tell, question, sources, progress)


async def _tell(item: StatefulSet, look: Look, question: Question) -> Told:
    reads = await read_workload(stated(item), item.metadata.uid, look, sweep=question.sweep)
    facts = statefulset_facts(item, reads)
    return Told(
        facts=facts,
        healthy=facts.healthy,
        symptom=_state(item),
        about=("update under way" if facts.updating else "", str(facts.pods.said or "")),
        pods=(*(reads.pods or ()), *reads.webhook_pods),
        checked=checked(reads),
    )


def _state(item: StatefulSet) -> str:
    counted = numbers(item)
    return f"{counted.ready}/{counted.wanted} ready" if counted.wanted else "scaled to zero"


def _is_well(item: StatefulSet) -> bool:
    counted = numbers(item)
    return counted.ready >= counted.wanted and not is_updating(item)


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """StatefulSets that lack ready pods, are not updated, or have a pod that does not go."""
    read = await look.list(StatefulSet, namespace, what="statefulsets")
    pods = await look.list(Pod, namespace, what="pods")
    now = look.cluster.now()
    stuck = await picked(pods.value or (), lambda pod: termination_facts(pod, (), now).stuck)
    owners = {top_owner(pod) for pod in stuck}
    unwell = await picked(read.value or (), lambda item: not _is_well(item) or item.ref in owners)
    return tuple(item.ref for item in unwell)


_SORT = Sort(kind=StatefulSet, state=_state, healthy=_is_well)

STATEFULSET = Handler(
    verb="diagnose",
    subject="statefulset",
    aliases=("statefulsets", "sts"),
    usage="diagnose statefulset NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a StatefulSet lacks ready pods, and which pod holds up the others.",
    cost=3,
    needs=NEEDS,
    gather=gather,
)
STATEFULSET_SWEEP = Sweep(handler=STATEFULSET, suspects=suspects)
