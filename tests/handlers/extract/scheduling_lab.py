"""The recorded cluster as Structs, read from the demo bundle."""

import tarfile
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.objects.node import Node, NodeClaim, NodePool
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolume, PersistentVolumeClaim, StorageClass

DEMO = Path(__file__).parents[3] / "bot" / "demo.tar.gz"
K = TypeVar("K", bound=KubernetesObject)


@cache
def _files() -> dict[str, bytes]:
    with tarfile.open(DEMO) as bundle:
        members = [m for m in bundle.getmembers() if m.isfile() and m.name.endswith(".json")]
        return {m.name.split("cluster-resources/")[-1]: _content(bundle, m) for m in members}


def _content(bundle: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = bundle.extractfile(member)
    assert file is not None
    return file.read()


def objects(kind: type[K], path: str) -> tuple[K, ...]:
    """Decode a list file, or every namespace's list file of a folder."""
    found: list[K] = []
    for name, content in sorted(_files().items()):
        if name == f"{path}.json" or name.startswith(f"{path}/"):
            listed = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
            found += msgspec.json.decode(listed["items"], type=list[kind])  # type: ignore[valid-type] # given at run time
    return tuple(found)


@cache
def pods() -> tuple[Pod, ...]:
    return objects(Pod, "pods")


@cache
def events() -> tuple[Event, ...]:
    return objects(Event, "events")


def now() -> datetime:
    return max(when for event in events() if (when := event.last_seen))


def pod_named(prefix: str) -> Pod:
    return next(pod for pod in pods() if pod.metadata.name.startswith(prefix) and not pod.spec.node_name)


def surroundings(pod: Pod) -> Surroundings:
    """Everything around a pod of the recorded cluster."""
    claims = [v.persistent_volume_claim.claim_name for v in pod.spec.volumes if v.persistent_volume_claim]
    return Surroundings(
        events=_about(events(), "Pod", pod.metadata.namespace, [pod.metadata.name]),
        nodes=objects(Node, "nodes"),
        pods=pods(),
        claims=objects(PersistentVolumeClaim, "pvcs"),
        claim_events=_about(events(), "PersistentVolumeClaim", pod.metadata.namespace, claims),
        volumes=objects(PersistentVolume, "pvs"),
        storage_classes=objects(StorageClass, "storage-classes"),
        node_pools=objects(NodePool, "custom-resources/nodepools.karpenter.sh"),
        node_claims=objects(NodeClaim, "custom-resources/nodeclaims.karpenter.sh"),
    )


def _about(found: Iterable[Event], kind: str, namespace: str, names: list[str]) -> tuple[Event, ...]:
    return tuple(
        event
        for event in found
        if event.involved_object.kind == kind
        and event.involved_object.namespace == namespace
        and event.involved_object.name in names
    )
