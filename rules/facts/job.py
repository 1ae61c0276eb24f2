"""Facts about work that ends: Jobs, and the CronJobs that make them."""

from typing import Annotated, Literal

from rules.facts.base import SubjectFacts, fact
from rules.facts.pod import CreationFacts
from rules.facts.workload import WorkloadFacts
from rules.finding import ObjectRef, Observation

JobState = Literal["running", "complete", "failed", "suspended"]
Trouble = Literal["none", "missed", "too_many_missed", "time_zone", "schedule"]


class JobFacts(WorkloadFacts, frozen=True, kw_only=True):
    """Facts about one Job; `wanted` is the number of pods it should run now."""

    ref: Annotated[ObjectRef, fact("The Job")] = ObjectRef("Job", "backfill", "default")
    top_owner: Annotated[ObjectRef, fact("Its CronJob, or itself")] = ObjectRef("Job", "backfill", "default")
    kind: Annotated[str, fact("Its kind")] = "Job"
    path: Annotated[str, fact("As kubectl takes it")] = "job/backfill"
    selector: Annotated[str, fact("Its label selector as kubectl takes it")] = "job-name=backfill"
    lasting: Annotated[bool, fact("Whether its pods are meant to run for ever")] = False
    cron_job: Annotated[str, fact("The CronJob that made it, or empty", read="ownerReferences")] = ""
    state: Annotated[JobState, fact("Whether it runs, or how it ended", read="status.conditions")] = "running"
    reason: Annotated[str, fact("Reason of its Failed condition, or empty", read="status.conditions")] = ""
    failed_said: Annotated[Observation | None, fact("What its Failed condition says")] = None
    active: Annotated[int, fact("Pods that run or wait", read="status.active")] = 0
    succeeded: Annotated[int, fact("Pods that ended well", read="status.succeeded")] = 0
    failed: Annotated[int, fact("Pods that failed", read="status.failed")] = 0
    completions: Annotated[int, fact("Pods that must end well", read="spec.completions")] = 1
    backoff_limit: Annotated[int, fact("Failures it may have", read="spec.backoffLimit")] = 6
    deadline: Annotated[
        float | None, fact("Time it may take", unit="seconds", read="spec.activeDeadlineSeconds")
    ] = None
    runs_for: Annotated[float | None, fact("Time since it began, while it runs", unit="seconds")] = None
    ended_ago: Annotated[float | None, fact("Time since it ended", unit="seconds")] = None
    pods_gone: Annotated[
        bool, fact("Whether it has failed and none of its pods is there any more, nor their logs")
    ] = False


class CronJobFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one CronJob."""

    ref: Annotated[ObjectRef, fact("The CronJob")] = ObjectRef("CronJob", "report", "default")
    top_owner: Annotated[ObjectRef, fact("What owns it; itself without an owner")] = ObjectRef(
        "CronJob", "report", "default"
    )
    healthy: Annotated[bool, fact("Whether it makes Jobs and the last one did not fail")] = True
    age: Annotated[float, fact("Time since creation", unit="seconds")] = 864_000.0
    schedule: Annotated[str, fact("Its schedule", read="spec.schedule")] = "0 3 * * *"
    time_zone: Annotated[str, fact("Its time zone, or empty for that of the control plane")] = ""
    suspended: Annotated[bool, fact("Whether it is suspended", read="spec.suspend")] = False
    concurrency: Annotated[str, fact("Allow, Forbid or Replace", read="spec.concurrencyPolicy")] = "Allow"
    ran: Annotated[bool, fact("Whether it ever made a Job, as far as is known")] = True
    scheduled_ago: Annotated[
        float | None, fact("Time since it last made a Job", unit="seconds", read="status.lastScheduleTime")
    ] = None
    succeeded_ago: Annotated[
        float | None,
        fact("Time since a Job of it last ended well", unit="seconds", read="status.lastSuccessfulTime"),
    ] = None
    period: Annotated[
        float | None, fact("Time between two starts, where the schedule is a simple one", unit="seconds")
    ] = None
    quiet_for: Annotated[float, fact("Time since it last made a Job, or was made itself", unit="seconds")] = (
        0.0
    )
    overdue: Annotated[bool, fact("Whether more than two starts of a simple schedule are missing")] = False
    history: Annotated[Observation | None, fact("When it last ran and succeeded, in a sentence")] = None
    active: Annotated[tuple[str, ...], fact("Jobs of it that run now", read="status.active")] = ()
    active_for: Annotated[float | None, fact("Time since the oldest of them began", unit="seconds")] = None
    last_job: Annotated[str, fact("The newest Job of it that is still there, or empty")] = ""
    last_failed: Annotated[bool, fact("Whether that Job, or the newest that ended, failed")] = False
    last_said: Annotated[Observation | None, fact("Why that Job failed, as its condition says")] = None
    failures: Annotated[int, fact("Failed Jobs of it since the last that ended well")] = 0
    trouble: Annotated[Trouble, fact("Why starts were missed", read="events of the CronJob")] = "none"
    trouble_said: Annotated[Observation | None, fact("What that event says")] = None
    blocked: Annotated[
        Observation | None, fact("A start that was left out since a Job still runs", read="JobAlreadyActive")
    ] = None
    creation: Annotated[CreationFacts, fact("Why the API server refuses its Jobs")] = CreationFacts()
    effect: Annotated[str, fact("When it last did its work, in a sentence")] = ""
