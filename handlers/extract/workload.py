"""What every workload has in common: numbers of pods, refusals, how its pods stand, what it depends on."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec
from msgspec import Struct

from handlers.extract.creation import creation_facts
from handlers.extract.owner import INFERENCE_SERVICE
from handlers.extract.pod_state import STARTING
from handlers.extract.serving import effect_sentence, services_taking
from handlers.extract.workload_pods import is_unhealthy, pods_facts
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition, LabelSelector, LabelSelectorRequirement, ObjectMeta
from handlers.sources.objects.network import EndpointSlice, Service
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import ReplicaSet
from rules.facts.pod import CreationFacts
from rules.facts.workload import WebhookFacts, WorkloadFacts, WorkloadPodsFacts
from rules.finding import ObjectRef, Observation

F = TypeVar("F", bound=WorkloadFacts)
_TRACKED = "argocd.argoproj.io/tracking-id"
_INSTANCE = "argocd.argoproj.io/instance"
_RELEASE = "meta.helm.sh/release-name"


class Numbers(Struct, frozen=True, kw_only=True):
    """Pods of a workload, as its status counts them."""

    wanted: int
    existing: int
    ready: int
    updated: int
    available: int


class Stated(Struct, frozen=True, kw_only=True):
    """What a workload of any kind states; `labels` are those of the pods it makes."""

    ref: ObjectRef
    metadata: ObjectMeta
    numbers: Numbers
    selector: LabelSelector
    labels: Mapping[str, str] = {}
    conditions: tuple[Condition, ...] = ()
    observed_generation: int = 0


class WorkloadReads(Struct, frozen=True, kw_only=True):
    """What was read about a workload.

    Attributes:
        item: what the workload states itself.
        sets: the ReplicaSets of a Deployment.
        pods: those it owns; None when they could not be read.
        events: FailedCreate and others of itself and its ReplicaSets.
        webhook_pods: pods behind a webhook that refuses.
        missing: "pods", "events", "services", "slices", "replica_sets" → why each could not be read.
    """

    item: Stated
    now: datetime
    sets: tuple[ReplicaSet, ...] = ()
    pods: tuple[Pod, ...] | None = None
    events: tuple[Event, ...] = ()
    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    webhook: WebhookFacts = WebhookFacts()
    webhook_pods: tuple[Pod, ...] = ()
    missing: Mapping[str, str] = {}

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Its own conditions and its ReplicaSets', where refusals stand."""
        return (*self.item.conditions, *(each for rs in self.sets for each in rs.status.conditions))


def workload_facts(reads: WorkloadReads) -> WorkloadFacts:
    """Compute what every kind of workload has in common."""
    item, numbers, metadata = reads.item, reads.item.numbers, reads.item.metadata
    service = metadata.labels.get(INFERENCE_SERVICE, "") or item.labels.get(INFERENCE_SERVICE, "")
    controller = metadata.controller
    owner = ObjectRef(controller.kind, controller.name, metadata.namespace) if controller else item.ref
    pods = pods_facts(reads.pods, reads.now)
    age = _seconds_since(metadata.creation_timestamp, reads.now)
    starting = not pods.unhealthy and (age < STARTING or _has_all(reads, pods))
    deleting_for = _seconds_since(metadata.deletion_timestamp, reads.now)
    return WorkloadFacts(
        missing=_missing(reads),
        ref=item.ref,
        top_owner=owner,
        depends_on=_links(reads),
        kind=item.ref.kind,
        path=f"{item.ref.kind.lower()}/{item.ref.name}",
        selector=selector_text(item.selector),
        inference_service=service,
        kept_by=kept_by(metadata),
        editable=not service and controller is None and not _is_synced(metadata),
        age=age,
        deleting=metadata.deletion_timestamp is not None,
        deleting_for=deleting_for,
        finalizers=metadata.finalizers,
        healthy=numbers.ready >= numbers.wanted or starting,
        seen=not metadata.generation or item.observed_generation >= metadata.generation,
        wanted=numbers.wanted,
        existing=numbers.existing,
        ready=numbers.ready,
        updated=numbers.updated,
        available=numbers.available,
        rolling_out=starting and numbers.ready < numbers.wanted,
        counts=Observation(counts_sentence(numbers), f"status of {item.ref.kind} {item.ref.name}"),
        pods=pods,
        creation=refusal(reads),
        webhook=reads.webhook,
        effect=_effect(reads),
    )


def _has_all(reads: WorkloadReads, pods: WorkloadPodsFacts) -> bool:
    """Whether every pod it wants is there, so that those not ready are merely young."""
    return reads.pods is not None and pods.total >= reads.item.numbers.wanted


def widened(base: WorkloadFacts, kind: type[F], **own: object) -> F:
    """The facts of one kind: what all workloads have in common, and what is its own."""
    return kind(**{**msgspec.structs.asdict(base), **own})


def counts_sentence(numbers: Numbers) -> str:
    """The numbers of pods, as a sentence's part."""
    return (
        f"wants {numbers.wanted}, has {numbers.existing}: {numbers.ready} ready, {numbers.updated} of the "
        f"newest template, {numbers.available} available"
    )


def refusal(reads: WorkloadReads) -> CreationFacts:
    """Why pods are refused; a rollout's extra pod counts as wanted, or the rollout stands still."""
    numbers = reads.item.numbers
    wanted, existing = numbers.wanted, numbers.existing
    if reads.sets:
        wanted = max(wanted, sum(rs.spec.replicas or 0 for rs in reads.sets))
        existing = sum(rs.status.replicas for rs in reads.sets)
    return creation_facts(reads.conditions, reads.events, wanted=wanted, existing=existing)


def owned(pods: Iterable[Pod], uids: Iterable[str]) -> tuple[Pod, ...]:
    """The pods whose controller is one of these; labels alone may be shared with others."""
    known = frozenset(uids)
    return tuple(pod for pod in pods if pod.metadata.controller and pod.metadata.controller.uid in known)


def kept_by(metadata: ObjectMeta) -> str:
    """Who writes the object from outside the cluster, and would undo a change; empty when nobody tells."""
    tracked = metadata.annotations.get(_TRACKED, "").partition(":")[0]
    application = tracked or metadata.labels.get(_INSTANCE, "")
    if application:
        return f"Argo CD application {application}"
    release = metadata.annotations.get(_RELEASE, "")
    return f"Helm release {release}" if release else ""


def _is_synced(metadata: ObjectMeta) -> bool:
    """Whether Argo CD puts it back as it is in Git; Helm does so only with the next upgrade."""
    return _TRACKED in metadata.annotations or _INSTANCE in metadata.labels


def _links(reads: WorkloadReads) -> tuple[ObjectRef, ...]:
    pods = sorted(reads.pods or (), key=lambda pod: not is_unhealthy(pod, reads.now))
    links = [pod.ref for pod in reads.webhook_pods]
    if reads.webhook.service:
        links.append(ObjectRef("Service", reads.webhook.service, reads.webhook.namespace))
    created = refusal(reads)
    if created.refused == "service_account" and created.name:
        links.append(ObjectRef("ServiceAccount", created.name, reads.item.ref.namespace))
    if created.refused in {"quota", "quota_needs_limits", "limit_range", "pod_security"}:
        links.append(ObjectRef("Namespace", reads.item.ref.namespace))
    return tuple(dict.fromkeys([*links, *(pod.ref for pod in pods)]))


def _effect(reads: WorkloadReads) -> str:
    if "services" in reads.missing or "slices" in reads.missing:
        return ""
    services = services_taking(reads.item.labels, reads.services)
    if services:
        return effect_sentence(services, reads.slices, reads.pods)
    numbers = reads.item.numbers
    return f"No Service selects its pods; {numbers.ready} of {numbers.wanted} are ready"


_NEEDS: Mapping[str, tuple[str, ...]] = {
    "pods": ("pods",),
    "events": ("creation",),
    "replica_sets": ("creation", "change"),
    "services": ("effect",),
    "slices": ("effect",),
}


def _missing(reads: WorkloadReads) -> dict[str, str]:
    missing = {fact: why for source, why in reads.missing.items() for fact in _NEEDS.get(source, ())}
    if refusal(reads).refused != "none":
        missing.pop("creation", None)
    return missing


def selector_text(selector: LabelSelector) -> str:
    """A selector as kubectl takes it after -l ("app=web,tier in (a,b)")."""
    equal = [f"{key}={value}" for key, value in sorted(selector.match_labels.items())]
    return ",".join([*equal, *(_expression(one) for one in selector.match_expressions)])


def _expression(one: LabelSelectorRequirement) -> str:
    values = ",".join(one.values)
    words = {"In": f"{one.key} in ({values})", "NotIn": f"{one.key} notin ({values})", "Exists": one.key}
    return words.get(one.operator, f"!{one.key}")


def _seconds_since(then: datetime | None, now: datetime) -> float:
    return max(0.0, (now - then).total_seconds()) if then else 0.0
