"""The reads of a pod's owner chain: what it wants, what its newest rollout is, and who refuses its pods."""

import asyncio
from collections.abc import Iterable

from msgspec import Struct

from handlers.extract.owner import grouping_selector, top_owner
from handlers.look import Look, nothing
from handlers.never_created import Owner, failed_creates, owner_of
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import DaemonSet, Deployment, Job, ReplicaSet, StatefulSet
from rules.finding import ObjectRef

_SINGLE: dict[str, type[StatefulSet] | type[DaemonSet] | type[Job]] = {
    "StatefulSet": StatefulSet,
    "DaemonSet": DaemonSet,
    "Job": Job,
}


class OwnerReads(Struct, frozen=True, kw_only=True):
    """What was read of a pod's owner chain.

    Attributes:
        top: the owner at the top, where reading told more than the pod itself.
        conditions: of the owner and its ReplicaSets.
        events: of the owner and its ReplicaSets; only read when pods are missing.
        wanted: pods it wants; None when it wants no number, or was not read.
        existing: pods it counts; None when it does not tell.
        missing: "owner" and "replica_sets" → why each could not be read.
    """

    top: ObjectRef | None = None
    replica_sets: tuple[ReplicaSet, ...] = ()
    deployment: Deployment | None = None
    conditions: tuple[Condition, ...] = ()
    events: tuple[Event, ...] = ()
    wanted: int | None = None
    existing: int | None = None
    missing: dict[str, str] = {}


async def read_owner(pod: Pod, look: Look) -> OwnerReads:
    """Read the owner chain of a pod; nothing of an owner whose kind says nothing about pods."""
    controller = pod.metadata.controller
    if controller is None:
        return OwnerReads()
    if controller.kind == "ReplicaSet":
        return await _read_rollout(pod, look)
    kind = _SINGLE.get(controller.kind)
    if kind is None:
        return OwnerReads()
    read = await look.get(kind, controller.name, pod.metadata.namespace, what="owner")
    if isinstance(read.value, StatefulSet | DaemonSet):
        return await _read_set(read.value, look)
    return OwnerReads(top=_parent(read.value), missing=_why(owner=read.missing))


def _parent(job: StatefulSet | DaemonSet | Job | None) -> ObjectRef | None:
    """The CronJob of a Job, by its owner reference."""
    parent = job.metadata.controller if job else None
    return ObjectRef(parent.kind, parent.name, job.metadata.namespace) if job and parent else None


async def _read_set(item: StatefulSet | DaemonSet, look: Look) -> OwnerReads:
    owner = owner_of(item)
    return OwnerReads(
        conditions=owner.conditions,
        events=await failed_creates(owner.uid, (), owner.ref.namespace, look) if owner.short else (),
        wanted=owner.wanted,
        existing=owner.existing if isinstance(item, StatefulSet) else None,
    )


async def _read_rollout(pod: Pod, look: Look) -> OwnerReads:
    """Read the Deployment and its ReplicaSets at once; its name follows from the ReplicaSet's."""
    owner, namespace = top_owner(pod), pod.metadata.namespace
    sets, deployment = await asyncio.gather(
        look.list(ReplicaSet, namespace, what="rollout", labels=grouping_selector(pod)),
        look.get(Deployment, owner.name, namespace, what="owner")
        if owner.kind == "Deployment"
        else nothing(),
    )
    own = _revisions(pod, sets.value or ())
    top = owner_of(deployment.value) if deployment.value else None
    conditions = _refusals(top, own)
    lacks_pods = top is not None and (top.short or bool(conditions))
    return OwnerReads(
        replica_sets=own,
        deployment=deployment.value,
        conditions=conditions,
        events=await failed_creates(top.uid, own, namespace, look) if top and lacks_pods else (),
        wanted=top.wanted if top else None,
        existing=top.existing if top else None,
        missing=_why(owner=deployment.missing, replica_sets=sets.missing),
    )


def _revisions(pod: Pod, sets: tuple[ReplicaSet, ...]) -> tuple[ReplicaSet, ...]:
    """The pod's ReplicaSet and those of the same Deployment, by uid: names and labels may be shared."""
    uid = pod.metadata.controller.uid if pod.metadata.controller else ""
    own = next((rs for rs in sets if rs.metadata.uid == uid), None)
    top = own.metadata.controller.uid if own and own.metadata.controller else ""
    return tuple(rs for rs in sets if rs is own or (top and _controlled_by(rs, top)))


def _controlled_by(rs: ReplicaSet, uid: str) -> bool:
    return rs.metadata.controller is not None and rs.metadata.controller.uid == uid


def _refusals(owner: Owner | None, sets: Iterable[ReplicaSet]) -> tuple[Condition, ...]:
    conditions = [*(owner.conditions if owner else ()), *(c for rs in sets for c in rs.status.conditions)]
    return tuple(c for c in conditions if c.type == "ReplicaFailure" and c.status == "True")


def _why(*, owner: str, replica_sets: str = "") -> dict[str, str]:
    reads = {"owner": owner, "replica_sets": replica_sets}
    return {name: why for name, why in reads.items() if why}
