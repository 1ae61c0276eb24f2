"""Why a Pending pod has no node: the scheduler's filters asked again, beside what everybody said.

Computed facts come first; texts are used where the objects cannot show the cause (storage, Karpenter), or
could not be read. A fact whose source was not read stands in `missing`.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct, structs

from handlers.extract.autoscaler import autoscaler_facts
from handlers.extract.blocker import Decision, decide
from handlers.extract.karpenter import karpenter_facts
from handlers.extract.node_fit import Demand, NodeFit, demand, node_fit, what_is_asked
from handlers.extract.obstacle_nodes import (
    cordoned_nodes,
    label_mismatch,
    shortages,
    taint_mismatch,
    unready_nodes,
)
from handlers.extract.obstacle_pods import (
    affinity_mismatch,
    anti_affinity_mismatch,
    host_port_conflict,
    spread_mismatch,
    volume_mismatch,
)
from handlers.extract.obstacle_text import nodes_said, obstacle_said
from handlers.extract.occupancy import Occupancy, occupancy
from handlers.extract.pod_claims import claim_facts, reachable_from
from handlers.extract.scheduler_queue import SchedulerQueue, scheduler_queue
from handlers.extract.scheduling_choice import Choice, choose, waiting_claim
from handlers.extract.scheduling_missing import missing_facts
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.pod import Pod
from rules.facts.node_fit import ResourceShortage
from rules.facts.pod_claim import ClaimFacts
from rules.facts.scheduling import SchedulingFacts

_FINISHED = frozenset({"Succeeded", "Failed"})
_OF_NODES = (
    *(name for name in SchedulingFacts.__struct_fields__ if name.startswith("nodes_")),
    "resource",
    "shortages",
    "labels",
    "taints",
    "host_port",
    "pod_affinity",
    "pod_anti_affinity",
    "spread",
    "volume",
    "cordoned",
    "unready",
)
"""The facts that the nodes decide, alike for pods that ask the same."""


class Placement(Struct, frozen=True, kw_only=True):
    """How the nodes fit a pod: each, the obstacle to name, and the facts that follow from both."""

    fits: tuple[NodeFit, ...]
    decision: Decision
    facts: SchedulingFacts


class _Weighed(Struct, frozen=True, kw_only=True):
    """Everything worked out about one pod before its facts are put together."""

    pod: Pod
    around: Surroundings
    queue: SchedulerQueue
    wanted: Demand
    placed: Placement
    claims: tuple[ClaimFacts, ...]
    choice: Choice


Placements = dict[bytes, Placement]
"""How the nodes fit pods that ask the same, by what they ask."""


def scheduling_facts(
    pod: Pod,
    around: Surroundings,
    *,
    now: datetime,
    taken: Occupancy | None = None,
    known: Placements | None = None,
) -> SchedulingFacts:
    """Compute why a pod has no node; of one that has a node, or has finished, nothing is computed.

    Args:
        pod: the pod.
        around: what was read around it.
        now: the time to which ages are told.
        taken: the pods of `around` already indexed, when many pods are judged at once.
        known: how the same nodes fit pods judged before; what is worked out here is added.
    """
    if pod.spec.node_name or pod.status.phase in _FINISHED:
        return SchedulingFacts(scheduler_name=pod.spec.scheduler_name)
    if taken is None and around.pods is not None:
        taken = occupancy(around.pods)
    weighed = _weigh(pod, around, taken, now, {} if known is None else known)
    facts = _with_placement(_with_queue(weighed), weighed.placed.facts)
    facts = _with_supply(facts, weighed, now)
    missing = missing_facts(around, weighed.queue, weighed.claims, weighed.choice)
    facts = structs.replace(facts, missing=missing)
    return structs.replace(facts, blocker_said=obstacle_said(facts))


def _weigh(
    pod: Pod, around: Surroundings, taken: Occupancy | None, now: datetime, known: Placements
) -> _Weighed:
    claims = claim_facts(pod, around, now)
    acted = None if claims and around.claims is None else any(claim.selected_node for claim in claims)
    queue = scheduler_queue(pod, around.events, taken, now, acted=acted)
    nodes = around.nodes or ()
    wanted = demand(pod, nodes, taken, tuple(reachable_from(pod, around).values()))
    asked = what_is_asked(wanted)
    placed = known[asked] if asked in known else _placement(around, wanted)
    if asked:
        known[asked] = placed
    return _Weighed(
        pod=pod,
        around=around,
        queue=queue,
        wanted=wanted,
        placed=placed,
        claims=claims,
        choice=choose(queue, claims, placed.decision, around),
    )


def _placement(around: Surroundings, wanted: Demand) -> Placement:
    fits = tuple(node_fit(wanted, node) for node in around.nodes or ())
    decision = decide(fits)
    facts = _with_obstacles(_nodes_counted(fits), around, wanted, fits, decision)
    return Placement(fits=fits, decision=decision, facts=facts)


def _with_placement(facts: SchedulingFacts, placed: SchedulingFacts) -> SchedulingFacts:
    """Add what the nodes say."""
    return structs.replace(facts, **{name: getattr(placed, name) for name in _OF_NODES})


def _with_queue(weighed: _Weighed) -> SchedulingFacts:
    queue = weighed.queue
    return SchedulingFacts(
        unscheduled=True,
        unscheduled_for=queue.age.total_seconds(),
        unschedulable=queue.unschedulable,
        since=queue.since,
        scheduling_gated=bool(queue.gates),
        scheduling_gates=queue.gates,
        scheduler_name=weighed.pod.spec.scheduler_name,
        scheduler_known=bool(queue.known),
        scheduler_silent=bool(queue.silent),
        schedulers_seen=queue.seen,
        scheduler_message=queue.message,
        scheduler_reasons=queue.verdict.reasons,
        nominated_node=weighed.pod.status.nominated_node_name,
        blocker=weighed.choice.blocker,
        claim=waiting_claim(weighed.claims),
        claims=weighed.claims,
    )


def _nodes_counted(fits: Sequence[NodeFit]) -> SchedulingFacts:
    alone = Counter(blocker for fit in fits if len(fit.blockers) == 1 for blocker in fit.blockers)
    return SchedulingFacts(
        nodes_said=nodes_said(fits),
        nodes_total=len(fits),
        nodes_open=sum(not fit.blockers for fit in fits),
        nodes_matching=sum(fit.matching for fit in fits),
        nodes_open_but_for_cpu=alone["cpu"],
        nodes_open_but_for_memory=alone["memory"],
        nodes_open_but_for_ephemeral_storage=alone["ephemeral_storage"],
        nodes_open_but_for_extended_resource=alone["extended_resource"],
        nodes_open_but_for_pod_count=alone["pod_count"],
        nodes_open_but_for_taints=alone["taints"],
        nodes_open_but_for_node_selector=alone["node_selector"],
        nodes_open_but_for_node_affinity=alone["node_affinity"],
        nodes_open_but_for_pod_affinity=alone["pod_affinity"],
        nodes_open_but_for_pod_anti_affinity=alone["pod_anti_affinity"],
        nodes_open_but_for_topology_spread=alone["topology_spread"],
        nodes_open_but_for_host_ports=alone["host_ports"],
        nodes_open_but_for_volume_zone=alone["volume_zone"],
        nodes_open_but_for_cordon=alone["cordoned"],
        nodes_open_but_for_not_ready=alone["nodes_not_ready"],
    )


def _with_obstacles(
    facts: SchedulingFacts,
    around: Surroundings,
    wanted: Demand,
    fits: tuple[NodeFit, ...],
    decision: Decision,
) -> SchedulingFacts:
    pod, nodes = wanted.pod, around.nodes or ()
    short = shortages(decision, fits, wanted)
    by_labels = decision.blocker in {"node_selector", "node_affinity"}
    return structs.replace(
        facts,
        resource=short[0] if short and decision.shortfall else ResourceShortage(),
        shortages=short,
        labels=label_mismatch(pod, nodes) if by_labels else facts.labels,
        taints=taint_mismatch(decision, fits, pod),
        host_port=host_port_conflict(fits, wanted),
        pod_affinity=affinity_mismatch(fits, wanted),
        pod_anti_affinity=anti_affinity_mismatch(fits, wanted),
        spread=spread_mismatch(fits, wanted, nodes),
        volume=volume_mismatch(fits, pod, around.claims or (), reachable_from(pod, around)),
        cordoned=cordoned_nodes(decision, fits),
        unready=unready_nodes(decision, fits),
    )


def _with_supply(facts: SchedulingFacts, weighed: _Weighed, now: datetime) -> SchedulingFacts:
    karpenter = karpenter_facts(weighed.around, weighed.wanted.requests, now)
    autoscaler = autoscaler_facts(weighed.around.events or ())
    return structs.replace(
        facts,
        karpenter=karpenter,
        karpenter_verdict=karpenter.verdict,
        autoscaler=autoscaler,
        autoscaler_verdict=autoscaler.verdict,
    )
