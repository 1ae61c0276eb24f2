"""The reads behind "is anything served": endpoints of a pod's Services, and of one it cannot reach."""

import asyncio
from collections.abc import Iterable

from msgspec import Struct

from handlers.extract.container_run import Member
from handlers.extract.containers import is_failing
from handlers.extract.dependency import (
    Candidate,
    Host,
    candidates,
    dependency_facts,
    no_service,
    unreachable_hosts,
    unread_endpoints,
    unread_service,
)
from handlers.extract.pod_status import container_pairs
from handlers.extract.serving import SERVICE_NAME, ServiceIndex, endpoints_of, label_selector
from handlers.look import Look, Read
from handlers.pod_logs import PodLogs
from handlers.sources.objects.network import EndpointSlice, Service
from handlers.sources.objects.pod import Pod
from rules.facts.pod import DependencyFacts


class ServingReads(Struct, frozen=True, kw_only=True):
    """Services that select the pod, slices of their endpoints, and the Service it cannot reach.

    Attributes:
        missing: "services", "slices" and "dependency" → why each could not be read.
    """

    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    dependency: DependencyFacts = DependencyFacts()
    missing: dict[str, str] = {}


class Meant(Struct, frozen=True):
    """A host and the Service it means: `service` where the pod's own namespace has it."""

    host: Host
    candidate: Candidate
    service: Service | None = None


async def read_serving(
    pod: Pod, look: Look, services: asyncio.Task[Read[tuple[Service, ...]]], logs: asyncio.Task[PodLogs]
) -> ServingReads:
    """Read endpoints as soon as Services and logs are there: one list for both questions about them."""
    listed, told = await services, await logs
    index = await _index(pod.metadata.namespace, listed, look)
    chosen = index.taking(pod.metadata.labels)
    meant = _meant(pod, told, listed, index, look)
    names = {service.metadata.name for service in (*chosen, *_local(meant))}
    slices, dependency = await asyncio.gather(
        _slices(names, pod.metadata.namespace, look),
        _without_slices(meant, pod.metadata.namespace, look),
    )
    if meant and meant.service:
        dependency = await _facts(meant.host, meant.service, slices, look)
    why = {
        "services": listed.missing,
        "slices": slices.missing,
        "dependency": _unknown(pod, told, listed, look) if meant is None else "",
    }
    return ServingReads(
        services=chosen,
        slices=slices.value or (),
        dependency=dependency,
        missing={source: reason for source, reason in why.items() if reason},
    )


async def _index(namespace: str, services: Read[tuple[Service, ...]], look: Look) -> ServiceIndex:
    async def made() -> ServiceIndex:
        return ServiceIndex(services.value or ())

    return await look.sources.memo.once(f"services of {namespace}", made)


def _members(pod: Pod) -> Iterable[Member]:
    return (Member.of(pod, spec, status, is_init=is_init) for spec, status, is_init in container_pairs(pod))


def _meant(
    pod: Pod, logs: PodLogs, services: Read[tuple[Service, ...]], index: ServiceIndex, look: Look
) -> Meant | None:
    """The first Service that a failing container's log may name: one of this namespace, or one to look up."""
    namespace, own = pod.metadata.namespace, services.value or ()
    for host in unreachable_hosts(_members(pod), logs.facts, look.cluster.now()):
        for candidate in candidates(host, namespace, own):
            service = index.by_name.get(candidate.service) if candidate.namespace == namespace else None
            absent = candidate.certain and services.value is not None
            if service or candidate.namespace != namespace or absent:
                return Meant(host, candidate, service)
    return None


def _local(meant: Meant | None) -> tuple[Service, ...]:
    return (meant.service,) if meant and meant.service else ()


def _unknown(pod: Pod, logs: PodLogs, services: Read[tuple[Service, ...]], look: Look) -> str:
    """Why it is unknown whether a Service is meant: a failing container's unread log, or unread Services."""
    now = look.cluster.now()
    failing = [member for member in _members(pod) if is_failing(member, now)]
    unread = (logs.missing.get(f"log {member.spec.name}", "") for member in failing)
    hosts = unreachable_hosts(failing, logs.facts, now)
    return next((why for why in unread if why), "") or (services.missing if hosts else "")


async def _without_slices(meant: Meant | None, namespace: str, look: Look) -> DependencyFacts:
    """Facts of a Service that the slices of the pod's own namespace say nothing of."""
    if meant is None or meant.service:
        return DependencyFacts()
    if meant.candidate.namespace == namespace:
        return no_service(meant.host, meant.candidate)
    return await _elsewhere(meant, look)


async def _slices(names: Iterable[str], namespace: str, look: Look) -> Read[tuple[EndpointSlice, ...]]:
    wanted = ",".join(sorted(names))
    if not wanted:
        return Read(())
    return await look.list(EndpointSlice, namespace, what="endpoints", labels=f"{SERVICE_NAME} in ({wanted})")


async def _elsewhere(meant: Meant, look: Look) -> DependencyFacts:
    """Look a Service up that the pod's own namespace does not have."""
    candidate, host = meant.candidate, meant.host
    service, slices = await asyncio.gather(
        look.get(Service, candidate.service, candidate.namespace, what=f"Service of {host.name}"),
        _slices((candidate.service,), candidate.namespace, look),
    )
    if service.value:
        return await _facts(host, service.value, slices, look)
    if service.missing:
        return unread_service(host, candidate, service.missing) if candidate.certain else DependencyFacts()
    return no_service(host, candidate) if candidate.certain else DependencyFacts()


async def _facts(
    host: Host, service: Service, slices: Read[tuple[EndpointSlice, ...]], look: Look
) -> DependencyFacts:
    if slices.value is None:
        return unread_endpoints(host, service, slices.missing)
    endpoints = endpoints_of(service.metadata.name, slices.value)
    pods = None if endpoints.total or not service.spec.selector else await _pods(service, look)
    return dependency_facts(host, service, endpoints, pods)


async def _pods(service: Service, look: Look) -> int | None:
    """Count the pods a Service selects; those without an address are no endpoints."""
    selector = label_selector(service.spec.selector)
    read = await look.list(Pod, service.metadata.namespace, what=f"pods of {service.ref}", labels=selector)
    return None if read.value is None else len(read.value)
