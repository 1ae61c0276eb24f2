"""The reads behind a Service: its pods, endpoints and policies; shared by whatever stands on Services."""

import asyncio
from collections.abc import Mapping

from msgspec.structs import replace

from handlers.contract import Need
from handlers.extract.network_policy import isolating
from handlers.extract.service import ServiceReads, selects
from handlers.extract.serving import SERVICE_NAME, label_selector
from handlers.look import Look, Read, nothing
from handlers.sources.objects.event import Event
from handlers.sources.objects.network import EndpointSlice, Namespace, Service
from handlers.sources.objects.network_policy import NetworkPolicy
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment, StatefulSet

NEEDS = (
    Need("get", "", "services"),
    Need("list", "", "services"),
    Need("list", "", "pods"),
    Need("list", "", "events"),
    Need("list", "", "namespaces"),
    Need("list", "discovery.k8s.io", "endpointslices"),
    Need("list", "networking.k8s.io", "networkpolicies"),
    Need("list", "apps", "deployments"),
    Need("list", "apps", "statefulsets"),
)
"""The rights behind a Service's diagnosis."""

_BALANCER = "LoadBalancer"


async def read_service(service: Service, look: Look) -> ServiceReads:
    """Read what explains a Service; what fails becomes a gap.

    Only where its selector matches no pod is the whole namespace read: for pods that come near, and for the
    workload that should have made some.
    """
    namespace, name = service.metadata.namespace, service.metadata.name
    async with asyncio.TaskGroup() as group:
        pods = group.create_task(_selected(service, look))
        slices = group.create_task(
            look.list(EndpointSlice, namespace, what="endpoints", labels=f"{SERVICE_NAME}={name}")
        )
        policies = group.create_task(look.list(NetworkPolicy, namespace, what="network policies"))
        events = group.create_task(_events(service, look))
    missing = {
        "pods": pods.result().missing,
        "slices": slices.result().missing,
        "policies": policies.result().missing,
        "events": events.result().missing,
    }
    reads = ServiceReads(
        service=service,
        now=look.cluster.now(),
        pods=pods.result().value or (),
        slices=slices.result().value or (),
        policies=policies.result().value or (),
        events=events.result().value or (),
        missing=_known(missing),
    )
    if _lacks_pods(reads):
        return await _without_pods(reads, look)
    return await _with_namespaces(reads, look)


async def _with_namespaces(reads: ServiceReads, look: Look) -> ServiceReads:
    """Read which namespaces there are, where policies choose the pods by which only some may come."""
    if not reads.pods or not isolating(reads.pods[0], reads.policies):
        return reads
    namespaces = await look.list(Namespace, what="namespaces")
    return replace(reads, namespaces=namespaces.value or ())


def _lacks_pods(reads: ServiceReads) -> bool:
    return selects(reads.service) and not reads.pods and "pods" not in reads.missing


async def _without_pods(reads: ServiceReads, look: Look) -> ServiceReads:
    """Read the namespace around a Service that selects nothing."""
    namespace = reads.service.metadata.namespace
    async with asyncio.TaskGroup() as group:
        pods = group.create_task(look.list(Pod, namespace, what="pods of the namespace"))
        deployments = group.create_task(look.list(Deployment, namespace, what="deployments"))
        stateful = group.create_task(look.list(StatefulSet, namespace, what="statefulsets"))
    workloads = deployments.result().missing or stateful.result().missing
    return replace(
        reads,
        neighbours=pods.result().value or (),
        workloads=(*(deployments.result().value or ()), *(stateful.result().value or ())),
        missing={**reads.missing, **_known({"neighbours": pods.result().missing, "workloads": workloads})},
    )


def _known(missing: Mapping[str, str]) -> dict[str, str]:
    return {source: why for source, why in missing.items() if why}


async def _selected(service: Service, look: Look) -> Read[tuple[Pod, ...]]:
    if not selects(service):
        return Read(())
    labels = label_selector(service.spec.selector)
    return await look.list(
        Pod, service.metadata.namespace, what=f"pods of Service {service.metadata.name}", labels=labels
    )


async def _events(service: Service, look: Look) -> Read[tuple[Event, ...]]:
    """Read events only where a controller outside the cluster's core has something to say."""
    if service.spec.type != _BALANCER:
        return await nothing()
    fields = f"involvedObject.uid={service.metadata.uid}"
    return await look.list(Event, service.metadata.namespace, what="events", fields=fields)
