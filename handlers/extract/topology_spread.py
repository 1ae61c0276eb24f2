"""Topology spread constraints by the scheduler's rules (plugin PodTopologySpread), DoNotSchedule only."""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from handlers.extract.occupancy import Occupancy
from handlers.extract.selectors_match import matches_labels
from handlers.sources.objects.node import Node
from handlers.sources.objects.placement import TopologySpreadConstraint
from handlers.sources.objects.pod import Pod


class SpreadRule(Struct, frozen=True, kw_only=True):
    """One constraint worked out: its domains with their matching pods, and those still open."""

    constraint: TopologySpreadConstraint
    counts: Mapping[str, int]
    open_domains: frozenset[str]

    def allows(self, labels: Mapping[str, str]) -> bool:
        """Whether a node with these labels keeps within the skew; one without the label does not."""
        return labels.get(self.constraint.topology_key) in self.open_domains


def hard_constraints(pod: Pod) -> tuple[TopologySpreadConstraint, ...]:
    """Constraints that keep a pod pending."""
    constraints = pod.spec.topology_spread_constraints
    return tuple(each for each in constraints if each.when_unsatisfiable == "DoNotSchedule")


def spread_rules(pod: Pod, eligible: Iterable[Node], taken: Occupancy) -> tuple[SpreadRule, ...]:
    """Work out a pod's constraints over the nodes its own node rules allow."""
    constraints = hard_constraints(pod)
    keys = {each.topology_key for each in constraints}
    nodes = tuple(node for node in eligible if keys <= node.metadata.labels.keys()) if constraints else ()
    return tuple(_rule(each, pod, nodes, taken) for each in constraints)


def _rule(
    constraint: TopologySpreadConstraint, pod: Pod, nodes: Iterable[Node], taken: Occupancy
) -> SpreadRule:
    counts: Counter[str] = Counter()
    for node in nodes:
        domain = node.metadata.labels[constraint.topology_key]
        counts[domain] += _matching(constraint, pod, taken.on(node.metadata.name))
    enough = constraint.min_domains is None or len(counts) >= constraint.min_domains
    fewest = min(counts.values(), default=0) if enough else 0
    own = 1 if matches_labels(constraint.label_selector, pod.metadata.labels) else 0
    within = {domain for domain, count in counts.items() if count + own - fewest <= constraint.max_skew}
    return SpreadRule(constraint=constraint, counts=dict(counts), open_domains=frozenset(within))


def _matching(constraint: TopologySpreadConstraint, pod: Pod, others: Iterable[Pod]) -> int:
    return sum(
        other.metadata.namespace == pod.metadata.namespace
        and other.metadata.deletion_timestamp is None
        and matches_labels(constraint.label_selector, other.metadata.labels)
        for other in others
    )
