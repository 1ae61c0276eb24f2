"""What a pod asks of a node, counted as the scheduler does; thousandths of each resource's base unit."""

from collections.abc import Iterable, Mapping
from functools import reduce

from handlers.extract.quantity import readable_milli
from handlers.sources.objects.container import Container
from handlers.sources.objects.pod import Pod

Amounts = Mapping[str, int]


def pod_requests(pod: Pod) -> dict[str, int]:
    """Add up a pod's requests, without the place it takes itself ("pods").

    Containers and native sidecars run together; before that, each init container runs beside the sidecars
    started until then. The larger of both counts, and the runtime's overhead on top.
    """
    running: Amounts = {}
    peak: Amounts = {}
    for container in pod.spec.init_containers:
        if container.restart_policy == "Always":
            running = _add(running, _requests(container))
            peak = _larger(peak, running)
        else:
            peak = _larger(peak, _add(running, _requests(container)))
    together = _sum((_requests(container) for container in pod.spec.containers), running)
    return dict(_add(_larger(peak, together), readable_milli(pod.spec.overhead)))


def _requests(container: Container) -> Amounts:
    """A limit without a request is the request, as the API server defaults it."""
    resources = container.resources
    if not resources.limits:
        return readable_milli(resources.requests)
    return readable_milli({**resources.limits, **resources.requests})


def _add(left: Amounts, right: Amounts) -> Amounts:
    if not left or not right:
        return left or right
    return {name: left.get(name, 0) + right.get(name, 0) for name in {**left, **right}}


def _larger(left: Amounts, right: Amounts) -> Amounts:
    if not left or not right:
        return left or right
    return {name: max(left.get(name, 0), right.get(name, 0)) for name in {**left, **right}}


def _sum(amounts: Iterable[Amounts], start: Amounts) -> Amounts:
    return reduce(_add, amounts, start)
