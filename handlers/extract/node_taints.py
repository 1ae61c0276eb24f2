"""Taints and tolerations by the scheduler's rules, and what the well-known taints mean."""

from collections.abc import Iterable
from enum import StrEnum

from handlers.sources.objects.node import Node, Taint
from handlers.sources.objects.placement import Toleration

UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
_KEEPS_AWAY = frozenset({"NoSchedule", "NoExecute"})
_REMOVAL = frozenset(
    {
        "karpenter.sh/disrupted",
        "karpenter.sh/disruption",
        "ToBeDeletedByClusterAutoscaler",
    }
)
_UNWELL_PREFIXES = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "karpenter.sh/unregistered")
_AGENT_NOT_READY = "/agent-not-ready"


class TaintMeaning(StrEnum):
    """Why a node carries a taint."""

    CORDON = "cordon"
    REMOVAL = "removal"
    UNWELL = "unwell"
    RESERVED = "reserved"


def taint_meaning(taint: Taint) -> TaintMeaning:
    """Tell a cordon, a removal by an autoscaler and a node's bad health from a taint somebody chose."""
    if taint.key == UNSCHEDULABLE:
        return TaintMeaning.CORDON
    if taint.key in _REMOVAL:
        return TaintMeaning.REMOVAL
    if taint.key.startswith(_UNWELL_PREFIXES) or taint.key.endswith(_AGENT_NOT_READY):
        return TaintMeaning.UNWELL
    return TaintMeaning.RESERVED


def untolerated(node: Node, tolerations: Iterable[Toleration]) -> tuple[Taint, ...]:
    """Taints that keep a pod with these tolerations off the node; a cordon counts as its taint."""
    taints = node.spec.taints
    if node.spec.unschedulable and not any(taint.key == UNSCHEDULABLE for taint in taints):
        taints = (*taints, Taint(key=UNSCHEDULABLE, effect="NoSchedule"))
    known = tuple(tolerations)
    return tuple(
        taint
        for taint in taints
        if taint.effect in _KEEPS_AWAY and not any(tolerates(toleration, taint) for toleration in known)
    )


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Whether one toleration covers one taint."""
    if toleration.effect not in ("", taint.effect):
        return False
    if toleration.key not in ("", taint.key):
        return False
    match toleration.operator:
        case "Exists":
            return True
        case "Equal" | "":
            return bool(toleration.key) and toleration.value == taint.value
        case "Gt" | "Lt" as operator:
            return _compares(taint.value, operator, toleration.value)
        case _:
            return False


def toleration_text(toleration: Toleration) -> str:
    """A toleration as `key=value:effect`, `key:effect` (exists), or `any taint`."""
    if not toleration.key:
        return f"any taint:{toleration.effect}" if toleration.effect else "any taint"
    sign = {"Gt": ">", "Lt": "<"}.get(toleration.operator, "=")
    value = f"{sign}{toleration.value}" if toleration.value else ""
    return f"{toleration.key}{value}:{toleration.effect}".rstrip(":")


def _compares(value: str, operator: str, limit: str) -> bool:
    try:
        return int(value) > int(limit) if operator == "Gt" else int(value) < int(limit)
    except ValueError:
        return False
