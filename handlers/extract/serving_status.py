"""What an InferenceService says of itself: conditions, model status, events, and since when."""

from collections.abc import Sequence
from datetime import datetime

from handlers.extract.events import observed, plain, with_reason
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.serving import InferenceService
from rules.facts.inferenceservice import ModelStatusFacts, ServingConditionFacts
from rules.finding import Observation

FAILED = frozenset({"BlockedByFailedLoad", "InvalidSpec"})
"""Transition states in which the model does not come by itself."""


def condition_said(one: Condition) -> Observation:
    """A condition in a sentence."""
    words = ": ".join(part for part in (one.reason, plain(one.message)) if part)
    text = f"{one.type} is {one.status}" + (f": {words}" if words else "")
    return Observation(text, "InferenceService conditions", one.last_transition_time)


def failing_conditions(item: InferenceService) -> tuple[ServingConditionFacts, ...]:
    """Conditions that are not True, Ready first."""
    failing = [c for c in item.status.conditions if c.status in {"False", "Unknown"} and c.type != "Stopped"]
    return tuple(
        ServingConditionFacts(
            name=one.type,
            status="False" if one.status == "False" else "Unknown",
            reason=one.reason,
            said=condition_said(one),
        )
        for one in sorted(failing, key=lambda c: (c.type != "Ready", c.type))
    )


def model_status_facts(item: InferenceService) -> ModelStatusFacts:
    """What KServe says of the model."""
    status = item.status.model_status
    states, failure = status.states, status.last_failure_info
    said = None
    if status.transition_status:
        words = [status.transition_status]
        if failure:
            code = f"exit code {failure.exit_code}" if failure.exit_code else ""
            words += [part for part in (failure.reason, plain(failure.message), code) if part]
        said = Observation("model status: " + ", ".join(words), "InferenceService status.modelStatus")
    return ModelStatusFacts(
        transition=status.transition_status,
        active=states.active_model_state if states else "",
        target=states.target_model_state if states else "",
        failure=failure.reason if failure else "",
        failed=status.transition_status in FAILED,
        said=said,
    )


def unseen_for(item: InferenceService, now: datetime) -> float | None:
    """How long the controller has taken no notice; a change tells no time, so the creation stands for it."""
    seen = item.status.observed_generation
    behind = 0 < seen < item.metadata.generation
    return age_of(item, now) if behind or not item.status.conditions else None


def newest_event(events: Sequence[Event], *reasons: str) -> Observation | None:
    """The newest event of these reasons."""
    found = with_reason(events, *reasons)
    return observed(found[0]) if found else None


def seconds_before(at: datetime | None, now: datetime) -> float | None:
    """Seconds from a time until now, never below 0; None without one."""
    return max(0.0, (now - at).total_seconds()) if at else None


def age_of(item: InferenceService, now: datetime) -> float:
    """Seconds since it was made."""
    return seconds_before(item.metadata.creation_timestamp, now) or 0.0
