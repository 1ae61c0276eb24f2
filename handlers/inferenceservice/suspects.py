"""Which InferenceServices a look at everything diagnoses."""

from handlers.extract.serving_spec import is_stopped
from handlers.look import Look
from handlers.sources.objects.serving import InferenceService
from handlers.sweep import picked
from rules.finding import ObjectRef


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Every InferenceService that is not stopped: prediction errors stand in logs only."""
    read = await look.list(InferenceService, namespace, what="inferenceservices")
    return tuple(item.ref for item in await picked(read.value or (), lambda item: not is_stopped(item)))
