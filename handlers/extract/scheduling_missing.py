"""Which facts about scheduling could not be told, and which source they lacked."""

from collections.abc import Sequence

from handlers.extract.scheduler_queue import SchedulerQueue
from handlers.extract.scheduling_choice import Choice, placement_sources
from handlers.extract.surroundings import Surroundings
from rules.facts.node_fit import Blocker
from rules.facts.pod_claim import ClaimFacts
from rules.facts.scheduling import SchedulingFacts

_OF_NODES = ("nodes_total", "nodes_matching", "labels")
_OF_PLACEMENT = (
    "nodes_said",
    "nodes_open",
    "resource",
    "shortages",
    "taints",
    "cordoned",
    "unready",
    "host_port",
    "pod_affinity",
    "pod_anti_affinity",
    "spread",
    "volume",
)
_OF_SCHEDULER = ("scheduler_message", "scheduler_reasons", "unschedulable")
_OF_CLAIMS = ("claim", "claims")
_OF_AUTOSCALERS = ("karpenter_verdict", "autoscaler_verdict", "autoscaler")
_SHOWN_BY: dict[Blocker, tuple[str, ...]] = {
    "cpu": ("resource", "shortages"),
    "memory": ("resource", "shortages"),
    "ephemeral_storage": ("resource", "shortages"),
    "extended_resource": ("resource", "shortages"),
    "pod_count": ("resource", "shortages"),
    "taints": ("taints",),
    "cordoned": ("cordoned",),
    "nodes_not_ready": ("unready",),
    "volume_zone": ("volume",),
}
"""Facts that stand even with other sources unread, when every node shows this blocker."""


def missing_facts(
    around: Surroundings, queue: SchedulerQueue, claims: Sequence[ClaimFacts], choice: Choice
) -> dict[str, str]:
    """Name every fact of SchedulingFacts that could not be told, with the reason."""
    missing: dict[str, str] = {}
    _mark(missing, _OF_NODES, around.why_missing("nodes"))
    _mark(missing, (*_OF_PLACEMENT, *_counts()), around.why_missing(*placement_sources(claims)))
    _mark(missing, _OF_CLAIMS, around.why_missing("claims") if claims else "")
    _mark(missing, _OF_AUTOSCALERS, around.why_missing("events"))
    _mark(missing, _OF_SCHEDULER, around.why_missing("events") if queue.message is None else "")
    _mark(missing, ("schedulers_seen",), around.why_missing("pods"))
    _mark(missing, ("scheduler_known",), around.why_missing("pods") if queue.known is None else "")
    silence = around.why_missing("events", "claims") if queue.silent is None else ""
    _mark(missing, ("scheduler_silent",), silence)
    _mark(missing, ("blocker", "blocker_said"), choice.missing)
    if choice.simulated and around.nodes is not None:
        for field in _SHOWN_BY.get(choice.blocker, ()):
            missing.pop(field, None)
    return missing


def _counts() -> tuple[str, ...]:
    return tuple(
        field for field in SchedulingFacts.__struct_fields__ if field.startswith("nodes_open_but_for_")
    )


def _mark(missing: dict[str, str], fields: tuple[str, ...], why: str) -> None:
    if why:
        missing.update(dict.fromkeys(fields, why))
