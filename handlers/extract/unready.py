"""Conditions of Karpenter's objects that are not True."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from handlers.sources.objects.meta import Condition
from handlers.sources.objects.node import NodePool
from handlers.sources.objects.node_class import EC2NodeClass
from rules.facts.karpenter import UnreadyPart
from rules.finding import Observation

YOUNG = timedelta(minutes=5)
"""Karpenter judges a new object within seconds; nobody is woken for less than this."""
Conditioned = NodePool | EC2NodeClass


def condition_of(conditions: Iterable[Condition], kind: str) -> Condition | None:
    """The condition of that type; None where there is none."""
    return next((each for each in conditions if each.type == kind), None)


def said(condition: Condition | None, of: str) -> Observation | None:
    """A condition as evidence: type, status, reason and message."""
    if condition is None:
        return None
    words = f"{condition.reason}: {condition.message}" if condition.message else condition.reason
    text = f"{condition.type}={condition.status} ({words})"
    return Observation(text, f"status.conditions of {of}", condition.last_transition_time)


def false_parts(conditions: Iterable[Condition], of: str, now: datetime) -> tuple[UnreadyPart, ...]:
    """Conditions that are False, but for Ready, which only sums them up; Unknown means not judged yet."""
    return tuple(
        UnreadyPart(name=each.type, code=each.reason, lasts=seconds_since(each, now), said=said(each, of))
        for each in conditions
        if each.status == "False" and each.type != "Ready"
    )


def seconds_since(condition: Condition | None, now: datetime) -> float | None:
    """Time since a condition is as it is; None where it does not say."""
    if condition is None or condition.last_transition_time is None:
        return None
    return max(0.0, (now - condition.last_transition_time).total_seconds())


def is_ready(item: Conditioned) -> bool:
    """Whether its Ready condition is True; one that has none was not looked at by Karpenter yet."""
    ready = condition_of(item.status.conditions, "Ready")
    return ready is not None and ready.status == "True"


def stands(item: Conditioned, now: datetime) -> bool:
    """Whether it is Ready, or so young that it need not be."""
    made = item.metadata.creation_timestamp
    return is_ready(item) or (made is not None and now - made < YOUNG)


def ready_said(item: Conditioned, of: str) -> Observation:
    """What its Ready condition says; that there is none is something to say, too."""
    told = said(condition_of(item.status.conditions, "Ready"), of)
    return told or Observation("no Ready condition, Karpenter has not judged it", f"status of {of}")


def not_ready_for(item: Conditioned, now: datetime) -> float | None:
    """Time since it is not Ready: by the condition, else since it was made; None when that is not known."""
    told = seconds_since(condition_of(item.status.conditions, "Ready"), now)
    made = item.metadata.creation_timestamp
    return told if told is not None else (now - made).total_seconds() if made else None
