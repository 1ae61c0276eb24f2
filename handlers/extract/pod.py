"""A pod's facts, joined from everything that was read about it."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from handlers.extract.container_run import Member
from handlers.extract.containers import ContainerInput, container_facts
from handlers.extract.creation import creation_facts
from handlers.extract.eviction import disruption, eviction_facts, rejection
from handlers.extract.identity import identity_facts
from handlers.extract.image_pull import KnownImages, ecr_account
from handlers.extract.node_under import node_facts, termination_facts
from handlers.extract.owner import INFERENCE_SERVICE, same_owner, top_owner
from handlers.extract.pod_links import pod_links
from handlers.extract.pod_state import age_of, failing_gates, has_begun, is_healthy, is_starting
from handlers.extract.pod_status import ENDED, container_pairs, pod_condition, pod_status
from handlers.extract.rollout import change_facts, sibling_facts
from handlers.extract.sandbox import sandbox_facts
from handlers.extract.serving import effect_sentence, selecting_services
from handlers.extract.volumes import volume_facts
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.network import EndpointSlice, Service, ServiceAccount
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment, ReplicaSet
from rules.facts.container import ContainerFacts
from rules.facts.log import LogFacts
from rules.facts.pod import CreationFacts, DependencyFacts, Phase, PodFacts, SandboxFacts, VolumeFacts
from rules.facts.scheduling import SchedulingFacts
from rules.finding import ObjectRef

_PHASES: tuple[Phase, ...] = ("Pending", "Running", "Succeeded", "Failed")
_POLICIES: Mapping[str, Literal["OnFailure", "Never"]] = {"OnFailure": "OnFailure", "Never": "Never"}


_EDITABLE = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"})


class PodReads(Struct, frozen=True, kw_only=True):
    """What was read about a pod; lists are empty where nothing was found or readable.

    Attributes:
        missing: name of a field below → why it could not be read ("log app" for one container's log).
        owner: the top owner; None to tell it from the pod alone.
        owner_conditions: conditions of the owner and its ReplicaSets.
        wanted: pods the owner wants; None when it wants no number, or was not read.
        existing: pods the owner counts as its own; None to count the siblings.
        accounts: names of all service accounts, when the pod's own does not exist.
        logs: container → facts of the log that matters.
        neighbours: other pods of the namespace, when a container waits for an image of an ECR registry.
    """

    pod: Pod
    now: datetime
    events: tuple[Event, ...] = ()
    owner: ObjectRef | None = None
    replica_sets: tuple[ReplicaSet, ...] = ()
    deployment: Deployment | None = None
    owner_conditions: tuple[Condition, ...] = ()
    owner_events: tuple[Event, ...] = ()
    wanted: int | None = None
    existing: int | None = None
    siblings: tuple[Pod, ...] = ()
    node: Node | None = None
    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    dependency: DependencyFacts = DependencyFacts()
    metrics: PodMetrics | None = None
    account: ServiceAccount | None = None
    accounts: tuple[str, ...] = ()
    logs: Mapping[str, LogFacts] = {}
    volume_holders: tuple[Pod, ...] = ()
    neighbours: tuple[Pod, ...] = ()
    scheduling: SchedulingFacts = SchedulingFacts()
    missing: Mapping[str, str] = {}


def pod_facts(reads: PodReads) -> PodFacts:
    """Compute a pod's facts; what needs something unreadable is marked missing."""
    pod, now, missing = reads.pod, reads.now, reads.missing
    owner = reads.owner or top_owner(pod)
    siblings = reads.siblings or (pod,)
    service = pod.metadata.labels.get(INFERENCE_SERVICE, "")
    containers = _containers(reads)
    termination = termination_facts(pod, reads.events, now)
    starting = is_starting(pod, containers, now)
    ended_by, ended_said = disruption(pod)
    rejected, rejected_said = rejection(pod)
    gates = failing_gates(pod)
    waits = bool(pod.spec.node_name) and not has_begun(pod)
    return PodFacts(
        missing=_missing(reads),
        ref=pod.ref,
        top_owner=owner,
        depends_on=pod_links(pod, containers, reads.dependency, reads.scheduling),
        owner=f"{owner.kind} {owner.name}",
        owner_path=f"{owner.kind.lower()}/{owner.name}",
        template_owner=f"InferenceService {service}" if service else f"{owner.kind} {owner.name}",
        inference_service=service,
        editable=not service and owner.kind in _EDITABLE,
        phase=next((phase for phase in _PHASES if phase == pod.status.phase), "Unknown"),
        status=pod_status(pod),
        age=age_of(pod, now),
        healthy=is_healthy(pod, containers, termination, starting=starting),
        starting=starting,
        ready=pod_condition(pod, "Ready") == "True",
        restart_policy=_POLICIES.get(pod.spec.restart_policy, "Always"),
        scheduled=bool(pod.spec.node_name),
        disruption=ended_by,
        disruption_said=ended_said,
        rejected=rejected,
        rejected_said=rejected_said,
        ended=pod.status.phase in ENDED,
        deadline_exceeded=pod.status.reason == "DeadlineExceeded",
        containers=containers,
        gates_failing=gates.failing,
        gate=gates.said,
        gate_is_alb=gates.is_alb,
        scheduling=reads.scheduling,
        node=node_facts(pod.spec.node_name, reads.node, now, missing=missing.get("node", "")),
        termination=termination,
        eviction=eviction_facts(pod),
        volume=volume_facts(reads.events, reads.volume_holders) if waits else VolumeFacts(),
        sandbox=sandbox_facts(reads.events) if waits else SandboxFacts(),
        creation=_creation(reads),
        identity=identity_facts(
            pod, reads.account, containers, others=reads.accounts, missing=missing.get("account", "")
        ),
        dependency=reads.dependency,
        siblings=sibling_facts(pod, siblings, owner),
        change=change_facts(pod, reads.replica_sets, reads.deployment, now),
        effect=_effect(reads, siblings),
    )


def never_created_facts(owner: ObjectRef, creation: CreationFacts, *, status: str, healthy: bool) -> PodFacts:
    """Facts about the pods that an owner wants and does not have; there is no pod to look at."""
    return PodFacts(
        ref=owner,
        top_owner=owner,
        owner=f"{owner.kind} {owner.name}",
        owner_path=f"{owner.kind.lower()}/{owner.name}",
        template_owner=f"{owner.kind} {owner.name}",
        editable=owner.kind in _EDITABLE,
        exists=False,
        phase="Pending",
        status=status,
        healthy=healthy,
        ready=False,
        scheduled=False,
        creation=creation,
        effect=f"{creation.existing} of {creation.wanted} pods exist",
    )


def _containers(reads: PodReads) -> tuple[ContainerFacts, ...]:
    usage = {m.name: m for m in reads.metrics.containers} if reads.metrics else {}
    known = _known_images(reads)
    return tuple(
        container_facts(
            ContainerInput(
                member=Member.of(reads.pod, container, status, is_init=is_init),
                events=reads.events,
                metrics=usage.get(container.name),
                log=reads.logs.get(container.name, LogFacts()),
                missing=_container_missing(reads, container.name),
                events_missing=reads.missing.get("events", ""),
                now=reads.now,
                known=known,
            )
        )
        for container, status, is_init in container_pairs(reads.pod)
    )


_CONTAINER_NEEDS: Mapping[str, tuple[str, ...]] = {
    "events": ("killed_by_probe", "kill", "kill_probe"),
    "metrics": ("memory_used", "memory_share", "cpu_used", "cpu_share", "usage"),
    "log": ("log", "signature", "signature_is_cause", "start_problem", "start_said", "executable"),
}
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "events": ("volume", "sandbox"),
    "siblings": ("siblings",),
    "replica_sets": ("change", "creation"),
    "owner": ("creation",),
    "services": ("effect",),
    "slices": ("effect",),
    "dependency": ("dependency",),
}


def _container_missing(reads: PodReads, name: str) -> dict[str, str]:
    why = {**reads.missing, "log": reads.missing.get(f"log {name}", "")}
    return {
        fact: why[source] for source, facts in _CONTAINER_NEEDS.items() if why.get(source) for fact in facts
    }


def _missing(reads: PodReads) -> dict[str, str]:
    why = reads.missing
    return {fact: why[source] for source, facts in _NEEDS.items() if source in why for fact in facts}


def _known_images(reads: PodReads) -> KnownImages:
    """Images of the owner's revisions, and the account that images beside the pod's own come from."""
    works = [rs.spec.template.spec for rs in reads.replica_sets if rs.status.ready_replicas]
    own = {container.image for container, _, _ in container_pairs(reads.pod)}
    beside = [
        pod.spec
        for pod in reads.neighbours
        if own.isdisjoint(c.image for c in pod.spec.containers) or not same_owner(pod, reads.pod)
    ]
    images = {c.image for spec in (*works, *beside) for c in (*spec.containers, *spec.init_containers)}
    accounts = Counter(account for account in map(ecr_account, sorted(images)) if account)
    before = [c.image for rs in reads.replica_sets for c in rs.spec.template.spec.containers]
    return KnownImages(accounts.most_common(1)[0][0] if accounts else "", tuple(before))


def _creation(reads: PodReads) -> CreationFacts:
    if reads.wanted is None:
        return CreationFacts()
    there = sum(other.status.phase not in ENDED for other in reads.siblings)
    if reads.existing is None and "siblings" in reads.missing:
        return CreationFacts(missing=dict.fromkeys(("existing", "refused"), reads.missing["siblings"]))
    existing = reads.existing if reads.existing is not None else there
    return creation_facts(reads.owner_conditions, reads.owner_events, wanted=reads.wanted, existing=existing)


def _effect(reads: PodReads, siblings: tuple[Pod, ...]) -> str:
    if "services" in reads.missing or "slices" in reads.missing:
        return ""
    known = None if "siblings" in reads.missing else siblings
    return effect_sentence(selecting_services(reads.pod, reads.services), reads.slices, known, reads.wanted)
