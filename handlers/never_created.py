"""Owners without pods: which one is meant, how many pods it wants, and who refuses them."""

import asyncio
from collections.abc import Iterable, Sequence

from msgspec import Struct

from handlers.contract import Question
from handlers.extract.creation import creation_facts
from handlers.look import Look
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.workload import DaemonSet, Deployment, Job, ReplicaSet, StatefulSet
from rules.facts.pod import CreationFacts
from rules.finding import ObjectRef

_KINDS: tuple[type[Deployment] | type[StatefulSet] | type[ReplicaSet] | type[DaemonSet] | type[Job], ...] = (
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
    ReplicaSet,
)


class Owner(Struct, frozen=True):
    """A workload by name; `wanted` is the number of pods it asks for."""

    ref: ObjectRef
    uid: str
    wanted: int
    existing: int
    conditions: tuple[Condition, ...] = ()


async def find_owner(question: Question, look: Look) -> Owner | None:
    """Find a workload of exactly that name; None when there is none, the one without pods when there are several."""
    fields = f"metadata.name={question.name}"
    reads = await asyncio.gather(
        *(look.list(kind, question.namespace, what=kind.resource.plural, fields=fields) for kind in _KINDS)
    )
    owners = [_owner(item) for read in reads for item in read.value or ()]
    owners.sort(key=lambda owner: owner.existing >= owner.wanted)
    return owners[0] if owners else None


def _owner(item: Deployment | StatefulSet | ReplicaSet | DaemonSet | Job) -> Owner:
    if isinstance(item, DaemonSet):
        wanted, existing = item.status.desired_number_scheduled, item.status.number_ready
    elif isinstance(item, Job):
        wanted, existing = 1, item.status.active + item.status.succeeded + item.status.failed
    else:
        wanted, existing = item.spec.replicas if item.spec.replicas is not None else 1, item.status.replicas
    return Owner(item.ref, item.metadata.uid, wanted, existing, item.status.conditions)


async def refusal_of(owner: Owner, look: Look) -> CreationFacts:
    """Read why the API server refuses the owner's pods."""
    namespace = owner.ref.namespace
    sets: list[ReplicaSet] = []
    if owner.ref.kind == "Deployment":
        read = await look.list(ReplicaSet, namespace, what="rollout")
        sets = [
            rs for rs in read.value or () if any(o.uid == owner.uid for o in rs.metadata.owner_references)
        ]
    events = await failed_creates(sets, namespace, look, owner.uid)
    conditions = [*owner.conditions, *(c for rs in sets for c in rs.status.conditions)]
    return creation_facts(conditions, events, wanted=owner.wanted, existing=owner.existing)


async def failed_creates(
    sets: Sequence[ReplicaSet], namespace: str, look: Look, *uids: str
) -> tuple[Event, ...]:
    """Read the events of ReplicaSets and other owners by uid."""
    wanted = dict.fromkeys([*(rs.metadata.uid for rs in sets if _matters(rs)), *uids])
    reads = await asyncio.gather(
        *(
            look.list(Event, namespace, what="events of the owner", fields=f"involvedObject.uid={uid}")
            for uid in wanted
        )
    )
    return tuple(_flatten(read.value or () for read in reads))


def _matters(rs: ReplicaSet) -> bool:
    return rs.spec.replicas != 0


def _flatten(groups: Iterable[Iterable[Event]]) -> Iterable[Event]:
    for group in groups:
        yield from group
