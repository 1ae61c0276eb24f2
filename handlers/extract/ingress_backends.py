"""The Services an Ingress leads to; pure."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from handlers.extract.service import ServiceReads, selects
from handlers.extract.serving import endpoints_of
from handlers.sources.objects.ingress import BackendPort, BackendService, Ingress
from handlers.sources.objects.network import Service
from rules.facts.ingress import BackendFacts

ANNOTATION_PORT = "use-annotation"
"""The port name by which an Ingress refers to an action in an annotation instead of a Service."""


class Backend(Struct, frozen=True, kw_only=True):
    """One Service by name, and what was read of it.

    Attributes:
        service: None where it does not exist or could not be read.
        missing: why it could not be read; empty where it could, or does not exist.
        reads: what stands behind it.
    """

    name: str
    service: Service | None = None
    missing: str = ""
    reads: ServiceReads | None = None


class _Place(Struct, frozen=True):
    """A host and path, and the Service they lead to."""

    shown: str
    service: BackendService


def service_names(ingress: Ingress) -> tuple[str, ...]:
    """The Services an Ingress names, each once."""
    return tuple(dict.fromkeys(place.service.name for place in _places(ingress)))


def _places(ingress: Ingress) -> Iterator[_Place]:
    """Every place that leads to a Service; actions in annotations are none."""
    default = ingress.spec.default_backend
    if default and default.service and default.service.port.name != ANNOTATION_PORT:
        yield _Place("everything else", default.service)
    for rule in ingress.spec.rules:
        for path in rule.http.paths if rule.http else ():
            service = path.backend.service
            if service and service.port.name != ANNOTATION_PORT:
                yield _Place(f"{rule.host}{path.path}", service)


def backend_facts(ingress: Ingress, backends: Sequence[Backend]) -> tuple[BackendFacts, ...]:
    """Facts of each Service and port that an Ingress names."""
    by_name = {one.name: one for one in backends}
    groups: dict[tuple[str, str], list[_Place]] = {}
    for place in _places(ingress):
        groups.setdefault((place.service.name, str(place.service.port)), []).append(place)
    return tuple(
        _backend(places, by_name.get(name, Backend(name=name))) for (name, _), places in groups.items()
    )


def _backend(places: Sequence[_Place], backend: Backend) -> BackendFacts:
    port, service = places[0].service.port, backend.service
    unread = ("exists", "port_exists", "serves") if backend.missing else _unread(backend.reads)
    return BackendFacts(
        missing=dict.fromkeys(unread, backend.missing or _why(backend.reads)),
        name=backend.name,
        port=str(port),
        exists=service is not None or bool(backend.missing),
        port_exists=service is None or _has(service, port),
        offered=tuple(_offered(service)) if service else (),
        serves=_serves(service, backend.reads),
        hosts=tuple(dict.fromkeys(place.shown for place in places)),
    )


def _unread(reads: ServiceReads | None) -> tuple[str, ...]:
    return ("serves",) if reads and "slices" in reads.missing else ()


def _why(reads: ServiceReads | None) -> str:
    return reads.missing.get("slices", "") if reads else ""


def _has(service: Service, port: BackendPort) -> bool:
    return any(port.number == one.port or (port.name and port.name == one.name) for one in service.spec.ports)


def _offered(service: Service) -> Iterable[str]:
    for port in service.spec.ports:
        yield f"{port.name} {port.port}".strip()


def _serves(service: Service | None, reads: ServiceReads | None) -> bool:
    """Whether an endpoint takes traffic; of a Service without selector only what was written counts."""
    if service is None or reads is None or service.spec.type == "ExternalName":
        return service is not None
    if not selects(service) and not reads.slices:
        return True
    return endpoints_of(service.metadata.name, reads.slices).ready > 0
