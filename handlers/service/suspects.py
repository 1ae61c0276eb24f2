"""Signs on lists that a Service may be unwell."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from handlers.extract.service import is_for_peers, is_hosted, selects, standing
from handlers.extract.serving import SERVICE_NAME
from handlers.look import Look
from handlers.sources.objects.network import EndpointSlice, Service
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment, StatefulSet
from handlers.sweep import picked
from rules.finding import ObjectRef

_Key = tuple[str, str]


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Services with a selector whose pods, endpoints or named ports are unwell, or without an address."""
    async with asyncio.TaskGroup() as group:
        services = group.create_task(look.list(Service, namespace, what="services"))
        slices = group.create_task(look.list(EndpointSlice, namespace, what="endpoints"))
        pods = group.create_task(look.list(Pod, namespace, what="pods"))
        deployments = group.create_task(look.list(Deployment, namespace, what="deployments"))
        stateful = group.create_task(look.list(StatefulSet, namespace, what="statefulsets"))
    resting = _resting((*(deployments.result().value or ()), *(stateful.result().value or ())))
    signs = _Signs(look, slices.result().value, pods.result().value or (), resting)
    unwell = await picked(services.result().value or (), signs.unwell)
    return tuple(service.ref for service in unwell)


def _resting(workloads: Sequence[Deployment | StatefulSet]) -> Mapping[str, list[Mapping[str, str]]]:
    """Labels of the pods that workloads scaled to zero would have, by namespace."""
    found: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for each in workloads:
        if each.spec.replicas == 0:
            found[each.metadata.namespace].append(each.spec.template.metadata.labels)
    return found


class _Signs:
    """What the lists tell of each Service, looked up rather than searched."""

    def __init__(
        self,
        look: Look,
        slices: Sequence[EndpointSlice] | None,
        pods: Sequence[Pod],
        resting: Mapping[str, list[Mapping[str, str]]],
    ) -> None:
        self._now = look.cluster.now()
        self._slices: dict[_Key, list[EndpointSlice]] = defaultdict(list)
        self._known = slices is not None
        self._resting = resting
        for piece in slices or ():
            self._slices[piece.metadata.namespace, piece.metadata.labels.get(SERVICE_NAME, "")].append(piece)
        self._pods = {(pod.metadata.namespace, pod.metadata.name): pod for pod in pods}

    def unwell(self, service: Service) -> bool:
        if service.spec.type == "LoadBalancer" and not service.status.load_balancer.address:
            return True
        if not self._known or not selects(service):
            return False
        slices = self._slices[service.metadata.namespace, service.metadata.name]
        pods = self._behind(slices)
        if not pods:
            return not self._rests(service) and not is_hosted(service)
        if standing(pods, self._now).unready and not is_for_peers(service):
            return True
        return self._lacks_port(service, slices)

    def _behind(self, slices: Sequence[EndpointSlice]) -> list[Pod]:
        targets = (e.target_ref for piece in slices for e in piece.endpoints)
        keys = [(slices[0].metadata.namespace, target.name) for target in targets if target]
        return [self._pods[key] for key in dict.fromkeys(keys) if key in self._pods]

    def _rests(self, service: Service) -> bool:
        wanted = service.spec.selector.items()
        return any(wanted <= labels.items() for labels in self._resting.get(service.metadata.namespace, ()))

    @staticmethod
    def _lacks_port(service: Service, slices: Sequence[EndpointSlice]) -> bool:
        """Whether some named target port stands in no slice."""
        there = {port.name for piece in slices for port in piece.ports}
        return any(
            isinstance(port.target_port, str) and port.name not in there for port in service.spec.ports
        )
