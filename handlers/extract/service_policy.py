"""What the network policies of a namespace mean for one Service; pure."""

from collections.abc import Iterable, Sequence

from handlers.extract.network_policy import Admission, admission
from handlers.sources.objects.network import Namespace, Service, ServicePort
from handlers.sources.objects.network_policy import NetworkPolicy
from handlers.sources.objects.pod import Pod
from rules.facts.service import PolicyFacts
from rules.finding import Observation

_SHOWN = 8


def policy_facts(
    service: Service,
    pods: Sequence[Pod],
    policies: Sequence[NetworkPolicy],
    namespaces: Sequence[Namespace] = (),
) -> PolicyFacts:
    """Evaluate the policies for each port of the Service at one of its pods: all carry what is selected."""
    if not pods or not policies:
        return PolicyFacts()
    admissions = {
        port.name or str(port.port): admission(pods[0], number_of(port, pods[0]), port.protocol, policies)
        for port in service.spec.ports
    }
    isolating = next((one.policies for one in admissions.values()), ())
    closed = tuple(name for name, one in admissions.items() if one.closed)
    admits = _admits(admissions.values())
    let_in = _namespaces(admissions.values(), namespaces) if admits else ()
    return PolicyFacts(
        isolating=isolating,
        closed=bool(closed) and len(closed) == len(admissions),
        closed_ports=closed,
        admits=admits,
        namespaces=let_in,
        by_address=any(one.by_address for one in admissions.values()),
        only=_sentence(service, isolating, _listed(admits, let_in), closed),
    )


def _namespaces(admissions: Iterable[Admission], namespaces: Sequence[Namespace]) -> tuple[str, ...]:
    """Namespaces whose pods get in whatever labels they carry, on some port."""
    known = [(one.metadata.name, one.metadata.labels) for one in namespaces]
    every = tuple(admissions)
    return tuple(name for name, labels in known if any(one.admits(name, labels, {}) for one in every))


def _listed(admits: tuple[str, ...], namespaces: tuple[str, ...]) -> tuple[str, ...]:
    """Who gets in, with the namespaces that are meant by name."""
    if not namespaces:
        return admits
    shown = ", ".join(namespaces[:_SHOWN]) + (" …" if len(namespaces) > _SHOWN else "")
    return (*admits, f"that is namespaces {shown}")


def number_of(port: ServicePort, pod: Pod) -> int:
    """The container port behind a Service's port at one pod; 0 where no container names it."""
    target = port.target_port or port.port
    if isinstance(target, int) or target.isdigit():
        return int(target)
    named = (p.container_port for c in pod.spec.containers for p in c.ports if p.name == target)
    return next(named, 0)


def _admits(admissions: Iterable[Admission]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words for one in admissions for words in one.in_words()))


def _sentence(
    service: Service, isolating: tuple[str, ...], admits: tuple[str, ...], closed: tuple[str, ...]
) -> Observation | None:
    if not admits and not closed:
        return None
    name = f"{service.metadata.namespace}/{service.metadata.name}"
    source = f"NetworkPolicy {', '.join(isolating)}"
    if not admits:
        return Observation(f"nobody may connect to {name}", source)
    on = f"; nobody on port {', '.join(closed)}" if closed else ""
    return Observation(f"{name} may be reached only from {'; '.join(admits)}{on}", source)
