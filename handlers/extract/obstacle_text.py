"""The obstacle in one sentence, with the figures that show it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from handlers.extract.node_fit import NodeFit
from rules.facts.node_fit import Blocker, PodAffinityMismatch
from rules.facts.scheduling import SchedulingFacts
from rules.finding import Observation

_RESOURCES: frozenset[Blocker] = frozenset(
    {"cpu", "memory", "ephemeral_storage", "extended_resource", "pod_count"}
)
_LACKS: dict[Blocker, str] = {
    "cpu": "lack CPU",
    "memory": "lack memory",
    "ephemeral_storage": "lack ephemeral storage",
    "extended_resource": "lack an extended resource",
    "pod_count": "have all their pods",
    "taints": "carry a taint it does not tolerate",
    "node_selector": "lack the selected labels",
    "node_affinity": "fail its node affinity",
    "pod_affinity": "lack the pods it must be near",
    "pod_anti_affinity": "have pods it must be away from",
    "topology_spread": "break its topology spread",
    "host_ports": "have the host port taken",
    "volume_zone": "cannot reach its volume",
    "cordoned": "are cordoned",
    "nodes_not_ready": "are not well",
}


def obstacle_said(facts: SchedulingFacts) -> Observation | None:
    """Say what the blocker is made of; None where the scheduler's own message says it better."""
    text = _resource(facts) if facts.blocker in _RESOURCES else _sentence(facts)
    if not text:
        return None
    return Observation(text, f"computed from {facts.nodes_total} nodes" if facts.nodes_total else "computed")


def nodes_said(fits: Sequence[NodeFit]) -> Observation | None:
    """Say how many nodes have which obstacle, most frequent first."""
    if not fits:
        return None
    found: Counter[Blocker] = Counter(blocker for fit in fits for blocker in fit.blockers)
    parts = [f"{count} {_LACKS[blocker]}" for blocker, count in found.most_common()]
    free = sum(not fit.blockers for fit in fits)
    parts += [f"{free} would take it"] if free else []
    return Observation(f"of {len(fits)} nodes {', '.join(parts)}", f"computed from {len(fits)} nodes")


def _resource(facts: SchedulingFacts) -> str:
    short = facts.resource
    if not short.name:
        return ""
    asks = f"asks for {short.request_text} {short.name}"
    if facts.blocker == "pod_count":
        return f"every node it may use has its number of pods ({short.allocatable_text})"
    if short.never_fits:
        return f"{asks}; the largest node it may use has {short.allocatable_text}"
    held = f", held by {', '.join(short.holders)}" if short.holders else ""
    free = (
        f"; the most that is free is {short.free_text} on {short.example_node}" if not short.missing else ""
    )
    return f"{asks}{free} of {short.allocatable_text}{held}" if free else asks


def _sentence(facts: SchedulingFacts) -> str:  # noqa: PLR0911 - one sentence for each kind of obstacle
    match facts.blocker:
        case "node_selector" | "node_affinity":
            return _labels(facts)
        case "taints":
            return f"{facts.taints.node} would take it but for {', '.join(facts.taints.blocking)}"
        case "cordoned":
            return _cordoned(facts)
        case "nodes_not_ready":
            return (
                f"{', '.join(facts.unready.names)} would take it if well: {facts.unready.said or 'not ready'}"
            )
        case "host_ports":
            port = facts.host_port
            return f"host port {port.port}/{port.protocol} is held by {', '.join(port.holders)}"
        case "pod_affinity":
            return _near(facts.pod_affinity)
        case "pod_anti_affinity":
            return f"must keep away from {', '.join(facts.pod_anti_affinity.holders)}"
        case "topology_spread":
            return _spread(facts)
        case "volume_zone":
            return _volume(facts)
        case _:
            return _waiting(facts)


def _waiting(facts: SchedulingFacts) -> str:
    match facts.blocker:
        case "gates":
            return f"held back by {', '.join(facts.scheduling_gates)}"
        case "scheduler_absent":
            return f"no word of scheduler {facts.scheduler_name} for {_minutes(facts.unscheduled_for)}"
        case "claim_missing":
            return f"claim {facts.claim.name} does not exist"
        case "claim_unbound":
            return (
                f"claim {facts.claim.name} has no volume ({facts.claim.problem.replace('_', ' ')})"
                if facts.claim.name
                else ""
            )
        case "no_nodes":
            return "the cluster has no nodes"
        case _:
            return ""


def _labels(facts: SchedulingFacts) -> str:
    labels = facts.labels
    wanted = ", ".join(labels.wanted)
    if labels.key_missing:
        return f"wants {wanted}; no node has the label {labels.key}"
    return f"wants {wanted}; nodes have {labels.key} {', '.join(labels.existing[:8])}"


def _cordoned(facts: SchedulingFacts) -> str:
    if not facts.cordoned.names:
        return f"only {', '.join(facts.cordoned.removing)} would take it, and is being taken away"
    since = f" since {_when(facts.cordoned.since)}" if facts.cordoned.since else ""
    return f"{', '.join(facts.cordoned.names)} would take it but is cordoned{since}"


def _near(affinity: PodAffinityMismatch) -> str:
    if affinity.matching_pods:
        return f"must stand near pods {affinity.wanted}, and their {affinity.topology_key} has no room for it"
    nearest = f"; there is {affinity.nearest} ({affinity.nearest_pod})" if affinity.nearest else ""
    return f"must stand near pods {affinity.wanted}, and none is placed{nearest}"


def _spread(facts: SchedulingFacts) -> str:
    spread = facts.spread
    if spread.key_missing:
        return f"must be spread over {spread.topology_key}, a label that no node has"
    counts = ", ".join(spread.domains[:8]) or "no domain"
    return f"must be spread over {spread.topology_key} within {spread.max_skew}; it stands at {counts}"


def _volume(facts: SchedulingFacts) -> str:
    volume = facts.volume
    allowed = (
        f"; nodes it may use otherwise are in {', '.join(volume.allowed_zones)}"
        if volume.allowed_zones
        else ""
    )
    return f"claim {volume.claim} is tied to {volume.key} {', '.join(volume.zones)}{allowed}"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min"


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
