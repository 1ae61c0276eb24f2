"""The reads behind a namespace's diagnosis, at once."""

import asyncio
from collections.abc import Iterable

import msgspec

from handlers.contract import Evidence, Handler, Need, Progress, Question, Row, Sources, Table
from handlers.extract.namespace import FULL, NamespaceReads, namespace_facts
from handlers.find_object import FoundObject, Sort, find_object
from handlers.look import Look, nothing
from handlers.sources.cluster import counting
from handlers.sources.objects.event import Event
from handlers.sources.objects.network import Namespace
from handlers.sources.objects.network_policy import NetworkPolicy
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.quota import LimitRange, ResourceQuota
from rules.facts.namespace import NamespaceFacts
from rules.units import seconds_in_words

MOST = 20


def namespace_is_well(namespace: Namespace) -> bool:
    """Whether it stays."""
    return namespace.metadata.deletion_timestamp is None and namespace.status.phase != "Terminating"


def namespace_state(namespace: Namespace) -> str:
    """The STATUS column of `kubectl get namespaces`."""
    return namespace.status.phase or "Active"


SORT = Sort(kind=Namespace, state=namespace_state, healthy=namespace_is_well)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one namespace.

    Raises:
        QuestionError: the name is impossible, unknown, or means several namespaces.
        SourceError: the namespace itself could not be read.
    """
    # "diagnose namespace" with -n alone means that one; a namespace has none of its own.
    meant = msgspec.structs.replace(question, name=question.name or question.namespace, namespace="")
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, meant, look)
            await look.told("namespace")
            evidence = await _of_namespace(found, look, sweep=question.sweep)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _of_namespace(found: FoundObject[Namespace], look: Look, *, sweep: bool) -> Evidence:
    reads = await _read(found.item, look, sweep=sweep)
    facts = namespace_facts(reads)
    full = any(one.share >= FULL for one in facts.quotas)
    return Evidence(
        subject=found.item.ref,
        facts=facts,
        tables=(_table(facts),) if facts.quotas else (),
        about=tuple(_about(found, facts, reads)),
        healthy=not (
            facts.deletion.under_way or full or facts.refusals or facts.pods_unwell or "pods" in reads.missing
        ),
        symptom=namespace_state(found.item),
        gaps=look.gaps,
        checked=tuple(_checked(reads)),
        as_of=reads.now,
    )


async def _read(namespace: Namespace, look: Look, *, sweep: bool) -> NamespaceReads:
    name = namespace.metadata.name
    async with asyncio.TaskGroup() as group:
        quotas = group.create_task(look.list(ResourceQuota, name, what="quotas"))
        limits = group.create_task(look.list(LimitRange, name, what="limit ranges"))
        policies = group.create_task(look.list(NetworkPolicy, name, what="network policies"))
        events = group.create_task(look.list(Event, name, what="events"))
        pods = group.create_task(nothing() if sweep else look.list(Pod, name, what="pods"))
    missing = {
        "quotas": quotas.result().missing,
        "limit_ranges": limits.result().missing,
        "policies": policies.result().missing,
        "events": events.result().missing,
        "pods": pods.result().missing,
    }
    return NamespaceReads(
        namespace=namespace,
        now=look.cluster.now(),
        quotas=quotas.result().value or (),
        limit_ranges=limits.result().value or (),
        policies=policies.result().value or (),
        events=events.result().value or (),
        pods=pods.result().value or (),
        missing={part: why for part, why in missing.items() if why},
    )


def _about(found: FoundObject[Namespace], facts: NamespaceFacts, reads: NamespaceReads) -> Iterable[str]:
    if found.note:
        yield found.note
    made = found.item.metadata.creation_timestamp
    if made:
        yield f"age {seconds_in_words((reads.now - made).total_seconds())}"
    if facts.pods:
        yield f"{facts.pods} pods"
    if facts.pod_security:
        yield f"Pod Security {facts.pod_security} enforced"
    if facts.default_deny:
        yield f"network policies for every pod: {', '.join(facts.default_deny)}"
    yield from facts.limits[:3]


def _table(facts: NamespaceFacts) -> Table:
    return Table(
        title="What its quotas allow, the fullest first",
        columns=("quota", "resource", "used", "of", "in use"),
        rows=tuple(
            Row((one.quota, one.resource, one.used, one.hard, f"{one.share:.0f}%"))
            for one in facts.quotas[:MOST]
        ),
        note=f"{MOST} of {len(facts.quotas)}" if len(facts.quotas) > MOST else "",
    )


def _checked(reads: NamespaceReads) -> Iterable[str]:
    yield "phase and conditions"
    for part, words in (
        ("quotas", f"{len(reads.quotas)} quotas"),
        ("events", "refusals of the last hour"),
        ("pods", f"status of {len(reads.pods)} pods"),
        ("limit_ranges", f"{len(reads.limit_ranges)} limit ranges"),
        ("policies", f"{len(reads.policies)} network policies"),
    ):
        if part not in reads.missing:
            yield words


NAMESPACE = Handler(
    verb="diagnose",
    subject="namespace",
    aliases=("namespaces", "ns"),
    namespaced=False,
    usage="diagnose namespace NAME [--cluster CLUSTER]",
    summary="Why a namespace cannot be deleted, or refuses pods, and what its quotas allow.",
    needs=(
        Need("get", "", "namespaces"),
        Need("list", "", "namespaces"),
        Need("list", "", "pods"),
        Need("list", "", "resourcequotas"),
        Need("list", "", "limitranges"),
        Need("list", "", "events"),
        Need("list", "networking.k8s.io", "networkpolicies"),
    ),
    gather=gather,
)
