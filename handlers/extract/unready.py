"""Conditions of Karpenter's objects that are not True."""

from collections.abc import Iterable
from datetime import datetime

from handlers.sources.objects.meta import Condition
from rules.facts.karpenter import UnreadyPart
from rules.finding import Observation


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
