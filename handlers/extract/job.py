"""A Job's facts: whether it runs or how it ended, and whether its pods are still there to be asked."""

from datetime import datetime

from handlers.extract.events import plain
from handlers.extract.workload import Numbers, Stated, WorkloadReads, widened, workload_facts
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.workload import Job
from rules.facts.job import JobFacts, JobState
from rules.finding import Observation

BACKOFF_LIMIT = 6
"""backoffLimit where a Job states none."""


def job_facts(item: Job, reads: WorkloadReads) -> JobFacts:
    """Join what was read about a Job."""
    base, state, failure = workload_facts(reads), job_state(item), failed_condition(item)
    owner = item.metadata.controller
    status, spec = item.status, item.spec
    troubled = base.pods.unhealthy > 0 or status.failed > 0 or base.creation.refused != "none"
    return widened(
        base,
        JobFacts,
        lasting=False,
        editable=False,
        healthy=state in {"complete", "suspended"} or (state == "running" and not troubled),
        cron_job=owner.name if owner and owner.kind == "CronJob" else "",
        state=state,
        reason=failure.reason if failure else "",
        failed_said=_said(failure),
        active=status.active,
        succeeded=status.succeeded,
        failed=status.failed,
        completions=_completions(item),
        backoff_limit=BACKOFF_LIMIT if spec.backoff_limit is None else spec.backoff_limit,
        deadline=None if spec.active_deadline_seconds is None else float(spec.active_deadline_seconds),
        runs_for=_since(status.start_time, reads.now) if state == "running" else None,
        ended_ago=_since(ended_at(item), reads.now),
        pods_gone=state == "failed" and reads.pods == (),
        effect=_effect(item, state),
    )


def stated(item: Job) -> Stated:
    """What a Job states; one that is over wants no pods any more, and none tells what its controller saw."""
    return Stated(
        ref=item.ref,
        metadata=item.metadata,
        numbers=numbers(item),
        selector=item.spec.selector,
        labels=item.spec.template.metadata.labels,
        conditions=item.status.conditions,
        observed_generation=item.metadata.generation,
    )


def numbers(item: Job) -> Numbers:
    """The numbers of a Job: how many pods it should run now, and how many it does."""
    status = item.status
    parallel = 1 if item.spec.parallelism is None else item.spec.parallelism
    left = max(0, _completions(item) - status.succeeded)
    wanted = min(parallel, left) if job_state(item) == "running" else 0
    active = status.active
    return Numbers(wanted=wanted, existing=active, ready=active, updated=active, available=active)


def job_state(item: Job) -> JobState:
    """Whether it runs, or how it ended."""
    kinds = {each.type for each in item.status.conditions if each.status == "True"}
    if kinds & {"Failed", "FailureTarget"}:
        return "failed"
    if kinds & {"Complete", "SuccessCriteriaMet"}:
        return "complete"
    return "suspended" if item.spec.suspend else "running"


def failed_condition(item: Job) -> Condition | None:
    """The condition that says why it failed."""
    true = [each for each in item.status.conditions if each.status == "True"]
    return next((each for kind in ("Failed", "FailureTarget") for each in true if each.type == kind), None)


def ended_at(item: Job) -> datetime | None:
    """When it ended; None while it runs."""
    ended = failed_condition(item) or next(
        (each for each in item.status.conditions if each.type == "Complete" and each.status == "True"), None
    )
    return item.status.completion_time or (ended.last_transition_time if ended else None)


def _completions(item: Job) -> int:
    """How many pods must end well; without `completions` one is enough for a work queue."""
    return 1 if item.spec.completions is None else item.spec.completions


def _said(condition: Condition | None) -> Observation | None:
    if condition is None:
        return None
    text = ": ".join(part for part in (condition.reason, plain(condition.message)) if part)
    return Observation(text, "condition Failed", condition.last_transition_time)


def _effect(item: Job, state: JobState) -> str:
    done, all_of_it = item.status.succeeded, _completions(item)
    if state == "complete":
        return "Its work is done"
    return f"{done} of {all_of_it} completions are done" if all_of_it > 1 else "Its work is not done"


def _since(then: datetime | None, now: datetime) -> float | None:
    return max(0.0, (now - then).total_seconds()) if then else None
