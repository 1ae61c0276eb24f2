"""A StatefulSet's facts: how far its update came, which pod holds up the others, which claim is refused."""

import re
from collections.abc import Iterable, Sequence

from handlers.extract.events import with_reason
from handlers.extract.pod_status import ENDED
from handlers.extract.workload import (
    Numbers,
    Stated,
    WorkloadReads,
    widened,
    workload_facts,
)
from handlers.extract.workload_pods import is_unhealthy
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import StatefulSet
from rules.facts.workload_sets import StatefulSetFacts

_CLAIM = re.compile(r"create Claim (\S+) for Pod (\S+) in StatefulSet")
_ORDINAL = re.compile(r"-(\d+)$")
REVISION = "controller-revision-hash"
"""Label of a pod that names the revision of its template."""


def statefulset_facts(item: StatefulSet, reads: WorkloadReads) -> StatefulSetFacts:
    """Join what was read about a StatefulSet."""
    base = workload_facts(reads)
    strategy, status = item.spec.update_strategy, item.status
    partition = strategy.rolling_update.partition if strategy.rolling_update else 0
    updating = is_updating(item)
    claim = _refused_claim(reads.events)
    return widened(
        base,
        StatefulSetFacts,
        healthy=base.healthy and not base.pods.terminating and not base.pods.unhealthy,
        ordered=item.spec.pod_management_policy != "Parallel",
        strategy="OnDelete" if strategy.type == "OnDelete" else "RollingUpdate",
        partition=partition,
        updating=updating,
        outdated=_outdated(reads.pods or (), status.update_revision, partition) if updating else 0,
        blocked_by=_first_unhealthy(reads),
        claim=claim[0],
        claim_pod=claim[1],
    )


def stated(item: StatefulSet) -> Stated:
    """What a StatefulSet states."""
    return Stated(
        ref=item.ref,
        metadata=item.metadata,
        numbers=numbers(item),
        selector=item.spec.selector,
        labels=item.spec.template.metadata.labels,
        conditions=item.status.conditions,
        observed_generation=item.status.observed_generation,
    )


def numbers(item: StatefulSet) -> Numbers:
    """The numbers of a StatefulSet; once an update is over its status no longer counts updated pods."""
    status = item.status
    return Numbers(
        wanted=1 if item.spec.replicas is None else item.spec.replicas,
        existing=status.replicas,
        ready=status.ready_replicas,
        updated=status.updated_replicas if is_updating(item) else status.replicas,
        available=status.available_replicas,
    )


def is_updating(item: StatefulSet) -> bool:
    """Whether pods of an older template are still wanted or there."""
    status = item.status
    return bool(status.update_revision) and status.update_revision != status.current_revision


def ordinal(name: str) -> int:
    """The number at the end of a pod's name; -1 without one."""
    found = _ORDINAL.search(name)
    return int(found[1]) if found else -1


def _outdated(pods: Iterable[Pod], newest: str, partition: int) -> int:
    due = (pod for pod in pods if ordinal(pod.metadata.name) >= partition)
    return sum(pod.metadata.labels.get(REVISION, newest) != newest for pod in due)


def _first_unhealthy(reads: WorkloadReads) -> str:
    """The pod others wait for; an ended one too, for its ordinal is made anew only once it is gone."""
    waiting = [pod for pod in reads.pods or () if _holds_up(pod, reads)]
    return min((pod.metadata.name for pod in waiting), key=ordinal, default="")


def _holds_up(pod: Pod, reads: WorkloadReads) -> bool:
    return pod.status.phase in ENDED or is_unhealthy(pod, reads.now)


def _refused_claim(events: Sequence[Event]) -> tuple[str, str]:
    for event in with_reason(events, "FailedCreate"):
        found = _CLAIM.search(event.message)
        if found:
            return found[1], found[2]
    return "", ""
