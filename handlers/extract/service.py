"""A Service's facts: selector, pods, readiness, named ports, endpoints, policies, in that order; pure."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from handlers.extract.near_labels import near_labels
from handlers.extract.pod_state import STARTING, age_of
from handlers.extract.pod_status import ENDED, pod_condition, pod_status
from handlers.extract.service_policy import policy_facts
from handlers.extract.service_words import balancer_facts, effect, pods_said
from handlers.extract.serving import endpoints_of, label_selector
from handlers.sources.objects.event import Event
from handlers.sources.objects.network import EndpointSlice, Namespace, Service, ServicePort
from handlers.sources.objects.network_policy import NetworkPolicy
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment, StatefulSet
from rules.facts.service import NearLabelsFacts, ServiceFacts, ServicePortFacts, ServiceType
from rules.finding import ObjectRef

MOST_LINKS = 100
"""Pods that a Service is linked with; the worst come first."""
_SHOWN = 5
_HOSTED = frozenset({"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-etcd", "etcd"})
_TYPES: tuple[ServiceType, ...] = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_MISSING: Mapping[str, tuple[str, ...]] = {
    "pods": (
        "labelled",
        "able",
        "starting",
        "leaving",
        "unready",
        "near",
        "workload",
        "wanted",
        "ports",
        "policy",
    ),
    "slices": ("endpoints", "ready", "effect", "pods_said"),
    "neighbours": ("near",),
    "workloads": ("workload", "wanted"),
    "policies": ("policy",),
    "events": ("balancer",),
}


class ServiceReads(Struct, frozen=True, kw_only=True):
    """What was read about a Service.

    Attributes:
        pods: those its selector matches.
        neighbours: all pods of its namespace, when its selector matches none.
        workloads: Deployments and StatefulSets of its namespace, then.
        namespaces: all of the cluster, where policies choose its pods.
        missing: name of a field → why it could not be read.
    """

    service: Service
    now: datetime
    pods: tuple[Pod, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    policies: tuple[NetworkPolicy, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    neighbours: tuple[Pod, ...] = ()
    workloads: tuple[Deployment | StatefulSet, ...] = ()
    events: tuple[Event, ...] = ()
    missing: Mapping[str, str] = {}


class Standing(Struct, frozen=True):
    """The pods a Service selects: new ones, leaving ones, and those that should answer."""

    starting: tuple[Pod, ...] = ()
    leaving: tuple[Pod, ...] = ()
    unready: tuple[Pod, ...] = ()
    ready: tuple[Pod, ...] = ()


def selects(service: Service) -> bool:
    """Whether it chooses pods by labels."""
    return bool(service.spec.selector) and service.spec.type != "ExternalName"


def is_hosted(service: Service) -> bool:
    """Whether it is for parts of the control plane, which EKS runs where no pod can be seen.

    kube-prometheus-stack makes such Services in every cluster.
    """
    hosted = service.metadata.namespace == "kube-system"
    return hosted and not _HOSTED.isdisjoint(service.spec.selector.values())


def is_for_peers(service: Service) -> bool:
    """Whether it only tells pods of each other, ready or not, as databases in a StatefulSet want it."""
    return service.spec.cluster_ip == "None" and service.spec.publish_not_ready_addresses


def standing(pods: Iterable[Pod], now: datetime) -> Standing:
    """Sort the pods a Service selects by what may be expected of them."""
    groups: dict[str, list[Pod]] = {"starting": [], "leaving": [], "unready": [], "ready": []}
    for pod in pods:
        groups[_place(pod, now)].append(pod)
    return Standing(**{name: tuple(members) for name, members in groups.items()})


def _place(pod: Pod, now: datetime) -> str:
    if pod.metadata.deletion_timestamp or pod.status.phase in ENDED:
        return "leaving"
    if pod_condition(pod, "Ready") == "True":
        return "ready"
    return "starting" if age_of(pod, now) < STARTING else "unready"


def service_facts(reads: ServiceReads) -> ServiceFacts:
    """Compute a Service's facts; what needs something unreadable is marked missing."""
    service, group = reads.service, standing(reads.pods, reads.now)
    ports, policy = (
        _ports(service, reads.pods),
        policy_facts(service, reads.pods, reads.policies, reads.namespaces),
    )
    counted = endpoints_of(service.metadata.name, reads.slices)
    workload, wanted = _workload(reads)
    owner = service.metadata.controller
    facts = ServiceFacts(
        missing={fact: why for source, why in reads.missing.items() for fact in _MISSING.get(source, ())},
        ref=service.ref,
        top_owner=ObjectRef(owner.kind, owner.name, service.metadata.namespace) if owner else service.ref,
        depends_on=_links(group, workload),
        type=next((kind for kind in _TYPES if kind == service.spec.type), "ClusterIP"),
        headless=service.spec.cluster_ip == "None",
        external_name=service.spec.external_name if service.spec.type == "ExternalName" else "",
        age=_age(service, reads.now),
        selects=selects(service),
        selector=label_selector(service.spec.selector),
        hosted=is_hosted(service) and not reads.pods,
        labelled=len(reads.pods),
        able=len(group.ready),
        starting=len(group.starting),
        leaving=len(group.leaving),
        unready=tuple(f"{pod.metadata.name} ({pod_status(pod)})" for pod in group.unready[:_SHOWN]),
        endpoints=counted.total,
        ready=counted.ready,
        publishes_not_ready=service.spec.publish_not_ready_addresses,
        near=_near(reads),
        workload=f"{workload.kind.lower()}/{workload.name}" if workload else "",
        wanted=wanted,
        ports=ports,
        policy=policy,
        address=service.status.load_balancer.address,
        balancer=balancer_facts(reads.events),
        pods_said=pods_said(service, group.unready, len(reads.pods), counted),
        effect=effect(service, counted),
    )
    return _judged(facts)


def _judged(facts: ServiceFacts) -> ServiceFacts:
    """Say whether whoever connects is answered, as far as it was read."""
    return replace(facts, healthy=_answers(facts))


def _answers(facts: ServiceFacts) -> bool:
    if facts.type == "LoadBalancer" and not facts.address:
        return False
    if not facts.selects or facts.hosted:
        return True
    peers = facts.headless and facts.publishes_not_ready
    return bool(facts.ready) and (peers or not facts.unready) and not _unreachable(facts)


def _unreachable(facts: ServiceFacts) -> bool:
    return facts.policy.closed or any(port.unnamed for port in facts.ports)


def _age(service: Service, now: datetime) -> float:
    created = service.metadata.creation_timestamp
    return max(0.0, (now - created).total_seconds()) if created else 0.0


def _links(group: Standing, workload: ObjectRef | None) -> tuple[ObjectRef, ...]:
    pods = (*group.unready, *group.starting, *group.leaving, *group.ready)
    links = tuple(pod.ref for pod in pods[:MOST_LINKS])
    return (*links, workload) if workload else links


def _near(reads: ServiceReads) -> NearLabelsFacts:
    if reads.pods or not selects(reads.service):
        return NearLabelsFacts()
    return near_labels(reads.service.spec.selector, reads.neighbours)


def _workload(reads: ServiceReads) -> tuple[ObjectRef | None, int]:
    """The workload whose pods would be selected if there were any."""
    if reads.pods or not selects(reads.service):
        return None, 0
    wanted = reads.service.spec.selector.items()
    for each in reads.workloads:
        if wanted <= each.spec.template.metadata.labels.items():
            return each.ref, 1 if each.spec.replicas is None else each.spec.replicas
    return None, 0


def _ports(service: Service, pods: Sequence[Pod]) -> tuple[ServicePortFacts, ...]:
    declared = {
        port.name: port.container_port
        for pod in pods
        for container in (*pod.spec.containers, *pod.spec.init_containers)
        for port in container.ports
        if port.name
    }
    return tuple(_port(port, declared, known=bool(pods)) for port in service.spec.ports)


def _port(port: ServicePort, declared: Mapping[str, int], *, known: bool) -> ServicePortFacts:
    target = port.target_port or port.port
    named = isinstance(target, str) and not target.isdigit()
    unnamed = named and known and target not in declared
    return ServicePortFacts(
        name=port.name or str(port.port),
        port=port.port,
        target=str(target),
        unnamed=unnamed,
        offered=tuple(f"{name} {number}" for name, number in sorted(declared.items())) if unnamed else (),
        suggested=_meant(str(target), declared) if unnamed else "",
    )


def _meant(target: str, declared: Mapping[str, int]) -> str:
    """The declared name nearest to the one that is asked for; the only one where there is one."""
    if len(declared) == 1:
        return next(iter(declared))
    return next(iter(difflib.get_close_matches(target, declared, 1, 0.5)), "")
