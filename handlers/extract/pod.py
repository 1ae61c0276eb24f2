"""A pod's facts, joined from everything that was read about it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract.containers import ContainerInput, container_facts
from handlers.extract.creation import creation_facts
from handlers.extract.eviction import disruption, eviction_facts, rejection
from handlers.extract.identity import identity_facts
from handlers.extract.image_pull import ecr_account
from handlers.extract.node_under import node_facts, termination_facts
from handlers.extract.owner import top_owner
from handlers.extract.pod_status import container_pairs, pod_condition, pod_status
from handlers.extract.rollout import change_facts, effect_sentence, selecting_services, sibling_facts
from handlers.extract.sandbox import sandbox_facts
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
from rules.facts.pod import CreationFacts, Phase, PodFacts
from rules.facts.scheduling import SchedulingFacts
from rules.finding import ObjectRef, Observation

STARTING = 60.0
"""Seconds after creation (or scheduling) in which a pod that is not ready yet is simply starting."""
_PHASES: tuple[Phase, ...] = ("Pending", "Running", "Succeeded", "Failed")
_ALB_GATES = ("target-health.elbv2.k8s.aws/", "target-health.alb.ingress.k8s.aws/")


class PodReads(Struct, frozen=True, kw_only=True):
    """What was read about a pod; lists are empty where nothing was found or readable.

    Attributes:
        missing: name of a field below → why it could not be read.
        logs: container → facts of the log that matters.
        owner_conditions: conditions of the newest ReplicaSet, StatefulSet or Job.
        wanted: pods the owner wants; None when its owner was not read.
    """

    pod: Pod
    now: datetime
    events: tuple[Event, ...] = ()
    replica_sets: tuple[ReplicaSet, ...] = ()
    deployment: Deployment | None = None
    owner_conditions: tuple[Condition, ...] = ()
    owner_events: tuple[Event, ...] = ()
    wanted: int | None = None
    siblings: tuple[Pod, ...] = ()
    node: Node | None = None
    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    metrics: PodMetrics | None = None
    account: ServiceAccount | None = None
    accounts: tuple[str, ...] = ()
    logs: Mapping[str, LogFacts] = {}
    volume_holders: tuple[Pod, ...] = ()
    scheduling: SchedulingFacts = SchedulingFacts()
    missing: Mapping[str, str] = {}


def pod_facts(reads: PodReads) -> PodFacts:
    """Compute a pod's facts; what needs something unreadable is marked missing."""
    pod, now = reads.pod, reads.now
    owner = top_owner(pod)
    containers = _containers(reads)
    termination = termination_facts(pod, reads.events, now)
    starting = _starting(pod, now) and not any(c.crashed for c in containers)
    ended_by, ended_said = disruption(pod)
    rejected, rejected_said = rejection(pod)
    gates = _failing_gates(pod)
    services = selecting_services(pod, reads.services)
    placed = bool(pod.spec.node_name)
    unstarted = placed and pod.status.phase == "Pending"
    return PodFacts(
        missing=_missing(reads),
        ref=pod.ref,
        top_owner=owner,
        owner=f"{owner.kind} {owner.name}",
        owner_path=f"{owner.kind.lower()}/{owner.name}",
        phase=next((p for p in _PHASES if p == pod.status.phase), "Unknown"),
        status=pod_status(pod),
        age=_age(pod, now),
        healthy=_healthy(
            pod, containers, starting=starting, deleting=termination.deleting, stuck=termination.stuck
        ),
        starting=starting,
        ready=pod_condition(pod, "Ready") == "True",
        restart_policy="Never"
        if pod.spec.restart_policy == "Never"
        else "OnFailure"
        if pod.spec.restart_policy == "OnFailure"
        else "Always",
        scheduled=placed,
        disruption=ended_by,
        disruption_said=ended_said,
        rejected=rejected,
        rejected_said=rejected_said,
        deadline_exceeded=pod.status.reason == "DeadlineExceeded",
        containers=containers,
        gates_failing=tuple(gate for gate, _ in gates),
        gate=gates[0][1] if gates else None,
        gate_is_alb=bool(gates) and gates[0][0].startswith(_ALB_GATES),
        scheduling=reads.scheduling,
        node=node_facts(pod.spec.node_name, reads.node, now),
        termination=termination,
        eviction=eviction_facts(pod),
        volume=volume_facts(reads.events, reads.volume_holders) if unstarted else PodFacts().volume,
        sandbox=sandbox_facts(reads.events) if unstarted else PodFacts().sandbox,
        creation=_creation(reads),
        identity=identity_facts(
            pod, reads.account, containers, others=reads.accounts, missing=reads.missing.get("account", "")
        ),
        siblings=sibling_facts(pod, reads.siblings or (pod,), owner),
        change=change_facts(pod, reads.replica_sets, reads.deployment, now),
        effect=""
        if "services" in reads.missing or "slices" in reads.missing
        else effect_sentence(pod, services, reads.slices, reads.siblings or (pod,)),
    )


def never_created_facts(owner: ObjectRef, creation: CreationFacts) -> PodFacts:
    """Facts about pods that an owner wants and the API server refuses; there is no pod to look at."""
    return PodFacts(
        ref=owner,
        top_owner=owner,
        owner=f"{owner.kind} {owner.name}",
        owner_path=f"{owner.kind.lower()}/{owner.name}",
        exists=False,
        phase="Pending",
        status="not created",
        healthy=False,
        ready=False,
        scheduled=False,
        creation=creation,
        effect=f"{creation.existing} of {creation.wanted} pods exist",
    )


def _containers(reads: PodReads) -> tuple[ContainerFacts, ...]:
    pod = reads.pod
    usage = {m.name: m for m in reads.metrics.containers} if reads.metrics else {}
    may_end = pod.spec.restart_policy != "Always" or pod.status.phase in {"Succeeded", "Failed"}
    own_account = _own_account(reads)
    return tuple(
        container_facts(
            ContainerInput(
                container=container,
                status=status,
                is_init=is_init,
                events=reads.events,
                metrics=usage.get(container.name),
                log=reads.logs.get(container.name, LogFacts()),
                missing=_container_missing(reads, container.name),
                now=reads.now,
                pod_ended=may_end,
                own_account=own_account,
            )
        )
        for container, status, is_init in container_pairs(pod)
    )


def _container_missing(reads: PodReads, name: str) -> dict[str, str]:
    missing: dict[str, str] = {}
    if "events" in reads.missing:
        missing |= dict.fromkeys(
            ("killed_by_probe", "kill", "kill_probe", "readiness"), reads.missing["events"]
        )
    log = reads.missing.get(f"log {name}")
    if log:
        missing |= dict.fromkeys(("log", "signature", "signature_is_cause"), log)
    if "metrics" in reads.missing:
        missing |= dict.fromkeys(
            ("memory_used", "memory_share", "cpu_used", "cpu_share"), reads.missing["metrics"]
        )
    return missing


_NEEDS: Mapping[str, tuple[str, ...]] = {
    "events": ("volume", "sandbox"),
    "node": ("node",),
    "siblings": ("siblings",),
    "replica_sets": ("change", "creation"),
    "services": ("effect",),
    "slices": ("effect",),
}


def _missing(reads: PodReads) -> dict[str, str]:
    return {
        fact: reads.missing[source]
        for source, facts in _NEEDS.items()
        if source in reads.missing
        for fact in facts
    }


def _own_account(reads: PodReads) -> str:
    """The AWS account of the owner's working images: siblings and earlier revisions, else the pod's other images."""
    specs = [rs.spec.template.spec for rs in reads.replica_sets if rs.status.ready_replicas]
    images = [c.image for spec in (*specs, reads.pod.spec) for c in (*spec.containers, *spec.init_containers)]
    accounts = Counter(account for account in map(ecr_account, images) if account)
    return accounts.most_common(1)[0][0] if accounts else ""


def _age(pod: Pod, now: datetime) -> float:
    created = pod.metadata.creation_timestamp
    return max(0.0, (now - created).total_seconds()) if created else 0.0


def _starting(pod: Pod, now: datetime) -> bool:
    if pod.status.phase not in {"Pending", "Running"} or pod_condition(pod, "Ready") == "True":
        return False
    scheduled = next(
        (
            c.last_transition_time
            for c in pod.status.conditions
            if c.type == "PodScheduled" and c.status == "True"
        ),
        None,
    )
    since = scheduled or pod.metadata.creation_timestamp
    return since is not None and (now - since).total_seconds() < STARTING


def _healthy(
    pod: Pod, containers: Sequence[ContainerFacts], *, starting: bool, deleting: bool, stuck: bool
) -> bool:
    if deleting:
        return not stuck
    if pod.status.phase == "Succeeded" or starting:
        return True
    ready = pod.status.phase == "Running" and pod_condition(pod, "Ready") == "True"
    return ready and not any(c.failing for c in containers)


def _failing_gates(pod: Pod) -> list[tuple[str, Observation]]:
    failing = []
    conditions = {c.type: c for c in pod.status.conditions}
    for gate in pod.spec.readiness_gates:
        condition = conditions.get(gate.condition_type)
        if condition is None:
            failing.append(
                (
                    gate.condition_type,
                    Observation("not reported by its controller", f"readiness gate {gate.condition_type}"),
                )
            )
        elif condition.status != "True":
            said = (
                ": ".join(part for part in (condition.reason, condition.message) if part) or condition.status
            )
            failing.append(
                (
                    gate.condition_type,
                    Observation(
                        said, f"readiness gate {gate.condition_type}", condition.last_transition_time
                    ),
                )
            )
    return failing


def _creation(reads: PodReads) -> CreationFacts:
    if reads.wanted is None:
        return CreationFacts()
    return creation_facts(
        reads.owner_conditions, reads.owner_events, wanted=reads.wanted, existing=len(reads.siblings)
    )
