"""What an obstacle made by other pods or by a volume consists of: ports, affinity, spread, reach."""

from collections.abc import Iterable, Mapping, Sequence

from handlers.extract.likeness import closest
from handlers.extract.node_fit import Demand, NodeFit, port_holders
from handlers.extract.obstacle_nodes import node_values, own_requirements, pod_name
from handlers.extract.occupancy import Occupancy
from handlers.extract.pod_affinity import apart_terms, candidates, matching_all, near_terms, term_matches
from handlers.extract.selectors_match import matches_node, requirement_text
from handlers.sources.objects.meta import LabelSelector, LabelSelectorRequirement
from handlers.sources.objects.node import Node
from handlers.sources.objects.placement import NodeSelector, PodAffinityTerm
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.volume import PersistentVolumeClaim
from rules.facts.node_fit import (
    Blocker,
    HostPortConflict,
    PodAffinityMismatch,
    SpreadMismatch,
    VolumeZoneMismatch,
)

_HOLDERS = 3
_SAME = 0.6


def host_port_conflict(fits: Sequence[NodeFit], wanted: Demand) -> HostPortConflict:
    """The first port that is taken on a node the pod's own rules allow, and by whom."""
    nodes = _blocked(fits, "host_ports")
    if not nodes or wanted.taken is None:
        return HostPortConflict()
    for port in wanted.ports:
        holders = [pod_name(pod) for fit in nodes for pod in port_holders(port, wanted.taken.on(fit.name))]
        if holders:
            return HostPortConflict(
                port=port.host_port, protocol=port.protocol, holders=tuple(holders[:_HOLDERS])
            )
    return HostPortConflict()


def affinity_mismatch(fits: Sequence[NodeFit], wanted: Demand) -> PodAffinityMismatch:
    """The required term without matching pods, or the first one, and the likest label there is."""
    terms = near_terms(wanted.pod)
    if not terms or wanted.taken is None or not _blocked(fits, "pod_affinity"):
        return PodAffinityMismatch()
    taken = wanted.taken
    found = [(t, matching_all((t,), wanted.pod, candidates((t,), wanted.pod, taken))) for t in terms]
    term, matches = min(found, key=lambda pair: len(pair[1]))
    nearest, pod = ("", "") if matches else _likest(term, wanted.pod, taken)
    return PodAffinityMismatch(
        wanted=selector_text(term.label_selector),
        topology_key=term.topology_key,
        matching_pods=len(matches),
        nearest=nearest,
        nearest_pod=pod,
    )


def anti_affinity_mismatch(fits: Sequence[NodeFit], wanted: Demand) -> PodAffinityMismatch:
    """The term that keeps the pod off, its own or another pod's, and the pods behind it."""
    nodes = {fit.name for fit in _blocked(fits, "pod_anti_affinity")}
    if not nodes or wanted.taken is None:
        return PodAffinityMismatch()
    for term in apart_terms(wanted.pod):
        holders = matching_all((term,), wanted.pod, candidates((term,), wanted.pod, wanted.taken))
        if holders:
            return _kept_apart(term, holders, nodes)
    for other in wanted.taken.avoiding:
        term_of_other = next((t for t in apart_terms(other) if term_matches(t, other, wanted.pod)), None)
        if term_of_other:
            return _kept_apart(term_of_other, (other,), nodes)
    return PodAffinityMismatch()


def spread_mismatch(fits: Sequence[NodeFit], wanted: Demand, nodes: Sequence[Node]) -> SpreadMismatch:
    """The first constraint that refuses a node the pod's own rules allow."""
    blocked = _blocked(fits, "topology_spread")
    labels = [fit.node.metadata.labels for fit in blocked]
    rule = next((each for each in wanted.spread if not all(each.allows(one) for one in labels)), None)
    if rule is None:
        return SpreadMismatch()
    key = rule.constraint.topology_key
    return SpreadMismatch(
        topology_key=key,
        max_skew=rule.constraint.max_skew,
        key_missing=not any(key in node.metadata.labels for node in nodes),
        domains=tuple(f"{domain}: {count}" for domain, count in sorted(rule.counts.items())),
    )


def volume_mismatch(
    fits: Sequence[NodeFit],
    pod: Pod,
    claims: Iterable[PersistentVolumeClaim],
    reachable: Mapping[str, NodeSelector],
) -> VolumeZoneMismatch:
    """The first volume that cannot be reached from a node the pod's own rules allow."""
    blocked = _blocked(fits, "volume_zone")
    volumes = {claim.metadata.name: claim.spec.volume_name for claim in claims}
    for claim, selector in reachable.items():
        if blocked and not all(_reaches(selector, fit) for fit in blocked):
            tied = _tied_to(selector)
            return VolumeZoneMismatch(
                claim=claim,
                volume=volumes.get(claim, ""),
                key=tied.key,
                zones=tied.values,
                allowed_zones=node_values(blocked, tied.key),
                node_selector=tuple(requirement_text(each) for each in own_requirements(pod)),
            )
    return VolumeZoneMismatch()


def selector_text(selector: LabelSelector | None) -> str:
    """A label selector as kubectl takes it (`app=a,tier in (x, y)`)."""
    if selector is None:
        return "no pods"
    equal = [f"{key}={value}" for key, value in selector.match_labels.items()]
    return ",".join([*equal, *(requirement_text(each) for each in selector.match_expressions)]) or "every pod"


def _blocked(fits: Sequence[NodeFit], blocker: Blocker) -> tuple[NodeFit, ...]:
    return tuple(fit for fit in fits if fit.matching and blocker in fit.blockers)


def _kept_apart(term: PodAffinityTerm, holders: Sequence[Pod], nodes: set[str]) -> PodAffinityMismatch:
    near = [pod for pod in holders if pod.spec.node_name in nodes] or holders
    return PodAffinityMismatch(
        wanted=selector_text(term.label_selector),
        topology_key=term.topology_key,
        matching_pods=len(holders),
        holders=tuple(pod_name(pod) for pod in near[:_HOLDERS]),
    )


def _likest(term: PodAffinityTerm, owner: Pod, taken: Occupancy) -> tuple[str, str]:
    """The existing label most like the wanted one, and a pod that carries it; both empty when none is."""
    key, value = _wanted_label(term.label_selector)
    everywhere = term.namespace_selector is not None
    spaces = taken.by_namespace if everywhere else (term.namespaces or (owner.metadata.namespace,))
    carriers: dict[str, Pod] = {}
    for space in sorted(spaces):
        for carried, pods in taken.labelled(space, key).items():
            carriers.setdefault(carried, pods[0])
    alike = closest(value, sorted(carriers), 1, _SAME)
    return (f"{key}={alike[0]}", pod_name(carriers[alike[0]])) if alike else ("", "")


def _wanted_label(selector: LabelSelector | None) -> tuple[str, str]:
    if selector is None:
        return "", ""
    equal = next(iter(selector.match_labels.items()), None)
    if equal:
        return equal
    listed = next(
        (each for each in selector.match_expressions if each.operator == "In" and each.values), None
    )
    return (listed.key, listed.values[0]) if listed else ("", "")


def _reaches(selector: NodeSelector, fit: NodeFit) -> bool:
    return matches_node(selector, fit.name, fit.node.metadata.labels)


def _tied_to(selector: NodeSelector) -> LabelSelectorRequirement:
    """The first expression of a volume's node affinity: for a cloud disk its zone."""
    for term in selector.node_selector_terms:
        for requirement in (*term.match_expressions, *term.match_fields):
            return requirement
    return LabelSelectorRequirement()
