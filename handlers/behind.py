"""The pods behind a subject: the worst of them are diagnosed in full, so that their causes are its causes."""

from collections.abc import Sequence

from msgspec import Struct

from handlers.contract import Exhibit
from handlers.extract.pod import pod_facts
from handlers.extract.pod_status import looks_healthy, pod_status
from handlers.look import Look
from handlers.pod_about import checked
from handlers.pod_reads import read_pod
from handlers.sources.objects.pod import Pod
from rules.facts.pod import PodFacts
from rules.finding import ObjectRef

MOST = 2
"""Pods that are diagnosed in full behind one subject: of the same look, more tell nothing new."""


class PodsBehind(Struct, frozen=True, kw_only=True):
    """What was read of the pods behind a subject.

    Attributes:
        facts: of those diagnosed in full, the worst first.
        exhibits: their logs.
        checked: what was looked at, in words.
        refs: every pod behind it, the unhealthy first.
    """

    facts: tuple[PodFacts, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    checked: tuple[str, ...] = ()
    refs: tuple[ObjectRef, ...] = ()


async def read_behind(pods: Sequence[Pod], look: Look, most: int = MOST) -> PodsBehind:
    """Diagnose the worst pods, one of each visible state; where all look healthy, the youngest."""
    ranked = sorted(pods, key=_worst_first)
    reads = [await read_pod(pod, look) for pod in telling(ranked)[:most]]
    facts = tuple(pod_facts(read) for read, _ in reads)
    return PodsBehind(
        facts=facts,
        exhibits=tuple(exhibit for _, logs in reads for exhibit in logs.exhibits),
        checked=tuple(
            f"pod {fact.ref.name}: {', '.join(checked(fact, read, logs))}"
            for fact, (read, logs) in zip(facts, reads, strict=True)
        ),
        refs=tuple(pod.ref for pod in ranked),
    )


def telling(ranked: Sequence[Pod]) -> list[Pod]:
    """One pod of each visible state, the unhealthy states alone where there are any."""
    unhealthy = [pod for pod in ranked if not looks_healthy(pod)]
    return list({_looks(pod): pod for pod in reversed(unhealthy or ranked[:1])}.values())[::-1]


def _looks(pod: Pod) -> tuple[str, bool]:
    """The state people see; a pod whose containers are all ready and that is not owes it to its node."""
    return pod_status(pod), all(status.ready for status in pod.status.container_statuses)


def _worst_first(pod: Pod) -> tuple[bool, float, str]:
    created = pod.metadata.creation_timestamp
    return looks_healthy(pod), -(created.timestamp() if created else 0.0), pod.metadata.name
