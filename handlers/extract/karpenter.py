"""What Karpenter does about a pod: its newest event on it, the pools' limits, the machines on their way."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from handlers.extract.events import newest_first, observed
from handlers.extract.karpenter_message import nominated, parse_refusals, verdict
from handlers.extract.quantity import quantity_text, readable_milli
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.node import NodeClaim, NodePool
from rules.facts.node_supply import KarpenterFacts, NodeClaimStep, NodeClaimTrouble, PoolLimit, PoolRefusal
from rules.finding import Observation

POOL_LABEL = "karpenter.sh/nodepool"
OVERDUE = timedelta(minutes=10)
"""A machine is usually there after one to three minutes; Karpenter itself gives up after fifteen."""
_STARTING = timedelta(minutes=5)
_STEPS: tuple[NodeClaimStep, ...] = ("Launched", "Registered", "Initialized")
NO_CAPACITY = re.compile(
    r"Insufficient(?:Instance|Host|Reserved)?\w*Capacity|UnfulfillableCapacity|ReservationCapacityExceeded|"
    r"insufficient capacity",
    re.IGNORECASE,
)
QUOTA = re.compile(
    r"VcpuLimitExceeded|VCPU quota|MaxSpotInstanceCountExceeded|MaxFleetCountExceeded|InstanceLimitExceeded",
    re.IGNORECASE,
)


def by_karpenter(event: Event) -> bool:
    """Whether Karpenter, or its form inside EKS Auto Mode, reported the event."""
    return "karpenter" in event.component or event.component.startswith("eks-auto-mode")


def karpenter_facts(around: Surroundings, requests: Mapping[str, int], now: datetime) -> KarpenterFacts:
    """Read Karpenter's verdict; `requests` are the pod's, in thousandths."""
    events = newest_first(event for event in around.events or () if by_karpenter(event))
    newest = next((e for e in events if e.reason in {"FailedScheduling", "Nominated"}), None)
    present = bool(events or around.node_pools or around.node_claims)
    if newest is None:
        return KarpenterFacts(present=present, missing=_missing(around))
    if newest.reason == "Nominated":
        return _nominated(newest, around, now)
    return _refused(newest, around, requests, now)


def _missing(around: Surroundings) -> dict[str, str]:
    parts = (
        ("events", ("verdict", "pool", "said", "refusals", "nominated", "overdue", "node_claim")),
        ("node_pools", ("limits",)),
        ("node_claims", ("troubles", "quota", "node_claim_gone")),
    )
    return {field: why for part, fields in parts if (why := around.why_missing(part)) for field in fields}


def _refused(
    event: Event, around: Surroundings, requests: Mapping[str, int], now: datetime
) -> KarpenterFacts:
    refusals = parse_refusals(event.message)
    decided, pool = verdict(refusals)
    growing = decided in {"limits", "no_capacity"}
    asked = (each for each in around.node_claims or () if growing and _pool(each) == pool)
    troubles = tuple(_troubles(asked, now))
    return KarpenterFacts(
        missing=_missing(around),
        present=True,
        verdict=decided,
        pool=pool,
        said=observed(event),
        refusals=refusals,
        limits=tuple(_limits(around, refusals, requests)),
        troubles=troubles,
        quota=any(trouble.quota for trouble in troubles),
    )


def _nominated(event: Event, around: Surroundings, now: datetime) -> KarpenterFacts:
    kind, name = nominated(event.message)
    claims = around.node_claims or ()
    claim = next((each for each in claims if kind == "nodeclaim" and each.metadata.name == name), None)
    trouble = _trouble(claim) if claim else None
    waited = max(now - (event.first_timestamp or event.last_seen or now), timedelta())
    no_capacity = trouble is not None and (trouble.no_capacity or trouble.quota)
    return KarpenterFacts(
        missing=_missing(around),
        present=True,
        verdict="no_capacity" if no_capacity else "nominated",
        pool=_pool(claim) if claim else "",
        said=observed(event),
        nominated=True,
        nominated_for=waited.total_seconds(),
        overdue=waited > OVERDUE,
        node_claim=name,
        node_claim_gone=kind == "nodeclaim" and around.node_claims is not None and claim is None,
        troubles=(trouble,) if trouble else (),
        quota=trouble is not None and trouble.quota,
    )


def _limits(
    around: Surroundings, refusals: tuple[PoolRefusal, ...], requests: Mapping[str, int]
) -> Iterator[PoolLimit]:
    limited = {refusal.pool for refusal in refusals if refusal.problem == "limits"}
    for pool in around.node_pools or ():
        if pool.metadata.name in limited:
            yield from _pool_limits(pool, requests)


def _pool_limits(pool: NodePool, requests: Mapping[str, int]) -> Iterator[PoolLimit]:
    """Limits without room for the pod; since machines are larger than pods, else the one nearest to full."""
    limits, used = readable_milli(pool.spec.limits), readable_milli(pool.status.resources)
    reached = [name for name, limit in limits.items() if used.get(name, 0) + requests.get(name, 0) > limit]
    nearest = sorted(limits, key=lambda name: used.get(name, 0) / max(limits[name], 1), reverse=True)
    for name in reached or nearest[:1]:
        yield PoolLimit(
            pool=pool.metadata.name,
            resource=name,
            used=quantity_text(name, used.get(name, 0)),
            limit=quantity_text(name, limits[name]),
        )


def _pool(claim: NodeClaim) -> str:
    return claim.metadata.labels.get(POOL_LABEL, "")


def _troubles(claims: Iterator[NodeClaim], now: datetime) -> Iterator[NodeClaimTrouble]:
    for claim in claims:
        trouble = _trouble(claim)
        made = claim.metadata.creation_timestamp
        late = made is not None and now - made > _STARTING
        if trouble and (late or trouble.no_capacity or trouble.quota):
            yield trouble


def _trouble(claim: NodeClaim) -> NodeClaimTrouble | None:
    conditions = {each.type: each for each in claim.status.conditions}
    for step in _STEPS:
        condition = conditions.get(step, Condition())
        if condition.status != "True":
            return _trouble_at(claim, step, condition)
    return None


def _trouble_at(claim: NodeClaim, step: NodeClaimStep, condition: Condition) -> NodeClaimTrouble:
    words = f"{condition.reason} {condition.message}"
    source = f"condition {step} of NodeClaim {claim.metadata.name}"
    text = condition.message or condition.reason
    return NodeClaimTrouble(
        name=claim.metadata.name,
        pool=_pool(claim),
        step=step,
        reason=condition.reason,
        no_capacity=bool(NO_CAPACITY.search(words)),
        quota=bool(QUOTA.search(words)),
        said=Observation(text, source, condition.last_transition_time) if text else None,
    )
