"""Jobs and CronJobs: how they ended, when they last ran, and why they do not."""

from typing import Any

import pytest

from handlers.extract.cronjob import CronJobReads, cronjob_facts, newest_ended, period_of
from handlers.extract.job import job_facts, job_state, stated
from handlers.extract.workload import WorkloadReads
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.schedule import CronJob
from handlers.sources.objects.workload import Job
from rules.facts.job import CronJobFacts, JobFacts, JobState
from tests.handlers.build import NOW, Json, ago, make
from tests.handlers.workload_build import condition, crashing, meta, template, well

SELECTOR = {"selector": {"matchLabels": {"job-name": "backfill"}}, "template": template()}
GAVE_UP = condition("Failed", "True", "BackoffLimitExceeded", "Job has reached the specified backoff limit")


def job(name: str = "backfill", *, age: float = 7200, conditions: tuple[Json, ...] = (), **parts: Any) -> Job:
    spec = {**SELECTOR, **parts.pop("spec", {})}
    status = {"conditions": list(conditions), "startTime": ago(age), **parts}
    return make(Job, metadata=meta(name, age=age), spec=spec, status=status)


def of(item: Job, *pods: Pod, **more: Any) -> JobFacts:
    return job_facts(item, WorkloadReads(item=stated(item), now=NOW, pods=pods, **more))


def test_failed_job_says_why_and_wants_no_pods() -> None:
    found = of(job(conditions=(GAVE_UP,), failed=2, spec={"backoffLimit": 1}))
    assert (found.state, found.reason, found.failed, found.backoff_limit) == (
        "failed",
        "BackoffLimitExceeded",
        2,
        1,
    )
    assert found.wanted == 0
    assert found.pods_gone
    assert not found.healthy
    assert str(found.failed_said).startswith("BackoffLimitExceeded: Job has reached")
    assert found.ended_ago == 60


@pytest.mark.parametrize(
    ("conditions", "spec", "expected"),
    [
        ((), {}, "running"),
        ((condition("Complete", "True", "CompletionsReached"),), {}, "complete"),
        ((condition("FailureTarget", "True", "PodFailurePolicy"),), {}, "failed"),
        ((condition("Suspended", "True", "JobSuspended"),), {"suspend": True}, "suspended"),
        ((condition("Failed", "False", "x"),), {}, "running"),
    ],
)
def test_states(conditions: tuple[Json, ...], spec: Json, expected: JobState) -> None:
    assert job_state(job(conditions=conditions, spec=spec)) == expected


def test_running_job_wants_no_more_pods_than_are_left_to_do() -> None:
    found = of(job(spec={"parallelism": 5, "completions": 6}, succeeded=4, active=2), well())
    assert (found.wanted, found.existing) == (2, 2)
    assert found.healthy
    assert found.runs_for == 7200
    assert found.effect == "4 of 6 completions are done"


def test_retries_and_crashes_are_trouble() -> None:
    assert not of(job(active=1, failed=1), well()).healthy
    found = of(job(active=1), crashing())
    assert found.pods.unhealthy == 1
    assert not found.healthy


def test_finished_job_is_healthy_though_a_try_failed() -> None:
    done = job(conditions=(condition("Complete", "True", "CompletionsReached"),), succeeded=1, failed=2)
    assert of(done).healthy


def test_refused_pods_of_a_job() -> None:
    text = 'Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot'
    events = (make(Event, reason="FailedCreate", message=text, lastTimestamp=ago(9)),)
    assert of(job(), events=events).creation.refused == "pod_security"


def cron(*, suspend: bool = False, concurrency: str = "Allow", **status: Any) -> CronJob:
    spec = {"schedule": "0 3 * * *", "suspend": suspend, "concurrencyPolicy": concurrency}
    return make(CronJob, metadata=meta("report", age=864_000), spec=spec, status=status)


def told(
    item: CronJob, *jobs: Job, events: tuple[Event, ...] = (), missing: dict[str, str] | None = None
) -> CronJobFacts:
    reads = CronJobReads(item=item, now=NOW, jobs=jobs, events=events, missing=missing or {})
    return cronjob_facts(reads)


def said(reason: str, message: str, seconds: float = 30) -> Event:
    return make(Event, reason=reason, message=message, type="Warning", lastTimestamp=ago(seconds))


GOOD = job(
    "report-1", age=90_000, conditions=(condition("Complete", "True", "CompletionsReached", seconds=89_000),)
)
BAD = job("report-2", age=3600, conditions=(GAVE_UP,), failed=2)


def test_suspended_cronjob_tells_when_it_last_ran() -> None:
    found = told(cron(suspend=True, lastScheduleTime=ago(90_000), lastSuccessfulTime=ago(89_000)))
    assert found.suspended
    assert not found.healthy
    assert found.effect == "It last ran 1 d 1 h ago, last ended well 1 d ago"


def test_cronjob_that_never_ran() -> None:
    found = told(cron())
    assert not found.ran
    assert not found.healthy
    assert found.effect == "It has not run by its schedule since it was made 10 d ago"


def test_newest_job_that_ended_decides() -> None:
    assert newest_ended([GOOD, BAD]) is BAD
    found = told(cron(lastScheduleTime=ago(3600)), GOOD, BAD)
    assert found.last_failed
    assert (found.failures, found.last_job) == (1, "report-2")
    assert "Job report-2: BackoffLimitExceeded" in str(found.last_said)
    assert [ref.name for ref in found.depends_on] == ["report-2"]
    again = job(
        "report-3", age=600, conditions=(condition("Complete", "True", "CompletionsReached", seconds=30),)
    )
    assert not told(cron(), GOOD, BAD, again).last_failed


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("TooManyMissedTimes", "too_many_missed"),
        ("MissSchedule", "missed"),
        ("UnknownTimeZone", "time_zone"),
        ("UnparseableSchedule", "schedule"),
        ("SuccessfulCreate", "none"),
    ],
)
def test_events_say_why_a_start_was_missed(reason: str, expected: str) -> None:
    assert told(cron(), events=(said(reason, "words"),)).trouble == expected


def test_missed_start_from_before_the_last_start_is_history() -> None:
    event = said("MissSchedule", "Missed scheduled time", 7200)
    assert told(cron(lastScheduleTime=ago(3600)), events=(event,)).trouble == "none"


def test_job_that_runs_on_blocks_the_next_start() -> None:
    running = job("report-4", age=18_000, active=1)
    blocked = said("JobAlreadyActive", "Not starting job because prior execution is running")
    found = told(cron(concurrency="Forbid", active=[{"name": "report-4"}]), running, events=(blocked,))
    assert found.active == ("report-4",)
    assert found.active_for == 18_000
    assert "prior execution" in str(found.blocked)


def test_refused_job_is_history_once_a_newer_job_was_made() -> None:
    refused = said("FailedCreate", "Error creating job: jobs is forbidden: exceeded quota: q", 600)
    assert told(cron(), events=(refused,)).creation.refused == "quota"
    assert told(cron(), job("report-5", age=60, active=1), events=(refused,)).creation.refused == "none"


def test_what_could_not_be_read_is_missing() -> None:
    found = told(cron(), missing={"jobs": "jobs: forbidden", "events": "events: slow"})
    assert found.missing.keys() >= {"last_failed", "failures", "trouble", "creation"}


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [
        ("* * * * *", 60),
        ("*/5 * * * *", 300),
        ("15 * * * *", 3600),
        ("15 3 * * *", 86_400),
        ("15 3 * * 1", 604_800),
        ("0 3 * * SUN", 604_800),
        ("@daily", 86_400),
        ("0 3 1 1 *", None),
        ("0 8-18 * * 1-5", None),
        ("0 0,12 * * *", None),
        ("nonsense", None),
    ],
)
def test_period_of_simple_schedules(schedule: str, seconds: float | None) -> None:
    assert period_of(schedule) == seconds


def test_starts_that_are_missing() -> None:
    assert not told(cron(lastScheduleTime=ago(100_000))).overdue
    found = told(cron(lastScheduleTime=ago(3 * 86_400)))
    assert found.overdue
    assert found.quiet_for == 3 * 86_400
    assert not told(cron(suspend=True, lastScheduleTime=ago(3 * 86_400))).overdue
    assert told(cron()).overdue
