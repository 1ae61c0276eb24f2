"""The reads behind a claim's diagnosis: class, volume, events, the pods that mount it, how full it is."""

import asyncio
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Evidence, Handler, NameNotFound, Need, Progress, Question, Sources
from handlers.extract.claim import ClaimReads, absent_facts, claim_subject_facts, users_of
from handlers.extract.surroundings import Surroundings
from handlers.find_object import FoundObject, Sort, find_object
from handlers.look import Look, Read, nothing
from handlers.pod_reads import NEEDS
from handlers.sources.cluster import counting
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolume, PersistentVolumeClaim, StorageClass
from handlers.volume.absent import AbsentClaim, absent_claim
from handlers.volume.driver import driver_pods, provisioner_of
from handlers.volume.fill import Figures, read_fill
from rules.facts.persistentvolumeclaim import PersistentVolumeClaimFacts
from rules.units import seconds_in_words


def claim_is_well(claim: PersistentVolumeClaim) -> bool:
    """Whether a claim shows no symptom in a list: bound and staying."""
    return claim.status.phase == "Bound" and claim.metadata.deletion_timestamp is None


def claim_state(claim: PersistentVolumeClaim) -> str:
    """The STATUS column of `kubectl get pvc`."""
    return "Terminating" if claim.metadata.deletion_timestamp else claim.status.phase or "Unknown"


CLAIM = Sort(kind=PersistentVolumeClaim, state=claim_state, healthy=claim_is_well)


class _Answers(Struct, frozen=True, kw_only=True):
    classes: Read[tuple[StorageClass, ...]]
    volumes: Read[tuple[PersistentVolume, ...]]
    events: Read[tuple[Event, ...]]
    pods: Read[tuple[Pod, ...]]
    driver: Read[tuple[Pod, ...]]
    fill: Read[Figures]


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one claim.

    Raises:
        QuestionError: the name is impossible, unknown, or means several claims.
        SourceError: the claim itself could not be read.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            evidence = await _answer(question, look)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _answer(question: Question, look: Look) -> Evidence:
    try:
        found = await find_object(CLAIM, question, look)
    except NameNotFound as unknown:
        absent = await absent_claim(question, look)
        if absent is None:
            raise
        await look.told("claim")
        near = [each.ref.name for each in unknown.near if each.ref.namespace == absent.ref.namespace]
        return await _of_absent(absent, near, look)
    await look.told("claim")
    return await _of_claim(found, question, look)


async def _of_absent(absent: AbsentClaim, near: Sequence[str], look: Look) -> Evidence:
    facts = absent_facts(absent.ref, absent.pods, near)
    behind = await read_behind(absent.pods, look)
    return Evidence(
        subject=absent.ref,
        facts=facts,
        related=behind.facts,
        about=(facts.effect,),
        symptom="not found",
        exhibits=behind.exhibits,
        gaps=look.gaps,
        checked=("pods that mount it", *behind.checked),
        as_of=look.cluster.now(),
    )


async def _of_claim(found: FoundObject[PersistentVolumeClaim], question: Question, look: Look) -> Evidence:
    claim = found.item
    answers = await _ask(claim, question, look)
    reads = _reads(claim, answers, look)
    facts = claim_subject_facts(reads)
    behind = PodsBehind() if question.sweep or facts.well else await read_behind(_behind(facts, reads), look)
    return Evidence(
        subject=claim.ref,
        facts=facts,
        related=behind.facts,
        about=tuple(_about(found, facts)),
        healthy=facts.well,
        symptom=claim_state(claim),
        exhibits=behind.exhibits,
        gaps=look.gaps,
        checked=(*_checked(facts, answers), *behind.checked),
        as_of=reads.now,
    )


def _behind(facts: PersistentVolumeClaimFacts, reads: ClaimReads) -> list[Pod]:
    """Pods worth a diagnosis of their own: those that wait, and those that ought to make the volume."""
    waiting = [pod for pod in users_of(reads.claim, reads.pods) if not pod.spec.node_name]
    silent = facts.claim.problem == "provisioner_silent"
    return [*waiting, *(reads.driver_pods or () if silent else ())]


async def _ask(claim: PersistentVolumeClaim, question: Question, look: Look) -> _Answers:
    namespace = claim.metadata.namespace
    async with asyncio.TaskGroup() as group:
        classes = group.create_task(look.list(StorageClass, what="storage classes"))
        volumes = group.create_task(look.list(PersistentVolume, what="volumes"))
        events = group.create_task(_events(claim, look))
        pods = group.create_task(look.list(Pod, namespace, what="pods"))
        driver = group.create_task(nothing() if claim_is_well(claim) else driver_pods(claim, classes, look))
        fill = group.create_task(read_fill(claim, look, quiet=question.sweep))
    return _Answers(
        classes=classes.result(),
        volumes=volumes.result(),
        events=events.result(),
        pods=pods.result(),
        driver=driver.result(),
        fill=fill.result(),
    )


async def _events(claim: PersistentVolumeClaim, look: Look) -> Read[tuple[Event, ...]]:
    fields = f"involvedObject.uid={claim.metadata.uid}"
    return await look.list(Event, claim.metadata.namespace, what="events", fields=fields)


def _reads(claim: PersistentVolumeClaim, answers: _Answers, look: Look) -> ClaimReads:
    missing = {
        "claim_events": answers.events.missing,
        "volumes": answers.volumes.missing,
        "storage_classes": answers.classes.missing,
    }
    around = Surroundings(
        claims=(claim,),
        claim_events=answers.events.value,
        volumes=answers.volumes.value,
        storage_classes=answers.classes.value,
        missing={part: why for part, why in missing.items() if why},
    )
    return ClaimReads(
        claim=claim,
        now=look.cluster.now(),
        around=around,
        pods=answers.pods.value or (),
        driver_pods=answers.driver.value,
        fill=answers.fill.value or {},
        missing={
            "pods": answers.pods.missing,
            "events": answers.events.missing,
            "fill": answers.fill.missing,
            "driver": answers.driver.missing,
            "volumes": answers.volumes.missing,
            "storage_classes": answers.classes.missing,
        },
    )


def _about(found: FoundObject[PersistentVolumeClaim], facts: PersistentVolumeClaimFacts) -> Iterable[str]:
    if found.note:
        yield found.note
    claim = facts.claim
    yield f"{claim.size or 'no size'}, class {claim.storage_class or 'none'}"
    if claim.volume:
        yield f"volume {claim.volume}"
    yield f"age {seconds_in_words(facts.age)}"
    if facts.fill.said:
        yield str(facts.fill.said)
    if facts.effect:
        yield facts.effect


def _checked(facts: PersistentVolumeClaimFacts, answers: _Answers) -> Sequence[str]:
    told = [f"phase {facts.claim.phase}"]
    if not answers.classes.missing:
        told.append(f"class {facts.claim.storage_class or 'none'}")
    if facts.claim.bound and not answers.volumes.missing:
        told.append(f"volume {facts.claim.volume}")
    if not answers.events.missing:
        told.append("its events")
    if not answers.pods.missing:
        told.append("pods that mount it")
    if facts.fill.said:
        told.append("how full it is")
    if facts.driver.known:
        told.append(f"pods of {provisioner_of(facts)}")
    return told


PERSISTENTVOLUMECLAIM = Handler(
    verb="diagnose",
    subject="persistentvolumeclaim",
    aliases=("persistentvolumeclaims", "pvc", "pvcs"),
    usage="diagnose persistentvolumeclaim NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a claim has no volume, cannot be deleted or enlarged, or is full, and what to do.",
    cost=2,
    needs=(Need("get", "", "persistentvolumeclaims"), *NEEDS),
    gather=gather,
)
