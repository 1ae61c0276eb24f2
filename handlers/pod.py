"""`diagnose pod`: find the pod that is meant, read what can explain it at once, and turn it into facts."""

import msgspec

from handlers.contract import Evidence, Handler, Progress, Question, Sources
from handlers.extract.pod import never_created_facts, pod_facts
from handlers.find_pod import PodSearch
from handlers.look import Look
from handlers.names import Found, check_name
from handlers.never_created import find_owners, meant, refusal_of
from handlers.pod_about import about, checked
from handlers.pod_reads import NEEDS, read_pod
from handlers.sources.cluster import counting


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one pod.

    Raises:
        QuestionError: the name is impossible, unknown, or means several pods.
        SourceError: the pod itself could not be read.
    """
    check_name(question)
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            search = PodSearch(question, look)
            found = await look.within_deadline(search.find(), f"pod {question.name}")
            evidence = await (_of_pod(found, search, look) if found else _of_owner(question, search, look))
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _of_pod(found: Found, search: PodSearch, look: Look) -> Evidence:
    await look.told("pod")
    reads, logs = await read_pod(found.pod, look, search.listed)
    facts = pod_facts(reads)
    return Evidence(
        subject=found.pod.ref,
        facts=facts,
        about=about(facts, reads, found.note),
        healthy=facts.healthy,
        symptom=facts.status,
        exhibits=logs.exhibits,
        gaps=look.gaps,
        checked=checked(facts, reads, logs),
        as_of=reads.now,
    )


async def _of_owner(question: Question, search: PodSearch, look: Look) -> Evidence:
    """Look at an owner that has no pod: scaled to zero, refused by the API server, or over and cleared away.

    Raises:
        NameNotFound: there is no such owner either.
        SourceError: it has pods, and they may not be listed.
    """
    owner = meant(question.name, await find_owners(question.name, search.namespaces, look))
    if owner is None:
        elsewhere = await find_owners(question.name, ("",), look) if question.namespace else ()
        refs = [other.ref for other in elsewhere]
        raise await look.within_deadline(search.not_found(refs), "pods")
    if owner.existing and search.unlisted:
        raise search.unlisted
    creation = await refusal_of(owner, look)
    facts = never_created_facts(owner.ref, creation, status=owner.status, healthy=owner.healthy)
    return Evidence(
        subject=owner.ref,
        facts=facts,
        about=(owner.words,),
        healthy=facts.healthy,
        symptom=facts.status,
        gaps=look.gaps,
        checked=(f"{facts.owner}, its conditions and its events",),
        as_of=look.cluster.now(),
    )


POD = Handler(
    verb="diagnose",
    subject="pod",
    aliases=("pods", "po"),
    usage="diagnose pod NAME [-n NAMESPACE] [--cluster CLUSTER]",
    summary="Why a pod is pending, crashing, not ready, evicted or stuck, and what to do.",
    cost=2,
    needs=NEEDS,
    gather=gather,
)
