"""Everything read about a NodeClaim → its facts: Launched, Registered, Initialized, and its end."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from msgspec import Struct

from handlers.extract import capacity
from handlers.extract.events import observed, with_reason
from handlers.extract.karpenter import POOL_LABEL
from handlers.extract.karpenter_log import ControllerLine, faults
from handlers.extract.node_pool import CAPACITY_TYPE
from handlers.extract.unready import condition_of, said
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.node import NodeClaim
from rules.facts.karpenter import ClaimStep, NodeClaimFacts
from rules.finding import ObjectRef, Observation
from rules.units import seconds_in_words

STEPS: tuple[ClaimStep, ...] = ("Launched", "Registered", "Initialized")
ON_TIME = timedelta(minutes=5)
"""A machine usually joins within one to three minutes; GPU drivers take longer."""
GIVES_UP = timedelta(minutes=15)
"""After this long without registering Karpenter deletes the NodeClaim and tries anew."""
STUCK = timedelta(minutes=10)
"""A deletion that takes longer is held by something: budgets, a finalizer, a volume."""
_DRAIN_EVENTS = ("FailedDraining", "DisruptionBlocked", "TerminationGracePeriodExpiring", "NodeRepairBlocked")


class ClaimReads(Struct, frozen=True, kw_only=True):
    """What was read about one NodeClaim.

    Attributes:
        events: events about it and about its node.
        lines: the controller's log, newest first.
        controllers: the controller's pods.
        missing: why something was not read: events, log.
    """

    claim: NodeClaim
    now: datetime
    events: tuple[Event, ...] = ()
    lines: tuple[ControllerLine, ...] = ()
    controllers: tuple[ObjectRef, ...] = ()
    missing: Mapping[str, str] = {}


def node_claim_facts(reads: ClaimReads) -> NodeClaimFacts:
    """Turn what was read into facts."""
    claim, now, name = reads.claim, reads.now, reads.claim.metadata.name
    conditions, labels = claim.status.conditions, claim.metadata.labels
    step = missing_step(claim)
    condition = condition_of(conditions, step) if step != "none" else None
    deleted = claim.metadata.deletion_timestamp
    young, pool = is_young(claim, now), labels.get(POOL_LABEL, "")
    lines = [line for line in reads.lines if line.claim == name]
    refusals = (*capacity.of_claim(claim), *_refusals(reads, lines))
    return NodeClaimFacts(
        missing=_missing(reads),
        ref=claim.ref,
        top_owner=ObjectRef("NodePool", pool) if pool else claim.ref,
        depends_on=tuple(_links(reads)),
        healthy=is_well(claim, now),
        pool=pool,
        node_class=claim.spec.node_class_ref.name,
        age=_age(claim, now).total_seconds(),
        step=step,
        code=condition.reason if condition else "",
        said=said(condition, f"NodeClaim {name}") if condition else _no_condition(step),
        steps=", ".join(_steps(claim, now)),
        shortage=capacity.shortage(refusals),
        young=young,
        given_up_in=_given_up_in(claim, step, now),
        instance=claim.status.provider_id.rpartition("/")[2],
        kind=labels.get("node.kubernetes.io/instance-type", ""),
        spot=labels.get(CAPACITY_TYPE, "") == "spot",
        node=claim.status.node_name,
        deleting_for=(now - deleted).total_seconds() if deleted else None,
        drain_said=_drain_said(reads),
        volumes_held=_when_false(claim, "VolumesDetached") if deleted else None,
        controller_said=faults(lines),
        effect=_effect(claim, step, young=young),
    )


def missing_step(claim: NodeClaim) -> ClaimStep:
    """The first step that is not True."""
    conditions = {each.type: each.status for each in claim.status.conditions}
    return next((step for step in STEPS if conditions.get(step) != "True"), "none")


def is_young(claim: NodeClaim, now: datetime) -> bool:
    """Whether it was made so lately that a missing step is normal."""
    return _age(claim, now) < ON_TIME


def is_well(claim: NodeClaim, now: datetime) -> bool:
    """Whether it has come up, or is on time and AWS has not refused it; and is not stuck in deletion."""
    deleted = claim.metadata.deletion_timestamp
    if deleted is not None:
        return now - deleted < STUCK
    refused = any(capacity.kind_of(each.text) != "none" for each in capacity.of_claim(claim))
    return missing_step(claim) == "none" or (is_young(claim, now) and not refused)


def in_words(claim: NodeClaim) -> str:
    """What is the matter with one, for its pool: "NodeClaim x: Registered=Unknown (NodeNotFound: …)"."""
    step = missing_step(claim)
    condition = condition_of(claim.status.conditions, step)
    told = said(condition, "") or _no_condition(step) or Observation("is being deleted")
    return f"NodeClaim {claim.metadata.name}: {told.text}"


def _age(claim: NodeClaim, now: datetime) -> timedelta:
    made = claim.metadata.creation_timestamp
    return max(now - made, timedelta()) if made else timedelta(days=1)


def _no_condition(step: ClaimStep) -> Observation | None:
    return Observation(f"no condition {step} yet", "status.conditions") if step != "none" else None


def _steps(claim: NodeClaim, now: datetime) -> Iterator[str]:
    for step in STEPS:
        condition = condition_of(claim.status.conditions, step) or Condition()
        if condition.status != "True":
            yield f"not {step}"
        elif condition.last_transition_time is None:
            yield step
        else:
            ago = (now - condition.last_transition_time).total_seconds()
            yield f"{step} {seconds_in_words(ago)} ago"


def _given_up_in(claim: NodeClaim, step: ClaimStep, now: datetime) -> float | None:
    left = (GIVES_UP - _age(claim, now)).total_seconds()
    return left if step in {"Launched", "Registered"} and left > 0 else None


def _refusals(reads: ClaimReads, lines: list[ControllerLine]) -> tuple[capacity.Refusal, ...]:
    name = reads.claim.metadata.name
    own = (event for event in reads.events if event.involved_object.name == name)
    return (*capacity.of_events(own, reads.now), *capacity.of_lines(lines, reads.now))


def _drain_said(reads: ClaimReads) -> Observation | None:
    told = with_reason(reads.events, *_DRAIN_EVENTS)
    return observed(told[0]) if told else _when_false(reads.claim, "Drained")


def _when_false(claim: NodeClaim, kind: str) -> Observation | None:
    condition = condition_of(claim.status.conditions, kind)
    if condition is None or condition.status == "True":
        return None
    return said(condition, f"NodeClaim {claim.metadata.name}")


def _links(reads: ClaimReads) -> Iterator[ObjectRef]:
    claim = reads.claim
    if missing_step(claim) == "Initialized" and claim.status.node_name:
        yield ObjectRef("Node", claim.status.node_name)
    if missing_step(claim) == "Launched" and claim.spec.node_class_ref.name:
        yield ObjectRef("EC2NodeClass", claim.spec.node_class_ref.name)
    yield from reads.controllers


def _effect(claim: NodeClaim, step: ClaimStep, *, young: bool) -> str:
    if step == "none":
        return f"Node {claim.status.node_name} has come from it"
    there = "The node exists and takes no pods yet" if step == "Initialized" else "There is no node from it"
    return f"{there}; pods meant for it wait" + (", which is normal in the first minutes" if young else "")


def _missing(reads: ClaimReads) -> Mapping[str, str]:
    fields = {"events": ("drain_said",), "log": ("controller_said",)}
    return {
        field: reads.missing[source]
        for source in fields
        if source in reads.missing
        for field in fields[source]
    }
