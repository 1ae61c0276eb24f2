"""The reads behind every workload: its pods, its events, the Services over it, and who refuses its pods."""

import asyncio
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from handlers.contract import Need
from handlers.extract.owner import top_owner
from handlers.extract.serving import services_taking
from handlers.extract.webhook import called_by, webhook_facts
from handlers.extract.workload import Stated, WorkloadReads, owned, refusal, selector_text
from handlers.look import Look, Read
from handlers.pod_reads import NEEDS as POD_NEEDS
from handlers.sources.objects.admission import MutatingWebhookConfiguration, ValidatingWebhookConfiguration
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import LabelSelector
from handlers.sources.objects.network import EndpointSlice, Service
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import ReplicaSet
from rules.facts.pod import CreationFacts
from rules.facts.workload import WebhookFacts
from rules.finding import ObjectRef

WEBHOOK_NEEDS = (
    Need("list", "admissionregistration.k8s.io", "validatingwebhookconfigurations"),
    Need("list", "admissionregistration.k8s.io", "mutatingwebhookconfigurations"),
)
NEEDS = (*POD_NEEDS, *WEBHOOK_NEEDS)
"""The rights behind any workload's diagnosis: its own, and those of the pods behind it."""


class WebhookReads(Struct, frozen=True):
    """What is known of a webhook that refuses, and the pods behind it."""

    facts: WebhookFacts = WebhookFacts()
    pods: tuple[Pod, ...] = ()


class Around(Struct, frozen=True, kw_only=True):
    """What stands over a workload's pods; empty in a sweep, which does not ask what is still served."""

    services: Read[tuple[Service, ...]] = Read(())
    slices: Read[tuple[EndpointSlice, ...]] = Read(())


async def read_workload(item: Stated, uid: str, look: Look, *, sweep: bool) -> WorkloadReads:
    """Read what stands around a workload: its ReplicaSets, pods, refusals, and what is served through it."""
    namespace, selector = item.ref.namespace, selector_text(item.selector)
    async with asyncio.TaskGroup() as group:
        sets = group.create_task(_revisions(item, uid, look))
        pods = group.create_task(read_pods(selector, namespace, look))
        around = group.create_task(read_around(namespace, look, sweep=sweep))
        events = group.create_task(_refusals(item, uid, sets, look))
    reads = WorkloadReads(
        item=item,
        now=look.cluster.now(),
        sets=sets.result().value or (),
        pods=_own_pods(item, uid, pods.result(), sets.result()),
        events=events.result().value or (),
        services=around.result().services.value or (),
        slices=around.result().slices.value or (),
        missing=_missing(pods.result(), sets.result(), events.result(), around.result()),
    )
    webhook = await read_webhook(reads, look)
    return replace(reads, webhook=webhook.facts, webhook_pods=webhook.pods)


async def _revisions(item: Stated, uid: str, look: Look) -> Read[tuple[ReplicaSet, ...]]:
    """Read a Deployment's ReplicaSets; other kinds have none."""
    if item.ref.kind != "Deployment":
        return Read(())
    labels = selector_text(item.selector)
    read = await look.list(ReplicaSet, item.ref.namespace, what="rollout", labels=labels)
    own = (rs for rs in read.value or () if any(o.uid == uid for o in rs.metadata.owner_references))
    return Read(tuple(own), read.missing)


async def _refusals(
    item: Stated, uid: str, sets: asyncio.Task[Read[tuple[ReplicaSet, ...]]], look: Look
) -> Read[tuple[Event, ...]]:
    """Read the events of a workload that lacks pods, and of those of its ReplicaSets that want pods."""
    own = (await sets).value or ()
    short = [rs for rs in own if (rs.spec.replicas or 0) > rs.status.replicas]
    if item.numbers.existing >= item.numbers.wanted and not short:
        return Read(())
    return await read_events([uid, *(rs.metadata.uid for rs in short)], item.ref.namespace, look)


def _missing(
    pods: Read[tuple[Pod, ...]],
    sets: Read[tuple[ReplicaSet, ...]],
    events: Read[tuple[Event, ...]],
    around: Around,
) -> dict[str, str]:
    reads = {
        "pods": pods.missing,
        "replica_sets": sets.missing,
        "events": events.missing,
        "services": around.services.missing,
        "slices": around.slices.missing,
    }
    return {name: why for name, why in reads.items() if why}


async def read_pods(selector: str, namespace: str, look: Look) -> Read[tuple[Pod, ...]]:
    """Read the pods that a selector takes; whose they are is told by their owner references."""
    return await look.list(Pod, namespace, what="pods", labels=selector) if selector else Read(())


def _own_pods(
    item: Stated, uid: str, pods: Read[tuple[Pod, ...]], sets: Read[tuple[ReplicaSet, ...]]
) -> tuple[Pod, ...] | None:
    """The pods that it owns, by uid; by name where its ReplicaSets could not be read. None: not read."""
    if pods.missing:
        return None
    if sets.missing:
        return tuple(pod for pod in pods.value or () if top_owner(pod) == item.ref)
    return owned(pods.value or (), [uid, *(rs.metadata.uid for rs in sets.value or ())])


async def read_around(namespace: str, look: Look, *, sweep: bool) -> Around:
    """Read the Services of a namespace and the endpoints behind them."""
    if sweep:
        return Around()
    services, slices = await asyncio.gather(
        look.list(Service, namespace, what="services"),
        look.list(EndpointSlice, namespace, what="endpoints"),
    )
    return Around(services=services, slices=slices)


async def read_events(uids: Iterable[str], namespace: str, look: Look) -> Read[tuple[Event, ...]]:
    """Read the events of these objects, by uid: a name may have belonged to another before."""
    reads = await asyncio.gather(
        *(
            look.list(Event, namespace, what="events", fields=f"involvedObject.uid={uid}")
            for uid in dict.fromkeys(uids)
        )
    )
    missing = next((read.missing for read in reads if read.missing), "")
    return Read(tuple(event for read in reads for event in read.value or ()), missing)


async def read_webhook(reads: WorkloadReads, look: Look) -> WebhookReads:
    """Find who stands behind the webhook that refuses pods; nothing where none refuses."""
    created = refusal(reads)
    if created.refused != "webhook_down" or created.said is None:
        return WebhookReads()
    return await _behind(created, created.said.text, look)


async def _behind(created: CreationFacts, refusal: str, look: Look) -> WebhookReads:
    validating, mutating = await asyncio.gather(
        look.list(ValidatingWebhookConfiguration, what="validating webhooks"),
        look.list(MutatingWebhookConfiguration, what="mutating webhooks"),
    )
    called = called_by(created.name, refusal, (*(validating.value or ()), *(mutating.value or ())))
    pods = await pods_of_service(called.service, look) if called.service else Read[tuple[Pod, ...]](())
    return WebhookReads(webhook_facts(called, None if pods.missing else pods.value or ()), pods.value or ())


async def pods_of_service(service: ObjectRef, look: Look) -> Read[tuple[Pod, ...]]:
    """Read the pods that a Service's selector takes; none for a Service without selector."""
    read = await look.get(Service, service.name, service.namespace, what=f"service {service}")
    if read.value is None or not read.value.spec.selector:
        return Read((), read.missing)
    labels = selector_text(LabelSelector(match_labels=read.value.spec.selector))
    return await look.list(Pod, service.namespace, what=f"pods behind {service}", labels=labels)


def checked(reads: WorkloadReads) -> tuple[str, ...]:
    """What was looked at around a workload, in words."""
    pods = [] if reads.pods is None else [f"its {len(reads.pods)} pods"]
    over = services_taking(reads.item.labels, reads.services)
    ref = reads.item.ref
    return (
        f"status of {ref.kind} {ref.name}",
        *pods,
        *(f"endpoints of Service {each.metadata.name}" for each in over),
    )
