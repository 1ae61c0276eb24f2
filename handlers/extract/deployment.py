"""A Deployment's facts: how its rollout stands, what it changed, whether its replicas are throttled."""

from datetime import datetime

from handlers.extract.duration import seconds
from handlers.extract.events import plain
from handlers.extract.rollout import REVISION, newest_change, newest_revision
from handlers.extract.workload import Numbers, Stated, WorkloadReads, widened, workload_facts
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.workload import Deployment, ReplicaSet
from rules.facts.workload import DeploymentFacts, RolloutState, ThrottledFacts
from rules.finding import Observation

DEADLINE = 600
"""progressDeadlineSeconds where a Deployment states none."""


def deployment_facts(item: Deployment, reads: WorkloadReads, throttled: ThrottledFacts) -> DeploymentFacts:
    """Join what was read about a Deployment."""
    base = workload_facts(reads)
    rollout = rollout_state(item, reads.now)
    numbers, sets = reads.item.numbers, reads.sets
    rolling = rollout == "progressing" or base.rolling_out
    pending = item.spec.paused and numbers.updated < numbers.existing
    halted = rollout in {"stalled", "overdue"}
    newest = newest_revision(sets)
    return widened(
        base,
        DeploymentFacts,
        rolling_out=rolling,
        healthy=numbers.wanted == 0 or rolling or (base.healthy and not halted and not pending),
        change=newest_change(sets, item, reads.now),
        rollout=rollout,
        paused=item.spec.paused,
        pending_change=pending,
        deadline=float(_deadline(item)),
        progress=_said(progressing(item)),
        old_ready=sum(rs.status.ready_replicas for rs in sets if rs is not newest),
        revision=item.metadata.annotations.get(REVISION, ""),
        throttled=throttled,
    )


def stated(item: Deployment | ReplicaSet) -> Stated:
    """What a Deployment or a ReplicaSet states."""
    return Stated(
        ref=item.ref,
        metadata=item.metadata,
        numbers=deployment_numbers(item),
        selector=item.spec.selector,
        labels=item.spec.template.metadata.labels,
        conditions=item.status.conditions,
        observed_generation=item.status.observed_generation,
    )


def deployment_numbers(item: Deployment | ReplicaSet) -> Numbers:
    """The numbers of a Deployment; a ReplicaSet's pods are all of its template."""
    status = item.status
    return Numbers(
        wanted=1 if item.spec.replicas is None else item.spec.replicas,
        existing=status.replicas,
        ready=status.ready_replicas,
        updated=status.updated_replicas if isinstance(item, Deployment) else status.replicas,
        available=status.available_replicas,
    )


def rollout_state(item: Deployment, now: datetime) -> RolloutState:
    """How the newest rollout stands; within its deadline it is no fault, whatever is not ready yet."""
    if item.spec.paused:
        return "paused"
    said = progressing(item)
    if said is None or item.spec.replicas == 0:
        return "none"
    if said.status == "False":
        return "stalled"
    if said.reason == "NewReplicaSetAvailable" or _is_done(item):
        return "complete"
    moved = said.last_update_time or said.last_transition_time
    return "progressing" if moved is None or now - moved <= seconds(_deadline(item)) else "overdue"


def progressing(item: Deployment) -> Condition | None:
    """Its Progressing condition."""
    return next((each for each in item.status.conditions if each.type == "Progressing"), None)


def _is_done(item: Deployment) -> bool:
    numbers = deployment_numbers(item)
    return min(numbers.updated, numbers.available) >= numbers.wanted and numbers.existing <= numbers.wanted


def _deadline(item: Deployment) -> int:
    stated = item.spec.progress_deadline_seconds
    return DEADLINE if stated is None else stated


def _said(condition: Condition | None) -> Observation | None:
    if condition is None or condition.reason == "NewReplicaSetAvailable":
        return None
    text = f"{condition.reason}: {plain(condition.message)}"
    at = condition.last_update_time or condition.last_transition_time
    return Observation(text, "condition Progressing", at)
