"""Who uses a node's memory beyond what was asked for, and which pod to move first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from handlers.extract.owner import owner_in_words, top_owner
from handlers.extract.pod_requests import pod_requests
from handlers.extract.quantity import quantity_or_none
from handlers.extract.selectors_match import matches_labels
from handlers.sources.objects.meta import Quantity
from handlers.sources.objects.metrics import NodeMetrics, PodMetrics
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.policy import PodDisruptionBudget
from rules.facts.node import MemoryUser
from rules.finding import Observation
from rules.units import bytes_in_words

MIRROR = "kubernetes.io/config.mirror"
"""Annotation of a static pod: its manifest lies on the node, and deleting it changes nothing."""
SYSTEM_PRIORITY = 2_000_000_000
"""Priority of system-cluster-critical; everything from here on is part of the cluster itself."""
_NAMED = 3
_MEBI = 1 << 20
"""Less than this beyond the request is not worth moving a pod."""


def memory_users(
    pods: Iterable[Pod], usage: Iterable[PodMetrics], budgets: Sequence[PodDisruptionBudget] | None
) -> tuple[MemoryUser, ...]:
    """Pods that have not ended, by memory used beyond the request; `budgets` None: they could not be read."""
    used = {(each.metadata.namespace, each.metadata.name): _working_set(each) for each in usage}
    found = (_user(pod, used[key], budgets) for pod in pods if (key := _key(pod)) in used)
    return tuple(sorted(found, key=lambda user: (-user.over, user.namespace, user.name)))


def first_to_move(
    users: Iterable[MemoryUser], priorities: Mapping[tuple[str, str], int]
) -> MemoryUser | None:
    """The pod to move first: of the lowest priority, most over its request, as the kubelet ranks them too."""
    fit = [user for user in users if not user.kept_because and user.over >= _MEBI]
    return min(fit, key=lambda user: (priorities[user.namespace, user.name], -user.over), default=None)


def memory_of(amounts: Mapping[str, Quantity]) -> int | None:
    """Bytes of memory among amounts by resource; None where there are none."""
    amount = quantity_or_none(amounts.get("memory"))
    return int(amount) if amount is not None else None


def memory_sentence(users: Iterable[MemoryUser], usage: NodeMetrics | None, node: Node) -> Observation | None:
    """How much of the node's memory is in use, and who is most over the request; None without figures."""
    over = [
        str(user) for user in users if user.over >= _MEBI and not user.kept_because.startswith("DaemonSet")
    ]
    used, total = memory_of(usage.usage) if usage else None, memory_of(node.status.allocatable)
    parts = [f"{bytes_in_words(used)} of {bytes_in_words(total)} in use"] if used and total else []
    if over:
        parts.append(f"most over the request: {'; '.join(over[:_NAMED])}")
    return (
        Observation(", ".join(parts), "metrics.k8s.io", usage.timestamp if usage else None) if parts else None
    )


def _key(pod: Pod) -> tuple[str, str]:
    return pod.metadata.namespace, pod.metadata.name


def _user(pod: Pod, used: int, budgets: Sequence[PodDisruptionBudget] | None) -> MemoryUser:
    requested = pod_requests(pod).get("memory", 0) // 1000
    return MemoryUser(
        name=pod.metadata.name,
        namespace=pod.metadata.namespace,
        owner=owner_in_words(pod, top_owner(pod)),
        used=used,
        requested=requested,
        over=max(0, used - requested),
        kept_because=next(_objections(pod, budgets), ""),
        sentence=_sentence(pod, used, requested),
    )


def _sentence(pod: Pod, used: int, requested: int) -> str:
    asked = f"a request of {bytes_in_words(requested)}" if requested else "no request"
    return f"{pod.metadata.namespace}/{pod.metadata.name} uses {bytes_in_words(used)} with {asked}"


def _working_set(metrics: PodMetrics) -> int:
    amounts = (quantity_or_none(container.usage.get("memory")) for container in metrics.containers)
    return int(sum(amount or 0 for amount in amounts))


def _objections(pod: Pod, budgets: Sequence[PodDisruptionBudget] | None) -> Iterator[str]:
    controller = pod.metadata.controller
    if MIRROR in pod.metadata.annotations or (controller and controller.kind == "Node"):
        yield "static pod"
    elif controller is None:
        yield "no controller makes it anew"
    elif controller.kind == "DaemonSet":
        yield "DaemonSet"
    if pod.spec.priority >= SYSTEM_PRIORITY:
        yield "system priority"
    if budgets is None:
        yield "disruption budgets could not be read"
    for budget in budgets or ():
        if budget.status.disruptions_allowed < 1 and _protects(budget, pod):
            yield f"budget {budget.metadata.name} allows no disruption"


def _protects(budget: PodDisruptionBudget, pod: Pod) -> bool:
    same = budget.metadata.namespace == pod.metadata.namespace
    return (
        same
        and budget.spec.selector is not None
        and matches_labels(budget.spec.selector, pod.metadata.labels)
    )
