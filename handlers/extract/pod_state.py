"""How a pod as a whole stands: starting, healthy, begun, over, held up by a gate."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract.events import plain
from handlers.extract.pod_status import pod_condition
from handlers.sources.objects.container import ContainerStatus
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.pod import Pod
from rules.facts.container import ContainerFacts
from rules.facts.pod import TerminationFacts
from rules.finding import Observation

STARTING = 60.0
"""Seconds after creation (or scheduling) in which a pod that is not ready yet is simply starting."""
_ALB_GATES = ("target-health.elbv2.k8s.aws/", "target-health.alb.ingress.k8s.aws/")
_NOT_BEGUN = frozenset({"", "ContainerCreating", "PodInitializing"})


class Gates(Struct, frozen=True):
    """Readiness gates that are not True, what the first of them says, and whether an ALB holds it."""

    failing: tuple[str, ...] = ()
    said: Observation | None = None
    is_alb: bool = False


def is_starting(pod: Pod, containers: Sequence[ContainerFacts], now: datetime) -> bool:
    """Whether it is so young that not being ready is normal, and nothing in it has failed yet."""
    if pod.status.phase not in {"Pending", "Running"} or pod_condition(pod, "Ready") == "True":
        return False
    if any(container.failing for container in containers):
        return False
    placed = (c for c in pod.status.conditions if c.type == "PodScheduled" and c.status == "True")
    since = next((c.last_transition_time for c in placed), None) or pod.metadata.creation_timestamp
    return since is not None and (now - since).total_seconds() < STARTING


def is_healthy(
    pod: Pod, containers: Sequence[ContainerFacts], termination: TerminationFacts, *, starting: bool
) -> bool:
    """Whether it does what it should: ready or ended well, not failing, not stuck in its deletion."""
    if termination.deleting:
        return not termination.stuck
    if pod.status.phase == "Succeeded" or starting:
        return True
    ready = pod.status.phase == "Running" and pod_condition(pod, "Ready") == "True"
    return ready and not any(container.failing for container in containers)


def has_begun(pod: Pod) -> bool:
    """Whether a container got so far that volumes and network must have been there."""
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    return pod.status.phase != "Pending" or any(_begun(status) for status in statuses)


def _begun(status: ContainerStatus) -> bool:
    state, waiting = status.state, status.state.waiting
    if state.running or state.terminated or status.last_state.terminated:
        return True
    return waiting is not None and waiting.reason not in _NOT_BEGUN


def failing_gates(pod: Pod) -> Gates:
    """Read the readiness gates; one without a condition was never reported by its controller."""
    conditions = {condition.type: condition for condition in pod.status.conditions}
    gates = [(gate.condition_type, conditions.get(gate.condition_type)) for gate in pod.spec.readiness_gates]
    failing = [
        (name, condition) for name, condition in gates if condition is None or condition.status != "True"
    ]
    if not failing:
        return Gates()
    name, condition = failing[0]
    return Gates(tuple(gate for gate, _ in failing), _gate_said(name, condition), name.startswith(_ALB_GATES))


def _gate_said(name: str, condition: Condition | None) -> Observation:
    source = f"readiness gate {name}"
    if condition is None:
        return Observation("not reported by its controller", source)
    words = [part for part in (condition.reason, plain(condition.message)) if part]
    return Observation(": ".join(words) or condition.status, source, condition.last_transition_time)


def age_of(pod: Pod, now: datetime) -> float:
    """Seconds since creation."""
    created = pod.metadata.creation_timestamp
    return max(0.0, (now - created).total_seconds()) if created else 0.0
