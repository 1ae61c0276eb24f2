"""Which pods are worth a diagnosis, told from the pod alone; and whether a log is worth one."""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from handlers.extract.owner import top_owner
from handlers.extract.pod_state import STARTING
from handlers.extract.pod_status import looks_healthy, pod_status
from handlers.sources.objects.container import ContainerStatus
from handlers.sources.objects.pod import Pod
from rules.facts.log import LogFacts
from rules.finding import ObjectRef

RESTARTED_WITHIN = timedelta(hours=24)
OFTEN = 3
"""Restarts from which a container that runs again is looked at; fewer are history when they are old."""
FRESH = timedelta(hours=1)
"""A single restart is looked at within this time."""
FRESH_ERROR = 3600.0
"""Seconds within which an error line of a pod that looks healthy is worth a diagnosis."""


def is_suspicious(pod: Pod, now: datetime) -> bool:
    """Whether a pod is not as it should be, or was restarted lately; one that is just starting is not."""
    if not looks_healthy(pod):
        return not _just_made(pod, now)
    if pod.status.phase != "Running":
        return False
    return any(_restarted(status, now) for status in pod.status.container_statuses)


def _just_made(pod: Pod, now: datetime) -> bool:
    created = pod.metadata.creation_timestamp
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    calm = all(status.restart_count == 0 for status in statuses) and not pod.metadata.deletion_timestamp
    young = created is not None and (now - created).total_seconds() < STARTING
    return calm and young and pod.status.phase in {"Pending", "Running", ""}


def _restarted(status: ContainerStatus, now: datetime) -> bool:
    ended = status.last_state.terminated
    if ended is None or ended.finished_at is None:
        return False
    ago = now - ended.finished_at
    killed_for_memory = ended.reason == "OOMKilled"
    often = status.restart_count >= OFTEN or killed_for_memory
    return ago < (RESTARTED_WITHIN if often else FRESH)


def alike(pods: Iterable[Pod]) -> Sequence[tuple[Pod, ...]]:
    """Pods of one owner in the same visible state, together; the youngest first, for it tells of now.

    Which containers are ready counts, too: of a DaemonSet's pods one may crash and one be on a lost node.
    """
    groups: dict[tuple[object, ...], list[Pod]] = {}
    for pod in pods:
        ready = tuple(status.ready for status in pod.status.container_statuses)
        groups.setdefault((top_owner(pod), pod_status(pod), ready), []).append(pod)
    return [tuple(sorted(group, key=_youngest_first)) for group in groups.values()]


class OneOfEach:
    """Chooses the youngest running pod of each owner; pods are added as they are come by."""

    def __init__(self) -> None:
        self._chosen: dict[ObjectRef, Pod] = {}

    def add(self, pod: Pod) -> None:
        """Take a pod into account."""
        if pod.status.phase != "Running":
            return
        owner = top_owner(pod)
        known = self._chosen.get(owner)
        if known is None or _youngest_first(pod) < _youngest_first(known):
            self._chosen[owner] = pod

    def chosen(self, first: Sequence[str], most: int) -> list[Pod]:
        """At most so many of those chosen; those of the namespaces named come first."""
        rank = {namespace: number for number, namespace in enumerate(first)}

        def order(pod: Pod) -> tuple[int, str, str]:
            return rank.get(pod.metadata.namespace, len(rank)), pod.metadata.namespace, pod.metadata.name

        return heapq.nsmallest(most, self._chosen.values(), key=order)

    def __len__(self) -> int:
        return len(self._chosen)


def tells_trouble(logs: Mapping[str, LogFacts]) -> bool:
    """Whether a log of a pod that looks healthy shows a failure that is known, or a fresh one that is not."""
    return any(
        log.signatures
        or (log.error is not None and (log.error_seconds_ago is None or log.error_seconds_ago < FRESH_ERROR))
        for log in logs.values()
    )


def _youngest_first(pod: Pod) -> tuple[float, str]:
    created = pod.metadata.creation_timestamp
    return -(created.timestamp() if created else 0.0), pod.metadata.name
