"""Which nodes are worth a diagnosis: their conditions, cordons and taints, and warnings about them."""

from datetime import datetime

from handlers.extract.node import PRESSURES
from handlers.extract.node_conditions import AGENT, DETECTOR, leaving, leftover_taints, not_set_up, since
from handlers.extract.node_events import agent_warnings
from handlers.extract.node_fit import is_ready
from handlers.look import Look
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.node import Node
from handlers.sweep import picked
from rules.finding import ObjectRef

LONG = 3600.0
"""Seconds after which a node that is taken away should be gone."""
_KILLS = frozenset({"SystemOOM", "OOMKilling", "FreeDiskSpaceFailed", "ImageGCFailed", "SpotInterrupted"})


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Nodes that show a sign of trouble; none in a look at one namespace, for nodes have none."""
    if namespace:
        return ()
    nodes = await look.list(Node, what="nodes")
    events = await look.list(Event, "default", what="events of nodes", fields="involvedObject.kind=Node")
    warned = {event.involved_object.name for event in await picked(events.value or (), _is_a_warning)}
    now = look.cluster.now()
    found = await picked(
        nodes.value or (), lambda node: _is_suspect(node, now) or node.metadata.name in warned
    )
    return tuple(node.ref for node in found)


def _is_suspect(node: Node, now: datetime) -> bool:
    """Whether it shows trouble; one that is taken away does when it is not Ready, or does not go."""
    kind, taint = leaving(node)
    if kind == "none":
        return not looks_well(node)
    began = taint.time_added if taint else node.metadata.deletion_timestamp
    return not is_ready(node) or (since(began, now) or 0.0) > LONG


def looks_well(node: Node) -> bool:
    """Whether conditions and taints show no trouble; a node that is taken away on purpose has none."""
    if leaving(node)[0] in {"karpenter", "autoscaler", "deleted"}:
        return True
    shut = node.spec.unschedulable or leftover_taints(node) or not_set_up(node.spec.taints)
    return not shut and all(_is_well(each) for each in node.status.conditions)


def _is_well(condition: Condition) -> bool:
    if condition.type == "Ready":
        return condition.status == "True"
    if condition.type in AGENT:
        return condition.status != "False"
    if condition.type in PRESSURES | DETECTOR | {"NetworkUnavailable"}:
        return condition.status != "True"
    return True


def _is_a_warning(event: Event) -> bool:
    return event.reason in _KILLS or any(warning.kind != "other" for warning in agent_warnings((event,)))
