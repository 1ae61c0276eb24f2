"""`diagnose replicaset`: the pods of one revision, or of a ReplicaSet that nobody owns."""

from handlers.answer import Told, answer
from handlers.contract import Evidence, Handler, Need, Progress, Question, Sources
from handlers.extract.deployment import deployment_numbers, stated
from handlers.extract.rollout import newest_revision
from handlers.extract.workload import widened, workload_facts
from handlers.find_object import Sort
from handlers.look import Look
from handlers.sources.objects.workload import ReplicaSet
from handlers.sweep import Sweep, picked
from handlers.workload.reads import NEEDS, checked, read_workload
from rules.facts.workload import ReplicaSetFacts
from rules.finding import ObjectRef


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one ReplicaSet. Raises QuestionError, SourceError."""
    return await answer(_SORT, _tell, question, sources, progress)


async def _tell(item: ReplicaSet, look: Look, question: Question) -> Told:
    reads = await read_workload(stated(item), item.metadata.uid, look, sweep=question.sweep)
    base = workload_facts(reads)
    facts = widened(base, ReplicaSetFacts, current=await _is_current(item, look))
    owner = item.metadata.controller
    return Told(
        facts=facts,
        healthy=facts.healthy,
        symptom=_state(item),
        about=(f"owner {owner.kind} {owner.name}" if owner else "no owner", str(facts.pods.said or "")),
        pods=(*(reads.pods or ()), *reads.webhook_pods),
        checked=checked(reads),
    )


async def _is_current(item: ReplicaSet, look: Look) -> bool:
    """Whether it is the newest of its Deployment's; one without a Deployment always is."""
    owner = item.metadata.controller
    if owner is None:
        return True
    read = await look.list(ReplicaSet, item.metadata.namespace, what="rollout")
    beside = [rs for rs in read.value or (item,) if rs.metadata.controller == owner]
    newest = newest_revision(beside)
    return newest is None or newest.metadata.uid == item.metadata.uid


def _state(item: ReplicaSet) -> str:
    counted = deployment_numbers(item)
    return f"{counted.ready}/{counted.wanted} ready" if counted.wanted else "scaled to zero"


def _is_well(item: ReplicaSet) -> bool:
    counted = deployment_numbers(item)
    return counted.ready >= counted.wanted


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """ReplicaSets without an owner that lack ready pods; a Deployment answers for its own."""
    read = await look.list(ReplicaSet, namespace, what="replicasets")
    unwell = await picked(
        read.value or (), lambda item: item.metadata.controller is None and not _is_well(item)
    )
    return tuple(item.ref for item in unwell)


_SORT = Sort(kind=ReplicaSet, state=_state, healthy=_is_well)

REPLICASET = Handler(
    verb="diagnose",
    subject="replicaset",
    aliases=("replicasets", "rs"),
    usage="diagnose replicaset NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a ReplicaSet lacks ready pods, and whether its Deployment still uses it.",
    cost=3,
    needs=(*NEEDS, Need("get", "apps", "replicasets")),
    gather=gather,
)
REPLICASET_SWEEP = Sweep(handler=REPLICASET, suspects=suspects)
