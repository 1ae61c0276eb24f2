"""The reads behind a pod's diagnosis, all at once but for the two that need an earlier answer."""

import asyncio
from collections.abc import Sequence

from handlers.extract.owner import grouping_selector, same_owner, top_owner
from handlers.extract.pod import PodReads
from handlers.extract.rollout import selecting_services
from handlers.look import Look, Read, nothing
from handlers.never_created import failed_creates
from handlers.pod_logs import PodLogs, read_logs
from handlers.pod_scheduling import read_scheduling
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.network import EndpointSlice, Service, ServiceAccount
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import DaemonSet, Deployment, Job, ReplicaSet, StatefulSet
from rules.facts.scheduling import SchedulingFacts

SERVICE_NAME = "kubernetes.io/service-name"


async def read_pod(pod: Pod, look: Look) -> tuple[PodReads, PodLogs]:
    """Read everything that can explain a pod; what fails becomes a gap."""
    now = look.cluster.now()
    namespace = pod.metadata.namespace
    # The order of the names is the order of the reads: a type checker pairs each with its result.
    events, owner, siblings, node, services, metrics, account, logs, scheduling = await asyncio.gather(
        look.list(Event, namespace, what="events", fields=f"involvedObject.uid={pod.metadata.uid}"),
        _read_owner(pod, look),
        _read_siblings(pod, look),
        look.get(Node, pod.spec.node_name, what="node") if pod.spec.node_name else nothing(),
        look.list(Service, namespace, what="services"),
        look.get(PodMetrics, pod.metadata.name, namespace, what="usage") if _runs(pod) else nothing(),
        look.get(
            ServiceAccount, pod.spec.service_account_name or "default", namespace, what="service account"
        ),
        read_logs(look, pod, now),
        _read_scheduling(pod, look),
    )
    chosen = selecting_services(pod, services.value or ())
    slices, holders, accounts = await asyncio.gather(
        _read_slices(chosen, namespace, look),
        _read_holders(events.value or (), namespace, look),
        _read_accounts(account, namespace, look),
    )
    missing = {
        "events": events.missing,
        "siblings": siblings.missing,
        "node": node.missing,
        "services": services.missing,
        "slices": slices.missing,
        "metrics": metrics.missing,
        "account": account.missing,
        "replica_sets": owner.missing,
        **logs.missing,
    }
    reads = PodReads(
        pod=pod,
        now=now,
        events=events.value or (),
        replica_sets=owner.replica_sets,
        deployment=owner.deployment,
        owner_conditions=owner.conditions,
        owner_events=owner.events,
        wanted=owner.wanted,
        siblings=siblings.value or (pod,),
        node=node.value,
        services=chosen,
        slices=slices.value or (),
        metrics=metrics.value,
        account=account.value,
        accounts=accounts,
        logs=logs.facts,
        volume_holders=holders,
        scheduling=scheduling,
        missing={field: why for field, why in missing.items() if why},
    )
    return reads, logs


def _runs(pod: Pod) -> bool:
    return pod.status.phase == "Running"


async def _read_scheduling(pod: Pod, look: Look) -> SchedulingFacts:
    if pod.spec.node_name or pod.status.phase not in {"Pending", ""}:
        return SchedulingFacts()
    return await read_scheduling(pod, look)


class OwnerReads:
    """What was read of a pod's owner chain."""

    def __init__(
        self,
        *,
        replica_sets: Sequence[ReplicaSet] = (),
        deployment: Deployment | None = None,
        conditions: Sequence[Condition] = (),
        events: Sequence[Event] = (),
        wanted: int | None = None,
        missing: str = "",
    ) -> None:
        self.replica_sets = tuple(replica_sets)
        self.deployment = deployment
        self.conditions = tuple(conditions)
        self.events = tuple(events)
        self.wanted = wanted
        self.missing = missing


async def _read_owner(pod: Pod, look: Look) -> OwnerReads:
    controller, namespace = pod.metadata.controller, pod.metadata.namespace
    if controller is None:
        return OwnerReads()
    if controller.kind == "ReplicaSet":
        return await _read_deployment(pod, look)
    if controller.kind == "StatefulSet":
        stateful = await look.get(StatefulSet, controller.name, namespace, what="owner")
        wanted = stateful.value.spec.replicas if stateful.value else None
        return OwnerReads(wanted=wanted, missing=stateful.missing)
    if controller.kind == "DaemonSet":
        daemon = await look.get(DaemonSet, controller.name, namespace, what="owner")
        return OwnerReads(missing=daemon.missing)
    if controller.kind == "Job":
        job = await look.get(Job, controller.name, namespace, what="owner")
        return OwnerReads(missing=job.missing)
    return OwnerReads()


async def _read_deployment(pod: Pod, look: Look) -> OwnerReads:
    """Read the Deployment and its ReplicaSets at once; the Deployment's name follows from the ReplicaSet's."""
    owner, namespace = top_owner(pod), pod.metadata.namespace
    sets, deployment = await asyncio.gather(
        look.list(ReplicaSet, namespace, what="rollout", labels=grouping_selector(pod)),
        look.get(Deployment, owner.name, namespace, what="owner")
        if owner.kind == "Deployment"
        else nothing(),
    )
    controller = pod.metadata.controller
    uid = deployment.value.metadata.uid if deployment.value else ""
    own = [
        rs
        for rs in sets.value or ()
        if (uid and any(o.uid == uid for o in rs.metadata.owner_references))
        or (controller and rs.metadata.uid == controller.uid)
    ]
    conditions, wanted = _refusals(own, deployment.value)
    return OwnerReads(
        replica_sets=own,
        deployment=deployment.value,
        conditions=conditions,
        events=await failed_creates(own, namespace, look) if conditions else (),
        wanted=wanted,
        missing=sets.missing or deployment.missing,
    )


def _refusals(
    sets: Sequence[ReplicaSet], deployment: Deployment | None
) -> tuple[tuple[Condition, ...], int | None]:
    refused = tuple(
        c for rs in sets for c in rs.status.conditions if c.type == "ReplicaFailure" and c.status == "True"
    )
    return refused, deployment.spec.replicas if deployment else None


async def _read_siblings(pod: Pod, look: Look) -> Read[tuple[Pod, ...]]:
    selector = grouping_selector(pod)
    if not selector or pod.metadata.controller is None:
        return Read((pod,))
    read = await look.list(Pod, pod.metadata.namespace, what="siblings", labels=selector)
    if read.value is None:
        return read
    return Read(tuple(other for other in read.value if same_owner(pod, other)))


async def _read_slices(
    services: Sequence[Service], namespace: str, look: Look
) -> Read[tuple[EndpointSlice, ...]]:
    if not services:
        return Read(())
    names = ",".join(service.metadata.name for service in services)
    return await look.list(EndpointSlice, namespace, what="endpoints", labels=f"{SERVICE_NAME} in ({names})")


async def _read_holders(events: Sequence[Event], namespace: str, look: Look) -> tuple[Pod, ...]:
    """Find the pods that hold a volume this pod waits for; their names stand in the event only."""
    if not any("already used by pod(s)" in event.message for event in events):
        return ()
    read = await look.list(Pod, namespace, what="pods that share the volume")
    return read.value or ()


async def _read_accounts(account: Read[ServiceAccount], namespace: str, look: Look) -> tuple[str, ...]:
    """Name the service accounts there are, when the pod's own does not exist."""
    if account.value is not None or account.missing:
        return ()
    read = await look.list(ServiceAccount, namespace, what="service accounts")
    return tuple(other.metadata.name for other in read.value or ())
