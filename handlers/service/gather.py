"""Find the Service that is meant, follow its ladder, and diagnose the worst pods behind it."""

import asyncio
from collections.abc import Iterable

import msgspec

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Evidence, Progress, Question, Sources
from handlers.extract.ingress import ingress_facts
from handlers.extract.ingress_backends import service_names
from handlers.extract.ingress_targets import has_failing_gate
from handlers.extract.service import ServiceReads, service_facts
from handlers.find_object import FoundObject, Sort, find_object
from handlers.ingress_reads import read_ingress
from handlers.look import Look
from handlers.service_reads import read_service
from handlers.sources.cluster import counting
from handlers.sources.objects.ingress import Ingress
from handlers.sources.objects.network import Service
from rules.facts.ingress import IngressFacts
from rules.facts.service import ServiceFacts

MOST_FRONTS = 3
"""Ingresses before one Service that are looked at."""
SORT = Sort(Service, state=lambda service: service.spec.type, healthy=lambda _: True)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one Service.

    Raises:
        QuestionError: the name is impossible, unknown, or means several Services.
        SourceError: the Service itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("service")
            evidence = await _look(found, look, alone=not question.sweep)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _look(found: FoundObject[Service], look: Look, *, alone: bool) -> Evidence:
    reads = await read_service(found.item, look)
    # Looking for labels like those asked for takes a while in a large namespace: the loop goes on meanwhile.
    facts = await asyncio.to_thread(service_facts, reads) if not reads.pods else service_facts(reads)
    behind = await read_behind(reads.pods, look) if alone else PodsBehind()
    fronts = await _fronts(reads, look) if alone else ()
    return Evidence(
        subject=facts.ref,
        facts=facts,
        related=(*behind.facts, *fronts),
        about=tuple(filter(None, _about(facts, found.note))),
        healthy=facts.healthy,
        symptom=_symptom(facts),
        exhibits=behind.exhibits,
        gaps=look.gaps,
        checked=(*_checked(facts, reads), *behind.checked),
        as_of=reads.now,
    )


async def _fronts(reads: ServiceReads, look: Look) -> tuple[IngressFacts, ...]:
    """Look at the Ingresses that lead to it, where a load balancer keeps its pods from being ready."""
    if not any(map(has_failing_gate, reads.pods)):
        return ()
    name, namespace = reads.service.metadata.name, reads.service.metadata.namespace
    listed = await look.list(Ingress, namespace, what="ingresses")
    leading = [one for one in listed.value or () if name in service_names(one)]
    return tuple([ingress_facts(await read_ingress(one, look, logs=False)) for one in leading[:MOST_FRONTS]])


def _about(facts: ServiceFacts, note: str) -> Iterable[str]:
    yield note
    yield f"type {facts.type}" + (" (headless)" if facts.headless else "")
    if facts.external_name:
        yield f"stands for {facts.external_name}"
    elif not facts.selects:
        yield "no selector: its endpoints are written by hand or by a controller"
    else:
        yield f"selects {facts.selector}"
    if facts.hosted:
        yield "for the control plane, which EKS runs outside the cluster"
    yield ", ".join(dict.fromkeys(f"{port.port} → {port.target}" for port in facts.ports))


def _symptom(facts: ServiceFacts) -> str:
    """How many of its endpoints answer, as a person would say it."""
    if facts.external_name:
        return f"stands for {facts.external_name}"
    return f"{facts.ready} of {facts.endpoints} endpoints ready"


def _checked(facts: ServiceFacts, reads: ServiceReads) -> Iterable[str]:
    missing = reads.missing
    if facts.external_name:
        yield f"type: a name for {facts.external_name}, outside the cluster"
        return
    if facts.selects and "pods" not in missing:
        yield f"selector {facts.selector} matches {facts.labelled} pods"
    if "slices" not in missing:
        yield f"{facts.ready} of {facts.endpoints} endpoints ready"
    if facts.ports and facts.selects and "pods" not in missing:
        yield f"ports {', '.join(port.name for port in facts.ports)} lead to the pods' containers"
    if "policies" not in missing:
        count = len(facts.policy.isolating)
        only = f": {facts.policy.only.text}" if facts.policy.only else ""
        yield f"{count} network polic{'ies' if count != 1 else 'y'} on its pods{only}"
    if facts.address:
        yield f"load balancer {facts.address}"
