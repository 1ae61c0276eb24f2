"""What an obstacle on the nodes themselves consists of: room, labels, taints, cordons, health."""

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from handlers.extract.blocker import Decision
from handlers.extract.node_fit import PODS, Demand, NodeFit, Shortfall, is_ready
from handlers.extract.node_taints import UNSCHEDULABLE, TaintMeaning, taint_meaning, toleration_text
from handlers.extract.quantity import milli_or_none, quantity_text
from handlers.extract.selectors_match import matches_requirement, requirement_text
from handlers.sources.objects.meta import LabelSelectorRequirement
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from rules.facts.node_fit import (
    Blocker,
    CordonedNodes,
    LabelMismatch,
    ResourceShortage,
    TaintMismatch,
    UnreadyNodes,
)
from rules.finding import Observation

_FORBIDDEN: frozenset[Blocker] = frozenset({"node_selector", "node_affinity", "taints", "volume_zone"})
_HOLDERS = 3
_TELLING = 10
"""A pod that holds less than a tenth of what the largest one holds is not worth naming."""
_SAME = 0.6


def shortages(decision: Decision, fits: Sequence[NodeFit], wanted: Demand) -> tuple[ResourceShortage, ...]:
    """Every resource that is short on the node that comes nearest, the deciding one first."""
    if not decision.nearest:
        return ()
    first = decision.shortfall.resource if decision.shortfall else ""
    short = {each.resource: each for fit in decision.nearest for each in fit.shortfalls}
    ordered = sorted(short.values(), key=lambda each: (each.resource != first, -each.ratio))
    return tuple(_shortage(each, fits, wanted) for each in ordered)


def label_mismatch(pod: Pod, nodes: Sequence[Node]) -> LabelMismatch:
    """Required labels and expressions that no node satisfies; all of them when only together none does."""
    required = own_requirements(pod)
    labels = [{**node.metadata.labels, "metadata.name": node.metadata.name} for node in nodes]
    vain = [each for each in required if not any(matches_requirement(each, one) for one in labels)]
    named = vain or required
    if not named:
        return LabelMismatch()
    key = named[0].key
    existing = Counter(one[key] for one in labels if key in one)
    values = _by_likeness(existing, named[0].values)
    keys = {name for one in labels for name in one}
    return LabelMismatch(
        wanted=tuple(requirement_text(each) for each in named),
        key=key,
        existing=values,
        nearest=_nearest(named[0], values, keys, labels),
        key_missing=not existing,
    )


def own_requirements(pod: Pod) -> list[LabelSelectorRequirement]:
    """The pod's own node rules as expressions: its node selector, then its required node affinity."""
    selected = pod.spec.node_selector.items()
    found = [LabelSelectorRequirement(key=key, operator="In", values=(value,)) for key, value in selected]
    affinity = pod.spec.affinity
    required = affinity.node_affinity.required if affinity and affinity.node_affinity else None
    for term in required.node_selector_terms if required else ():
        found += [*term.match_expressions, *term.match_fields]
    return found


def taint_mismatch(decision: Decision, fits: Sequence[NodeFit], pod: Pod) -> TaintMismatch:
    """Chosen taints on nodes that they alone keep from taking the pod, or on the nearest ones."""
    alone = tuple(fit for fit in fits if fit.blockers == {"taints"})
    chosen = alone or (decision.nearest if decision.blocker == "taints" else ())
    tolerations = tuple(toleration_text(each) for each in pod.spec.tolerations)
    if not chosen:
        return TaintMismatch(tolerations=tolerations)
    first = chosen[0].reserved[0]
    return TaintMismatch(
        blocking=tuple(dict.fromkeys(str(taint) for fit in chosen for taint in fit.reserved)),
        key=first.key,
        value=first.value,
        effect=first.effect,
        node=chosen[0].name,
        tolerations=tolerations,
    )


def cordoned_nodes(decision: Decision, fits: Sequence[NodeFit]) -> CordonedNodes:
    """Nodes that only a cordon keeps from taking the pod."""
    alone = tuple(fit for fit in fits if fit.blockers == {"cordoned"})
    chosen = alone or (decision.nearest if decision.blocker == "cordoned" else ())
    staying = tuple(fit for fit in chosen if not fit.removing)
    times = [
        taint.time_added
        for fit in staying
        for taint in fit.node.spec.taints
        if taint.key == UNSCHEDULABLE and taint.time_added
    ]
    return CordonedNodes(
        names=tuple(fit.name for fit in staying),
        since=min(times, default=None),
        removing=tuple(fit.name for fit in chosen if fit.removing),
    )


def unready_nodes(decision: Decision, fits: Sequence[NodeFit]) -> UnreadyNodes:
    """Nodes that only their health keeps from taking the pod."""
    alone = tuple(fit for fit in fits if fit.blockers == {"nodes_not_ready"})
    chosen = alone or (decision.nearest if decision.blocker == "nodes_not_ready" else ())
    if not chosen:
        return UnreadyNodes()
    return UnreadyNodes(names=tuple(fit.name for fit in chosen), said=_health(chosen[0]))


def node_values(fits: Iterable[NodeFit], key: str) -> tuple[str, ...]:
    """The values of a label on these nodes."""
    return tuple(sorted({fit.node.metadata.labels[key] for fit in fits if key in fit.node.metadata.labels}))


def pod_name(pod: Pod) -> str:
    """Namespace and name."""
    return f"{pod.metadata.namespace}/{pod.metadata.name}"


def _shortage(short: Shortfall, fits: Sequence[NodeFit], wanted: Demand) -> ResourceShortage:
    usable = tuple(fit for fit in fits if not fit.blockers & _FORBIDDEN) or fits
    could = {fit.name: _allocatable(fit.node, short.resource) for fit in usable}
    free = {name: most - _used(wanted, name, short.resource) for name, most in could.items()}
    largest, roomiest = max(could.values()), max(free, key=lambda name: free[name])
    anywhere = max(_allocatable(fit.node, short.resource) for fit in fits)
    able = tuple(name for name, most in could.items() if most >= short.need)
    unknown = dict.fromkeys(("largest_free", "free_text", "holders"), "pods: not read")
    return ResourceShortage(
        missing={} if wanted.taken else unknown,
        name=short.resource,
        request=short.need / 1000,
        largest_allocatable=largest / 1000,
        largest_allocatable_anywhere=anywhere / 1000,
        largest_free=max(free[roomiest], 0) / 1000,
        request_text=quantity_text(short.resource, short.need),
        allocatable_text=quantity_text(short.resource, largest),
        allocatable_anywhere_text=quantity_text(short.resource, anywhere),
        free_text=quantity_text(short.resource, max(free[roomiest], 0)),
        never_fits=largest < short.need,
        nodes_that_could=len(able),
        holders=_holders(wanted, able, short.resource),
        example_node=max(able, key=lambda name: free[name], default=roomiest),
    )


def _allocatable(node: Node, resource: str) -> int:
    return milli_or_none(node.status.allocatable.get(resource, 0)) or 0


def _used(wanted: Demand, node: str, resource: str) -> int:
    if wanted.taken is None:
        return 0
    return (
        len(wanted.taken.on(node)) * 1000
        if resource == PODS
        else wanted.taken.used.get(node, {}).get(resource, 0)
    )


def _holders(wanted: Demand, nodes: Iterable[str], resource: str) -> tuple[str, ...]:
    """Pods with the largest requests, on the nodes that could give it were they empty."""
    if wanted.taken is None or resource == PODS:
        return ()
    there = frozenset(nodes)
    held = (holder for holder in wanted.taken.holders.get(resource, ()) if holder.node in there)
    largest = list(islice(held, _HOLDERS))
    return tuple(one.name for one in largest if one.amount * _TELLING >= largest[0].amount)


def _by_likeness(existing: Counter[str], wanted: Sequence[str]) -> tuple[str, ...]:
    def likeness(value: str) -> float:
        return max((difflib.SequenceMatcher(None, value, each).ratio() for each in wanted), default=0.0)

    return tuple(sorted(existing, key=lambda value: (-likeness(value), -existing[value], value)))


def _nearest(
    wanted: LabelSelectorRequirement,
    values: Sequence[str],
    keys: Iterable[str],
    labels: Iterable[Mapping[str, str]],
) -> str:
    if values:
        alike = difflib.get_close_matches(wanted.values[0], values, 1, _SAME) if wanted.values else []
        return f"{wanted.key}={alike[0]}" if alike else ""
    key = next(iter(difflib.get_close_matches(wanted.key, sorted(keys), 1, _SAME)), "")
    same = {one[key] for one in labels if key in one}
    return f"{key}={next((value for value in wanted.values if value in same), min(same))}" if same else ""


def _health(fit: NodeFit) -> Observation:
    node = fit.node
    ready = next((each for each in node.status.conditions if each.type == "Ready"), None)
    if ready and not is_ready(node):
        return Observation(
            ready.message or f"Ready is {ready.status} ({ready.reason})",
            f"condition Ready of node {fit.name}",
            ready.last_transition_time,
        )
    unwell = [taint for taint in fit.taints if taint_meaning(taint) is TaintMeaning.UNWELL]
    text = ", ".join(str(taint) for taint in unwell) or "reports no Ready condition"
    return Observation(text, f"node {fit.name}", unwell[0].time_added if unwell else None)
