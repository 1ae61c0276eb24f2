"""`diagnose cronworkflow`: why a CronWorkflow starts nothing, or what it starts fails."""

import asyncio
from collections.abc import Iterable, Mapping

import msgspec

from handlers.behind import read_behind
from handlers.contract import Evidence, Exhibit, Handler, Need, Progress, Question, Sources
from handlers.extract.cronworkflow import CronReads, cronworkflow_facts, missed_by, telling_child
from handlers.extract.pod_status import looks_healthy
from handlers.extract.workflow import CRON, workflow_facts
from handlers.find_object import FoundObject, Sort, find_object
from handlers.look import Look
from handlers.sources.cluster import counting
from handlers.sources.objects.argo import CronWorkflow, Workflow
from handlers.sweep import Sweep, picked
from handlers.workflow.reads import controllers, read_around
from handlers.workflow.workflow import WORKFLOW
from rules.facts.base import SubjectFacts
from rules.facts.workflow import CronWorkflowFacts
from rules.finding import ObjectRef
from rules.units import seconds_in_words


def _errors(cron: CronWorkflow) -> list[str]:
    return [one.type for one in cron.status.conditions if one.status == "True" and one.type.endswith("Error")]


def _state(cron: CronWorkflow) -> str:
    return ", ".join(_errors(cron)) or ("suspended" if cron.spec.suspend else cron.status.phase or "Active")


SORT = Sort(CronWorkflow, _state, lambda cron: not _errors(cron))


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one CronWorkflow and the workflows it started.

    Raises:
        QuestionError: the name is impossible, unknown, or means several of them.
        SourceError: it could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("cronworkflow")
            reads = await _reads(found.item, look)
            facts = cronworkflow_facts(reads)
            related, exhibits = await _related(reads, look, sweep=question.sweep)
            evidence = Evidence(
                subject=facts.ref,
                facts=facts,
                related=related,
                about=tuple(piece for piece in _about(found, facts) if piece),
                healthy=facts.healthy,
                symptom=_state(found.item),
                exhibits=exhibits,
                gaps=look.gaps,
                checked=("schedule and conditions", f"{len(reads.children)} workflows it started"),
                as_of=reads.now,
            )
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _reads(cron: CronWorkflow, look: Look) -> CronReads:
    """Read the workflows it started: those labelled for it, and those its status says are running."""
    namespace, name = cron.metadata.namespace, cron.metadata.name
    what = "workflows it started"
    async with asyncio.TaskGroup() as group:
        labelled = group.create_task(look.list(Workflow, namespace, what=what, labels=f"{CRON}={name}"))
        running = [
            group.create_task(look.get(Workflow, ref.name, ref.namespace or namespace, what=what))
            for ref in cron.status.active
        ]
    late = missed_by(cron, look.cluster.now()) is not None
    pods = await controllers(look) if late else None
    found = {one.metadata.name: one for one in labelled.result().value or ()}
    found |= {read.metadata.name: read for task in running if (read := task.result().value)}
    return CronReads(
        cron=cron,
        now=look.cluster.now(),
        children=tuple(found.values()),
        controllers=pods.value if pods else None,
        missing=_missing(labelled.result().missing),
    )


def _missing(why: str) -> Mapping[str, str]:
    return dict.fromkeys(("last_failed", "blocked", "failed_in_a_row"), why) if why else {}


async def _related(
    reads: CronReads, look: Look, *, sweep: bool
) -> tuple[tuple[SubjectFacts, ...], tuple[Exhibit, ...]]:
    """Diagnose the workflow whose trouble is its trouble; in a look at everything that is asked by itself."""
    child = telling_child(reads)
    if sweep:
        return (), ()
    if child is None:
        behind = await read_behind([pod for pod in reads.controllers or () if not looks_healthy(pod)], look)
        return behind.facts, behind.exhibits
    around = await read_around(child, look, sweep=False)
    return (workflow_facts(around.reads), *around.behind.facts), around.behind.exhibits


def _about(found: FoundObject[CronWorkflow], facts: CronWorkflowFacts) -> Iterable[str]:
    yield found.note
    yield f"schedule {' and '.join(facts.schedules)}"
    yield f"time zone {found.item.spec.timezone}" if found.item.spec.timezone else ""
    if facts.last_scheduled_ago is not None:
        yield f"last scheduled {seconds_in_words(facts.last_scheduled_ago)} ago"
    status = found.item.status
    yield f"{status.succeeded} succeeded, {status.failed} failed"


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """CronWorkflows that start nothing, or were late last time; failed workflows are swept themselves."""
    now = look.cluster.now()
    read = await look.list(CronWorkflow, namespace, what="cronworkflows")

    def unwell(cron: CronWorkflow) -> bool:
        return bool(_errors(cron)) or missed_by(cron, now) is not None

    return tuple(cron.ref for cron in await picked(read.value or (), unwell))


CRONWORKFLOW = Handler(
    verb="diagnose",
    subject="cronworkflow",
    aliases=("cronworkflows", "cwf", "cronwf"),
    usage="diagnose cronworkflow NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a CronWorkflow starts no workflow, or why what it starts fails.",
    cost=2,
    needs=tuple(
        dict.fromkeys(
            (
                Need("get", "argoproj.io", "cronworkflows"),
                Need("list", "argoproj.io", "cronworkflows"),
                *WORKFLOW.needs,
            )
        )
    ),
    gather=gather,
)
CRONWORKFLOW_SWEEP = Sweep(handler=CRONWORKFLOW, suspects=suspects)
