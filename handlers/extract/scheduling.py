"""Why a Pending pod has no node: the scheduler's filters asked again, beside what everybody said.

Computed facts come first; texts are used where the objects cannot show the cause (storage, Karpenter), or
could not be read. A fact whose source was not read stands in `missing`.
"""

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
from rules.facts.node_fit import Blocker, ResourceShortage
from rules.facts.pod_claim import ClaimFacts
from rules.facts.scheduling import SchedulingFacts

_FINISHED = frozenset({"Succeeded", "Failed"})


class _Weighed(Struct, frozen=True, kw_only=True):
    """Everything worked out about one pod before its facts are put together."""

    pod: Pod
    around: Surroundings
    queue: SchedulerQueue
    wanted: Demand
    fits: tuple[NodeFit, ...]
    decision: Decision
    claims: tuple[ClaimFacts, ...]
    choice: Choice


Fits = dict[bytes, tuple[NodeFit, ...]]
"""How the nodes fit pods that ask the same, by what they ask."""


def scheduling_facts(
    pod: Pod,
    around: Surroundings,
    *,
    now: datetime,
    taken: Occupancy | None = None,
    known: Fits | None = None,
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
    facts = _with_nodes(_with_queue(weighed), weighed)
    facts = _with_supply(facts, weighed, now)
    missing = missing_facts(around, weighed.queue, weighed.claims, weighed.choice)
    facts = structs.replace(facts, missing=missing)
    return structs.replace(facts, blocker_said=obstacle_said(facts))


def _weigh(pod: Pod, around: Surroundings, taken: Occupancy | None, now: datetime, known: Fits) -> _Weighed:
    claims = claim_facts(pod, around, now)
    acted = None if claims and around.claims is None else any(claim.selected_node for claim in claims)
    queue = scheduler_queue(pod, around.events, taken, now, acted=acted)
    nodes = around.nodes or ()
    wanted = demand(pod, nodes, taken, tuple(reachable_from(pod, around).values()))
    asked = what_is_asked(wanted)
    if asked not in known:
        known[asked] = tuple(node_fit(wanted, node) for node in nodes)
    fits = known[asked]
    decision = decide(fits)
    choice = choose(queue, claims, decision, around)
    return _Weighed(
        pod=pod,
        around=around,
        queue=queue,
        wanted=wanted,
        fits=fits,
        decision=decision,
        claims=claims,
        choice=choice,
    )


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


def _with_nodes(facts: SchedulingFacts, weighed: _Weighed) -> SchedulingFacts:
    fits = weighed.fits
    return _with_obstacles(
        structs.replace(
            facts,
            nodes_said=nodes_said(fits),
            nodes_total=len(fits),
            nodes_open=sum(not fit.blockers for fit in fits),
            nodes_matching=sum(fit.matching for fit in fits),
            nodes_open_but_for_cpu=_only(fits, "cpu"),
            nodes_open_but_for_memory=_only(fits, "memory"),
            nodes_open_but_for_ephemeral_storage=_only(fits, "ephemeral_storage"),
            nodes_open_but_for_extended_resource=_only(fits, "extended_resource"),
            nodes_open_but_for_pod_count=_only(fits, "pod_count"),
            nodes_open_but_for_taints=_only(fits, "taints"),
            nodes_open_but_for_node_selector=_only(fits, "node_selector"),
            nodes_open_but_for_node_affinity=_only(fits, "node_affinity"),
            nodes_open_but_for_pod_affinity=_only(fits, "pod_affinity"),
            nodes_open_but_for_pod_anti_affinity=_only(fits, "pod_anti_affinity"),
            nodes_open_but_for_topology_spread=_only(fits, "topology_spread"),
            nodes_open_but_for_host_ports=_only(fits, "host_ports"),
            nodes_open_but_for_volume_zone=_only(fits, "volume_zone"),
            nodes_open_but_for_cordon=_only(fits, "cordoned"),
            nodes_open_but_for_not_ready=_only(fits, "nodes_not_ready"),
        ),
        weighed,
    )


def _with_obstacles(facts: SchedulingFacts, weighed: _Weighed) -> SchedulingFacts:
    pod, around, fits, wanted = weighed.pod, weighed.around, weighed.fits, weighed.wanted
    decision, nodes = weighed.decision, weighed.around.nodes or ()
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


def _only(fits: Sequence[NodeFit], blocker: Blocker) -> int:
    return sum(fit.blockers == {blocker} for fit in fits)
