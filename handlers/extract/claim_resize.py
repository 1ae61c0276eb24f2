"""A claim that asks for more than its volume has (texts of external-resizer and kubelet, Kubernetes 1.36)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from handlers.extract.events import newest_first, observed, plain
from handlers.extract.quantity import quantity_or_none
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.volume import PersistentVolumeClaim
from rules.facts.persistentvolumeclaim import ResizeFacts, ResizeProblem
from rules.finding import Observation

_FAILED = frozenset({"VolumeResizeFailed", "FileSystemResizeFailed"})
_CONDITIONS = ("ControllerResizeError", "NodeResizeError", "FileSystemResizePending", "Resizing")
_ERRORS = frozenset({"ControllerResizeError", "NodeResizeError"})


def resize_facts(
    claim: PersistentVolumeClaim, events: Iterable[Event], now: datetime, *, expandable: bool
) -> ResizeFacts:
    """Judge the growth of a bound claim; none where it has what it asks for."""
    wanted, has = claim.spec.resources.requests.get("storage"), claim.status.capacity.get("storage")
    asked, there = quantity_or_none(wanted), quantity_or_none(has)
    told = _conditions(claim)
    grows = asked is not None and there is not None and asked > there
    if claim.status.phase != "Bound" or not (grows or told):
        return ResizeFacts()
    failed = [event for event in newest_first(events) if event.reason in _FAILED]
    since = next((each.last_transition_time for each in told if each.last_transition_time), None)
    return ResizeFacts(
        problem=_problem(claim, told, failed, expandable=expandable),
        wanted=str(wanted or ""),
        has=str(has or ""),
        pending_for=max(0.0, (now - since).total_seconds()) if since else 0.0,
        said=_said(told, failed),
    )


def _conditions(claim: PersistentVolumeClaim) -> list[Condition]:
    standing = {each.type: each for each in claim.status.conditions if each.status == "True"}
    return [standing[kind] for kind in _CONDITIONS if kind in standing]


def _problem(
    claim: PersistentVolumeClaim, told: Sequence[Condition], failed: Sequence[Event], *, expandable: bool
) -> ResizeProblem:
    status = claim.status.allocated_resource_statuses.get("storage", "")
    kinds = {each.type for each in told}
    if failed or kinds & _ERRORS or status.endswith("Infeasible"):
        return "failed"
    if "FileSystemResizePending" in kinds or status.startswith("NodeResize"):
        return "filesystem"
    return "waiting" if expandable or told else "not_allowed"


def _said(told: Sequence[Condition], failed: Sequence[Event]) -> Observation | None:
    if failed:
        return observed(failed[0])
    for each in told:
        text = plain(each.message) or each.type
        return Observation(text, f"condition {each.type}", each.last_transition_time)
    return None
