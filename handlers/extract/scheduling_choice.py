"""From everything that was weighed to the one blocker: gates, scheduler, claims, nodes, in this order.

What an earlier one decides needs nothing that a later one reads.
"""

from collections.abc import Sequence

from msgspec import Struct

from handlers.extract.blocker import Decision
from handlers.extract.scheduler_message import SchedulerVerdict
from handlers.extract.scheduler_queue import SchedulerQueue
from handlers.extract.surroundings import Surroundings
from rules.facts.node_fit import Blocker
from rules.facts.pod_claim import ClaimFacts, ClaimProblem

_OF_CLAIMS: frozenset[Blocker] = frozenset({"claim_missing", "claim_unbound"})
_NOT_SIMULATED: frozenset[Blocker] = frozenset({"volume_limit", "claim_unbound"})
_HARD = frozenset({"terminating", "lost", "volume_missing"})
_FINE = frozenset({"none"})
_TAKEN_UP: frozenset[ClaimProblem] = frozenset({"unauthorized", "provisioning_failed", "provisioner_silent"})
"""Nobody is asked for a volume before its node is chosen, or where no node needs to be."""


class Choice(Struct, frozen=True):
    """The blocker; `missing` says why it could not be told, and `simulated` whether the nodes show it."""

    blocker: Blocker
    missing: str = ""
    simulated: bool = False


def choose(
    queue: SchedulerQueue, claims: Sequence[ClaimFacts], decision: Decision, around: Surroundings
) -> Choice:
    """Name the one blocker, or say what was not read that would tell."""
    if queue.gates:
        return Choice("gates")
    if queue.silent:
        return Choice("scheduler_absent")
    by_claims = _by_claims(queue, claims, around)
    if by_claims is not None:
        return by_claims
    unread = around.why_missing(*placement_sources(claims))
    if unread and not (around.nodes is not None and decision.everywhere):
        return _placed_but_for_claims(queue, claims) or _by_message(queue, unread)
    if decision.blocker != "none":
        return Choice(decision.blocker, simulated=True)
    return _open(queue, claims, around)


def placement_sources(claims: Sequence[ClaimFacts]) -> tuple[str, ...]:
    """The parts of the surroundings that weighing nodes needs; volumes only where a claim has one."""
    if not claims:
        return ("nodes", "pods")
    bound = any(claim.bound for claim in claims)
    return ("nodes", "pods", "claims", "volumes") if bound else ("nodes", "pods", "claims")


def waiting_claim(claims: Sequence[ClaimFacts]) -> ClaimFacts:
    """The claim to name: one that is missing, then one that cannot be bound, then one that waits."""
    order = (
        [claim for claim in claims if claim.problem == "not_found"],
        [claim for claim in claims if _blocks(claim)],
        [claim for claim in claims if claim.problem not in _FINE],
        [claim for claim in claims if claim.missing and not claim.bound],
    )
    return next((found[0] for found in order if found), ClaimFacts())


def _by_claims(queue: SchedulerQueue, claims: Sequence[ClaimFacts], around: Surroundings) -> Choice | None:
    """What the scheduler checks of claims before it looks at any node, and what it waits for after that."""
    if around.claims is None and claims:
        told = next((each.blocker for each in queue.verdict.reasons if each.blocker in _OF_CLAIMS), None)
        return Choice(told) if told else None
    if any(claim.problem == "not_found" for claim in claims):
        return Choice("claim_missing")
    failed = not _nodes_refuse(queue.verdict) and any(_failed(claim) for claim in claims)
    return Choice("claim_unbound") if failed or any(_blocks(claim) for claim in claims) else None


def _placed_but_for_claims(queue: SchedulerQueue, claims: Sequence[ClaimFacts]) -> Choice | None:
    """A node was chosen already, and nobody says that it was given up again: the volume is waited for."""
    chosen = any(claim.selected_node and not claim.bound for claim in claims)
    return Choice("claim_unbound") if chosen and not _nodes_refuse(queue.verdict) else None


def _nodes_refuse(verdict: SchedulerVerdict) -> bool:
    """Whether the scheduler's newest words are that nodes do not take the pod, for more than its claims."""
    return any(each.nodes and each.blocker not in _OF_CLAIMS for each in verdict.reasons)


def _failed(claim: ClaimFacts) -> bool:
    """Whether somebody was asked for the volume and did not make it, as the claim's own events say."""
    asked = bool(claim.selected_node) or not claim.waiting_for_first_consumer
    return asked and not claim.bound and claim.problem in _TAKEN_UP


def _blocks(claim: ClaimFacts) -> bool:
    """Whether it blocks on every node; where binding waits for a node, nodes are weighed first."""
    if not claim.exists or claim.problem in _HARD:
        return claim.exists
    if claim.bound:
        return False
    if "binding_mode" in claim.missing:
        return claim.problem in {"storage_class_missing", "no_default_class"}
    return not claim.waiting_for_first_consumer


def _by_message(queue: SchedulerQueue, unread: str) -> Choice:
    """A message that gives one reason for all nodes needs nothing beside it; a mixture does."""
    reasons = queue.verdict.reasons
    whole = len(reasons) == 1 and reasons[0].nodes == queue.verdict.nodes_total and not queue.verdict.cut
    told = reasons[0].blocker if whole else "unknown"
    return Choice(told, missing=unread if told == "unknown" else "")


def _open(queue: SchedulerQueue, claims: Sequence[ClaimFacts], around: Surroundings) -> Choice:
    """A node is open: its volume is being made, the scheduler knows more, or it has not come round yet."""
    if any(claim.exists and not claim.bound and not claim.missing.get("bound") for claim in claims):
        return Choice("claim_unbound")
    if queue.silent is None:
        return Choice("unknown", missing=around.why_missing("events", "claims"))
    if not queue.unschedulable:
        return Choice("none")
    told = next((each.blocker for each in queue.verdict.reasons if each.blocker in _NOT_SIMULATED), None)
    return Choice(told or "unknown")
