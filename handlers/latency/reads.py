"""The reads behind a question about latency: pods, usage, autoscalers, nodes, events and series, at once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from msgspec import Struct

from handlers.contract import Need
from handlers.latency.figures import Figures, read_figures
from handlers.latency.scope import Scope
from handlers.look import Look, Read
from handlers.sources.objects.autoscaler import HorizontalPodAutoscaler
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import NodeMetrics, PodMetrics
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod

T = TypeVar("T")
NEEDS = (
    Need("get", "", "namespaces"),
    Need("list", "", "namespaces"),
    Need("list", "", "pods"),
    Need("list", "", "events"),
    Need("list", "", "nodes"),
    Need("list", "autoscaling", "horizontalpodautoscalers"),
    Need("list", "metrics.k8s.io", "pods"),
    Need("list", "metrics.k8s.io", "nodes"),
)


class LatencyReads(Struct, frozen=True, kw_only=True):
    """What was read; a list that could not be read is empty, and `missing` says why, by its name here."""

    pods: tuple[Pod, ...]
    usage: tuple[PodMetrics, ...]
    measured: bool
    autoscalers: tuple[HorizontalPodAutoscaler, ...]
    events: tuple[Event, ...]
    nodes: tuple[Node, ...]
    node_usage: tuple[NodeMetrics, ...]
    node_events: tuple[Event, ...]
    figures: Figures
    missing: dict[str, str]


async def read_latency(scope: Scope, look: Look) -> LatencyReads:
    """Read everything at once; what fails is a gap."""
    places = scope.namespaces
    async with asyncio.TaskGroup() as group:
        pods = group.create_task(_everywhere(places, lambda n: look.list(Pod, n, what="pods")))
        usage = group.create_task(_everywhere(places, lambda n: _usage(n, look)))
        scaling = group.create_task(
            _everywhere(places, lambda n: look.list(HorizontalPodAutoscaler, n, what="autoscalers"))
        )
        events = group.create_task(_everywhere(places, lambda n: look.list(Event, n, what="events")))
        nodes = group.create_task(look.list(Node, what="nodes"))
        node_usage = group.create_task(
            look.read(look.cluster.list(NodeMetrics), "usage of nodes", optional=True)
        )
        node_events = group.create_task(
            look.list(Event, what="events of nodes", fields="involvedObject.kind=Node")
        )
        figures = group.create_task(read_figures(places, look))
    missing = {
        "pods": pods.result().missing,
        "usage": usage.result().missing,
        "autoscalers": scaling.result().missing,
        "events": events.result().missing,
        "nodes": nodes.result().missing,
        "node_usage": node_usage.result().missing,
        "node_events": node_events.result().missing,
    }
    return LatencyReads(
        pods=pods.result().value or (),
        usage=usage.result().value or (),
        measured=_measured(usage.result(), pods.result(), look),
        autoscalers=scaling.result().value or (),
        events=events.result().value or (),
        nodes=nodes.result().value or (),
        node_usage=node_usage.result().value or (),
        node_events=node_events.result().value or (),
        figures=figures.result(),
        missing={part: why for part, why in missing.items() if why},
    )


def _measured(usage: Read[tuple[PodMetrics, ...]], pods: Read[tuple[Pod, ...]], look: Look) -> bool:
    """Whether there are figures; a metrics-server that has just started answers with none."""
    if usage.value == () and pods.value:
        look.note("usage of pods", "metrics-server has no figures yet")
    return bool(usage.value)


async def _usage(namespace: str, look: Look) -> Read[tuple[PodMetrics, ...]]:
    return await look.read(look.cluster.list(PodMetrics, namespace), "usage of pods", optional=True)


async def _everywhere(
    places: Iterable[str], ask: Callable[[str], Awaitable[Read[tuple[T, ...]]]]
) -> Read[tuple[T, ...]]:
    """The lists of several namespaces as one; whatever is missing of one is missing of all."""
    reads = await asyncio.gather(*(ask(place) for place in places))
    missing = next((read.missing for read in reads if read.missing), "")
    if all(read.value is None for read in reads):
        return Read(missing=missing)
    return Read(tuple(item for read in reads for item in read.value or ()), missing)
