"""A CronJob's facts: whether it makes Jobs, when it last did, and how those ended."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct

from handlers.extract.creation import creation_facts
from handlers.extract.events import observed, with_reason
from handlers.extract.job import ended_at, failed_condition, job_state
from handlers.sources.objects.event import Event
from handlers.sources.objects.schedule import CronJob
from handlers.sources.objects.workload import Job
from rules.facts.job import CronJobFacts, Trouble
from rules.facts.pod import CreationFacts
from rules.finding import ObjectRef, Observation
from rules.units import seconds_in_words

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_TROUBLES: Mapping[str, Trouble] = {
    "UnknownTimeZone": "time_zone",
    "UnparseableSchedule": "schedule",
    "InvalidSchedule": "schedule",
    "TooManyMissedTimes": "too_many_missed",
    "MissSchedule": "missed",
}


_SLACK = 600.0
"""Seconds that a start may be late."""
_DAY = 86_400.0
_NAMED: Mapping[str, float] = {
    "@hourly": 3_600.0,
    "@daily": _DAY,
    "@midnight": _DAY,
    "@weekly": 7 * _DAY,
}
_STEP = re.compile(r"\*(?:/([1-9]\d?))? \* \* \* \*")
_FIXED = (
    (re.compile(r"\d+ \* \* \* \*"), 3_600.0),
    (re.compile(r"\d+ \d+ \* \* \*"), _DAY),
    (re.compile(r"\d+ \d+ \* \* \w+"), 7 * _DAY),
)
"""Schedules that are told at a glance; any other is left to the controller."""


class CronJobReads(Struct, frozen=True, kw_only=True):
    """What was read about a CronJob; `missing` names "jobs" or "events" with the reason."""

    item: CronJob
    now: datetime
    jobs: tuple[Job, ...] = ()
    events: tuple[Event, ...] = ()
    missing: Mapping[str, str] = {}


def cronjob_facts(reads: CronJobReads) -> CronJobFacts:
    """Join what was read about a CronJob."""
    item, now = reads.item, reads.now
    spec, status = item.spec, item.status
    ended = newest_ended(reads.jobs)
    trouble, trouble_said = _trouble(reads.events, status.last_schedule_time)
    failed = ended is not None and job_state(ended) == "failed"
    creation = _creation(reads)
    newest = max(reads.jobs, key=_made, default=None)
    period, quiet = period_of(spec.schedule), _quiet_for(reads)
    overdue = period is not None and not spec.suspend and quiet > 2 * period + _SLACK
    return CronJobFacts(
        missing=_missing(reads),
        ref=item.ref,
        top_owner=item.ref,
        depends_on=_links(reads.jobs),
        healthy=not (spec.suspend or failed or overdue or trouble != "none" or creation.refused != "none"),
        age=_since(item.metadata.creation_timestamp, now) or 0.0,
        schedule=spec.schedule,
        time_zone=spec.time_zone,
        suspended=spec.suspend,
        concurrency=spec.concurrency_policy,
        ran=status.last_schedule_time is not None or bool(reads.jobs),
        scheduled_ago=_since(status.last_schedule_time, now),
        succeeded_ago=_since(_last_success(reads), now),
        period=period,
        quiet_for=quiet,
        overdue=overdue,
        history=Observation(_history(reads), f"status of CronJob {item.metadata.name}"),
        active=tuple(each.name for each in status.active),
        active_for=_active_for(reads),
        last_job=newest.metadata.name if newest else "",
        last_failed=failed,
        last_said=_why(ended) if ended and failed else None,
        failures=_failures(reads.jobs),
        trouble=trouble,
        trouble_said=trouble_said,
        blocked=next((observed(event) for event in with_reason(reads.events, "JobAlreadyActive")), None),
        creation=creation,
        effect=_history(reads),
    )


def newest_ended(jobs: Iterable[Job]) -> Job | None:
    """The newest Job that has ended, well or not."""
    ended = [job for job in jobs if job_state(job) in {"failed", "complete"}]
    return max(ended, key=lambda job: ended_at(job) or _LONG_AGO, default=None)


def period_of(schedule: str) -> float | None:
    """Seconds between two starts of a simple schedule (a step, each hour, day or week); None for others."""
    if schedule in _NAMED:
        return _NAMED[schedule]
    step = _STEP.fullmatch(schedule)
    if step:
        return 60.0 * int(step[1] or 1)
    return next((period for pattern, period in _FIXED if pattern.fullmatch(schedule)), None)


def _quiet_for(reads: CronJobReads) -> float:
    """Seconds since it last started a Job, or since it was made itself."""
    status, made = reads.item.status, reads.item.metadata.creation_timestamp
    starts = [at for at in (status.last_schedule_time, made, *map(_made, reads.jobs)) if at is not None]
    return _since(max(starts, default=None), reads.now) or 0.0


def _made(job: Job) -> datetime:
    return job.metadata.creation_timestamp or _LONG_AGO


def _failures(jobs: Sequence[Job]) -> int:
    """Failed Jobs made after the last one that ended well."""
    well = max((_made(job) for job in jobs if job_state(job) == "complete"), default=_LONG_AGO)
    return sum(job_state(job) == "failed" and _made(job) > well for job in jobs)


def _links(jobs: Sequence[Job]) -> tuple[ObjectRef, ...]:
    return tuple(job.ref for job in sorted(jobs, key=_made, reverse=True) if job_state(job) != "complete")


def _last_success(reads: CronJobReads) -> datetime | None:
    done = [ended_at(job) for job in reads.jobs if job_state(job) == "complete"]
    known = [at for at in (reads.item.status.last_successful_time, *done) if at is not None]
    return max(known, default=None)


def _history(reads: CronJobReads) -> str:
    scheduled, success = reads.item.status.last_schedule_time, _last_success(reads)
    if scheduled is None and success is None:
        made = seconds_in_words(_since(reads.item.metadata.creation_timestamp, reads.now) or 0)
        return f"It has not run by its schedule since it was made {made} ago"
    ran = f"It last ran {seconds_in_words(_since(scheduled, reads.now) or 0)} ago" if scheduled else ""
    well = f"last ended well {seconds_in_words(_since(success, reads.now) or 0)} ago" if success else ""
    if ran:
        return f"{ran}, {well}" if well else f"{ran}, and no run is known to have ended well"
    return f"It {well}"


def _trouble(events: Sequence[Event], scheduled: datetime | None) -> tuple[Trouble, Observation | None]:
    """The newest event that says why a start was missed; one from before the last start is history."""
    for event in with_reason(events, *_TROUBLES):
        if scheduled is None or (event.last_seen or _LONG_AGO) > scheduled:
            return _TROUBLES[event.reason], observed(event)
    return "none", None


def _creation(reads: CronJobReads) -> CreationFacts:
    """Why the API server refuses its Jobs; a refusal from before the newest Job is history."""
    newest = max((_made(job) for job in reads.jobs), default=_LONG_AGO)
    refusals = [event for event in reads.events if (event.last_seen or _LONG_AGO) > newest]
    return creation_facts((), refusals, wanted=1, existing=0)


def _active_for(reads: CronJobReads) -> float | None:
    names = {each.name for each in reads.item.status.active}
    begun = [job.status.start_time for job in reads.jobs if job.metadata.name in names]
    return _since(min((at for at in begun if at), default=None), reads.now)


def _why(job: Job) -> Observation | None:
    failure = failed_condition(job)
    if failure is None:
        return None
    text = f"Job {job.metadata.name}: {failure.reason}: {failure.message}"
    return Observation(text, "condition Failed", failure.last_transition_time)


def _missing(reads: CronJobReads) -> dict[str, str]:
    needs = {
        "jobs": ("last_failed", "failures", "active_for", "last_job"),
        "events": ("trouble", "blocked", "creation"),
    }
    return {fact: why for source, why in reads.missing.items() for fact in needs.get(source, ())}


def _since(then: datetime | None, now: datetime) -> float | None:
    return max(0.0, (now - then).total_seconds()) if then else None
