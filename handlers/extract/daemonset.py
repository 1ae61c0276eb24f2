"""A DaemonSet's facts: on which nodes its pod is missing or unwell, and what keeps it off the others."""

from collections.abc import Mapping, Sequence

from handlers.extract.node_fit import is_ready
from handlers.extract.node_taints import untolerated
from handlers.extract.pod_status import ENDED, pod_status
from handlers.extract.selectors_match import matches_node, matches_node_labels
from handlers.extract.workload import (
    Numbers,
    Stated,
    WorkloadReads,
    widened,
    workload_facts,
)
from handlers.extract.workload_pods import is_unhealthy
from handlers.sources.objects.node import Node
from handlers.sources.objects.placement import Toleration
from handlers.sources.objects.pod import PodSpec
from handlers.sources.objects.workload import DaemonSet
from rules.facts.workload_sets import DaemonSetFacts
from rules.finding import ObjectRef, Observation

_SHOWN = 6
_ALWAYS_TOLERATED = tuple(
    Toleration(key=f"node.kubernetes.io/{each}", operator="Exists")
    for each in (
        "not-ready",
        "unreachable",
        "disk-pressure",
        "memory-pressure",
        "pid-pressure",
        "unschedulable",
        "network-unavailable",
    )
)
"""What the controller adds to every pod of a DaemonSet; the last one to those of the host's network."""


def daemonset_facts(
    item: DaemonSet, reads: WorkloadReads, nodes: Sequence[Node] | None, missing: str = ""
) -> DaemonSetFacts:
    """Join what was read about a DaemonSet; without `nodes`, `missing` says why they could not be read."""
    base = workload_facts(reads)
    there = {pod.spec.node_name: pod for pod in reads.pods or () if pod.status.phase not in ENDED}
    known = {node.metadata.name: node for node in nodes or ()}
    off = {name: why for name, node in known.items() if (why := keeps_off(item.spec.template.spec, node))}
    unready = {name: pod for name, pod in there.items() if name and is_unhealthy(pod, reads.now)}
    lacking = [] if reads.pods is None else [name for name in known if name not in there and name not in off]
    unread = dict.fromkeys(("lacking", "excluded", "gone", "nodes_total"), missing) if nodes is None else {}
    return widened(
        base,
        DaemonSetFacts,
        missing={**base.missing, **unread},
        depends_on=(*base.depends_on, *(ObjectRef("Node", name) for name in lacking)),
        healthy=base.healthy and base.existing >= base.wanted,
        strategy="OnDelete" if item.spec.update_strategy.type == "OnDelete" else "RollingUpdate",
        misscheduled=item.status.number_misscheduled,
        nodes_total=len(known),
        unready=tuple(unready),
        unready_said=_listed({name: pod_status(pod) for name, pod in unready.items()}, "pods"),
        lacking=tuple(lacking),
        lacking_count=len(lacking),
        lacking_said=_listed({name: _state(known[name]) for name in lacking}, "nodes"),
        excluded=len(off),
        excluded_said=_listed(off, "nodes"),
        gone=tuple(name for name in there if nodes is not None and name and name not in known),
    )


def stated(item: DaemonSet) -> Stated:
    """What a DaemonSet states."""
    return Stated(
        ref=item.ref,
        metadata=item.metadata,
        numbers=numbers(item),
        selector=item.spec.selector,
        labels=item.spec.template.metadata.labels,
        conditions=item.status.conditions,
        observed_generation=item.status.observed_generation,
    )


def numbers(item: DaemonSet) -> Numbers:
    """The numbers of a DaemonSet: it wants a pod on every node that takes it."""
    status = item.status
    return Numbers(
        wanted=status.desired_number_scheduled,
        existing=status.current_number_scheduled,
        ready=status.number_ready,
        updated=status.updated_number_scheduled,
        available=status.number_available,
    )


def keeps_off(spec: PodSpec, node: Node) -> str:
    """What keeps a DaemonSet's pod off a node; empty when nothing does."""
    labels, affinity = node.metadata.labels, spec.affinity
    if not matches_node_labels(spec.node_selector, labels):
        return "not of its node selector"
    required = affinity.node_affinity.required if affinity and affinity.node_affinity else None
    if not matches_node(required, node.metadata.name, labels):
        return "not of its node affinity"
    taints = untolerated(node, (*spec.tolerations, *_ALWAYS_TOLERATED))
    return f"taint {taints[0].key}" if taints else ""


def _state(node: Node) -> str:
    return "node is Ready" if is_ready(node) else "node is not Ready"


def _listed(states: Mapping[str, str], source: str) -> Observation | None:
    if not states:
        return None
    shown = ", ".join(f"{name} ({state})" for name, state in list(states.items())[:_SHOWN])
    more = f" and {len(states) - _SHOWN} more" if len(states) > _SHOWN else ""
    return Observation(f"{shown}{more}", source)
