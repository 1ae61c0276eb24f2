"""Who stands on which node: pods indexed once, so that many nodes and pods stay linear."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from handlers.extract.pod_requests import Amounts, pod_requests
from handlers.sources.objects.pod import Pod

_FINISHED = frozenset({"Succeeded", "Failed"})
TURN = 250
"""Pods that are indexed before the event loop gets its turn."""


class Holder(Struct, frozen=True, gc=False):
    """A pod that holds some of a resource: how much, in thousandths, its namespace and name, and its node."""

    amount: int
    name: str
    node: str


class LabelIndex:
    """Pods by namespace and label; the index of a label is made when it is first asked for."""

    def __init__(self, by_namespace: Mapping[str, Sequence[Pod]]) -> None:
        self._by_namespace = by_namespace
        self._known: dict[tuple[str, str], dict[str, list[Pod]]] = {}

    def of(self, namespace: str, key: str) -> Mapping[str, Sequence[Pod]]:
        """Pods of a namespace that carry a label, by its value."""
        if (namespace, key) not in self._known:
            found: dict[str, list[Pod]] = {}
            for pod in self._by_namespace.get(namespace, ()):
                if (value := pod.metadata.labels.get(key)) is not None:
                    found.setdefault(value, []).append(pod)
            self._known[namespace, key] = found
        return self._known[namespace, key]


class Occupancy(Struct, frozen=True, kw_only=True):
    """Pods that take room on nodes.

    Attributes:
        pods: all of them.
        by_node: the same by name of the node.
        used: what each node's pods have requested, in thousandths, by node and resource.
        holders: pods by resource, those that have requested most of it first.
        avoiding: those that keep others away by required anti-affinity.
        by_namespace: all of them by namespace.
        labels: all of them by what a label says.
        schedulers: names of the schedulers that placed them.
    """

    pods: tuple[Pod, ...] = ()
    by_node: Mapping[str, tuple[Pod, ...]] = {}
    used: Mapping[str, Mapping[str, int]] = {}
    holders: Mapping[str, tuple[Holder, ...]] = {}
    avoiding: tuple[Pod, ...] = ()
    by_namespace: Mapping[str, tuple[Pod, ...]] = {}
    labels: LabelIndex | None = None
    schedulers: tuple[str, ...] = ()

    def on(self, node: str) -> tuple[Pod, ...]:
        """Pods on a node."""
        return self.by_node.get(node, ())

    def labelled(self, namespace: str, key: str) -> Mapping[str, Sequence[Pod]]:
        """Pods of a namespace that carry a label, by its value."""
        return self.labels.of(namespace, key) if self.labels else {}


def occupancy(pods: Iterable[Pod]) -> Occupancy:
    """Index the pods that have a node and have not finished."""
    index = _Index()
    for pod in pods:
        index.add(pod)
    return index.done()


async def occupancy_of_many(pods: Sequence[Pod]) -> Occupancy:
    """Do the same and let the event loop turn on the way, for there may be tens of thousands."""
    index = _Index()
    for number, pod in enumerate(pods, 1):
        index.add(pod)
        if number % TURN == 0:
            await asyncio.sleep(0)
    return index.done()


class _Index:
    def __init__(self) -> None:
        self._by_node: defaultdict[str, list[Pod]] = defaultdict(list)
        self._used: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._holders: defaultdict[str, list[Holder]] = defaultdict(list)
        self._by_namespace: defaultdict[str, list[Pod]] = defaultdict(list)
        self._avoiding: list[Pod] = []
        self._schedulers: set[str] = set()

    def add(self, pod: Pod) -> None:
        node = pod.spec.node_name
        if not node or pod.status.phase in _FINISHED:
            return
        self._by_node[node].append(pod)
        self._by_namespace[pod.metadata.namespace].append(pod)
        self._schedulers.add(pod.spec.scheduler_name)
        self._count(pod_requests(pod), f"{pod.metadata.namespace}/{pod.metadata.name}", node)
        if _avoids(pod):
            self._avoiding.append(pod)

    def _count(self, requests: Amounts, name: str, node: str) -> None:
        used = self._used[node]
        for resource, amount in requests.items():
            used[resource] += amount
            if amount:
                self._holders[resource].append(Holder(amount, name, node))

    def done(self) -> Occupancy:
        for holders in self._holders.values():
            holders.sort(key=lambda holder: (holder.amount, holder.name), reverse=True)
        return Occupancy(
            pods=tuple(pod for there in self._by_node.values() for pod in there),
            by_node={node: tuple(there) for node, there in self._by_node.items()},
            used={node: dict(used) for node, used in self._used.items()},
            holders={resource: tuple(holders) for resource, holders in self._holders.items()},
            avoiding=tuple(self._avoiding),
            by_namespace={namespace: tuple(pods) for namespace, pods in self._by_namespace.items()},
            labels=LabelIndex(self._by_namespace),
            schedulers=tuple(sorted(self._schedulers)),
        )


def _avoids(pod: Pod) -> bool:
    affinity = pod.spec.affinity
    return bool(affinity and affinity.pod_anti_affinity and affinity.pod_anti_affinity.required)
