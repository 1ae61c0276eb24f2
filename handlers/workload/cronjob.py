"""`diagnose cronjob`: whether it makes Jobs, when it last did, and how the last one ended."""

import asyncio
from collections.abc import Sequence

from handlers.answer import Told, answer
from handlers.contract import Evidence, Handler, Need, Progress, Question, Sources
from handlers.extract.cronjob import CronJobReads, cronjob_facts, newest_ended
from handlers.extract.job import job_state
from handlers.find_object import Sort
from handlers.look import Look
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.schedule import CronJob
from handlers.sources.objects.workload import Job
from handlers.sweep import Sweep, picked
from handlers.workload.job import read_job
from handlers.workload.reads import NEEDS, read_events
from rules.facts.base import SubjectFacts
from rules.finding import ObjectRef


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one CronJob. Raises QuestionError, SourceError."""
    return await answer(_SORT, _tell, question, sources, progress)


async def _tell(item: CronJob, look: Look, question: Question) -> Told:
    namespace, uid = item.metadata.namespace, item.metadata.uid
    jobs, events = await asyncio.gather(
        look.list(Job, namespace, what="jobs"), read_events([uid], namespace, look)
    )
    own = tuple(job for job in jobs.value or () if _is_of(job, uid))
    missing = {name: read.missing for name, read in (("jobs", jobs), ("events", events)) if read.missing}
    reads = CronJobReads(
        item=item, now=look.cluster.now(), jobs=own, events=events.value or (), missing=missing
    )
    facts = cronjob_facts(reads)
    related, pods = await _last_job(own, look, sweep=question.sweep)
    return Told(
        facts=facts,
        healthy=facts.healthy,
        symptom=_state(item),
        about=(f"schedule {facts.schedule} {facts.time_zone}".rstrip(), str(facts.history or "")),
        pods=pods,
        related=related,
        checked=(f"CronJob {item.metadata.name} and its events", f"its {len(own)} Jobs"),
    )


async def _last_job(
    jobs: Sequence[Job], look: Look, *, sweep: bool
) -> tuple[tuple[SubjectFacts, ...], tuple[Pod, ...]]:
    """Read the Jobs that matter: those that run, and the newest that ended where it failed."""
    ended = newest_ended(jobs)
    matter = [job for job in jobs if job_state(job) == "running"]
    matter += [ended] if ended is not None and job_state(ended) == "failed" else []
    reads = [] if sweep else [await read_job(job, look, sweep=False) for job in matter[:2]]
    return tuple(facts for facts, _ in reads), tuple(pod for _, pods in reads for pod in pods)


def _is_of(job: Job, uid: str) -> bool:
    return job.metadata.controller is not None and job.metadata.controller.uid == uid


def _state(item: CronJob) -> str:
    if item.spec.suspend:
        return "Suspended"
    return "Active" if item.status.active else "Scheduled"


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """CronJobs that are suspended or late, complain in events, or whose newest Job failed."""
    crons, jobs, events = await asyncio.gather(
        look.list(CronJob, namespace, what="cronjobs"),
        look.list(Job, namespace, what="jobs"),
        look.list(Event, namespace, what="events of cronjobs", fields="involvedObject.kind=CronJob"),
    )
    complaining = {event.involved_object.uid for event in events.value or () if event.type == "Warning"}
    of: dict[str, list[Job]] = {}
    now = look.cluster.now()
    for job in jobs.value or ():
        if job.metadata.controller:
            of.setdefault(job.metadata.controller.uid, []).append(job)

    def unwell(item: CronJob) -> bool:
        reads = CronJobReads(item=item, now=now, jobs=tuple(of.get(item.metadata.uid, ())))
        return item.metadata.uid in complaining or not cronjob_facts(reads).healthy

    return tuple(item.ref for item in await picked(crons.value or (), unwell))


_SORT = Sort(kind=CronJob, state=_state, healthy=lambda item: not item.spec.suspend)

CRONJOB = Handler(
    verb="diagnose",
    subject="cronjob",
    aliases=("cronjobs", "cj"),
    usage="diagnose cronjob NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a CronJob does not run, or why its last run failed.",
    cost=2,
    needs=(*NEEDS, Need("get", "batch", "cronjobs"), Need("list", "batch", "cronjobs")),
    gather=gather,
)
CRONJOB_SWEEP = Sweep(handler=CRONJOB, suspects=suspects)
