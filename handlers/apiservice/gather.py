"""Find the APIService that is meant, and follow it through its Service to its pods."""

from collections.abc import Iterable

import msgspec
from msgspec import Struct

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Evidence, Progress, Question, Sources
from handlers.extract.apiservice import (
    ApiServiceReads,
    apiservice_facts,
    available_condition,
    is_available,
)
from handlers.extract.service import ServiceReads, service_facts
from handlers.find_object import FoundObject, Sort, find_object
from handlers.look import Look, Read
from handlers.service_reads import read_service
from handlers.sources.cluster import counting
from handlers.sources.objects.apiservice import APIService
from handlers.sources.objects.network import Service
from handlers.sweep import picked
from rules.facts.apiservice import ApiServiceFacts
from rules.facts.base import SubjectFacts
from rules.finding import ObjectRef


def _state(apiservice: APIService) -> str:
    condition = available_condition(apiservice)
    return "Available" if condition.status == "True" else f"{condition.status} ({condition.reason})"


SORT = Sort(APIService, state=_state, healthy=is_available)


class _Behind(Struct, frozen=True, kw_only=True):
    """What was read behind an APIService."""

    service: Read[Service] = Read()
    reads: ServiceReads | None = None
    pods: PodsBehind = PodsBehind()


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one APIService.

    Raises:
        QuestionError: the name is impossible, unknown, or means several APIServices.
        SourceError: the APIService itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("apiservice")
            evidence = await _look(found, look, alone=not question.sweep)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _look(found: FoundObject[APIService], look: Look, *, alone: bool) -> Evidence:
    behind = await _read_behind(found.item, look, alone=alone)
    facts = apiservice_facts(_reads(found.item, behind, look))
    return Evidence(
        subject=facts.ref,
        facts=facts,
        related=_related(behind) if alone else (),
        about=tuple(filter(None, (found.note, f"answered by {_answers(facts)}"))),
        healthy=facts.available == "True",
        symptom=_state(found.item),
        exhibits=behind.pods.exhibits,
        gaps=look.gaps,
        checked=(*_checked(facts), *behind.pods.checked),
        as_of=look.cluster.now(),
    )


async def _read_behind(apiservice: APIService, look: Look, *, alone: bool) -> _Behind:
    target = apiservice.spec.service
    if target is None:
        return _Behind()
    service = await look.get(Service, target.name, target.namespace, what=f"Service {target.name}")
    if service.value is None:
        return _Behind(service=service)
    reads = await read_service(service.value, look)
    pods = await read_behind(reads.pods, look) if alone else PodsBehind()
    return _Behind(service=service, reads=reads, pods=pods)


def _reads(apiservice: APIService, behind: _Behind, look: Look) -> ApiServiceReads:
    slices = behind.reads.missing.get("slices", "") if behind.reads else ""
    missing = {"service": behind.service.missing, "slices": slices or behind.service.missing}
    return ApiServiceReads(
        apiservice=apiservice,
        now=look.cluster.now(),
        service=behind.service.value,
        slices=behind.reads.slices if behind.reads else (),
        pods=behind.pods.facts,
        missing={source: why for source, why in missing.items() if why},
    )


def _related(behind: _Behind) -> tuple[SubjectFacts, ...]:
    service = (service_facts(behind.reads),) if behind.reads else ()
    return (*service, *behind.pods.facts)


def _answers(facts: ApiServiceFacts) -> str:
    return "the API server itself" if facts.local else f"Service {facts.service_namespace}/{facts.service}"


def _checked(facts: ApiServiceFacts) -> Iterable[str]:
    yield f"condition Available ({facts.available})"
    if not facts.local and "ready" not in facts.missing:
        yield f"{facts.ready} ready endpoints of Service {facts.service_namespace}/{facts.service}"


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """APIServices that are not available; of no namespace, so none in a look at one."""
    if namespace:
        return ()
    listed = await look.list(APIService, what="apiservices")
    return tuple(one.ref for one in await picked(listed.value or (), lambda one: not is_available(one)))
