"""Small objects for scheduling tests, written as the API writes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from handlers.extract.scheduling import scheduling_facts
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.event import Event
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from rules.facts.scheduling import SchedulingFacts

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)


def node(
    name: str, labels: dict[str, str] | None = None, taints: tuple[str, ...] = (), **allocatable: str
) -> Node:
    """A node of 4 CPUs and 16Gi; a taint is written key=value:effect."""
    room = {"cpu": "4", "memory": "16Gi", "pods": "10", **allocatable}
    return msgspec.convert(
        {
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}},
            "spec": {"taints": [_taint(each) for each in taints]},
            "status": {"allocatable": room, "conditions": [{"type": "Ready", "status": "True"}]},
        },
        Node,
    )


def pod(name: str = "asker", *, on: str = "", labels: dict[str, str] | None = None, **spec: Any) -> Pod:
    """A pod of an hour's age; `requests` and `ports` belong to its one container."""
    container = {
        "resources": {"requests": spec.pop("requests", {"cpu": "1", "memory": "1Gi"})},
        "ports": spec.pop("ports", []),
    }
    return msgspec.convert(
        {
            "metadata": {
                "name": name,
                "namespace": "mlops",
                "labels": labels or {},
                "creationTimestamp": spec.pop("created", LONG_AGO),
            },
            "spec": {"containers": [container], "nodeName": on, **spec},
            "status": {
                "phase": "Running" if on else "Pending",
                "conditions": spec.pop("conditions", [refusal()]) if not on else [],
            },
        },
        Pod,
    )


def refusal(message: str = "0/1 nodes are available: 1 made up reason.") -> dict[str, Any]:
    return {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": message,
        "lastTransitionTime": LONG_AGO,
    }


def event(reason: str, message: str, component: str, *, ago: float = 60, **more: Any) -> Event:
    """An event of so many seconds ago."""
    return msgspec.convert(
        {
            "metadata": {"name": "event"},
            "reason": reason,
            "message": message,
            "reportingComponent": component,
            "lastTimestamp": NOW - timedelta(seconds=ago),
            **more,
        },
        Event,
    )


def judged(asker: Pod, nodes: list[Node], pods: tuple[Pod, ...] = (), **around: Any) -> SchedulingFacts:
    return scheduling_facts(asker, Surroundings(nodes=tuple(nodes), pods=pods, **around), now=NOW)


def spread(key: str, app: str, skew: int = 1, **more: Any) -> list[dict[str, Any]]:
    return [
        {
            "maxSkew": skew,
            "topologyKey": key,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": app}},
            **more,
        }
    ]


def affinity(kind: str, key: str, **labels: str) -> dict[str, Any]:
    """Required affinity of a kind (podAffinity, podAntiAffinity) to pods with these labels."""
    term = {"labelSelector": {"matchLabels": labels}, "topologyKey": key}
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def _taint(text: str) -> dict[str, str]:
    pair, _, effect = text.rpartition(":")
    key, _, value = pair.partition("=")
    return {"key": key, "value": value, "effect": effect}


def full(*names: str) -> tuple[Pod, ...]:
    """Pods that fill the CPUs of these nodes."""
    return tuple(pod(f"filler-{name}", on=name, requests={"cpu": "4"}) for name in names)


def cordoned(name: str, labels: dict[str, str] | None = None) -> Node:
    return node(name, labels, ("node.kubernetes.io/unschedulable:NoSchedule",))
