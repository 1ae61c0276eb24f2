"""InferenceServices in a line: those that are not ready, and those that are and whose pods crash."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from handlers.extract.digest_part import age_of, counted, lasting, part_of
from handlers.extract.owner import INFERENCE_SERVICE
from handlers.extract.pod_status import looks_healthy, pod_status
from handlers.extract.pod_suspicion import is_suspicious
from handlers.extract.serving_spec import condition, is_stopped
from handlers.parts import Part
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.serving import InferenceService

NAME = "InferenceServices"
FRESH = 300.0
"""Seconds in which one that is not ready is only being made: images and models take minutes."""
_TRANSITIONS = {
    "BlockedByFailedLoad": "its model does not load",
    "InvalidSpec": "KServe calls its spec invalid",
}
_Key = tuple[str, str]


def inference_services(items: Iterable[InferenceService], pods: Iterable[Pod], now: datetime) -> Part:
    """The part; those stopped on purpose are no trouble."""
    every = tuple(items)
    live = [one for one in every if not is_stopped(one)]
    behind = _pods_by_service(pods)
    waiting = [one for one in live if not _is_ready(one) and age_of(one, now) >= FRESH]
    crashing = {
        one.metadata.uid: found for one in live if _is_ready(one) and (found := _crashing(one, behind, now))
    }
    ready = [one for one in live if one.metadata.uid in crashing]
    waiting.sort(key=lambda one: (-_unready_seconds(one, now), str(one.ref)))
    lines = [
        *(f"{one.ref}: ready, but {_of_crashing(crashing[one.metadata.uid])}" for one in ready),
        *(f"{one.ref}: {_of_waiting(one, behind, now)}" for one in waiting),
    ]
    return part_of(NAME, _said(live, waiting, ready, stopped=len(every) - len(live)), lines)


def _said(
    live: Sequence[InferenceService],
    waiting: Sequence[InferenceService],
    crashing: Sequence[InferenceService],
    *,
    stopped: int,
) -> str:
    if not live:
        return f"none runs, {stopped} stopped on purpose" if stopped else "there are none"
    pieces = [
        f"{len(waiting)} of {len(live)} not ready" if waiting else "",
        f"{len(crashing)} ready with crashing pods" if crashing else "",
        f"{len(live)} of {len(live)} ready" if not waiting and not crashing else "",
        f"{stopped} stopped on purpose" if stopped else "",
    ]
    return ", ".join(filter(None, pieces))


def _is_ready(item: InferenceService) -> bool:
    return condition(item, "Ready").status == "True"


def _unready_seconds(item: InferenceService, now: datetime) -> float:
    since = condition(item, "Ready").last_transition_time
    return (now - since).total_seconds() if since else age_of(item, now)


def _pods_by_service(pods: Iterable[Pod]) -> Mapping[_Key, list[Pod]]:
    found: dict[_Key, list[Pod]] = defaultdict(list)
    for pod in pods:
        if name := pod.metadata.labels.get(INFERENCE_SERVICE, ""):
            found[pod.metadata.namespace, name].append(pod)
    return found


def _own(item: InferenceService, behind: Mapping[_Key, list[Pod]]) -> Sequence[Pod]:
    return behind.get((item.metadata.namespace, item.metadata.name), ())


def _crashing(item: InferenceService, behind: Mapping[_Key, list[Pod]], now: datetime) -> list[Pod]:
    """Its pods that are restarted again and again; one that waits for a node does not crash."""
    return [
        pod
        for pod in _own(item, behind)
        if pod.metadata.deletion_timestamp is None and _restarts(pod) and is_suspicious(pod, now)
    ]


def _restarts(pod: Pod) -> int:
    statuses = (*pod.status.init_container_statuses, *pod.status.container_statuses)
    return sum(status.restart_count for status in statuses)


def _of_crashing(pods: Sequence[Pod]) -> str:
    worst = max(pods, key=lambda pod: (_restarts(pod), pod.metadata.name))
    more = f" (and {len(pods) - 1} more)" if len(pods) > 1 else ""
    times = counted(_restarts(worst), "restart")
    return f"pod {worst.metadata.name}{more} shows {pod_status(worst)} after {times}"


def _of_waiting(item: InferenceService, behind: Mapping[_Key, list[Pod]], now: datetime) -> str:
    since = condition(item, "Ready").last_transition_time or item.metadata.creation_timestamp
    pieces = (
        f"not ready{lasting(since, now)}",
        _TRANSITIONS.get(item.status.model_status.transition_status, ""),
        _of_pods(_own(item, behind)),
    )
    return ", ".join(filter(None, pieces))


def _of_pods(pods: Sequence[Pod]) -> str:
    if not pods:
        return "it has no pod"
    unwell = sorted({pod_status(pod) for pod in pods if not looks_healthy(pod)})
    if unwell == ["Running"]:
        return "its pod runs without being ready"
    return f"its pod shows {' or '.join(unwell)}" if unwell else ""
