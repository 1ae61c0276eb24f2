"""Which obstacle to name: the one that, if it changed, would most plausibly let the pod run.

Only nodes that the pod's own node rules allow are weighed (when there are none, those rules are the cause).
On each, every obstacle has a weight that says how far-fetched it would be to take it away; the node with the
lightest sum comes nearest to taking the pod, and the heaviest obstacle left on it is named. So a taint on a
node that is too small anyway is never named, and one on the only node that the pod selects is.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct

from handlers.extract.node_fit import NodeFit, Shortfall
from rules.facts.node_fit import Blocker

WEIGHTS: Mapping[Blocker, float] = {
    "host_ports": 2,
    "pod_anti_affinity": 2,
    "topology_spread": 2,
    "cordoned": 2,
    "nodes_not_ready": 2.5,
    "volume_zone": 3,
    "pod_affinity": 3,
    "taints": 4,
}
_FULL = 1.0
_NEVER = 6.0
_REMOVAL = 6.0


class Decision(Struct, frozen=True, kw_only=True):
    """The obstacle to name.

    Attributes:
        blocker: its kind; "none" when a node is open.
        nearest: the nodes that come nearest to taking the pod and have that obstacle.
        shortfall: the resource that is short, when that is the obstacle.
        everywhere: whether every node that the pod's own rules allow has it.
    """

    blocker: Blocker
    nearest: tuple[NodeFit, ...] = ()
    shortfall: Shortfall | None = None
    everywhere: bool = False


def decide(fits: Sequence[NodeFit]) -> Decision:
    """Choose the obstacle to name for a pod weighed against all nodes."""
    if not fits:
        return Decision(blocker="no_nodes", everywhere=True)
    allowed = tuple(fit for fit in fits if fit.matching)
    if not allowed:
        return _own_rules(fits)
    if any(not fit.blockers for fit in allowed):
        return Decision(blocker="none")
    costs = [sum(weights(fit).values()) for fit in allowed]
    least = min(costs)
    nearest = tuple(fit for fit, cost in zip(allowed, costs, strict=True) if cost == least)
    return _named(nearest, allowed)


def weights(fit: NodeFit) -> dict[Blocker, float]:
    """Weigh every obstacle on one node."""
    found = {blocker: WEIGHTS.get(blocker, _FULL) for blocker in fit.blockers}
    for shortfall in fit.shortfalls:
        heavier = _NEVER if shortfall.never else _FULL
        found[shortfall.blocker] = max(found[shortfall.blocker], heavier)
    if fit.removing:
        found["cordoned"] = _REMOVAL
    return found


def worst_shortfall(fits: Sequence[NodeFit], blocker: Blocker) -> Shortfall | None:
    """The shortfall of this kind on the node that comes nearest to having room."""
    found = [each for fit in fits for each in fit.shortfalls if each.blocker == blocker]
    return min(found, key=lambda each: each.ratio, default=None)


def _own_rules(fits: Sequence[NodeFit]) -> Decision:
    """A label that no node has is the selector's fault; otherwise the affinity, alone or beside it."""
    by_selector = all("node_selector" in fit.blockers for fit in fits)
    blocker: Blocker = "node_selector" if by_selector else "node_affinity"
    nearest = tuple(fit for fit in fits if blocker in fit.blockers)
    return Decision(blocker=blocker, nearest=nearest, everywhere=True)


def _named(nearest: Sequence[NodeFit], allowed: Sequence[NodeFit]) -> Decision:
    here: Counter[Blocker] = Counter(blocker for fit in nearest for blocker in _heaviest(fit))
    all_over: Counter[Blocker] = Counter(blocker for fit in allowed for blocker in fit.blockers)
    blocker = max(here, key=lambda each: (here[each], all_over[each], _ratio(nearest, each), each))
    return Decision(
        blocker=blocker,
        nearest=tuple(fit for fit in nearest if blocker in fit.blockers),
        shortfall=worst_shortfall(nearest, blocker),
        everywhere=all_over[blocker] == len(allowed),
    )


def _heaviest(fit: NodeFit) -> tuple[Blocker, ...]:
    weighed = weights(fit)
    heaviest = max(weighed.values(), default=0.0)
    return tuple(blocker for blocker, weight in weighed.items() if weight == heaviest)


def _ratio(fits: Sequence[NodeFit], blocker: Blocker) -> float:
    shortfall = worst_shortfall(fits, blocker)
    return shortfall.ratio if shortfall else 0.0
