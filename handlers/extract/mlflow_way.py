"""The way to an MLflow server: network policies before its pods, Ingresses before its Service."""

from collections.abc import Iterable

from msgspec import structs

from handlers.extract.network_policy import Admission, admission
from handlers.sources.objects.container import Container
from handlers.sources.objects.ingress import Ingress
from handlers.sources.objects.network import Namespace, Service
from handlers.sources.objects.network_policy import NetworkPolicy
from handlers.sources.objects.pod import Pod


def blocked_callers(
    pod: Pod | None, server: Container | None, policies: Iterable[NetworkPolicy], callers: Iterable[Namespace]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the policies on its pods, and the namespaces of callers that none of them lets in."""
    if pod is None or server is None:
        return (), ()
    port = server.ports[0].container_port if server.ports else 5000
    found = admission(pod, port, "TCP", policies)
    return found.policies, tuple(one.metadata.name for one in callers if not _may(found, one))


def _may(found: Admission, namespace: Namespace) -> bool:
    """Whether some pod of a namespace may connect; rules that let addresses in may let in any pod."""
    if any(peer is not None and peer.ip_block is not None for peer in found.peers):
        return True
    every = tuple(peer and structs.replace(peer, pod_selector=None) for peer in found.peers)
    loose = Admission(found.policies, every, found.own_namespace)
    return loose.admits(namespace.metadata.name, namespace.metadata.labels, {})


def waiting_ingress(ingresses: Iterable[Ingress], service: Service | None) -> str:
    """The Ingress that leads to its Service and has no address."""
    if service is None:
        return ""
    for ingress in ingresses:
        leads = service.metadata.name in _backends(ingress)
        if leads and not ingress.status.load_balancer.ingress:
            return ingress.metadata.name
    return ""


def _backends(ingress: Ingress) -> Iterable[str]:
    paths = (path for rule in ingress.spec.rules if rule.http for path in rule.http.paths)
    backends = (ingress.spec.default_backend, *(path.backend for path in paths))
    return [one.service.name for one in backends if one and one.service]
