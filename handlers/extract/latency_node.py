"""How loaded a node is, and which limits of its machine are exceeded."""

from collections.abc import Iterable

from handlers.extract.node_events import agent_warnings
from handlers.extract.quantity import quantity_or_none
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import NodeMetrics
from handlers.sources.objects.node import Node
from rules.facts.latency import NodeLoadFacts
from rules.finding import Observation
from rules.units import bytes_in_words, cores_in_words

SLOWING = frozenset({"bandwidth", "packets", "connections", "volume_io"})
"""Kinds of the agent's warnings that make answers slow."""


def node_load(
    node: Node, metrics: NodeMetrics | None, events: Iterable[Event], pods: int, missing: str = ""
) -> NodeLoadFacts:
    """Compare a node's use with what pods may have of it; `events` are all events about nodes."""
    name, uid = node.metadata.name, node.metadata.uid
    own = [e for e in events if e.involved_object.name == name or e.involved_object.uid == uid]
    warnings = tuple(one for one in agent_warnings(own) if one.kind in SLOWING)
    used = metrics.usage if metrics else {}
    cpu, cpus = quantity_or_none(used.get("cpu")), quantity_or_none(node.status.allocatable.get("cpu"))
    memory = quantity_or_none(used.get("memory"))
    memories = quantity_or_none(node.status.allocatable.get("memory"))
    return NodeLoadFacts(
        cpu=share(cpu, cpus),
        memory=share(memory, memories),
        said=_said(cpu, cpus, memory, memories),
        pods=pods,
        warnings=warnings,
        missing=dict.fromkeys(("cpu", "memory", "said"), missing) if missing else {},
    )


def share(used: float | None, whole: float | None) -> float | None:
    """Percent of a whole; None where either is not known."""
    return round(100 * used / whole, 1) if used is not None and whole else None


def _said(
    cpu: float | None, cpus: float | None, memory: float | None, memories: float | None
) -> Observation | None:
    if cpu is None or memory is None:
        return None
    of_cpu = f" of {cores_in_words(cpus)}" if cpus else ""
    of_memory = f" of {bytes_in_words(memories)}" if memories else ""
    text = f"uses cpu {cores_in_words(round(cpu, 2))}{of_cpu}, memory {bytes_in_words(memory)}{of_memory}"
    return Observation(text, "metrics.k8s.io")
