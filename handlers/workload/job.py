"""`diagnose job`: whether it runs, how it ended, and what its pods failed of."""

from handlers.answer import Told, answer
from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract.job import job_facts, job_state, numbers, stated
from handlers.find_object import Sort
from handlers.look import Look
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Job
from handlers.sweep import Sweep, picked
from handlers.workload.reads import NEEDS, read_workload
from rules.facts.job import JobFacts
from rules.finding import ObjectRef

_SETTLING = 120.0
"""Seconds in which a Job may have no pod yet."""


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one Job. Raises QuestionError, SourceError."""
    return await answer(_SORT, _tell, question, sources, progress)


async def _tell(item: Job, look: Look, question: Question) -> Told:
    facts, pods = await read_job(item, look, sweep=question.sweep)
    owner = f"owner CronJob {facts.cron_job}" if facts.cron_job else ""
    done = f"{facts.succeeded} of {facts.completions} done, {facts.failed} pods failed"
    return Told(
        facts=facts,
        healthy=facts.healthy,
        symptom=_state(item),
        about=(owner, done, str(facts.pods.said or "")),
        pods=pods,
        checked=(f"conditions of Job {item.metadata.name}", f"its {len(pods)} pods"),
    )


async def read_job(item: Job, look: Look, *, sweep: bool) -> tuple[JobFacts, tuple[Pod, ...]]:
    """Read one Job, and tell which pods are worth a look: none once its work is done."""
    reads = await read_workload(stated(item), item.metadata.uid, look, sweep=True)
    facts = job_facts(item, reads)
    pods = (*(reads.pods or ()), *reads.webhook_pods)
    unwell = facts.state in {"running", "failed"} and not sweep
    return facts, pods if unwell else ()


def _state(item: Job) -> str:
    return job_state(item).capitalize()


def _looks_well(item: Job, look: Look) -> bool:
    state, counted = job_state(item), numbers(item)
    if state != "running":
        return state != "failed"
    begun = item.status.start_time or item.metadata.creation_timestamp
    young = begun is None or (look.cluster.now() - begun).total_seconds() < _SETTLING
    return not item.status.failed and (young or counted.existing >= counted.wanted)


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Jobs that failed, retry, or get no pods; a CronJob answers for its own."""
    read = await look.list(Job, namespace, what="jobs")
    unwell = await picked(
        read.value or (), lambda item: item.metadata.controller is None and not _looks_well(item, look)
    )
    return tuple(item.ref for item in unwell)


_SORT = Sort(kind=Job, state=_state, healthy=lambda item: job_state(item) != "failed")

JOB = Handler(
    verb="diagnose",
    subject="job",
    aliases=("jobs",),
    usage="diagnose job NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a Job failed or does not get on, and what its pods say.",
    cost=2,
    needs=NEEDS,
    gather=gather,
)
JOB_SWEEP = Sweep(handler=JOB, suspects=suspects)
