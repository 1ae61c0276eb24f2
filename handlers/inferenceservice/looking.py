"""Find the InferenceService that is meant, read what is behind it, and turn it into facts."""

from collections.abc import Iterable

import msgspec

from handlers.contract import Evidence, Progress, Question, Sources
from handlers.extract.inferenceservice import inference_service_facts
from handlers.extract.model_loading import loading_in_words
from handlers.extract.predictions import server_logs
from handlers.extract.serving_spec import condition, is_stopped
from handlers.find_object import FoundObject, Sort, find_object
from handlers.inferenceservice.reads import Behind, read_serving_behind
from handlers.look import Look
from handlers.sources.cluster import counting
from handlers.sources.objects.serving import InferenceService
from rules.facts.inferenceservice import InferenceServiceFacts
from rules.units import seconds_in_words


def state(item: InferenceService) -> str:
    """How it stands, as a pick-list shows it."""
    if is_stopped(item):
        return "stopped"
    ready = condition(item, "Ready")
    return "Ready" if ready.status == "True" else f"Ready {ready.status or 'unknown'}"


def looks_well(item: InferenceService) -> bool:
    """Whether its own status shows no symptom."""
    return is_stopped(item) or condition(item, "Ready").status == "True"


def names(item: InferenceService) -> Iterable[str]:
    """What people also call it: its Deployments and Services."""
    return tuple(f"{item.metadata.name}-{part}" for part in ("predictor", "transformer", "explainer"))


SORT = Sort(InferenceService, state, looks_well, names)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one InferenceService.

    Raises:
        QuestionError: the name is impossible, unknown, or means several.
        SourceError: the InferenceService itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("inferenceservice")
            behind = await read_serving_behind(found.item, look, sweep=question.sweep)
            evidence = _evidence(found, behind, look, sweep=question.sweep)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


def _evidence(found: FoundObject[InferenceService], behind: Behind, look: Look, *, sweep: bool) -> Evidence:
    facts = inference_service_facts(behind.reads)
    return Evidence(
        subject=facts.ref,
        facts=facts,
        related=() if sweep else (*behind.pods.facts, *behind.uncreated),
        about=tuple(piece for piece in _about(facts, found.note) if piece),
        healthy=facts.healthy,
        symptom=state(found.item),
        headline=f"{facts.ref} is stopped on purpose" if facts.stopped else "",
        exhibits=() if sweep else behind.pods.exhibits,
        gaps=look.gaps,
        checked=tuple(_checked(facts, behind)),
        as_of=behind.reads.now,
    )


def _about(facts: InferenceServiceFacts, note: str) -> Iterable[str]:
    yield note
    yield facts.mode
    yield facts.pods_said.text if facts.pods_said and not facts.missing else ""
    yield f"age {seconds_in_words(facts.age)}"
    yield loading_in_words(facts.loading)


def _checked(facts: InferenceServiceFacts, behind: Behind) -> Iterable[str]:
    yield "its conditions and model status"
    if "reconcile_error" not in facts.missing:
        yield f"{len(behind.reads.events)} events of its own"
    if behind.reads.runtimes is not None:
        yield f"{len(behind.reads.runtimes)} serving runtimes"
    yield from (f"Deployment {name}" for name in facts.deployments)
    yield from behind.pods.checked
    for name in dict.fromkeys(
        one.pod for one in (*server_logs(facts.pod), *behind.reads.logs) if one.log.lines
    ):
        yield f"answers to predictions in the log of {name}"
