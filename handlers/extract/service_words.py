"""How a Service stands, in sentences; pure."""

from collections.abc import Iterable, Sequence

from handlers.extract.balancer import balancer_said
from handlers.extract.events import newest_first, observed
from handlers.extract.pod_status import pod_status
from handlers.extract.serving import Endpoints
from handlers.sources.objects.event import Event
from handlers.sources.objects.network import Service
from handlers.sources.objects.pod import Pod
from rules.facts.balancer import BalancerSaidFacts
from rules.finding import Observation

_SHOWN = 3
_SOURCE = "endpoint slices"


def balancer_facts(events: Iterable[Event]) -> BalancerSaidFacts:
    """The newest complaint about a Service's load balancer."""
    warnings = newest_first(event for event in events if event.type == "Warning")
    return balancer_said(observed(warnings[0])) if warnings else BalancerSaidFacts()


def pods_said(
    service: Service, unready: Sequence[Pod], labelled: int, endpoints: Endpoints
) -> Observation | None:
    """How its pods and endpoints stand; None where it chooses none."""
    if not service.spec.selector:
        return None
    counted = f"{endpoints.ready} of {endpoints.total} endpoints ready, {labelled} pods selected"
    if not unready:
        return Observation(counted, _SOURCE)
    shown = ", ".join(f"{pod.metadata.name} is {pod_status(pod)}" for pod in unready[:_SHOWN])
    more = f" and {len(unready) - _SHOWN} more" if len(unready) > _SHOWN else ""
    return Observation(f"{counted}; not ready: {shown}{more}", _SOURCE)


def effect(service: Service, endpoints: Endpoints) -> str:
    """Say whether it still serves."""
    if service.spec.type == "ExternalName":
        return ""
    if not endpoints.ready:
        return "Nobody answers behind it: connections are refused, and callers behind a proxy get 503"
    if endpoints.ready < endpoints.total:
        return f"It is still served by {endpoints.ready} of {endpoints.total} endpoints"
    return f"It is served by {endpoints.ready} endpoint{'s' if endpoints.ready != 1 else ''}"
