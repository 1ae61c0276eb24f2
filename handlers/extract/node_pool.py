"""Everything read about a NodePool → its facts."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract import capacity
from handlers.extract.events import newest_first, observed
from handlers.extract.karpenter import by_karpenter
from handlers.extract.karpenter_log import ControllerLine, faults
from handlers.extract.karpenter_message import parse_refusals
from handlers.extract.quantity import quantity_text, readable_milli
from handlers.extract.selectors_match import requirement_text
from handlers.extract.unready import condition_of, false_parts, not_ready_for, ready_said, stands
from handlers.sources.objects.event import Event
from handlers.sources.objects.node import NodeClaim, NodePool
from handlers.sources.objects.pod import Pod
from rules.facts.karpenter import LimitUse, NodePoolFacts, Shortage
from rules.facts.node_supply import PoolProblem
from rules.finding import ObjectRef, Observation

CAPACITY_TYPE = "karpenter.sh/capacity-type"
NODE_CLASS_KINDS = frozenset({"EC2NodeClass", ""})
_SHOWN = 3


class PoolReads(Struct, frozen=True, kw_only=True):
    """What was read about one NodePool.

    Attributes:
        claims: NodeClaims of all pools.
        events: events about NodePools and NodeClaims.
        refusals: Karpenter's FailedScheduling events about pods of all namespaces.
        waiting: pods that are Pending; None where they could not be read.
        lines: the controller's log, newest first.
        unwell: NodeClaims of the pool that do not come up, with what is said of each.
        controllers: the controller's pods.
        missing: why something was not read: claims, events, refusals, log.
    """

    pool: NodePool
    now: datetime
    claims: tuple[NodeClaim, ...] = ()
    events: tuple[Event, ...] = ()
    refusals: tuple[Event, ...] = ()
    waiting: tuple[Pod, ...] | None = None
    lines: tuple[ControllerLine, ...] = ()
    unwell: Mapping[str, str] = {}
    controllers: tuple[ObjectRef, ...] = ()
    missing: Mapping[str, str] = {}


def node_pool_facts(reads: PoolReads) -> NodePoolFacts:
    """Turn what was read into facts."""
    pool, now, name = reads.pool, reads.now, reads.pool.metadata.name
    conditions, of = pool.status.conditions, f"NodePool {name}"
    limits = tuple(sorted(_limits(pool), key=lambda use: -use.percent))
    refused, lacking = _refused(reads, "limits"), _refused(reads, "no_capacity")
    well = stands(pool, now)
    short = _shortage(reads)
    parts = {part.name: part for part in false_parts(conditions, of, now)}
    template = pool.spec.template.spec
    return NodePoolFacts(
        missing=_missing(reads),
        ref=pool.ref,
        top_owner=pool.ref,
        depends_on=tuple(_links(reads)),
        healthy=well and short.kind == "none" and not (refused or reads.unwell or _no_types(reads)),
        ready=well,
        ready_said=ready_said(pool, of),
        not_ready_for=None if well else not_ready_for(pool, now),
        unready=tuple(parts.values()),
        node_class=template.node_class_ref.name,
        node_class_unready=parts["NodeClassReady"].said if "NodeClassReady" in parts else None,
        registration_failing=(
            parts["NodeRegistrationHealthy"].said if "NodeRegistrationHealthy" in parts else None
        ),
        invalid=parts["ValidationSucceeded"].said if "ValidationSucceeded" in parts else None,
        no_types=_no_types(reads),
        limits=limits,
        limits_reached=tuple(each for each in limits if each.reached),
        tightest=tuple(each for each in limits if each.reached) or limits[:1],
        limit_said=_limit_said(reads),
        refused_for_limits=tuple(refused),
        shortage=short,
        refused_for_capacity=tuple(lacking),
        capacity_types=_capacity_types(pool),
        allowed=", ".join(requirement_text(each) for each in template.requirements),
        blocked=_newest(reads, "DisruptionBlocked"),
        nodes=_nodes(pool),
        weight=pool.spec.weight or 0,
        claims_unwell=tuple(reads.unwell.values()),
        controller_said=faults(_lines(reads)),
        effect=_effect(reads, {**refused, **lacking}, ready=well),
    )


def _links(reads: PoolReads) -> Iterator[ObjectRef]:
    reference = reads.pool.spec.template.spec.node_class_ref
    if reference.name and reference.kind in NODE_CLASS_KINDS:
        yield ObjectRef("EC2NodeClass", reference.name)
    yield from (ObjectRef("NodeClaim", name) for name in reads.unwell)
    yield from reads.controllers


def _limits(pool: NodePool) -> Iterator[LimitUse]:
    limits, used = readable_milli(pool.spec.limits), readable_milli(pool.status.resources)
    for name, limit in limits.items():
        taken = used.get(name, 0)
        yield LimitUse(
            name=name,
            used=quantity_text(name, taken),
            limit=quantity_text(name, limit),
            percent=100.0 * taken / limit if limit else 100.0,
            reached=taken >= limit,
        )


def _refused(reads: PoolReads, problem: PoolProblem) -> dict[str, Event]:
    """Pods that still wait and that the pool refuses for this reason, each with its newest event."""
    found: dict[str, Event] = {}
    waiting = None if reads.waiting is None else {pod.metadata.uid for pod in reads.waiting}
    for event in newest_first(event for event in reads.refusals if by_karpenter(event)):
        about = event.involved_object
        if waiting is not None and about.uid not in waiting:
            continue
        refusals = parse_refusals(event.message)
        if any(each.pool == reads.pool.metadata.name and each.problem == problem for each in refusals):
            found.setdefault(f"{about.namespace}/{about.name}", event)
    return found


def _limit_said(reads: PoolReads) -> Observation | None:
    refused = _refused(reads, "limits")
    if refused:
        return observed(next(iter(refused.values())))
    name = reads.pool.metadata.name
    for line in reads.lines:
        recent = line.fault and line.at is not None and reads.now - line.at < capacity.RECENT
        named = any(each.pool == name and each.problem == "limits" for each in parse_refusals(line.error))
        if recent and named:
            return line.observed
    return None


def _shortage(reads: PoolReads) -> Shortage:
    name, pools = reads.pool.metadata.name, capacity.pools_of(reads.claims)
    own = [each for each in reads.claims if pools[each.metadata.name] == name]
    events = (e for e in reads.events if capacity.pool_of(e.involved_object.name, pools, reads.lines) == name)
    refusals = (
        *(refusal for claim in own for refusal in capacity.of_claim(claim)),
        *capacity.of_events(events, reads.now),
        *capacity.of_lines(_lines(reads), reads.now),
    )
    return capacity.shortage(refusals, since=_last_given(own))


def _last_given(claims: Iterable[NodeClaim]) -> datetime | None:
    """When AWS last gave the pool a machine."""
    launched = (condition_of(each.status.conditions, "Launched") for each in claims)
    times = (each.last_transition_time for each in launched if each is not None and each.status == "True")
    return max((time for time in times if time is not None), default=None)


def _lines(reads: PoolReads) -> Iterator[ControllerLine]:
    """The log's lines about the pool or one of its machines."""
    name, pools = reads.pool.metadata.name, capacity.pools_of(reads.claims)
    for line in reads.lines:
        if name == line.pool or (line.claim and capacity.pool_of(line.claim, pools, reads.lines) == name):
            yield line


def _no_types(reads: PoolReads) -> Observation | None:
    return _newest(reads, "NoCompatibleInstanceTypes")


def _newest(reads: PoolReads, reason: str) -> Observation | None:
    name = reads.pool.metadata.name
    about = [
        e for e in reads.events if (e.involved_object.kind, e.involved_object.name) == ("NodePool", name)
    ]
    found = newest_first(event for event in about if event.reason == reason)
    return observed(found[0]) if found else None


def _capacity_types(pool: NodePool) -> tuple[str, ...]:
    requirements = pool.spec.template.spec.requirements
    return tuple(value for each in requirements if each.key == CAPACITY_TYPE for value in each.values)


def _nodes(pool: NodePool) -> int:
    return readable_milli(pool.status.resources).get("nodes", 0) // 1000


def _effect(reads: PoolReads, refused: Mapping[str, Event], *, ready: bool) -> str:
    has = f"it has {_nodes(reads.pool)} node{'s' if _nodes(reads.pool) != 1 else ''}"
    if refused:
        names: Sequence[str] = list(refused)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        wait = f"{len(names)} pods wait" if len(names) > 1 else "1 pod waits"
        return f"{wait} for it: {', '.join(names[:_SHOWN])}{more}; {has}"
    return f"No pod is seen to wait for it; {has}" + ("" if ready else ", and Karpenter leaves it out")


def _missing(reads: PoolReads) -> Mapping[str, str]:
    fields = {
        "claims": ("shortage", "claims_unwell", "healthy"),
        "events": ("no_types", "blocked", "shortage", "healthy"),
        "refusals": ("refused_for_limits", "refused_for_capacity", "limit_said", "effect", "healthy"),
        "log": ("controller_said",),
    }
    return {
        field: reads.missing[source]
        for source in fields
        if source in reads.missing
        for field in fields[source]
    }
