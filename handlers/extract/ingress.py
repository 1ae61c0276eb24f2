"""An Ingress's facts: class, controller, what it says, backends, targets; pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract.balancer import balancer_said
from handlers.extract.events import newest_first, observed
from handlers.extract.ingress_backends import Backend, backend_facts
from handlers.extract.ingress_targets import target_facts
from handlers.extract.pod_status import ENDED, pod_condition
from handlers.extract.service import ServiceReads
from handlers.sources.objects.certificate import Certificate
from handlers.sources.objects.event import Event
from handlers.sources.objects.ingress import Ingress, IngressClass
from handlers.sources.objects.pod import Pod
from rules.facts.alb import AlbFacts
from rules.facts.balancer import BalancerSaidFacts, TargetFacts
from rules.facts.ingress import BackendFacts, IngressControllerFacts, IngressFacts
from rules.finding import ObjectRef, Observation

ALB = frozenset({"ingress.k8s.aws/alb", "eks.amazonaws.com/alb"})
AUTO_MODE = "eks.amazonaws.com/alb"
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"
BINDING = "TargetGroupBinding"
"""The kind by which the controller fills a target group; in the source of what it says of one."""
GROUP = "alb.ingress.kubernetes.io/group.name"
RECENT = 3600.0
"""Seconds after which a failure that is not repeated in the log is over: it tries every 17 min."""
_FRESH = 300.0
"""Seconds a load balancer takes to be made."""
_STUCK = 300.0
_MISSING: Mapping[str, tuple[str, ...]] = {
    "events": ("balancer", "reconciled", "tls_said"),
    "log": ("balancer",),
    "classes": ("class_exists", "is_alb"),
    "services": ("backends",),
    "controller": ("controller",),
    "certificates": ("certificates_waiting",),
    "pods": ("targets",),
}


class ControllerReads(Struct, frozen=True, kw_only=True):
    """The controller's pods, where and how they were looked for, and their logs."""

    pods: tuple[Pod, ...] = ()
    logs: tuple[str, ...] = ()
    namespace: str = ""
    selector: str = ""


class IngressReads(Struct, frozen=True, kw_only=True):
    """What was read about an Ingress.

    Attributes:
        backends: its Services as it names them, each with what was read of it.
        log_failure: the newest failure in the controller's log.
        binding_failure: the newest failure of a target group of its Services, as an event.
        alb: what AWS tells; the targets in `aws_targets` take precedence over readiness gates.
        missing: a source named in `_MISSING` → why it could not be read.
    """

    ingress: Ingress
    now: datetime
    classes: tuple[IngressClass, ...] = ()
    events: tuple[Event, ...] = ()
    controller: ControllerReads = ControllerReads()
    backends: tuple[Backend, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    alb: AlbFacts = AlbFacts()
    aws_targets: TargetFacts | None = None
    log_failure: Observation | None = None
    binding_failure: Observation | None = None
    missing: Mapping[str, str] = {}


def class_of(ingress: Ingress, classes: Sequence[IngressClass]) -> tuple[str, str | None]:
    """The class's name, and the controller behind it; None where there is no such class.

    The older annotation needs no IngressClass object; without any name the default class is taken.
    """
    name = ingress.spec.ingress_class_name or ingress.metadata.annotations.get(CLASS_ANNOTATION, "")
    by_name = {each.metadata.name: each.spec.controller for each in classes}
    if name in by_name:
        return name, by_name[name]
    if name:
        legacy = not ingress.spec.ingress_class_name
        return name, "ingress.k8s.aws/alb" if legacy and name == "alb" else ("" if legacy else None)
    default = (c for c in classes if c.metadata.annotations.get(DEFAULT_CLASS) == "true")
    found = next(default, None)
    return "", found.spec.controller if found else None


def is_fresh(ingress: Ingress, now: datetime) -> bool:
    """Whether it is so young that its load balancer may still be on its way."""
    created = ingress.metadata.creation_timestamp
    return created is not None and (now - created).total_seconds() < _FRESH


def ingress_facts(reads: IngressReads) -> IngressFacts:
    """Compute an Ingress's facts; what needs something unreadable is marked missing."""
    ingress, owner = reads.ingress, reads.ingress.metadata.controller
    name, controller = class_of(ingress, reads.classes)
    is_alb = controller in ALB
    backends = backend_facts(ingress, reads.backends)
    reconciled = _reconciled(reads.events)
    targets = reads.aws_targets or target_facts(ingress, _service_reads(reads.backends))
    balancer = _balancer(reads, reconciled)
    address = ingress.status.load_balancer.address
    waiting = _waiting(ingress, reads.certificates)
    return IngressFacts(
        missing=_missing(reads.missing),
        ref=ingress.ref,
        top_owner=ObjectRef(owner.kind, owner.name, ingress.metadata.namespace) if owner else ingress.ref,
        depends_on=_links(reads, backends, waiting),
        age=_age(ingress, reads.now),
        class_name=name,
        class_exists=controller is not None,
        classes=tuple(each.metadata.name for each in reads.classes),
        is_alb=is_alb,
        managed=controller == AUTO_MODE,
        hosts=tuple(dict.fromkeys(rule.host for rule in ingress.spec.rules if rule.host)),
        address=address,
        backends=backends,
        controller=_controller(reads.controller),
        balancer=balancer,
        reconciled=reconciled,
        targets=targets,
        alb=reads.alb,
        stuck_for=_stuck(ingress, reads.now),
        finalizers=ingress.metadata.finalizers if ingress.metadata.deletion_timestamp else (),
        tls_said=_tls(reads.events),
        certificates_waiting=tuple(one.metadata.name for one in waiting),
        healthy=bool(address) and balancer.problem == "none" and _fine(targets) and _reach(backends),
        effect=_effect(address, balancer, targets, backends),
    )


def _service_reads(backends: Iterable[Backend]) -> tuple[ServiceReads, ...]:
    return tuple(one.reads for one in backends if one.reads is not None)


def _missing(missing: Mapping[str, str]) -> dict[str, str]:
    return {fact: why for source, why in missing.items() for fact in _MISSING.get(source, ())}


def _age(ingress: Ingress, now: datetime) -> float:
    created = ingress.metadata.creation_timestamp
    return max(0.0, (now - created).total_seconds()) if created else 0.0


def _stuck(ingress: Ingress, now: datetime) -> float | None:
    deleted = ingress.metadata.deletion_timestamp
    passed = (now - deleted).total_seconds() if deleted else 0.0
    return passed if passed > _STUCK else None


def _fine(targets: TargetFacts) -> bool:
    return not targets.unhealthy or targets.problem == "starting"


def _reach(backends: Iterable[BackendFacts]) -> bool:
    return all(one.exists and one.port_exists and one.serves for one in backends)


def _links(
    reads: IngressReads, backends: Iterable[BackendFacts], waiting: Iterable[Certificate]
) -> tuple[ObjectRef, ...]:
    """The Services and Certificates it stands on; the controller's pods only where none of them works."""
    namespace, pods = reads.ingress.metadata.namespace, reads.controller.pods
    services = tuple(ObjectRef("Service", one.name, namespace) for one in backends)
    down = pods if pods and not any(map(_is_ready, pods)) else ()
    return (*services, *(one.ref for one in waiting), *(pod.ref for pod in down))


def _is_ready(pod: Pod) -> bool:
    return pod_condition(pod, "Ready") == "True"


def _controller(reads: ControllerReads) -> IngressControllerFacts:
    living = [pod for pod in reads.pods if pod.status.phase not in ENDED]
    return IngressControllerFacts(
        pods=len(living),
        ready=sum(map(_is_ready, living)),
        namespace=reads.namespace,
        selector=reads.selector,
    )


def _reconciled(events: Iterable[Event]) -> Observation | None:
    done = newest_first(event for event in events if event.reason == "SuccessfullyReconciled")
    return observed(done[0]) if done else None


def _balancer(reads: IngressReads, reconciled: Observation | None) -> BalancerSaidFacts:
    """The newest failure, of events or log, that no later success has mended."""
    warnings = newest_first(event for event in reads.events if event.type == "Warning")
    said = [observed(warnings[0])] if warnings else []
    others = filter(None, (reads.binding_failure, reads.log_failure))
    said += [one for one in others if _is_recent(one, reads.now)]
    standing = [one for one in said if not _is_over(one, reconciled)]
    if not standing:
        return BalancerSaidFacts()
    telling = [balancer_said(one) for one in standing]
    return next((one for one in telling if one.problem != "unknown"), telling[0])


def _is_recent(said: Observation, now: datetime) -> bool:
    return said.at is not None and (now - said.at).total_seconds() < RECENT


def _is_over(said: Observation, reconciled: Observation | None) -> bool:
    if reconciled is None or said.at is None or reconciled.at is None:
        return False
    # Target groups are filled by another reconciler: a success of the Ingress does not mend their failure.
    return reconciled.at >= said.at and BINDING.lower() not in said.source.lower()


def _tls(events: Iterable[Event]) -> Observation | None:
    """A missing Secret that a controller complains of."""
    said = (e for e in newest_first(events) if "ecret" in e.message and "not found" in e.message)
    found = next(said, None)
    return observed(found) if found else None


def _waiting(ingress: Ingress, certificates: Iterable[Certificate]) -> list[Certificate]:
    """cert-manager's Certificates of its TLS Secrets that are not ready."""
    secrets = {tls.secret_name for tls in ingress.spec.tls}
    return [
        one
        for one in certificates
        if one.spec.secret_name in secrets
        and not any(c.type == "Ready" and c.status == "True" for c in one.status.conditions)
    ]


def _effect(
    address: str, balancer: BalancerSaidFacts, targets: TargetFacts, backends: Sequence[BackendFacts]
) -> str:
    if not address:
        return "It has no load balancer: nobody outside the cluster reaches it"
    if targets.unhealthy and targets.unhealthy == targets.total:
        return (
            "All targets are unhealthy: the load balancer sends them requests all the same (it fails open), "
            "but inside the cluster nobody answers behind the Service"
        )
    if targets.unhealthy:
        return f"It is served by {targets.total - targets.unhealthy} of {targets.total} targets"
    lost = [one for one in backends if not (one.exists and one.port_exists and one.serves)]
    if lost:
        return f"Callers of {', '.join(lost[0].hosts) or lost[0].name} get 503"
    if balancer.problem != "none":
        return "Its load balancer stays as it was: what was changed since then is not carried out"
    return f"It is served at {address}"
