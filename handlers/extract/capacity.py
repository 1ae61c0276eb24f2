"""Why AWS gave Karpenter no machine: conditions of NodeClaims, events about them, the controller's log."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from handlers.extract.events import observed
from handlers.extract.karpenter import NO_CAPACITY, POOL_LABEL, QUOTA
from handlers.extract.karpenter_log import ControllerLine
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.node import NodeClaim
from rules.facts.karpenter import Shortage, ShortageKind
from rules.finding import Observation

RECENT = timedelta(hours=1)
"""Older refusals say nothing about now: capacity comes and goes."""
REFUSED = "InsufficientCapacityError"
"""Reason of Karpenter's event about a NodeClaim that AWS gave no machine for."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_ADDRESSES = re.compile(r"InsufficientFreeAddressesInSubnet")
_PERMISSION = re.compile(r"UnauthorizedOperation|AuthFailure|AccessDenied|is not authorized to perform")
_CODES = re.compile(
    r"\b(Insufficient\w+Capacity|UnfulfillableCapacity|ReservationCapacityExceeded|VcpuLimitExceeded|"
    r"VCPULimitExceeded|MaxSpotInstanceCountExceeded|MaxFleetCountExceeded|InstanceLimitExceeded|"
    r"InsufficientFreeAddressesInSubnet|AuthFailure\.\w+|UnauthorizedOperation|AccessDenied)\b"
)
_ANY_CODE = re.compile(r"\b([A-Z]\w*(?:Capacity|Limit|Quota|Failed)\w*)\b")
"""Karpenter's own reason, where AWS's code was not passed on."""
_TYPE = re.compile(
    r"\b([a-z][a-z0-9-]*\d[a-z0-9-]*\.(?:\d*x?large|metal(?:-\w+)?|medium|small|micro|nano))\b"
)
_ZONE = re.compile(r"\b([a-z]{2}(?:-[a-z]+)+-\d[a-z])\b")
_KINDS: tuple[tuple[ShortageKind, re.Pattern[str]], ...] = (
    ("quota", QUOTA),
    ("addresses", _ADDRESSES),
    ("permission", _PERMISSION),
    ("capacity", NO_CAPACITY),
)


class Refusal(Struct, frozen=True):
    """One refusal, where it was read, and whether it is an event about a machine."""

    text: str
    said: Observation
    is_event: bool = False


def kind_of(text: str) -> ShortageKind:
    """What stands in the way, by AWS's or Karpenter's words."""
    return next((kind for kind, words in _KINDS if words.search(text)), "none")


def shortage(refusals: Iterable[Refusal], *, since: datetime | None = None) -> Shortage:
    """Put refusals together; those before `since` (a machine that was given) are over and done."""
    told = [each for each in refusals if kind_of(each.text) != "none" and _after(each, since)]
    if not told:
        return Shortage()
    newest = sorted(told, key=lambda each: each.said.at or _LONG_AGO, reverse=True)
    first = next((each for each in newest if _CODES.search(each.text)), newest[0])
    code = _CODES.search(first.text) or _ANY_CODE.search(first.text)
    same = [each for each in newest if kind_of(each.text) == kind_of(first.text)]
    return Shortage(
        kind=kind_of(first.text),
        code=code[1] if code else "",
        times=len(same),
        types=_named(_TYPE, same),
        zones=_named(_ZONE, same),
        said=first.said,
        claim_said=next((each.said for each in newest if each.is_event and each != first), None),
    )


def of_claim(claim: NodeClaim) -> tuple[Refusal, ...]:
    """What a NodeClaim itself says of a launch that failed."""
    launched = next((each for each in claim.status.conditions if each.type == "Launched"), Condition())
    if launched.status == "True" or not launched.message:
        return ()
    text = f"{launched.reason}: {launched.message}"
    source = f"condition Launched of NodeClaim {claim.metadata.name}"
    return (Refusal(text, Observation(text, source, launched.last_transition_time)),)


def of_events(events: Iterable[Event], now: datetime) -> tuple[Refusal, ...]:
    """Refusals that events about NodeClaims tell; the NodeClaim itself is gone by then."""
    recent = (each for each in events if each.last_seen and now - each.last_seen < RECENT)
    return tuple(
        Refusal(f"{each.reason}: {each.message}", observed(each), is_event=True)
        for each in recent
        if each.reason in {REFUSED, "FailedLaunching", "LaunchFailed"}
    )


def of_lines(lines: Iterable[ControllerLine], now: datetime) -> tuple[Refusal, ...]:
    """Refusals that the controller's log tells."""
    recent = (line for line in lines if line.fault and line.error and line.at and now - line.at < RECENT)
    return tuple(Refusal(line.error, line.observed) for line in recent if line.claim or line.pool)


def pool_of(name: str, claims: Mapping[str, str], lines: Sequence[ControllerLine] = ()) -> str:
    """The pool of a NodeClaim that may be gone: as listed, as the log names it, else by its name."""
    if name in claims:
        return claims[name]
    told = next((line.pool for line in lines if line.claim == name and line.pool), "")
    return told or name.rpartition("-")[0]


def pools_of(claims: Iterable[NodeClaim]) -> dict[str, str]:
    """NodeClaim → NodePool."""
    return {each.metadata.name: each.metadata.labels.get(POOL_LABEL, "") for each in claims}


def _after(refusal: Refusal, since: datetime | None) -> bool:
    return since is None or refusal.said.at is None or refusal.said.at > since


def _named(words: re.Pattern[str], refusals: Iterable[Refusal]) -> tuple[str, ...]:
    return tuple(sorted({found for each in refusals for found in words.findall(each.text)}))
