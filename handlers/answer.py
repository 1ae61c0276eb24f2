"""The way a question about an object goes: find it, read it and the pods behind it, and answer."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec
from msgspec import Struct

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Evidence, Progress, Question, Sources
from handlers.find_object import FoundObject, Sort, find_object
from handlers.look import Look
from handlers.sources.cluster import counting
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.objects.pod import Pod
from rules.facts.base import SubjectFacts
from rules.units import seconds_in_words

K = TypeVar("K", bound=KubernetesObject)


class Told(Struct, frozen=True, kw_only=True):
    """What one kind knows of its object.

    Attributes:
        pods: the pods behind it, and behind what it depends on; the worst are diagnosed in full.
        about: pieces for the context line; `symptom` the visible state.
        related: facts about other objects that were computed on the way.
        checked: what was looked at, in words.
    """

    facts: SubjectFacts
    healthy: bool
    symptom: str
    about: tuple[str, ...] = ()
    pods: tuple[Pod, ...] = ()
    related: tuple[SubjectFacts, ...] = ()
    checked: tuple[str, ...] = ()


Tell = Callable[[K, Look, Question], Awaitable[Told]]


async def answer(
    sort: Sort[K], tell: Tell[K], question: Question, sources: Sources, progress: Progress
) -> Evidence:
    """Go and look at one object of a kind.

    Raises:
        QuestionError: the name is impossible, unknown, or means several objects.
        SourceError: the object itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(sort, question, look)
            await look.told(sort.kind.resource.kind)
            told = await tell(found.item, look, question)
            behind = await _behind(told.pods, look, sweep=question.sweep)
            evidence = _evidence(found, told, behind, look)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _behind(pods: Sequence[Pod], look: Look, *, sweep: bool) -> PodsBehind:
    """Diagnose the worst pods, unless every pod is judged on its own."""
    return PodsBehind() if sweep or not pods else await read_behind(pods, look)


def _evidence(found: FoundObject[K], told: Told, behind: PodsBehind, look: Look) -> Evidence:
    return Evidence(
        subject=found.item.ref,
        facts=told.facts,
        related=(*told.related, *behind.facts),
        about=tuple(piece for piece in (found.note, *told.about, _age(found.item, look)) if piece),
        healthy=told.healthy,
        symptom=told.symptom,
        exhibits=behind.exhibits,
        gaps=look.gaps,
        checked=(*told.checked, *behind.checked),
        as_of=look.cluster.now(),
    )


def _age(item: KubernetesObject, look: Look) -> str:
    created = item.metadata.creation_timestamp
    return f"age {seconds_in_words((look.cluster.now() - created).total_seconds())}" if created else ""
