"""Claims that look unwell in a list: wanted and without a volume, being deleted, growing, or full."""

import asyncio
from collections.abc import Collection
from datetime import datetime

from msgspec import Struct

from handlers.extract.claim import FULL, YOUNG
from handlers.extract.pod_claims import WAIT_FOR_FIRST_CONSUMER, claim_names
from handlers.extract.pod_status import ENDED
from handlers.extract.quantity import quantity_or_none
from handlers.extract.series import by_label
from handlers.look import Look
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from handlers.sweep import Sweep, picked
from handlers.volume.claim import PERSISTENTVOLUMECLAIM
from rules.finding import ObjectRef

_FULL = (
    "max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_used_bytes)"
    " / max by (namespace, persistentvolumeclaim) (kubelet_volume_stats_capacity_bytes)"
    f" >= {FULL / 100}"
)
Names = Collection[tuple[str, str]]


class _Lists(Struct, frozen=True, kw_only=True):
    """What is known beside the claims; None where it could not be read."""

    now: datetime
    lazy: Collection[str]
    used: Names | None
    volumes: Collection[str] | None
    full: Names


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Claims that may be unwell, in a namespace or all."""
    async with asyncio.TaskGroup() as group:
        claims = group.create_task(look.list(PersistentVolumeClaim, namespace, what="claims"))
        classes = group.create_task(look.list(StorageClass, what="storage classes"))
        volumes = group.create_task(look.list(PersistentVolume, what="volumes"))
        pods = group.create_task(look.list(Pod, namespace, what="pods"))
        full = group.create_task(_full(look))
    there = volumes.result().value
    lists = _Lists(
        now=look.cluster.now(),
        lazy={
            each.metadata.name
            for each in classes.result().value or ()
            if each.volume_binding_mode == WAIT_FOR_FIRST_CONSUMER
        },
        used=_used(pods.result().value),
        volumes=None if there is None else {each.metadata.name for each in there},
        full=full.result(),
    )
    found = await picked(claims.result().value or (), lambda claim: _is_unwell(claim, lists))
    return tuple(claim.ref for claim in found)


def _is_unwell(claim: PersistentVolumeClaim, lists: _Lists) -> bool:
    if claim.metadata.deletion_timestamp or claim.status.phase == "Lost":
        return True
    key = claim.metadata.namespace, claim.metadata.name
    if claim.status.phase == "Bound":
        gone = lists.volumes is not None and claim.spec.volume_name not in lists.volumes
        return gone or _grows(claim) or key in lists.full
    made = claim.metadata.creation_timestamp
    young = made is not None and (lists.now - made).total_seconds() < YOUNG
    unused = lists.used is not None and key not in lists.used
    return not young and not (unused and claim.spec.storage_class_name in lists.lazy)


def _grows(claim: PersistentVolumeClaim) -> bool:
    asked = quantity_or_none(claim.spec.resources.requests.get("storage")) or 0
    return bool(claim.status.conditions) or asked > (
        quantity_or_none(claim.status.capacity.get("storage")) or asked
    )


def _used(pods: tuple[Pod, ...] | None) -> Names | None:
    """Claims that a pod mounts; None when pods could not be read."""
    if pods is None:
        return None
    return {
        (pod.metadata.namespace, name)
        for pod in pods
        if pod.status.phase not in ENDED
        for name, _ in claim_names(pod)
    }


async def _full(look: Look) -> Names:
    if look.sources.series is None:
        return ()
    read = await look.series(_FULL, what="how full volumes are")
    found = by_label(read.value or (), "namespace", "persistentvolumeclaim")
    return {(namespace, name) for namespace, name in found}


PERSISTENTVOLUMECLAIM_SWEEP = Sweep(handler=PERSISTENTVOLUMECLAIM, suspects=suspects)
