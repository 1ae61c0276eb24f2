"""`diagnose workflow`: why an Argo Workflow failed, or does not begin."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract.workflow import CRON, standing, workflow_facts
from handlers.find_object import FoundObject, Sort, find_object
from handlers.look import Look
from handlers.pod_reads import NEEDS as POD_NEEDS
from handlers.sources.cluster import counting
from handlers.sources.objects.argo import Workflow
from handlers.sweep import Sweep, picked
from handlers.workflow.reads import NEEDS, Around, read_around
from rules.facts.workflow import WorkflowFacts
from rules.finding import ObjectRef
from rules.units import seconds_in_words

NOT_WELL = "workflows.argoproj.io/phase!=Succeeded"
"""The controller labels workflows by phase; thousands that went well need not be read."""
RECENT = timedelta(hours=24)
"""How long ago a failure may be for a look at everything to tell of it."""


def _state(workflow: Workflow) -> str:
    progress = f" {workflow.status.progress}" if workflow.status.progress else ""
    return (workflow.status.phase or "not picked up") + progress


def _names(workflow: Workflow) -> Iterable[str]:
    yield workflow.metadata.labels.get(CRON, "")
    yield from (owner.name for owner in workflow.metadata.owner_references)


SORT = Sort(
    Workflow,
    _state,
    lambda workflow: workflow.status.phase in {"Succeeded", "Running"},
    _names,
)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one workflow.

    Raises:
        QuestionError: the name is impossible, unknown, or means several workflows.
        SourceError: the workflow itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("workflow")
            around = await read_around(found.item, look, sweep=question.sweep)
            evidence = _evidence(found, around, look, alone=not question.sweep)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


def _evidence(found: FoundObject[Workflow], around: Around, look: Look, *, alone: bool) -> Evidence:
    facts = workflow_facts(around.reads)
    if "step" in facts.missing:
        look.note("steps of the workflow", facts.missing["step"])
    return Evidence(
        subject=facts.ref,
        facts=facts,
        related=around.behind.facts if alone else (),
        about=tuple(piece for piece in _about(found, facts) if piece),
        healthy=facts.healthy,
        headline=_headline(facts),
        symptom=_symptom(found.item, facts),
        exhibits=around.behind.exhibits,
        gaps=look.gaps,
        checked=tuple(_checked(found.item, facts, around)),
        as_of=around.reads.now,
    )


def _symptom(workflow: Workflow, facts: WorkflowFacts) -> str:
    if facts.stopped_by:
        return f"{facts.phase}, ended by a person ({facts.stopped_by})"
    if facts.suspended:
        return f"{facts.phase}, suspended"
    return f"{facts.phase} {workflow.status.progress}".strip()


def _headline(facts: WorkflowFacts) -> str:
    """Say of a failed workflow why it is called well."""
    return f"Workflow {facts.ref} did not fail: a person ended it" if facts.stopped_by else ""


def _about(found: FoundObject[Workflow], facts: WorkflowFacts) -> Iterable[str]:
    yield found.note
    yield f"step {facts.step.name}" if facts.step.name else ""
    owned = facts.top_owner != facts.ref
    yield f"started by {facts.top_owner.kind} {facts.top_owner.name}" if owned else ""
    yield f"age {seconds_in_words(facts.age)}"
    yield f"service account {facts.service_account}"


def _checked(workflow: Workflow, facts: WorkflowFacts, around: Around) -> Iterable[str]:
    steps = len(workflow.status.nodes)
    yield f"phase {facts.phase}"
    yield f"{steps} node{'s' if steps != 1 else ''}"
    yield from around.behind.checked


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Workflows that failed within a day, that wait too long, or a step of which has failed."""
    now = look.cluster.now()
    read = await look.list(Workflow, namespace, what="workflows", labels=NOT_WELL)

    def unwell(workflow: Workflow) -> bool:
        ended = workflow.status.finished_at
        return (ended is None or now - ended < RECENT) and standing(workflow, now).trouble

    return tuple(workflow.ref for workflow in await picked(read.value or (), unwell))


WORKFLOW = Handler(
    verb="diagnose",
    subject="workflow",
    aliases=("workflows", "wf"),
    usage="diagnose workflow NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why an Argo Workflow is pending or failed: the step, its log, and what to do.",
    cost=2,
    needs=tuple(dict.fromkeys((*NEEDS, *POD_NEEDS))),
    gather=gather,
)
WORKFLOW_SWEEP = Sweep(handler=WORKFLOW, suspects=suspects)
