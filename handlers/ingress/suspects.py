"""Signs on lists that an Ingress may be unwell."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence

from handlers.extract.alb_log import binding_failure
from handlers.extract.events import newest_first
from handlers.extract.ingress import BINDING, is_fresh
from handlers.extract.ingress_backends import service_names
from handlers.extract.service import selects
from handlers.extract.serving import SERVICE_NAME
from handlers.look import Look
from handlers.sources.objects.event import Event
from handlers.sources.objects.ingress import Ingress
from handlers.sources.objects.network import EndpointSlice, Service
from handlers.sweep import picked
from rules.finding import ObjectRef

_Key = tuple[str, str]
MOST_READ = 100
"""Ingresses without a sign on the lists that are diagnosed all the same."""
_DONE = "SuccessfullyReconciled"


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Ingresses without an address, with an unmended failure, or whose Services do not serve; then others."""
    async with asyncio.TaskGroup() as group:
        ingresses = group.create_task(look.list(Ingress, namespace, what="ingresses"))
        services = group.create_task(look.list(Service, namespace, what="services"))
        slices = group.create_task(look.list(EndpointSlice, namespace, what="endpoints"))
        events = group.create_task(look.list(Event, namespace, what="events"))
    signs = _Signs(look, services.result().value, slices.result().value, events.result().value or ())
    every = ingresses.result().value or ()
    unwell = await picked(every, signs.unwell)
    # Some failures stand in the controller's log alone; it is read once for all Ingresses of a look.
    known = dict.fromkeys(ingress.ref for ingress in (*unwell, *every[:MOST_READ]))
    return tuple(known)


class _Signs:
    """What the lists tell, looked up rather than searched; None for a list that could not be read."""

    def __init__(
        self,
        look: Look,
        services: Sequence[Service] | None,
        slices: Sequence[EndpointSlice] | None,
        events: Iterable[Event],
    ) -> None:
        self._now = look.cluster.now()
        self._services = None if services is None else {_key(one): one for one in services}
        self._serving = None if slices is None else set(_serving(slices))
        self._events: dict[str, list[Event]] = defaultdict(list)
        self._bindings: dict[str, list[Event]] = defaultdict(list)
        for event in events:
            about = event.involved_object
            if about.kind == Ingress.resource.kind:
                self._events[about.uid].append(event)
            elif about.kind == BINDING:
                self._bindings[about.namespace].append(event)

    def unwell(self, ingress: Ingress) -> bool:
        if not ingress.status.load_balancer.address:
            return not is_fresh(ingress, self._now)
        if ingress.metadata.deletion_timestamp or self._fails(ingress):
            return True
        namespace, names = ingress.metadata.namespace, service_names(ingress)
        if binding_failure(self._bindings.get(namespace, ()), namespace, names):
            return True
        return any(self._lost(namespace, name) for name in names)

    def _fails(self, ingress: Ingress) -> bool:
        telling = (e for e in self._events[ingress.metadata.uid] if e.type == "Warning" or e.reason == _DONE)
        newest = next(iter(newest_first(telling)), None)
        return newest is not None and newest.reason != _DONE

    def _lost(self, namespace: str, name: str) -> bool:
        if self._services is None:
            return False
        service = self._services.get((namespace, name))
        if service is None:
            return True
        return self._serving is not None and selects(service) and (namespace, name) not in self._serving


def _key(service: Service) -> _Key:
    return service.metadata.namespace, service.metadata.name


def _serving(slices: Iterable[EndpointSlice]) -> Iterable[_Key]:
    """Services with an endpoint that takes traffic."""
    for piece in slices:
        if any(endpoint.conditions.ready is not False for endpoint in piece.endpoints):
            yield piece.metadata.namespace, piece.metadata.labels.get(SERVICE_NAME, "")
