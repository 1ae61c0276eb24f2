"""Replicas that use all the CPU they may: what metrics-server measured against their limits."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from handlers.extract.container_usage import Usage, usage_of
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.pod import Pod
from rules.facts.workload import ThrottledFacts
from rules.finding import Observation
from rules.units import cores_in_words

FULL = 95.0
"""Percent of its CPU limit from which a container is taken as throttled."""


class _Measured(Struct, frozen=True):
    container: str
    usage: Usage


def throttled_facts(pods: Sequence[Pod], metrics: Iterable[PodMetrics]) -> ThrottledFacts:
    """Find the container that is at its CPU limit in most pods."""
    by_container: dict[str, list[Usage]] = defaultdict(list)
    by_name = {each.metadata.name: each for each in metrics}
    for pod in pods:
        for measured in _of_pod(pod, by_name):
            by_container[measured.container].append(measured.usage)
    if not by_container:
        return ThrottledFacts()
    name, usages = max(by_container.items(), key=lambda item: sum(map(_is_full, item[1])))
    full = [usage for usage in usages if _is_full(usage)]
    if not full:
        return ThrottledFacts(measured=len(usages))
    return ThrottledFacts(
        container=name,
        pods=len(full),
        measured=len(usages),
        limit=full[0].cpu_limit,
        suggested=full[0].cpu_suggested,
        said=_sentence(name, full, len(usages)),
    )


def is_throttled(pod: Pod, metrics: PodMetrics) -> bool:
    """Whether a container of the pod uses its full CPU limit."""
    return any(_is_full(each.usage) for each in _of_pod(pod, {pod.metadata.name: metrics}))


def _of_pod(pod: Pod, metrics: Mapping[str, PodMetrics]) -> Iterable[_Measured]:
    read = metrics.get(pod.metadata.name)
    used = {each.name: each for each in read.containers} if read else {}
    for container in pod.spec.containers:
        usage = usage_of(container, used.get(container.name))
        if usage.cpu_share is not None:
            yield _Measured(container.name, usage)


def _is_full(usage: Usage) -> bool:
    return usage.cpu_share is not None and usage.cpu_share >= FULL


def _sentence(name: str, full: Sequence[Usage], measured: int) -> Observation:
    used = ", ".join(cores_in_words(usage.cpu_used or 0) for usage in full[:4])
    limit = cores_in_words(full[0].cpu_limit or 0)
    return Observation(
        f"container {name} uses {used} of {limit} in {len(full)} of {measured} pods", "metrics.k8s.io"
    )
