"""The reads behind "why has this pod no node": nodes, what stands on them, claims, and who makes nodes."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from handlers.extract.occupancy import Occupancy, occupancy_of_many
from handlers.extract.scheduling import Placements, scheduling_facts
from handlers.extract.surroundings import Surroundings
from handlers.look import Look, Read
from handlers.sources.errors import NotServed
from handlers.sources.objects.event import Event
from handlers.sources.objects.node import Node, NodeClaim, NodePool
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from rules.facts.scheduling import SchedulingFacts

OCCUPYING = "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"
"""Field selector of the pods that take room on a node."""


MANY = 2000
"""Pods on nodes from which placement is worked out beside the event loop."""


class _Claims(Struct, frozen=True):
    """Claims of the namespace, and the events of those that the pod mounts."""

    claims: Read[tuple[PersistentVolumeClaim, ...]]
    events: Read[tuple[Event, ...]]


async def read_scheduling(pod: Pod, look: Look) -> SchedulingFacts:
    """Read what a pod's placement depends on and compute why no node takes it."""
    around = await _surroundings(pod, look)
    taken = await look.sources.memo.once("occupancy", lambda: _taken(around))
    known = await look.sources.memo.once("placements", _none_known)
    now = look.cluster.now()
    if len(around.pods or ()) < MANY:
        return scheduling_facts(pod, around, now=now, taken=taken, known=known)
    # Weighing hundreds of nodes takes a while: the event loop goes on meanwhile.
    return await asyncio.to_thread(scheduling_facts, pod, around, now=now, taken=taken, known=known)


async def _none_known() -> Placements:
    return {}


async def _taken(around: Surroundings) -> Occupancy | None:
    return None if around.pods is None else await occupancy_of_many(around.pods)


async def _surroundings(pod: Pod, look: Look) -> Surroundings:
    async with asyncio.TaskGroup() as group:
        events = group.create_task(_events(pod.metadata.uid, pod.metadata.namespace, "events", look))
        nodes = group.create_task(look.list(Node, what="nodes"))
        pods = group.create_task(look.list(Pod, what="pods on the nodes", fields=OCCUPYING))
        claims = group.create_task(_claims(pod, look))
        volumes = group.create_task(_volumes(pod, look))
        classes = group.create_task(_classes(pod, look))
        pools = group.create_task(look.read(_pools(look), "Karpenter's NodePools"))
        machines = group.create_task(look.read(_machines(look), "Karpenter's NodeClaims"))
    missing = {
        "events": events.result().missing,
        "nodes": nodes.result().missing,
        "pods": pods.result().missing,
        "claims": claims.result().claims.missing,
        "claim_events": claims.result().events.missing,
        "volumes": volumes.result().missing,
        "storage_classes": classes.result().missing,
        "node_pools": pools.result().missing,
        "node_claims": machines.result().missing,
    }
    return Surroundings(
        events=events.result().value,
        nodes=nodes.result().value,
        pods=pods.result().value,
        claims=claims.result().claims.value,
        claim_events=claims.result().events.value,
        volumes=volumes.result().value,
        storage_classes=classes.result().value,
        node_pools=pools.result().value,
        node_claims=machines.result().value,
        missing={part: why for part, why in missing.items() if why},
    )


def _mounts_claims(pod: Pod) -> bool:
    return any(v.persistent_volume_claim or v.ephemeral for v in pod.spec.volumes)


async def _events(uid: str, namespace: str, what: str, look: Look) -> Read[tuple[Event, ...]]:
    return await look.list(Event, namespace, what=what, fields=f"involvedObject.uid={uid}")


async def _volumes(pod: Pod, look: Look) -> Read[tuple[PersistentVolume, ...]]:
    return await look.list(PersistentVolume, what="volumes") if _mounts_claims(pod) else Read(())


async def _classes(pod: Pod, look: Look) -> Read[tuple[StorageClass, ...]]:
    return await look.list(StorageClass, what="storage classes") if _mounts_claims(pod) else Read(())


async def _pools(look: Look) -> tuple[NodePool, ...]:
    """List NodePools; a cluster without Karpenter has none, which is no gap."""
    try:
        return await look.cluster.list(NodePool)
    except NotServed:
        return ()


async def _machines(look: Look) -> tuple[NodeClaim, ...]:
    try:
        return await look.cluster.list(NodeClaim)
    except NotServed:
        return ()


async def _claims(pod: Pod, look: Look) -> _Claims:
    if not _mounts_claims(pod):
        return _Claims(Read(()), Read(()))
    claims = await look.list(PersistentVolumeClaim, pod.metadata.namespace, what="claims")
    return _Claims(claims, await _claim_events(pod, claims.value or (), look))


async def _claim_events(
    pod: Pod, claims: Sequence[PersistentVolumeClaim], look: Look
) -> Read[tuple[Event, ...]]:
    named = {v.persistent_volume_claim.claim_name for v in pod.spec.volumes if v.persistent_volume_claim}
    named |= {f"{pod.metadata.name}-{v.name}" for v in pod.spec.volumes if v.ephemeral}
    uids = [claim.metadata.uid for claim in claims if claim.metadata.name in named]
    namespace = pod.metadata.namespace
    reads = await asyncio.gather(*(_events(uid, namespace, "events of claims", look) for uid in uids))
    missing = next((read.missing for read in reads if read.missing), "")
    if missing:
        return Read(missing=missing)
    return Read(tuple(event for read in reads for event in read.value or ()))
