"""An APIService's facts; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from handlers.extract.events import plain
from handlers.extract.serving import endpoints_of
from handlers.sources.objects.apiservice import APIService
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.network import EndpointSlice, Service
from rules.facts.apiservice import ApiServiceFacts, Available
from rules.facts.container import ContainerFacts
from rules.facts.pod import PodFacts
from rules.finding import ObjectRef, Observation

_STATUS: tuple[Available, ...] = ("True", "False", "Unknown")
_EFFECTS = {
    "metrics.k8s.io": "kubectl top and autoscalers on CPU and memory get no figures",
    "custom.metrics.k8s.io": "Autoscalers that follow custom metrics stand still",
    "external.metrics.k8s.io": "Autoscalers that follow external metrics stand still",
}
_LONGEST = 300
_ANYBODY = "Whoever asks it gets 503, and namespaces that are being deleted get stuck"


class ApiServiceReads(Struct, frozen=True, kw_only=True):
    """What was read about an APIService.

    Attributes:
        service: the Service that answers; None where it does not exist, is unread, or is not needed.
        missing: name of a field → why it could not be read.
    """

    apiservice: APIService
    now: datetime
    service: Service | None = None
    slices: tuple[EndpointSlice, ...] = ()
    pods: tuple[PodFacts, ...] = ()
    missing: Mapping[str, str] = {}


def available_condition(apiservice: APIService) -> Condition:
    """Its Available condition; one that says Unknown where it was never written."""
    conditions = (c for c in apiservice.status.conditions if c.type == "Available")
    return next(conditions, Condition(type="Available", status="Unknown", reason="NotReported"))


def is_available(apiservice: APIService) -> bool:
    """Whether the API answers."""
    return available_condition(apiservice).status == "True"


def apiservice_facts(reads: ApiServiceReads) -> ApiServiceFacts:
    """Compute an APIService's facts."""
    apiservice, condition = reads.apiservice, available_condition(reads.apiservice)
    target, changed = apiservice.spec.service, condition.last_transition_time
    worst = next((pod for pod in reads.pods if not pod.healthy), None)
    failing = _failing(worst) if worst else None
    behind = _behind(worst, failing) if worst else None
    name = target.name if target else ""
    return ApiServiceFacts(
        missing=_missing(reads.missing),
        ref=apiservice.ref,
        top_owner=apiservice.ref,
        depends_on=(ObjectRef("Service", target.name, target.namespace),) if target else (),
        available=next((one for one in _STATUS if one == condition.status), "Unknown"),
        reason=condition.reason,
        said=Observation(f"{condition.reason}: {plain(condition.message)}", "condition Available", changed),
        since=(reads.now - changed).total_seconds() if changed else None,
        group=apiservice.spec.group,
        local=target is None,
        service=name,
        service_namespace=target.namespace if target else "",
        service_exists=target is None or reads.service is not None,
        ready=endpoints_of(name, reads.slices).ready,
        pod=worst.ref.name if worst else "",
        container=failing.name if failing else "",
        why=_clause(behind) if behind else "the reason lies behind the Service",
        behind=behind,
        effect="" if condition.status == "True" else _EFFECTS.get(apiservice.spec.group, _ANYBODY),
    )


def _missing(missing: Mapping[str, str]) -> dict[str, str]:
    facts = {"service": ("service_exists",), "slices": ("ready",)}
    return {fact: why for source, why in missing.items() for fact in facts.get(source, ())}


def _failing(pod: PodFacts) -> ContainerFacts | None:
    return next((container for container in pod.containers if container.failing), None)


def _behind(pod: PodFacts, failing: ContainerFacts | None) -> Observation:
    """The most telling words about the pod: its log's, else how its container ended, else its state."""
    said = next(filter(None, _sayings(failing)), None) if failing else None
    words = f"pod {pod.ref.name} is {pod.status}"
    if said is None:
        return Observation(words, "pod status")
    return Observation(f"{words}: {said.text}", said.source, said.at)


def _clause(said: Observation) -> str:
    words = " ".join(said.text.split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST].rstrip()} …"


def _sayings(container: ContainerFacts) -> Iterable[Observation | None]:
    yield container.signature.line if container.signature else None
    yield container.log.error
    yield container.last_exit
    yield container.readiness.said
