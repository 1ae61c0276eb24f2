"""Find the Ingress that is meant, and follow it through controller and Services to the pods."""

from collections.abc import Iterable

import msgspec

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Evidence, Progress, Question, Sources
from handlers.extract.ingress import IngressReads, ingress_facts
from handlers.extract.pod_status import looks_healthy
from handlers.extract.service import service_facts
from handlers.find_object import FoundObject, Sort, find_object
from handlers.ingress.aws import with_aws
from handlers.ingress_reads import read_ingress
from handlers.look import Look
from handlers.sources.cluster import counting
from handlers.sources.objects.ingress import Ingress
from rules.facts.base import SubjectFacts
from rules.facts.ingress import IngressFacts


def _state(ingress: Ingress) -> str:
    return ingress.status.load_balancer.address or "no address"


def _hosts(ingress: Ingress) -> Iterable[str]:
    return (rule.host for rule in ingress.spec.rules)


SORT = Sort(Ingress, state=_state, healthy=lambda one: bool(one.status.load_balancer.address), names=_hosts)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one Ingress.

    Raises:
        QuestionError: the name is impossible, unknown, or means several Ingresses.
        SourceError: the Ingress itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("ingress")
            evidence = await _look(found, look, alone=not question.sweep)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _look(found: FoundObject[Ingress], look: Look, *, alone: bool) -> Evidence:
    reads = await read_ingress(found.item, look)
    facts = ingress_facts(reads)
    if alone:
        reads = await with_aws(reads, facts, look)
        facts = ingress_facts(reads)
    behind = await _behind(reads, look) if alone else PodsBehind()
    return Evidence(
        subject=facts.ref,
        facts=facts,
        related=(*_services(reads), *behind.facts) if alone else (),
        about=tuple(filter(None, _about(facts, found.note))),
        healthy=facts.healthy,
        symptom=_state(found.item),
        exhibits=behind.exhibits,
        gaps=look.gaps,
        checked=(*_checked(facts), *behind.checked),
        as_of=reads.now,
    )


async def _behind(reads: IngressReads, look: Look) -> PodsBehind:
    """Diagnose the worst pods of its Services, and the controller's where none of them works."""
    pods = [pod for one in reads.backends if one.reads for pod in one.reads.pods]
    down = reads.controller.pods if not any(map(looks_healthy, reads.controller.pods)) else ()
    return await read_behind([*pods, *down], look)


def _services(reads: IngressReads) -> tuple[SubjectFacts, ...]:
    return tuple(service_facts(one.reads) for one in reads.backends if one.reads)


def _about(facts: IngressFacts, note: str) -> Iterable[str]:
    yield note
    yield f"class {facts.class_name or 'of the cluster (default)'}"
    yield ", ".join(facts.hosts)
    yield facts.address
    yield f"leads to {', '.join(dict.fromkeys(f'Service {one.name}:{one.port}' for one in facts.backends))}"


def _checked(facts: IngressFacts) -> Iterable[str]:
    missing = facts.missing
    if "class_exists" not in missing:
        yield f"class {facts.class_name}"
    if "controller" not in missing and facts.controller.pods:
        yield f"load balancer controller ({facts.controller.ready} of {facts.controller.pods} pods ready)"
    if "balancer" not in missing:
        yield "its events and the controller's log"
    for one in facts.backends:
        yield f"Service {one.name}, port {one.port}, {'with' if one.serves else 'without'} endpoints"
    if facts.alb.asked and "alb" not in missing:
        yield f"load balancer {facts.alb.name} in AWS ({facts.alb.state})"
    if facts.targets.total and "targets" not in missing:
        yield f"{facts.targets.total - facts.targets.unhealthy} of {facts.targets.total} targets healthy"
