"""What a node's conditions and taints say; two agents write conditions, and their polarity differs.

For the kubelet's pressures and the node problem detector True is bad; for Ready and for the EKS node
monitoring agent True is good. A type that nobody knows is left alone.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from handlers.extract.events import plain
from handlers.extract.node_taints import TaintMeaning, taint_meaning
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.node import Node, Taint
from rules.facts.node import LeavingKind, NodeTrouble, NotReadyKind
from rules.finding import Observation

AGENT = frozenset(
    {"KernelReady", "NetworkingReady", "StorageReady", "ContainerRuntimeReady", "AcceleratedHardwareReady"}
)
"""Conditions of the EKS node monitoring agent: True is healthy."""
DETECTOR = frozenset(
    {
        "KernelDeadlock",
        "ReadonlyFilesystem",
        "XfsShutdown",
        "CorruptDockerOverlay2",
        "FrequentKubeletRestart",
        "FrequentDockerRestart",
        "FrequentContainerdRestart",
        "FrequentUnregisterNetDevice",
        "ContainerRuntimeUnhealthy",
        "KubeletUnhealthy",
        "CperHardwareErrorFatal",
    }
)
"""Conditions of the node problem detector: True is bad."""
_KINDS: tuple[tuple[str, NotReadyKind], ...] = (
    ("cni plugin not initialized", "cni"),
    ("NetworkPluginNotReady", "cni"),
    ("node is shutting down", "shutting_down"),
    ("container runtime is down", "runtime"),
    ("PLEG is not healthy", "pleg"),
)
_NOT_SET_UP = (
    "node.cloudprovider.kubernetes.io/uninitialized",
    "karpenter.sh/unregistered",
    "ebs.csi.aws.com/agent-not-ready",
    "efs.csi.aws.com/agent-not-ready",
)
_CONDITION_OF = {
    "node.kubernetes.io/memory-pressure": "MemoryPressure",
    "node.kubernetes.io/disk-pressure": "DiskPressure",
    "node.kubernetes.io/pid-pressure": "PIDPressure",
    "node.kubernetes.io/network-unavailable": "NetworkUnavailable",
}
_OF_READY = frozenset({"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"})
_INTERRUPTION = "aws-node-termination-handler/"
_LEAVING: tuple[tuple[str, LeavingKind], ...] = (
    ("karpenter.sh/disrupt", "karpenter"),
    ("ToBeDeletedByClusterAutoscaler", "autoscaler"),
    ("DeletionCandidateOfClusterAutoscaler", "autoscaler"),
    (_INTERRUPTION, "interruption"),
)


def condition_of(node: Node, kind: str) -> Condition | None:
    """The condition of that type; None where the node reports none."""
    return next((each for each in node.status.conditions if each.type == kind), None)


def said(node: Node, condition: Condition | None) -> Observation | None:
    """A condition as evidence: its reason and message, and since when it is so."""
    if condition is None:
        return None
    text = f"{condition.reason}: {plain(condition.message)}".strip(": ")
    source = f"node {node.metadata.name} condition {condition.type}={condition.status}"
    return Observation(text, source, condition.last_transition_time)


def bad_when_true(node: Node, kind: str) -> Observation | None:
    """What a condition says that is bad when True; None while it is not."""
    condition = condition_of(node, kind)
    return said(node, condition) if condition is not None and condition.status == "True" else None


def not_ready_kind(condition: Condition | None) -> NotReadyKind:
    """Why a node is not Ready, by the words of its kubelet or the silence of it."""
    if condition is None or condition.status not in {"True", "False"}:
        return "silent"
    if condition.status == "True":
        return "none"
    return next((kind for words, kind in _KINDS if words in condition.message), "other")


def agent_troubles(node: Node, now: datetime) -> tuple[NodeTrouble, ...]:
    """What the EKS node monitoring agent calls broken; Unknown means only that it said nothing."""
    return tuple(_troubles(node, now, AGENT, "False"))


def detected(node: Node, now: datetime) -> tuple[NodeTrouble, ...]:
    """What the node problem detector calls broken."""
    return tuple(_troubles(node, now, DETECTOR, "True"))


def _troubles(node: Node, now: datetime, types: frozenset[str], bad: str) -> Iterator[NodeTrouble]:
    for condition in node.status.conditions:
        if condition.type in types and condition.status == bad:
            yield NodeTrouble(
                name=condition.type,
                code=condition.reason,
                lasts=since(condition.last_transition_time, now),
                said=said(node, condition),
            )


def since(moment: datetime | None, now: datetime) -> float | None:
    """Seconds since a moment, at least 0; None where it is not known."""
    return max(0.0, (now - moment).total_seconds()) if moment else None


def taint_said(taint: Taint) -> Observation:
    """A taint as evidence."""
    return Observation(f"taint {taint}", "spec.taints", taint.time_added)


def not_set_up(taints: Iterable[Taint]) -> Taint | None:
    """The taint of a node that something still has to set up; a cloud or storage agent takes it off."""
    return next((taint for taint in taints if taint.key.startswith(_NOT_SET_UP)), None)


def leaving(node: Node) -> tuple[LeavingKind, Taint | None]:
    """Who takes a node away on purpose, and the taint that says so."""
    for taint in node.spec.taints:
        kind = next((kind for start, kind in _LEAVING if taint.key.startswith(start)), None)
        if kind is not None and not taint.key.startswith("DeletionCandidate"):
            return kind, taint
    return ("deleted", None) if node.metadata.deletion_timestamp else ("none", None)


def cordon_taint(node: Node) -> Taint | None:
    """The taint of a cordon, which knows since when."""
    return next((each for each in node.spec.taints if taint_meaning(each) is TaintMeaning.CORDON), None)


def leftover_taints(node: Node) -> tuple[str, ...]:
    """Taints of a condition that has passed: the node lifecycle controller usually takes them off at once."""
    return tuple(str(taint) for taint in node.spec.taints if _is_leftover(node, taint))


def _is_leftover(node: Node, taint: Taint) -> bool:
    if taint.key in _OF_READY:
        ready = condition_of(node, "Ready")
        return ready is not None and ready.status == "True"
    kind = _CONDITION_OF.get(taint.key)
    condition = condition_of(node, kind) if kind else None
    return condition is not None and condition.status == "False"
