"""What cluster-autoscaler does about a pod (`pod didn't trigger scale-up: 1 Insufficient memory, …`)."""

import re
from collections.abc import Iterable

from handlers.extract.events import newest_first, observed
from handlers.sources.objects.event import Event
from rules.facts.node_supply import AutoscalerFacts, AutoscalerVerdict

_REASONS: dict[str, AutoscalerVerdict] = {
    "TriggeredScaleUp": "triggered",
    "NotTriggerScaleUp": "would_not_fit",
    "FailedToScaleUpGroup": "failed",
    "FailedScaleUp": "failed",
}
_MAXIMUM = re.compile(r"max (?:cluster|node group) size reached|max limit reached|limit reached")
_BEFORE_REASONS = re.compile(r"^[^:]*scale-up[^:]*:\s*")
_BETWEEN = re.compile(r",\s+(?=\d+\s)")
_GROUP = re.compile(r"\{([^}]+)\}")


def autoscaler_facts(events: Iterable[Event]) -> AutoscalerFacts:
    """Read cluster-autoscaler's newest verdict among a pod's events."""
    newest = next((event for event in newest_first(events) if event.reason in _REASONS), None)
    if newest is None:
        return AutoscalerFacts()
    decided = _REASONS[newest.reason]
    if decided == "would_not_fit":
        return _refused(newest)
    groups = tuple(_GROUP.findall(newest.message)) if decided == "triggered" else ()
    return AutoscalerFacts(verdict=decided, said=observed(newest), groups=groups)


def _refused(event: Event) -> AutoscalerFacts:
    """A group at its maximum would help if it might grow, so it outweighs groups that do not fit."""
    text = _BEFORE_REASONS.sub("", event.message.strip())
    reasons = tuple(part.strip() for part in _BETWEEN.split(text) if part.strip())
    at_maximum = any(_MAXIMUM.search(reason) for reason in reasons)
    return AutoscalerFacts(
        verdict="at_maximum" if at_maximum else "would_not_fit", said=observed(event), reasons=reasons
    )
