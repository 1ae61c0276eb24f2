"""Services and the endpoints behind them: whether something still serves, by facts of EndpointSlices."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from handlers.extract.pod_status import pod_condition
from handlers.sources.objects.network import Endpoint, EndpointSlice, Service
from handlers.sources.objects.pod import Pod

SERVICE_NAME = "kubernetes.io/service-name"
"""Label of a slice that names its Service."""
_SHOWN = 3


class Endpoints(Struct, frozen=True):
    """How many endpoints a Service has, and how many of them take traffic."""

    ready: int = 0
    total: int = 0


def selecting_services(pod: Pod, services: Iterable[Service]) -> tuple[Service, ...]:
    """The Services whose selector matches the pod's labels."""
    return services_taking(pod.metadata.labels, services)


def services_taking(labels: Mapping[str, str], services: Iterable[Service]) -> tuple[Service, ...]:
    """The Services that would send traffic to pods with these labels."""
    pairs = labels.items()
    return tuple(s for s in services if (selector := s.spec.selector) and selector.items() <= pairs)


class ServiceIndex:
    """The Services of a namespace by name and by what they select, for a namespace has thousands of pods."""

    def __init__(self, services: Iterable[Service]) -> None:
        self.by_name: dict[str, Service] = {}
        self._by_pair: dict[tuple[str, str], list[Service]] = {}
        for service in services:
            self.by_name[service.metadata.name] = service
            for pair in service.spec.selector.items():
                self._by_pair.setdefault(pair, []).append(service)
                break

    def taking(self, labels: Mapping[str, str]) -> tuple[Service, ...]:
        """The Services that would send traffic to pods with these labels, by name."""
        near = (service for pair in labels.items() for service in self._by_pair.get(pair, ()))
        found = services_taking(labels, near)
        return tuple(sorted(found, key=lambda service: service.metadata.name))


def endpoints_of(service: str, slices: Iterable[EndpointSlice]) -> Endpoints:
    """Count a Service's endpoints once each, however many slices (IPv4, IPv6) name them."""
    own = (piece for piece in slices if piece.metadata.labels.get(SERVICE_NAME) == service)
    ready = {_key(endpoint): _answers(endpoint) for piece in own for endpoint in piece.endpoints}
    return Endpoints(sum(ready.values()), len(ready))


def _key(endpoint: Endpoint) -> str:
    target = endpoint.target_ref
    return (target.uid or target.name if target else "") or ",".join(endpoint.addresses)


def _answers(endpoint: Endpoint) -> bool:
    """A missing condition counts as ready, by the API's own rule."""
    return endpoint.conditions.ready is not False


def effect_sentence(
    services: Sequence[Service],
    slices: Sequence[EndpointSlice],
    siblings: Sequence[Pod] | None,
    wanted: int | None = None,
) -> str:
    """Say whether something is still served: the endpoints of the pod's Services, else its owner's pods.

    `siblings` None means that they could not be read; `wanted` is how many pods the owner asks for. Pods that
    have ended or are being deleted are records, not capacity, and do not count.
    """
    names = [service.metadata.name for service in services]
    if names:
        return "; ".join(_service_sentence(name, endpoints_of(name, slices)) for name in names[:_SHOWN])
    if siblings is None:
        return "No Service selects it"
    there = [other for other in siblings if _counts(other)]
    ready_pods = sum(pod_condition(other, "Ready") == "True" for other in there)
    asked = wanted if wanted is not None else len(there)
    if asked <= 1 or not there:
        return "No Service selects it" + ("" if ready_pods else ", and no other pod does its work")
    return f"No Service selects it; its owner has {ready_pods} of {asked} pods ready"


def _counts(pod: Pod) -> bool:
    ended = pod.status.phase in {"Succeeded", "Failed"}
    return not ended and pod.metadata.deletion_timestamp is None


def _service_sentence(name: str, endpoints: Endpoints) -> str:
    ready, total = endpoints.ready, endpoints.total
    if ready == 0:
        return f"Service {name} serves nothing: no ready endpoint"
    if ready < total:
        return f"Service {name} is still served by {ready} of {total} endpoints"
    return f"Service {name} is fully served by {ready} endpoint{'s' if ready != 1 else ''}"


def label_selector(labels: Mapping[str, str]) -> str:
    """Labels as a selector ("app=x,tier=edge")."""
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
