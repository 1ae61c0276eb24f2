"""The reads behind "why has this pod no node": nodes, what stands on them, its claims, and who makes new nodes."""

import asyncio
from collections.abc import Sequence

from handlers.extract.scheduling import scheduling_facts
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


async def read_scheduling(pod: Pod, look: Look) -> SchedulingFacts:
    """Read what a pod's placement depends on and compute why no node takes it."""
    namespace = pod.metadata.namespace
    events, nodes, pods, claims, volumes, classes, pools, machines = await asyncio.gather(
        look.list(Event, namespace, what="events", fields=f"involvedObject.uid={pod.metadata.uid}"),
        look.list(Node, what="nodes"),
        look.list(Pod, what="pods on the nodes", fields=OCCUPYING),
        _claims(pod, look),
        look.list(PersistentVolume, what="volumes") if _mounts_claims(pod) else _empty(),
        look.list(StorageClass, what="storage classes") if _mounts_claims(pod) else _empty(),
        look.read(_served(look, NodePool), "Karpenter's NodePools"),
        look.read(_served(look, NodeClaim), "Karpenter's NodeClaims"),
    )
    reads = {
        "events": events.missing,
        "nodes": nodes.missing,
        "pods": pods.missing,
        "claims": claims[0].missing,
        "claim_events": claims[1].missing,
        "volumes": volumes.missing,
        "storage_classes": classes.missing,
        "node_pools": pools.missing,
        "node_claims": machines.missing,
    }
    around = Surroundings(
        events=events.value,
        nodes=nodes.value,
        pods=pods.value,
        claims=claims[0].value,
        claim_events=claims[1].value,
        volumes=volumes.value,
        storage_classes=classes.value,
        node_pools=pools.value,
        node_claims=machines.value,
        missing={part: why for part, why in reads.items() if why},
    )
    return scheduling_facts(pod, around, now=look.cluster.now())


def _mounts_claims(pod: Pod) -> bool:
    return any(v.persistent_volume_claim or v.ephemeral for v in pod.spec.volumes)


async def _empty() -> Read[tuple[PersistentVolume, ...]]:
    return Read(())


async def _served(look: Look, kind: type[NodePool] | type[NodeClaim]) -> tuple[NodePool | NodeClaim, ...]:
    """List a Karpenter kind; a cluster without Karpenter has none, which is no gap."""
    try:
        return await look.cluster.list(kind)
    except NotServed:
        return ()


async def _claims(
    pod: Pod, look: Look
) -> tuple[Read[tuple[PersistentVolumeClaim, ...]], Read[tuple[Event, ...]]]:
    if not _mounts_claims(pod):
        return Read(()), Read(())
    namespace = pod.metadata.namespace
    claims = await look.list(PersistentVolumeClaim, namespace, what="claims")
    return claims, await _claim_events(pod, claims.value or (), look)


async def _claim_events(
    pod: Pod, claims: Sequence[PersistentVolumeClaim], look: Look
) -> Read[tuple[Event, ...]]:
    named = {v.persistent_volume_claim.claim_name for v in pod.spec.volumes if v.persistent_volume_claim}
    named |= {f"{pod.metadata.name}-{v.name}" for v in pod.spec.volumes if v.ephemeral}
    uids = [claim.metadata.uid for claim in claims if claim.metadata.name in named]
    reads = await asyncio.gather(
        *(
            look.list(
                Event, pod.metadata.namespace, what="events of claims", fields=f"involvedObject.uid={uid}"
            )
            for uid in uids
        )
    )
    missing = next((read.missing for read in reads if read.missing), "")
    return (
        Read(missing=missing)
        if missing
        else Read(tuple(event for read in reads for event in read.value or ()))
    )
