"""What slows a workload down: CPU at its limit, being held back by the kernel, probes that time out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from handlers.extract.container_usage import Usage, usage_of
from handlers.extract.events import newest_first, observed
from handlers.extract.owner import INFERENCE_SERVICE, top_owner
from handlers.extract.throttled import FULL
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.pod import Pod
from rules.facts.latency import SlowProbeFacts, ThrottleFacts
from rules.finding import ObjectRef, Observation
from rules.units import cores_in_words

SLOW = ("Client.Timeout", "deadline exceeded", "timed out", "i/o timeout", "context deadline")
_SHOWN = 4
Periods = Mapping[tuple[str, str, str], float]
"""Namespace, pod and container → share of throttled periods, 0 to 1."""


class Measured(Struct, frozen=True, kw_only=True):
    """One container of one pod: what it uses, and how often the kernel held it back (percent)."""

    pod: str
    container: str
    usage: Usage
    measured: bool = False
    cpu_request: str = ""
    periods: float | None = None


class Workload(Struct, frozen=True, kw_only=True):
    """The pods of one owner, with what was measured of their containers."""

    ref: ObjectRef
    pods: tuple[Pod, ...]
    containers: tuple[Measured, ...]

    @property
    def inference_service(self) -> str:
        """The InferenceService behind it, or empty."""
        return next((pod.metadata.labels.get(INFERENCE_SERVICE, "") for pod in self.pods), "")


def workloads(pods: Iterable[Pod], metrics: Iterable[PodMetrics], periods: Periods) -> tuple[Workload, ...]:
    """Group running pods by their owner, each container with its figures."""
    used = {(each.metadata.namespace, each.metadata.name): each for each in metrics}
    groups: dict[ObjectRef, list[Pod]] = defaultdict(list)
    for pod in pods:
        if pod.status.phase == "Running":
            groups[top_owner(pod)].append(pod)
    return tuple(
        Workload(
            ref=owner,
            pods=tuple(members),
            containers=tuple(one for pod in members for one in _containers(pod, used, periods)),
        )
        for owner, members in groups.items()
    )


def _containers(pod: Pod, used: Mapping[tuple[str, str], PodMetrics], periods: Periods) -> Iterable[Measured]:
    namespace, name = pod.metadata.namespace, pod.metadata.name
    read = used.get((namespace, name))
    by_name = {each.name: each for each in read.containers} if read else {}
    for container in pod.spec.containers:
        share = periods.get((namespace, name, container.name))
        yield Measured(
            pod=name,
            container=container.name,
            usage=usage_of(container, by_name.get(container.name)),
            measured=container.name in by_name,
            cpu_request=str(container.resources.requests.get("cpu", "")),
            periods=None if share is None else round(100 * share, 1),
        )


def throttle_facts(workload: Workload, missing: str = "", periods_missing: str = "") -> ThrottleFacts:
    """The container that is at its limit in most pods, else the one that is held back most."""
    unread = {
        **(dict.fromkeys(("pods", "measured", "words", "said"), missing) if missing else {}),
        **(dict.fromkeys(("periods", "periods_said"), periods_missing) if periods_missing else {}),
    }
    groups: dict[str, list[Measured]] = defaultdict(list)
    for one in workload.containers:
        groups[one.container].append(one)
    if not groups:
        return ThrottleFacts(missing=unread)
    name, members = max(groups.items(), key=lambda group: _rank(group[1]))
    full = [one.usage for one in members if is_full(one)]
    limit = next((one.usage.cpu_limit for one in members if one.usage.cpu_limit), None)
    worst = max(
        (one for one in members if one.periods is not None), key=lambda one: one.periods or 0, default=None
    )
    return ThrottleFacts(
        name=name,
        pods=len(full),
        measured=sum(one.measured for one in members),
        words=_words(len(full), len(members)),
        limit=limit,
        suggested=cores_in_words(2 * limit) if limit else "",
        said=_sentence(name, full, members) if full else None,
        periods=worst.periods if worst else None,
        periods_said=_held_back(worst) if worst else None,
        missing=unread,
    )


def is_full(one: Measured) -> bool:
    """Whether a container uses its whole CPU limit."""
    return one.usage.cpu_share is not None and one.usage.cpu_share >= FULL


def _rank(members: Sequence[Measured]) -> tuple[int, float]:
    return sum(map(is_full, members)), max((one.periods or 0.0 for one in members), default=0.0)


def _words(full: int, pods: int) -> str:
    if full == pods:
        return "its pod uses" if pods == 1 else f"all {pods} pods use"
    return f"{full} of {pods} pods {'uses' if full == 1 else 'use'}"


def _sentence(name: str, full: Sequence[Usage], members: Sequence[Measured]) -> Observation:
    used = ", ".join(cores_in_words(usage.cpu_used or 0) for usage in full[:_SHOWN])
    limit = cores_in_words(full[0].cpu_limit or 0)
    return Observation(
        f"container {name} uses {used} of {limit} in {len(full)} of {len(members)} pods", "metrics.k8s.io"
    )


def _held_back(worst: Measured) -> Observation:
    return Observation(
        f"container {worst.container} of {worst.pod} was held back in {worst.periods:g} % of its periods",
        "Prometheus container_cpu_cfs_throttled_periods_total, 5 min",
    )


def slow_probes(pods: Iterable[Pod], events: Iterable[Event]) -> SlowProbeFacts:
    """Probes of these pods that got no answer within their timeout."""
    uids = {pod.metadata.uid for pod in pods}
    slow = [
        event
        for event in newest_first(events)
        if event.reason == "Unhealthy"
        and event.involved_object.uid in uids
        and any(sign in event.message for sign in SLOW)
    ]
    return SlowProbeFacts(
        times=sum(event.times for event in slow),
        pods=len({event.involved_object.uid for event in slow}),
        said=observed(slow[0]) if slow else None,
    )
