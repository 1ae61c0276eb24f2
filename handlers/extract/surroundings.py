"""What was read around a pod that has no node; a part that could not be read is None, with the reason."""

from collections.abc import Mapping

from msgspec import Struct

from handlers.sources.objects.event import Event
from handlers.sources.objects.node import Node, NodeClaim, NodePool
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolume, PersistentVolumeClaim, StorageClass


class Surroundings(Struct, frozen=True, kw_only=True):
    """Everything a pod's placement depends on.

    Attributes:
        events: events about the pod, of the scheduler, Karpenter and cluster-autoscaler alike.
        nodes: all nodes.
        pods: all pods of the cluster that have a node; finished ones are skipped.
        claims: claims of the pod's namespace, at least those the pod names as far as they exist.
        claim_events: events about those claims.
        volumes: all volumes, at least those behind the claims.
        storage_classes: all storage classes.
        node_pools: Karpenter's pools; empty where Karpenter is not installed.
        node_claims: Karpenter's machines.
        missing: why a part is None, by its name above ("nodes": "no right to list nodes").
    """

    events: tuple[Event, ...] | None = ()
    nodes: tuple[Node, ...] | None = ()
    pods: tuple[Pod, ...] | None = ()
    claims: tuple[PersistentVolumeClaim, ...] | None = ()
    claim_events: tuple[Event, ...] | None = ()
    volumes: tuple[PersistentVolume, ...] | None = ()
    storage_classes: tuple[StorageClass, ...] | None = ()
    node_pools: tuple[NodePool, ...] | None = ()
    node_claims: tuple[NodeClaim, ...] | None = ()
    missing: Mapping[str, str] = {}

    def why_missing(self, *parts: str) -> str:
        """Why one of these parts is None; empty when all of them were read."""
        for part in parts:
            if getattr(self, part) is None:
                return f"{part}: {self.missing.get(part, 'not read')}"
        return ""
