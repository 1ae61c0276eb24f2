"""Why a kubelet evicted or refused a pod (kubelet eviction and admission texts, Kubernetes 1.36)."""

import re

from handlers.extract.quantity import parse_quantity
from handlers.sources.objects.pod import Pod
from rules.facts.pod import DisruptionReason, EvictionFacts, EvictionKind
from rules.finding import Observation

_LOW = re.compile(r"low on resource: ([\w-]+)")
_USING = re.compile(r"Container (\S+) was using (\w+), request is (\w+)")
_EMPTY_DIR = re.compile(r'EmptyDir volume "([^"]+)" exceeds the limit "([^"]+)"')
_EPHEMERAL = re.compile(
    r'(?:Container (\S+) exceeded its local ephemeral storage limit "([^"]+)"|exceeds the total limit of containers (\w+))'
)
_BY_RESOURCE: dict[str, EvictionKind] = {
    "memory": "node_memory",
    "ephemeral-storage": "node_disk",
    "inodes": "node_disk",
    "pids": "node_pids",
}
_KNOWN_DISRUPTIONS: tuple[DisruptionReason, ...] = (
    "TerminationByKubelet",
    "DeletionByTaintManager",
    "DeletionByPodGC",
    "PreemptionByScheduler",
    "EvictionByEvictionAPI",
)
REJECTIONS = ("OutOf", "NodeAffinity", "NodeShutdown", "UnexpectedAdmissionError", "Terminated", "NodeLost")
_MANY_TIMES = 2


def eviction_facts(pod: Pod) -> EvictionFacts:
    """Read status.reason Evicted and its message; kind "none" for any other pod."""
    if pod.status.reason != "Evicted":
        return EvictionFacts()
    message = pod.status.message.strip()
    at = next((c.last_transition_time for c in pod.status.conditions if c.type == "DisruptionTarget"), None)
    said = Observation(message or "Evicted", "pod status Evicted", at)
    own = _EMPTY_DIR.search(message)
    if own:
        return EvictionFacts(
            kind="empty_dir_limit", said=said, volume=own.group(1), limit=_bytes(own.group(2)), own_fault=True
        )
    storage = _EPHEMERAL.search(message)
    if storage:
        limit = storage.group(2) or storage.group(3)
        return EvictionFacts(
            kind="ephemeral_storage_limit",
            said=said,
            container=storage.group(1) or "",
            limit=_bytes(limit),
            own_fault=True,
        )
    return _node_eviction(message, said)


def _node_eviction(message: str, said: Observation) -> EvictionFacts:
    low = _LOW.search(message)
    kind: EvictionKind = _BY_RESOURCE.get(low.group(1), "unknown") if low else "unknown"
    if kind == "unknown" and "had condition" in message:
        kind = "node_condition"
    using = _USING.search(message)
    used, requested = (_bytes(using.group(2)), _bytes(using.group(3))) if using else (None, None)
    return EvictionFacts(
        kind=kind,
        said=said,
        container=using.group(1) if using else "",
        used=used,
        requested=requested,
        own_fault=used is not None and requested is not None and used > requested * _MANY_TIMES,
    )


def _bytes(text: str) -> int | None:
    value = parse_quantity(text)
    return None if value is None else int(value)


def disruption(pod: Pod) -> tuple[DisruptionReason, Observation | None]:
    """Who ended the pod, by the condition DisruptionTarget; "none" without it."""
    condition = next(
        (c for c in pod.status.conditions if c.type == "DisruptionTarget" and c.status == "True"), None
    )
    if condition is None:
        return "none", None
    said = Observation(
        condition.message.strip() or condition.reason,
        f"condition DisruptionTarget {condition.reason}",
        condition.last_transition_time,
    )
    return next((known for known in _KNOWN_DISRUPTIONS if known == condition.reason), "other"), said


def rejection(pod: Pod) -> tuple[str, Observation | None]:
    """Why the kubelet refused a pod that was already placed; empty when it did not."""
    reason = pod.status.reason
    if not reason or not reason.startswith(REJECTIONS):
        return "", None
    return reason, Observation(pod.status.message or reason, f"pod status {reason}")
