"""Facts about the nodes a pod was weighed against: what each kind of obstacle is made of."""

from datetime import datetime
from typing import Annotated, Literal

from rules.facts.base import Facts, fact
from rules.finding import Observation

Blocker = Literal[
    "none",
    "no_nodes",
    "gates",
    "scheduler_absent",
    "cpu",
    "memory",
    "ephemeral_storage",
    "extended_resource",
    "pod_count",
    "node_selector",
    "node_affinity",
    "taints",
    "host_ports",
    "pod_affinity",
    "pod_anti_affinity",
    "topology_spread",
    "volume_zone",
    "volume_limit",
    "claim_missing",
    "claim_unbound",
    "cordoned",
    "nodes_not_ready",
    "unknown",
]


class SchedulerReason(Facts, frozen=True, kw_only=True):
    """One reason of the scheduler's message."""

    nodes: Annotated[int, fact("Nodes it holds for; 0 when it is about the pod as a whole")] = 0
    text: Annotated[str, fact("The reason in the scheduler's words")] = ""
    blocker: Annotated[Blocker, fact("The kind of obstacle it names")] = "unknown"


class ResourceShortage(Facts, frozen=True, kw_only=True):
    """A resource of which the pod asks more than nodes have free; numbers in the resource's base unit."""

    name: Annotated[str, fact("Name of the resource", read="resources.requests")] = ""
    request: Annotated[float, fact("What the pod asks for", unit="cores, bytes or pieces")] = 0.0
    largest_allocatable: Annotated[
        float, fact("Most that a node the pod may use could ever give", unit="cores, bytes or pieces")
    ] = 0.0
    largest_allocatable_anywhere: Annotated[
        float, fact("Most that any node at all could ever give", unit="cores, bytes or pieces")
    ] = 0.0
    largest_free: Annotated[
        float, fact("Most that is free on a node the pod may use", unit="cores, bytes or pieces")
    ] = 0.0
    request_text: Annotated[str, fact("The request as people write it (96Gi)")] = ""
    allocatable_text: Annotated[str, fact("largest_allocatable as people write it")] = ""
    allocatable_anywhere_text: Annotated[str, fact("largest_allocatable_anywhere as people write it")] = ""
    free_text: Annotated[str, fact("largest_free as people write it")] = ""
    never_fits: Annotated[bool, fact("Whether no node the pod may use could give it even when empty")] = False
    nodes_that_could: Annotated[int, fact("Nodes the pod may use that could give it when empty")] = 0
    holders: Annotated[tuple[str, ...], fact("Pods that hold most of it there, largest first")] = ()
    example_node: Annotated[str, fact("Node that comes nearest to having room")] = ""


class LabelMismatch(Facts, frozen=True, kw_only=True):
    """Node labels the pod requires and no node has."""

    wanted: Annotated[tuple[str, ...], fact("Required labels or expressions that no node satisfies")] = ()
    key: Annotated[str, fact("Label key of the first of them")] = ""
    existing: Annotated[tuple[str, ...], fact("Values the nodes have for that key")] = ()
    nearest: Annotated[str, fact("The nearest existing label (node-type=training), or empty")] = ""
    key_missing: Annotated[bool, fact("Whether no node carries the key at all")] = False


class TaintMismatch(Facts, frozen=True, kw_only=True):
    """Taints the pod does not tolerate, on the nodes that would take it otherwise."""

    blocking: Annotated[tuple[str, ...], fact("Those taints, as key=value:effect", read="spec.taints")] = ()
    key: Annotated[str, fact("Key of the first of them")] = ""
    value: Annotated[str, fact("Its value, or empty")] = ""
    effect: Annotated[str, fact("Its effect")] = ""
    node: Annotated[str, fact("A node that carries it and has room")] = ""
    tolerations: Annotated[tuple[str, ...], fact("What the pod tolerates", read="spec.tolerations")] = ()


class HostPortConflict(Facts, frozen=True, kw_only=True):
    """A host port the pod wants and other pods hold."""

    port: Annotated[int, fact("The port", read="spec.containers.ports.hostPort")] = 0
    protocol: Annotated[str, fact("TCP, UDP or SCTP")] = ""
    holders: Annotated[tuple[str, ...], fact("Pods that hold it")] = ()


class PodAffinityMismatch(Facts, frozen=True, kw_only=True):
    """Pods that must stand near, or must not."""

    wanted: Annotated[str, fact("The selector of the required pods")] = ""
    topology_key: Annotated[str, fact("Node label that makes the domain")] = ""
    matching_pods: Annotated[int, fact("Placed pods that match the selector")] = 0
    nearest: Annotated[str, fact("Nearest label an existing pod has (app=prompt-cache), or empty")] = ""
    nearest_pod: Annotated[str, fact("A pod that carries it")] = ""
    holders: Annotated[tuple[str, ...], fact("Pods that keep it away by anti-affinity")] = ()


class SpreadMismatch(Facts, frozen=True, kw_only=True):
    """A spread constraint that cannot be met."""

    topology_key: Annotated[str, fact("Node label it spreads over")] = ""
    max_skew: Annotated[int, fact("Allowed difference between domains", unit="pods")] = 0
    key_missing: Annotated[bool, fact("Whether no node carries that label")] = False
    domains: Annotated[
        tuple[str, ...], fact("Domains with their number of matching pods (eu-west-1a: 2)")
    ] = ()


class VolumeZoneMismatch(Facts, frozen=True, kw_only=True):
    """A bound volume that cannot be reached from the nodes the pod may use."""

    claim: Annotated[str, fact("The claim")] = ""
    volume: Annotated[str, fact("The volume behind it")] = ""
    key: Annotated[str, fact("Node label the volume is tied to", read="spec.nodeAffinity of the volume")] = ""
    zones: Annotated[tuple[str, ...], fact("Values of that label the volume can be reached from")] = ()
    allowed_zones: Annotated[tuple[str, ...], fact("Values of that label the pod's other rules allow")] = ()
    node_selector: Annotated[tuple[str, ...], fact("The pod's own node rules that narrow them")] = ()


class CordonedNodes(Facts, frozen=True, kw_only=True):
    """Nodes that would take the pod if they were not cordoned (Karpenter's own removals left out)."""

    names: Annotated[tuple[str, ...], fact("Those nodes", read="spec.unschedulable")] = ()
    since: Annotated[datetime | None, fact("When the first was cordoned", read="spec.taints.timeAdded")] = (
        None
    )
    removing: Annotated[tuple[str, ...], fact("Nodes that Karpenter or an autoscaler is taking away")] = ()


class UnreadyNodes(Facts, frozen=True, kw_only=True):
    """Nodes that would take the pod if they were well."""

    names: Annotated[tuple[str, ...], fact("Those nodes", read="status.conditions, spec.taints")] = ()
    said: Annotated[Observation | None, fact("What the first of them reports")] = None
