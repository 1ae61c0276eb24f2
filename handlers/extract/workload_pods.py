"""How the pods of a workload stand: which are unwell, which merely start, which do not go."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from handlers.extract.node_under import termination_facts
from handlers.extract.pod_state import STARTING
from handlers.extract.pod_status import ENDED, looks_healthy, pod_status
from handlers.sources.objects.pod import Pod
from rules.facts.workload import WorkloadPodsFacts
from rules.finding import Observation

_FAILED_WAITING = ("BackOff", "Err", "Error", "Invalid")
"""Parts of the reasons a container waits for once something in it went wrong."""


def pods_facts(pods: Sequence[Pod] | None, now: datetime) -> WorkloadPodsFacts:
    """How the pods stand; those that have ended are records and do not count."""
    there = [pod for pod in pods or () if pod.status.phase not in ENDED]
    unhealthy = [pod for pod in there if is_unhealthy(pod, now)]
    stuck = [pod for pod in there if termination_facts(pod, (), now).stuck]
    return WorkloadPodsFacts(
        missing={} if pods is not None else {"unhealthy": "pods not read", "terminating": "pods not read"},
        total=len(there),
        unhealthy=len(unhealthy),
        terminating=len(stuck),
        stuck=stuck[0].metadata.name if stuck else "",
        example=unhealthy[0].metadata.name if unhealthy else "",
        said=_states(unhealthy, len(there)),
    )


def is_unhealthy(pod: Pod, now: datetime) -> bool:
    """Whether a pod shows a symptom, and is neither just starting nor on its way out in time."""
    if pod.metadata.deletion_timestamp:
        return termination_facts(pod, (), now).stuck
    return not looks_healthy(pod) and not is_young(pod, now)


def is_young(pod: Pod, now: datetime) -> bool:
    """Whether it was placed so lately that not being ready is normal, and nothing in it has failed yet."""
    placed = (c for c in pod.status.conditions if c.type == "PodScheduled" and c.status == "True")
    since = next((c.last_transition_time for c in placed), None) or pod.metadata.creation_timestamp
    return since is not None and (now - since).total_seconds() < STARTING and not _has_failed(pod)


def _has_failed(pod: Pod) -> bool:
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    waiting = [status.state.waiting.reason for status in statuses if status.state.waiting]
    return any(status.restart_count for status in statuses) or any(
        word in reason for reason in waiting for word in _FAILED_WAITING
    )


def _states(unhealthy: Sequence[Pod], total: int) -> Observation | None:
    if not unhealthy:
        return None
    counted = Counter(_state(pod) for pod in unhealthy).most_common()
    states = ", ".join(f"{count} {state}" for state, count in counted)
    return Observation(f"{len(unhealthy)} of {total} pods are unhealthy: {states}", "pods")


def _state(pod: Pod) -> str:
    """The state of an unhealthy pod; one that merely runs is not ready."""
    state = pod_status(pod)
    return "Running but not ready" if state == "Running" else state
