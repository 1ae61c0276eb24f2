"""The Service that a failing container cannot reach, as its log names it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract.container_run import Member
from handlers.extract.containers import is_failing, telling_signature
from handlers.extract.serving import Endpoints, label_selector
from handlers.sources.objects.network import Service
from rules.facts.log import LogFacts, LogSignature, SignatureKind
from rules.facts.pod import DependencyFacts
from rules.finding import Observation

KINDS = frozenset(
    {
        SignatureKind.CONNECTION_REFUSED,
        SignatureKind.CONNECTION_TIMEOUT,
        SignatureKind.DNS_NAME_UNKNOWN,
        SignatureKind.HTTP_UPSTREAM_ERRORS,
        SignatureKind.DATABASE_DNS,
        SignatureKind.DATABASE_REFUSED,
        SignatureKind.DATABASE_TIMEOUT,
    }
)
_UNKNOWN_NAMES = frozenset({SignatureKind.DNS_NAME_UNKNOWN, SignatureKind.DATABASE_DNS})
_HOST = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?([a-z0-9.-]+?)\.?(?::(\d{1,5}))?(?:[/?#].*)?$")
_LABEL = re.compile(r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")
_ADDRESS = re.compile(r"^\d+\.\d+\.\d+\.\d+$")
_NAMESPACED = 2
_SOURCE = "Service and endpoint slices"


class Host(Struct, frozen=True, kw_only=True):
    """A host that a failing container's log complains of.

    Attributes:
        name: without scheme, port and path.
        port: None when the log names none.
        unknown_name: whether the complaint is that the name does not resolve.
    """

    container: str
    name: str
    port: int | None = None
    unknown_name: bool = False


class Candidate(Struct, frozen=True):
    """A Service that a host may mean; `certain` when it can mean nothing else, even if it does not exist."""

    service: str
    namespace: str
    certain: bool = False


def unreachable_hosts(
    members: Iterable[Member], logs: Mapping[str, LogFacts], now: datetime
) -> tuple[Host, ...]:
    """Hosts that failing containers cannot reach, by the failure that matters of each."""
    found: list[Host] = []
    for member in members:
        log = logs.get(member.spec.name)
        if log is None or not is_failing(member, now):
            continue
        signature = telling_signature(log, failing=True)
        if signature and signature.kind in KINDS:
            found.extend(_hosts(member.spec.name, signature))
    return tuple(found)


def _hosts(container: str, signature: LogSignature) -> Iterable[Host]:
    for subject in dict.fromkeys((signature.subject, *signature.subjects)):
        found = _HOST.match(subject.lower())
        if found:
            port = int(found[2]) if found[2] else None
            unknown = signature.kind in _UNKNOWN_NAMES
            yield Host(container=container, name=found[1], port=port, unknown_name=unknown)


def candidates(host: Host, namespace: str, services: Sequence[Service]) -> tuple[Candidate, ...]:
    """Services a host may mean, most probable first.

    Names resolve as a pod's search domains say: `a` in its own namespace, `a.b` and `a.b.svc…` in namespace
    b; the host of a headless Service's pod has the pod's name in front.
    """
    if _ADDRESS.match(host.name):
        return tuple(
            Candidate(s.metadata.name, namespace) for s in services if s.spec.cluster_ip == host.name
        )
    before, in_cluster, _ = f"{host.name}.".partition(".svc.")
    labels = before.rstrip(".").split(".")
    if not all(_LABEL.match(label) for label in labels):
        return ()
    if in_cluster:
        return (Candidate(labels[-2], labels[-1], certain=True),) if len(labels) >= _NAMESPACED else ()
    if len(labels) == 1:
        return (Candidate(labels[0], namespace, certain=host.unknown_name),)
    own = {service.metadata.name for service in services if service.spec.cluster_ip == "None"}
    headless = (Candidate(labels[1], namespace),) if labels[1] in own else ()
    return (*headless, Candidate(labels[0], labels[1])) if len(labels) == _NAMESPACED else headless


def no_service(host: Host, meant: Candidate) -> DependencyFacts:
    """Facts of a Service that a container needs and that does not exist."""
    said = Observation(f"Service {meant.namespace}/{meant.service} does not exist", _SOURCE)
    return DependencyFacts(
        service=meant.service, namespace=meant.namespace, exists=False, container=host.container, said=said
    )


def dependency_facts(host: Host, service: Service, endpoints: Endpoints, pods: int | None) -> DependencyFacts:
    """Facts of the Service a container cannot reach.

    `pods` is how many pods its selector finds; None when that was not asked or could not be read. A Service
    that is only an alias of an outside name has no endpoints to judge by.
    """
    if service.spec.type == "ExternalName":
        return DependencyFacts()
    text = (
        f"Service {service.ref} has {_endpoints_words(service, endpoints, pods)}{_port_words(host, service)}"
    )
    return DependencyFacts(
        service=service.metadata.name,
        namespace=service.metadata.namespace,
        ready=endpoints.ready,
        total=endpoints.total,
        container=host.container,
        said=Observation(text, _SOURCE),
    )


def unread_endpoints(host: Host, service: Service, missing: str) -> DependencyFacts:
    """Facts of a Service of which endpoints could not be read."""
    return DependencyFacts(
        missing=dict.fromkeys(("ready", "total", "said"), missing),
        service=service.metadata.name,
        namespace=service.metadata.namespace,
        container=host.container,
    )


def unread_service(host: Host, meant: Candidate, missing: str) -> DependencyFacts:
    """Facts of a Service that could not be read itself."""
    return DependencyFacts(
        missing=dict.fromkeys(("exists", "ready", "total", "said"), missing),
        service=meant.service,
        namespace=meant.namespace,
        container=host.container,
    )


def _endpoints_words(service: Service, endpoints: Endpoints, pods: int | None) -> str:
    if endpoints.total:
        ready = {0: "none ready", endpoints.total: "all ready"}.get(
            endpoints.ready, f"{endpoints.ready} ready"
        )
        return f"{endpoints.total} endpoint{'s' if endpoints.total != 1 else ''}, {ready}"
    if not service.spec.selector:
        return "no endpoints: it selects no pods, and nobody has entered addresses"
    if pods is None:
        return "no endpoints"
    if pods == 0:
        return f"no endpoints: no pod carries {label_selector(service.spec.selector)}"
    return f"no endpoints: none of its {pods} pod{'s' if pods != 1 else ''} has an address"


def _port_words(host: Host, service: Service) -> str:
    ports = [port.port for port in service.spec.ports]
    if host.port is None or not ports or host.port in ports or service.spec.cluster_ip == "None":
        return ""
    return f"; it has no port {host.port}, only {', '.join(map(str, ports))}"
