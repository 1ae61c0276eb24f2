"""Did a scheduler look at the pod at all, and what did it say?"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from handlers.extract.events import newest_first, observed
from handlers.extract.karpenter import by_karpenter
from handlers.extract.occupancy import Occupancy
from handlers.extract.scheduler_message import SchedulerVerdict, parse_scheduler_message
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.pod import Pod
from rules.finding import Observation

DEFAULT_SCHEDULER = "default-scheduler"
SILENT_AFTER = timedelta(seconds=60)
_AUTOSCALER = "cluster-autoscaler"
_SAYS_NO = frozenset({"Unschedulable", "SchedulerError"})


class SchedulerQueue(Struct, frozen=True, kw_only=True):
    """How the pod stands in its scheduler's queue.

    Attributes:
        age: time since the pod was made.
        message: what the scheduler said, in full where the condition carries it.
        verdict: the message taken apart.
        silent: None when that cannot be told.
        known: whether the scheduler shows itself anywhere; None when that cannot be told.
    """

    age: timedelta
    gates: tuple[str, ...]
    unschedulable: bool
    since: datetime | None
    message: Observation | None
    verdict: SchedulerVerdict
    silent: bool | None
    known: bool | None
    seen: tuple[str, ...]


def scheduler_queue(
    pod: Pod, events: Sequence[Event] | None, taken: Occupancy | None, now: datetime, *, acted: bool | None
) -> SchedulerQueue:
    """Read the queue's state; `acted` says whether the scheduler chose a node for a claim of the pod."""
    condition = next((each for each in pod.status.conditions if each.type == "PodScheduled"), None)
    own = newest_first(event for event in events or () if _by_scheduler(event, pod))
    message = _message(condition, own)
    age = max(now - (pod.metadata.creation_timestamp or now), timedelta())
    gates = tuple(gate.name for gate in pod.spec.scheduling_gates)
    spoke = message is not None or bool(own) or bool(pod.status.nominated_node_name)
    silent = False if spoke or gates or age < SILENT_AFTER else _silent(events, acted=acted)
    failed = any(event.reason == "FailedScheduling" for event in own)
    return SchedulerQueue(
        age=age,
        gates=gates,
        unschedulable=condition.reason in _SAYS_NO if condition and condition.reason else failed,
        since=condition.last_transition_time if condition else None,
        message=message,
        verdict=parse_scheduler_message(message.text if message else ""),
        silent=silent,
        known=_known(pod, own, taken, silent=silent),
        seen=_seen(taken),
    )


def _by_scheduler(event: Event, pod: Pod) -> bool:
    if by_karpenter(event) or event.component == _AUTOSCALER:
        return False
    return event.component == pod.spec.scheduler_name or event.reason in {"FailedScheduling", "Scheduled"}


def _message(condition: Condition | None, own: Sequence[Event]) -> Observation | None:
    """The condition keeps the full text; an event is cut at 1,024 characters."""
    if condition and condition.status == "False" and condition.message:
        source = "pod condition PodScheduled"
        return Observation(condition.message, source, condition.last_transition_time)
    failed = next((event for event in own if event.reason == "FailedScheduling"), None)
    if failed is None:
        return None
    return Observation(failed.message, observed(failed).source, failed.last_seen)


def _silent(events: Sequence[Event] | None, *, acted: bool | None) -> bool | None:
    if acted:
        return False
    return None if events is None or acted is None else True


def _known(pod: Pod, own: Sequence[Event], taken: Occupancy | None, *, silent: bool | None) -> bool | None:
    """Of pods it placed nothing may be known; its silence alone then says that it does not run."""
    name = pod.spec.scheduler_name
    if name == DEFAULT_SCHEDULER or any(event.component == name for event in own):
        return True
    if taken is None:
        return False if silent else None
    return name in _seen(taken)


def _seen(taken: Occupancy | None) -> tuple[str, ...]:
    return taken.schedulers if taken else ()
