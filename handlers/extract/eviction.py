"""Why a kubelet evicted or refused a pod (kubelet eviction and admission texts, Kubernetes 1.36)."""

import re

from handlers.extract.events import plain
from handlers.extract.quantity import quantity_or_none
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.pod import Pod
from rules.facts.pod import DisruptionReason, EvictionFacts, EvictionKind
from rules.finding import Observation

_QUANTITY = r"([\w.]*\w)"
_LOW = re.compile(r"low on resource: ([\w-]+)")
_USING = re.compile(rf"Container (\S+) was using {_QUANTITY}, request is {_QUANTITY}")
_EMPTY_DIR = re.compile(r'EmptyDir volume "([^"]+)" exceeds the limit "([^"]+)"')
_EPHEMERAL = re.compile(
    r'Container (\S+) exceeded its local ephemeral storage limit "([^"]+)"'
    rf"|exceeds the total limit of containers {_QUANTITY}"
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
REJECTIONS = (
    "OutOf",
    "NodeAffinity",
    "NodeShutdown",
    "UnexpectedAdmissionError",
    "Terminated",
    "VolumeAttachmentLimitExceeded",
)
"""Beginnings of status.reason with which a kubelet refuses a pod, or ends it with its node."""
_MANY_TIMES = 2


def eviction_facts(pod: Pod) -> EvictionFacts:
    """Read status.reason Evicted and its message; kind "none" for any other pod."""
    if pod.status.reason != "Evicted":
        return EvictionFacts()
    message, condition = plain(pod.status.message), _disruption_target(pod)
    at = condition.last_transition_time if condition else None
    said = Observation(message or "Evicted", "pod status Evicted", at)
    return _own_limit(message, said) or _node_eviction(message, said)


def _own_limit(message: str, said: Observation) -> EvictionFacts | None:
    """The pod grew over a limit of its own."""
    if own := _EMPTY_DIR.search(message):
        limit = _bytes(own[2])
        return EvictionFacts(kind="empty_dir_limit", said=said, volume=own[1], limit=limit, own_fault=True)
    if storage := _EPHEMERAL.search(message):
        return EvictionFacts(
            kind="ephemeral_storage_limit",
            said=said,
            container=storage[1] or "",
            limit=_bytes(storage[2] or storage[3]),
            own_fault=True,
        )
    return None


def _node_eviction(message: str, said: Observation) -> EvictionFacts:
    container, used, requested = _biggest(message)
    return EvictionFacts(
        kind=_kind(message),
        said=said,
        container=container,
        used=used,
        requested=requested,
        own_fault=used is not None and requested is not None and used > requested * _MANY_TIMES,
    )


def _kind(message: str) -> EvictionKind:
    low = _LOW.search(message)
    if low:
        return _BY_RESOURCE.get(low[1], "unknown")
    return "node_condition" if "had condition" in message else "unknown"


def _biggest(message: str) -> tuple[str, int | None, int | None]:
    """The container that used most, with its use and its request in bytes."""
    using = [(name, _bytes(used), _bytes(requested)) for name, used, requested in _USING.findall(message)]
    return max(using, key=lambda each: each[1] or 0, default=("", None, None))


def _bytes(text: str) -> int | None:
    value = quantity_or_none(text)
    return None if value is None else int(value)


def _disruption_target(pod: Pod) -> Condition | None:
    targets = (c for c in pod.status.conditions if c.type == "DisruptionTarget" and c.status == "True")
    return next(targets, None)


def disruption(pod: Pod) -> tuple[DisruptionReason, Observation | None]:
    """Who ended the pod, by the condition DisruptionTarget; "none" without it."""
    condition = _disruption_target(pod)
    if condition is None:
        return "none", None
    said = Observation(
        plain(condition.message) or condition.reason,
        f"condition DisruptionTarget {condition.reason}",
        condition.last_transition_time,
    )
    return next((known for known in _KNOWN_DISRUPTIONS if known == condition.reason), "other"), said


def rejection(pod: Pod) -> tuple[str, Observation | None]:
    """Why the kubelet refused a pod that was already placed; empty when it did not."""
    reason = pod.status.reason
    if not reason.startswith(REJECTIONS):
        return "", None
    return reason, Observation(plain(pod.status.message) or reason, f"pod status {reason}")
