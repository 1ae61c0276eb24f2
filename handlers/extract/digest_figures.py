"""Numbers that are worth remembering from day to day."""

from collections.abc import Iterable, Sequence

from handlers.extract.latency_node import share
from handlers.extract.node_fit import is_ready
from handlers.extract.pod_status import ENDED, pod_condition
from handlers.extract.quantity import quantity_or_none
from handlers.parts import Figure
from handlers.sources.objects.metrics import NodeMetrics
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod

RESTARTS = "restarts"
"""Containers that were restarted within 24 hours: a status counts the restarts of all its life, so that their
sum would fall when a pod is replaced; each container counts once, which can be compared from day to day."""
FULLEST = 3
"""Nodes whose memory is remembered."""


def pod_figures(pods: Sequence[Pod], restarted: int) -> tuple[Figure, ...]:
    """Pods that have not ended, those of them that are not ready, and containers restarted within a day."""
    living = [pod for pod in pods if pod.status.phase not in ENDED]
    unready = sum(pod_condition(pod, "Ready") != "True" for pod in living)
    return (
        Figure(name=RESTARTS, value=restarted),
        Figure(name="pods not ready", value=unready),
        Figure(name="pods", value=len(living)),
    )


def node_figures(nodes: Sequence[Node]) -> tuple[Figure, ...]:
    """Nodes that are not ready."""
    return (Figure(name="nodes not ready", value=sum(not is_ready(node) for node in nodes)),)


def memory_figures(nodes: Iterable[Node], usage: Iterable[NodeMetrics]) -> tuple[Figure, ...]:
    """Memory of the fullest nodes, in percent of what pods may have of each; empty where it is not known."""
    used = {each.metadata.name: quantity_or_none(each.usage.get("memory")) for each in usage}
    shares = [
        (full, node.metadata.name)
        for node in nodes
        if (
            full := share(
                used.get(node.metadata.name), quantity_or_none(node.status.allocatable.get("memory"))
            )
        )
    ]
    fullest = sorted(shares, key=lambda pair: (-pair[0], pair[1]))[:FULLEST]
    return tuple(Figure(name=f"memory of node {name}", value=full, unit="%") for full, name in fullest)
