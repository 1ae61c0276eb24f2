"""`diagnose mlflow`: does tracking work; if not, is it the server, its database, its bucket or the way."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec

from handlers.contract import (
    Candidate,
    Evidence,
    Handler,
    NameNotFound,
    Progress,
    Question,
    Sources,
)
from handlers.extract.mlflow import absent_facts, mlflow_facts, mlflow_ref, wanted
from handlers.look import Look
from handlers.mlflow.aws import IAM
from handlers.mlflow.reads import COMPONENT, NEEDS, Around, read_server
from handlers.names import check_name, check_namespace
from handlers.pod_reads import NEEDS as POD_NEEDS
from handlers.sources.cluster import counting
from handlers.sources.objects.network import Service
from handlers.sources.objects.workload import Deployment
from handlers.sweep import Sweep
from rules.facts.mlflow import MlflowFacts
from rules.finding import ObjectRef

MOST_SERVERS = 6
"""Servers that are looked at in one question."""


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at the MLflow servers that are meant: all of the platform, or those of one namespace.

    Raises:
        QuestionError: the name is impossible, or there is no such server.
        SourceError: the Deployments could not be read.
    """
    if question.name:
        check_name(question)
    check_namespace(question.namespace)
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            servers = await look.within_deadline(_meant(question, look), "MLflow")
            orphan = await orphan_of(question, look) if not servers else None
            if orphan is not None:
                return _absent(orphan, look, count.requests)
            if not servers:
                raise _not_found(question, await look.within_deadline(_servers(("",), look), "MLflow"))
            if len(servers) > MOST_SERVERS:
                look.note(
                    f"{len(servers) - MOST_SERVERS} more MLflow servers", f"{MOST_SERVERS} are looked at"
                )
            around = await asyncio.gather(
                *(read_server(one, look, sweep=question.sweep) for one in servers[:MOST_SERVERS])
            )
            evidence = _evidence(question, around, look)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _meant(question: Question, look: Look) -> Sequence[Deployment]:
    """The servers of that namespace, else of the platform's, else of any; by name where one was said."""
    found = await _servers(_places(question, look), look)
    found = [one for one in found if one.metadata.name.startswith(question.name)]
    exact = [one for one in found if one.metadata.name == question.name]
    if exact or found or question.namespace or question.name:
        return exact or found
    orphan = await orphan_of(question, look)
    return await _servers(("",), look) if orphan is None else ()


async def orphan_of(question: Question, look: Look) -> Service | None:
    """The Service clients use, for where no Deployment is behind it any more."""
    name = look.platform.mlflow.service
    if question.name not in {"", name}:
        return None
    for namespace in _places(question, look):
        read = await look.list(Service, namespace, what="services")
        found = next((one for one in read.value or () if one.metadata.name == name), None)
        if found is not None:
            return found
    return None


def _absent(service: Service, look: Look, requests: int) -> Evidence:
    facts = absent_facts(service)
    return Evidence(
        subject=facts.ref,
        facts=facts,
        about=(f"Service {facts.service}:{facts.port}",),
        symptom=str(facts.pods_said or ""),
        gaps=look.gaps,
        checked=("Deployments with the label of MLflow", "services"),
        as_of=look.cluster.now(),
        api_calls=requests,
    )


def _places(question: Question, look: Look) -> Sequence[str]:
    if question.namespace:
        return (question.namespace,)
    component = look.platform.component(COMPONENT)
    return (component.namespaces if component else ()) or ("",)


async def _servers(namespaces: Iterable[str], look: Look) -> list[Deployment]:
    """Find the Deployments that carry the platform's label of MLflow. Raises SourceError."""
    component = look.platform.component(COMPONENT)
    found: dict[ObjectRef, Deployment] = {}
    for namespace in namespaces:
        for selector in component.selectors if component else ():
            listed = await look.cluster.list(Deployment, namespace, labels=selector)
            found |= {one.ref: one for one in listed}
            if listed:
                break
    return sorted(found.values(), key=lambda one: (one.metadata.namespace, one.metadata.name))


def _not_found(question: Question, elsewhere: Sequence[Deployment]) -> NameNotFound:
    what = f"No MLflow server {question.name}".strip()
    where = f" in namespace {question.namespace}" if question.namespace else ""
    places = ", ".join(sorted({one.metadata.namespace for one in elsewhere}))
    hint = f"; found in {places}." if places else ": no Deployment carries its label (app=mlflow)."
    return NameNotFound(
        f"{what}{where}{hint}", tuple(Candidate(mlflow_ref(one), _state(one)) for one in elsewhere)
    )


def _state(deployment: Deployment) -> str:
    return f"{deployment.status.ready_replicas}/{wanted(deployment)} ready"


def _evidence(question: Question, around: Sequence[Around], look: Look) -> Evidence:
    """Answer with the worst server as the subject, the others beside it."""
    judged = [(mlflow_facts(one.reads), one) for one in around]
    judged.sort(key=lambda pair: (pair[0].healthy, pair[0].ready > 0))
    facts, first = judged[0]
    others = tuple(fact for fact, _ in judged[1:])
    behind = () if question.sweep else tuple(fact for _, one in judged for fact in one.behind.facts)
    return Evidence(
        subject=facts.ref,
        facts=facts,
        related=(*others, *behind),
        about=tuple(piece for piece in _about(facts, others) if piece),
        healthy=all(fact.healthy for fact, _ in judged),
        symptom=str(facts.pods_said or ""),
        exhibits=tuple(exhibit for _, one in judged for exhibit in one.behind.exhibits),
        gaps=look.gaps,
        checked=tuple(piece for fact, one in judged for piece in _checked(fact, one)),
        as_of=first.reads.now,
    )


def _about(facts: MlflowFacts, others: Sequence[MlflowFacts]) -> Iterable[str]:
    yield f"Service {facts.service}:{facts.port}" if facts.service else "no Service"
    yield f"database {facts.database.endpoint}" if facts.database.host else ""
    yield f"RDS {facts.database.instance.status}" if facts.database.instance.status else ""
    yield f"artifacts {facts.artifacts.uri}" if facts.artifacts.uri else ""
    if others:
        names = ", ".join(str(other.ref) for other in others)
        yield f"also judged: {names}"


def _checked(facts: MlflowFacts, around: Around) -> Iterable[str]:
    yield f"{facts.ref}: {facts.pods_said}"
    if facts.endpoints_said:
        yield facts.endpoints_said.text
    if "policies" not in around.reads.missing:
        yield f"{len(facts.policies)} network policies on its pods"
    if facts.database.instance.said:
        yield facts.database.instance.said.text
    if around.reads.bucket.asked:
        yield f"bucket {facts.artifacts.bucket}"
    yield from around.behind.checked


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Every MLflow server: what fails in one may stand in its log alone.

    One that is scaled to zero is a fault where the platform's own server should be.
    """
    component = look.platform.component(COMPONENT)
    own = component.namespaces if component else ()
    found: dict[ObjectRef, None] = {}
    for selector in component.selectors if component else ():
        read = await look.list(Deployment, namespace, what="deployments", labels=selector)
        servers = (one for one in read.value or () if wanted(one) > 0 or one.metadata.namespace in own)
        found |= {mlflow_ref(one): None for one in servers}
    return tuple(found)[:MOST_SERVERS]


MLFLOW = Handler(
    verb="diagnose",
    subject="mlflow",
    takes="optional",
    usage="diagnose mlflow [NAME] [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why experiment tracking fails: the MLflow server, its database, its bucket, or the way to it.",
    cost=3,
    needs=tuple(dict.fromkeys((*NEEDS, *POD_NEEDS))),
    iam=IAM,
    gather=gather,
)
MLFLOW_SWEEP = Sweep(handler=MLFLOW, suspects=suspects)
