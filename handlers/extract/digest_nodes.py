"""Nodes and Karpenter's machines in a line each."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from handlers.extract import capacity
from handlers.extract.digest_part import age_of, counted, lasting, listed, part_of
from handlers.extract.karpenter import POOL_LABEL
from handlers.extract.node_claim import STUCK, is_well, missing_step
from handlers.extract.node_conditions import (
    agent_troubles,
    condition_of,
    cordon_taint,
    detected,
    leaving,
    leftover_taints,
    not_ready_kind,
    not_set_up,
)
from handlers.extract.node_fit import is_ready
from handlers.extract.unready import false_parts, not_ready_for, stands
from handlers.parts import Part
from handlers.sources.objects.event import Event
from handlers.sources.objects.node import Node, NodeClaim, NodePool
from rules.facts.karpenter import ClaimStep
from rules.facts.node import NotReadyKind
from rules.units import seconds_in_words

NODES = "Nodes"
KARPENTER = "Karpenter"
PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable")
SETTING_UP = 600.0
"""Seconds a new node may keep the taints of what sets it up."""
GOING = timedelta(hours=1)
"""Time after which a node that is taken away should be gone."""
_KINDS: Mapping[NotReadyKind, str] = {
    "silent": "its kubelet is silent",
    "cni": "its network plugin is not ready",
    "runtime": "its container runtime is down",
    "pleg": "its kubelet cannot list containers",
    "shutting_down": "it is shutting down",
}
_STEPS: Mapping[ClaimStep, str] = {
    "Launched": "AWS gave no machine",
    "Registered": "its machine has not joined",
    "Initialized": "its node is not usable yet",
}


def nodes(items: Iterable[Node], now: datetime) -> Part:
    """The part; a node that is taken away on purpose is no trouble until it should be gone."""
    every = tuple(items)
    told = {node.metadata.name: _troubles(node, now) for node in every}
    troubles = {name: found for name, found in told.items() if found}
    unready = [node for node in every if not is_ready(node)]
    ranked = sorted(every, key=lambda node: (is_ready(node), -len(troubles.get(node.metadata.name, ()))))
    lines = [
        f"{node.metadata.name}: {', '.join(found)}" for node in ranked if (found := told[node.metadata.name])
    ]
    return part_of(NODES, _said(every, unready, troubles), lines)


def _said(every: Sequence[Node], unready: Sequence[Node], troubles: Mapping[str, Sequence[str]]) -> str:
    pressed = sum(any(_is_true(node, kind) for kind in PRESSURES) for node in every)
    shut = sum(node.spec.unschedulable and node.metadata.name in troubles for node in every)
    going = sum(leaving(node)[0] != "none" for node in every)
    pieces = (
        f"{len(every) - len(unready)} of {len(every)} ready",
        f"{pressed} under pressure" if pressed else "",
        f"{shut} cordoned" if shut else "",
        f"{going} being taken away" if going else "",
    )
    return ", ".join(filter(None, pieces))


def _troubles(node: Node, now: datetime) -> tuple[str, ...]:
    kind, taint = leaving(node)
    began = taint.time_added if taint else node.metadata.deletion_timestamp
    overdue = began is not None and now - began > GOING
    if kind != "none" and is_ready(node):
        return (f"being taken away{lasting(began, now)} and still there",) if overdue else ()
    return tuple(filter(None, (_unready(node, now), *_pressures(node, now), *_shut(node, now))))


def _unready(node: Node, now: datetime) -> str:
    ready = condition_of(node, "Ready")
    if is_ready(node):
        return ""
    why = _KINDS.get(not_ready_kind(ready), ready.reason if ready else "")
    since = lasting(ready.last_transition_time if ready else None, now)
    return f"not ready{since}" + (f" ({why})" if why else "")


def _is_true(node: Node, kind: str) -> bool:
    found = condition_of(node, kind)
    return found is not None and found.status == "True"


def _pressures(node: Node, now: datetime) -> Iterable[str]:
    for kind in PRESSURES:
        found = condition_of(node, kind)
        if found is not None and found.status == "True":
            yield f"{kind}{lasting(found.last_transition_time, now)}"
    for trouble in (*agent_troubles(node, now), *detected(node, now)):
        yield f"{trouble.name}: {trouble.code}"


def _shut(node: Node, now: datetime) -> Iterable[str]:
    if node.spec.unschedulable:
        taint = cordon_taint(node)
        yield f"cordoned{lasting(taint.time_added if taint else None, now)}"
    if left := leftover_taints(node):
        yield f"keeps taint {', '.join(left)}"
    waits = not_set_up(node.spec.taints)
    if waits is not None and age_of(node, now) > SETTING_UP:
        yield f"not set up: taint {waits.key}"


class Supply(Struct, frozen=True, kw_only=True):
    """What Karpenter has and what AWS answered it; `events` are about NodeClaims."""

    claims: tuple[NodeClaim, ...]
    pools: tuple[NodePool, ...] = ()
    events: tuple[Event, ...] = ()


def karpenter(supply: Supply, now: datetime) -> Part:
    """The part: machines that were asked for and did not come, refusals, and pools that are not ready."""
    unwell = [claim for claim in supply.claims if not is_well(claim, now)]
    closed = [pool for pool in supply.pools if not stands(pool, now)]
    refused = _refusals(supply, {claim.metadata.name for claim in unwell}, now)
    lines = [
        *(_claim_line(claim, now) for claim in unwell),
        *(_refusal_line(pool, codes) for pool, codes in sorted(refused.items())),
        *(_pool_line(pool, now) for pool in closed),
    ]
    return part_of(KARPENTER, _supply_said(supply, unwell, closed, sorted(refused)), lines)


def _supply_said(
    supply: Supply, unwell: Sequence[NodeClaim], closed: Sequence[NodePool], refused: Sequence[str]
) -> str:
    total = counted(len(supply.claims), "NodeClaim")
    pieces = (
        f"{len(unwell)} of {total} did not come up" if unwell else f"{total}, none in trouble",
        f"AWS refused pool {listed(refused)} machines within the hour" if refused else "",
        f"{len(closed)} of {counted(len(supply.pools), 'NodePool')} not ready" if closed else "",
    )
    return ", ".join(filter(None, pieces))


def _claim_line(claim: NodeClaim, now: datetime) -> str:
    pool = claim.metadata.labels.get(POOL_LABEL, "")
    of = f" (pool {pool})" if pool else ""
    return f"{claim.metadata.name}{of}: {_claim_state(claim, now)}"


def _claim_state(claim: NodeClaim, now: datetime) -> str:
    deleted = claim.metadata.deletion_timestamp
    if deleted is not None and now - deleted >= STUCK:
        return f"being deleted{lasting(deleted, now)}"
    step, made = missing_step(claim), claim.metadata.creation_timestamp
    short = capacity.shortage(capacity.of_claim(claim))
    why = f" ({short.code})" if short.code else ""
    since = f", asked for {seconds_in_words((now - made).total_seconds())} ago" if made else ""
    return f"{_STEPS.get(step, 'not usable')}{why}{since}"


def _refusals(supply: Supply, told: set[str], now: datetime) -> dict[str, Counter[str]]:
    """What AWS said of machines whose NodeClaims are gone again, by pool; the others are told themselves."""
    owners = capacity.pools_of(supply.claims)
    found: dict[str, Counter[str]] = {}
    for event in supply.events:
        name = event.involved_object.name
        refusals = capacity.of_events((event,), now) if name not in told else ()
        if refusals:
            code = capacity.shortage(refusals).code or event.reason
            found.setdefault(capacity.pool_of(name, owners), Counter())[code] += 1
    return found


def _refusal_line(pool: str, codes: Counter[str]) -> str:
    times = counted(codes.total(), "refusal")
    return f"pool {pool}: {times} by AWS within the hour ({', '.join(codes)})"


def _pool_line(pool: NodePool, now: datetime) -> str:
    seconds = not_ready_for(pool, now)
    since = f" for {seconds_in_words(seconds)}" if seconds is not None else ""
    parts = [part.name for part in false_parts(pool.status.conditions, pool.metadata.name, now)]
    why = f" ({', '.join(parts)} is False)" if parts else ""
    return f"pool {pool.metadata.name}: not ready{since}{why}"
