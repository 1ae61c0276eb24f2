"""A CronWorkflow and the workflows it started → CronWorkflowFacts. Pure functions."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from handlers.extract.cron_schedule import last_due
from handlers.extract.pod_status import looks_healthy
from handlers.extract.workflow import observed, standing
from handlers.sources.objects.argo import CronWorkflow, Workflow
from handlers.sources.objects.pod import Pod
from rules.facts.workflow import CronWorkflowFacts
from rules.finding import Observation
from rules.units import seconds_in_words

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
MOST_NAMED = 10
GRACE = timedelta(minutes=10)
"""How late the controller may be before a time counts as missed."""


class CronReads(Struct, frozen=True, kw_only=True):
    """What was read around a CronWorkflow.

    Attributes:
        children: the workflows it started that still exist.
        controllers: pods of the workflow controller; None when they were not asked for.
    """

    cron: CronWorkflow
    now: datetime
    children: tuple[Workflow, ...] = ()
    controllers: tuple[Pod, ...] | None = None
    missing: Mapping[str, str] = {}


def newest_first(children: Sequence[Workflow]) -> tuple[Workflow, ...]:
    """Workflows by the time they were made."""
    return tuple(sorted(children, key=lambda one: one.metadata.creation_timestamp or _LONG_AGO, reverse=True))


def telling_child(reads: CronReads) -> Workflow | None:
    """The workflow whose trouble is the CronWorkflow's: the one that blocks it, else the last failed one."""
    blocker = _blocker(reads)
    if blocker is not None:
        return blocker
    ended = _ended(reads)
    return ended[0] if ended and standing(ended[0], reads.now).failed else None


def cronworkflow_facts(reads: CronReads) -> CronWorkflowFacts:
    """Put the facts together."""
    cron, now = reads.cron, reads.now
    spec_error, submission_error = _condition(cron, "SpecError"), _condition(cron, "SubmissionError")
    blocker, ended, telling = _blocker(reads), _ended(reads), telling_child(reads)
    last_failed = telling is not None and blocker is None
    last, missed = cron.status.last_scheduled_time, missed_by(cron, now)
    return CronWorkflowFacts(
        ref=cron.ref,
        top_owner=cron.ref,
        depends_on=(*((telling.ref,) if telling else ()), *(pod.ref for pod in reads.controllers or ())),
        healthy=not (spec_error or submission_error or telling or missed),
        schedules=cron.spec.schedules or ((cron.spec.schedule,) if cron.spec.schedule else ()),
        suspended=cron.spec.suspend,
        stopped=cron.status.phase == "Stopped",
        last_scheduled_ago=(now - last).total_seconds() if last else None,
        never_scheduled=last is None,
        missed_by=missed,
        controllers=1 if reads.controllers is None else len(reads.controllers),
        controllers_ready=1 if reads.controllers is None else sum(map(looks_healthy, reads.controllers)),
        spec_error=spec_error,
        submission_error=submission_error,
        concurrency=cron.spec.concurrency_policy or "Allow",
        active=tuple(ref.name for ref in cron.status.active)[:MOST_NAMED],
        blocked=blocker is not None,
        blocker=blocker.metadata.name if blocker else "",
        last_child=newest_first(reads.children)[0].metadata.name if reads.children else "",
        last_failed=last_failed,
        last_said=_last(ended[0], now) if ended else None,
        failed_in_a_row=_in_a_row(ended, now),
        effect=_effect(cron, now),
        missing=reads.missing,
    )


def missed_by(cron: CronWorkflow, now: datetime) -> float | None:
    """Seconds since the last due time at which it should have started a workflow and did not."""
    waits = cron.spec.suspend or cron.status.phase == "Stopped" or cron.spec.when
    if waits or (cron.spec.concurrency_policy == "Forbid" and cron.status.active):
        return None
    schedules = cron.spec.schedules or ((cron.spec.schedule,) if cron.spec.schedule else ())
    dues = [due for one in schedules if (due := last_due(one, now - GRACE, cron.spec.timezone))]
    began = max(
        filter(None, (cron.status.last_scheduled_time, cron.metadata.creation_timestamp)), default=None
    )
    newest = max(dues, default=None)
    if newest is None or began is None or began >= newest:
        return None
    return (now - newest).total_seconds()


def _condition(cron: CronWorkflow, kind: str) -> Observation | None:
    found = next((c for c in cron.status.conditions if c.type == kind and c.status == "True"), None)
    if found is None:
        return None
    said = observed(found.message, f"condition {kind}", found.last_transition_time)
    return said or Observation(f"{kind} without a message", f"condition {kind}", found.last_transition_time)


def _blocker(reads: CronReads) -> Workflow | None:
    """A workflow it started that does not get on, where the policy waits for it."""
    if reads.cron.spec.concurrency_policy != "Forbid":
        return None
    active = {ref.name for ref in reads.cron.status.active}
    open_ones = (one for one in newest_first(reads.children) if one.metadata.name in active)
    return next((one for one in open_ones if standing(one, reads.now).trouble and not _over(one)), None)


def _over(workflow: Workflow) -> bool:
    return workflow.status.phase in {"Succeeded", "Failed", "Error"}


def _ended(reads: CronReads) -> tuple[Workflow, ...]:
    return tuple(one for one in newest_first(reads.children) if _over(one))


def _in_a_row(ended: Sequence[Workflow], now: datetime) -> int:
    count = 0
    for one in ended:
        if not standing(one, now).failed:
            break
        count += 1
    return count


def _last(workflow: Workflow, now: datetime) -> Observation:
    at = workflow.status.finished_at
    ago = f" {seconds_in_words((now - at).total_seconds())} ago" if at else ""
    why = f": {workflow.status.message}" if workflow.status.message else ""
    text = f"{workflow.metadata.name} ended {workflow.status.phase}{ago}{why}"
    return Observation(text[:600], "workflows it started", at)


def _effect(cron: CronWorkflow, now: datetime) -> str:
    last = cron.status.last_scheduled_time
    if last is None:
        return "It has started no workflow so far"
    ago = seconds_in_words((now - last).total_seconds())
    counts = f"{cron.status.succeeded} succeeded, {cron.status.failed} failed"
    return f"It last started a workflow {ago} ago; {counts}"
