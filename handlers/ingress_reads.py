"""The reads behind an Ingress: class, events, controller, and the Services it leads to."""

import asyncio
from collections.abc import Sequence

from handlers.contract import Need
from handlers.extract.alb_log import binding_failure, newest_failure
from handlers.extract.ingress import BINDING, GROUP, ControllerReads, IngressReads
from handlers.extract.ingress_backends import Backend, service_names
from handlers.look import Look, Read, nothing
from handlers.platform import Component
from handlers.service_reads import NEEDS as SERVICE_NEEDS
from handlers.service_reads import read_service
from handlers.sources.errors import NotServed
from handlers.sources.objects.certificate import Certificate
from handlers.sources.objects.event import Event
from handlers.sources.objects.ingress import Ingress, IngressClass
from handlers.sources.objects.network import Service
from handlers.sources.objects.pod import Pod
from rules.finding import Observation

NEEDS = (
    *SERVICE_NEEDS,
    Need("get", "", "pods/log"),
    Need("get", "networking.k8s.io", "ingresses"),
    Need("list", "networking.k8s.io", "ingresses"),
    Need("list", "networking.k8s.io", "ingressclasses"),
    Need("list", "cert-manager.io", "certificates"),
)
"""The rights behind an Ingress's diagnosis."""

CONTROLLER = "load balancer controller"
BINDINGS = f"involvedObject.kind={BINDING}"
MOST_BACKENDS = 10
MOST_LOGS = 3
"""Pods of the controller whose logs are read; one of them leads, and the log does not say which."""
TAIL_LINES = 1500
READ_BYTES = 1024 * 1024


async def read_ingress(ingress: Ingress, look: Look, *, logs: bool = True) -> IngressReads:
    """Read what explains an Ingress; what fails becomes a gap. `logs` is whether to read the controller's."""
    namespace = ingress.metadata.namespace
    fields = f"involvedObject.uid={ingress.metadata.uid}"
    async with asyncio.TaskGroup() as group:
        classes = group.create_task(look.list(IngressClass, what="ingress classes"))
        events = group.create_task(look.list(Event, namespace, what="events", fields=fields))
        bindings = group.create_task(look.list(Event, namespace, what="events", fields=BINDINGS))
        backends = group.create_task(_backends(ingress, look))
        controller = group.create_task(_controller_pods(look))
        certificates = group.create_task(_certificates(ingress, look))
    pods, unread_pods = controller.result()
    read = await _logs(pods.pods, look) if logs else ()
    missing = {
        "classes": classes.result().missing,
        "events": events.result().missing or bindings.result().missing,
        "controller": unread_pods,
        "certificates": certificates.result().missing,
        "log": next((one.missing for one in read if one.missing), ""),
        "pods": _unread_pods(backends.result()),
    }
    return IngressReads(
        ingress=ingress,
        now=look.cluster.now(),
        classes=classes.result().value or (),
        events=events.result().value or (),
        controller=pods,
        backends=backends.result(),
        certificates=certificates.result().value or (),
        binding_failure=binding_failure(bindings.result().value or (), namespace, service_names(ingress)),
        log_failure=_failure(ingress, [one.value for one in read if one.value]),
        missing={source: why for source, why in missing.items() if why},
    )


def _unread_pods(backends: Sequence[Backend]) -> str:
    unread = (one.reads.missing.get("pods", "") if one.reads else one.missing for one in backends)
    return next(filter(None, unread), "")


def _failure(ingress: Ingress, logs: Sequence[str]) -> Observation | None:
    """The newest failure in the logs; an Ingress of a group is reconciled under the group's name."""
    group, meta = ingress.metadata.annotations.get(GROUP, ""), ingress.metadata
    names = {(meta.namespace, meta.name), *((("", group),) if group else ())}
    return newest_failure(logs, names, meta.namespace, service_names(ingress))


async def _backends(ingress: Ingress, look: Look) -> tuple[Backend, ...]:
    names = service_names(ingress)[:MOST_BACKENDS]
    return tuple(await asyncio.gather(*(_backend(name, ingress.metadata.namespace, look) for name in names)))


async def _backend(name: str, namespace: str, look: Look) -> Backend:
    service = await look.get(Service, name, namespace, what=f"Service {name}")
    if service.value is None:
        return Backend(name=name, missing=service.missing)
    return Backend(name=name, service=service.value, reads=await read_service(service.value, look))


async def _controller_pods(look: Look) -> tuple[ControllerReads, str]:
    """Find the controller's pods where the platform profile says; and why they could not be read."""
    component = look.platform.component(CONTROLLER) or Component(name=CONTROLLER)
    namespaces = component.namespaces or ("",)
    tries = [(place, labels) for labels in component.selectors or ("",) for place in namespaces]
    missing = ""
    for place, labels in tries:
        read = await look.list(Pod, place, what=CONTROLLER, labels=labels)
        missing = missing or read.missing
        if read.value:
            return ControllerReads(pods=read.value, namespace=place, selector=labels), ""
    place, labels = tries[0]
    return ControllerReads(namespace=place, selector=labels), missing


async def _logs(pods: Sequence[Pod], look: Look) -> tuple[Read[str], ...]:
    component = look.platform.component(CONTROLLER)
    container = component.container if component else ""
    reads = (_log(pod, container, look) for pod in pods[:MOST_LOGS])
    return tuple(await asyncio.gather(*reads))


async def _log(pod: Pod, container: str, look: Look) -> Read[str]:
    name = container or next((each.name for each in pod.spec.containers), "")
    request = look.cluster.log(
        pod.metadata.namespace, pod.metadata.name, name, tail_lines=TAIL_LINES, limit_bytes=READ_BYTES
    )
    return await look.read(request, f"log of {pod.metadata.name}")


async def _certificates(ingress: Ingress, look: Look) -> Read[tuple[Certificate, ...]]:
    """Read cert-manager's Certificates where the Ingress names a TLS Secret; none without cert-manager."""
    if not any(tls.secret_name for tls in ingress.spec.tls):
        return await nothing()
    return await look.read(_listed(ingress.metadata.namespace, look), "certificates")


async def _listed(namespace: str, look: Look) -> tuple[Certificate, ...]:
    try:
        return await look.cluster.list(Certificate, namespace)
    except NotServed:
        return ()
