"""What nodes and pods use beside what they ask for and may have, largest first."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from handlers.extract.container_usage import usage_of
from handlers.extract.latency_node import share
from handlers.extract.owner import top_owner
from handlers.extract.pod_requests import pod_requests
from handlers.extract.pod_status import ENDED, looks_healthy, pod_status
from handlers.extract.quantity import quantity_or_none
from handlers.sources.objects.meta import Quantity
from handlers.sources.objects.metrics import NodeMetrics, PodMetrics
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from rules.facts.top import TopFacts
from rules.finding import ObjectRef, Observation
from rules.units import bytes_in_words, cores_in_words

SortBy = Literal["memory", "cpu"]
HIGH = 90.0
"""Percent from which a node's or a pod's use is told."""
_SHOWN = 5
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")


class Amount(Struct, frozen=True, kw_only=True):
    """One resource of one object: used, requested, and what it may have; None where not known or set."""

    used: float | None = None
    requested: float | None = None
    most: float | None = None

    @property
    def share(self) -> float | None:
        """Percent in use of what it may have."""
        return share(self.used, self.most)


class Consumer(Struct, frozen=True, kw_only=True):
    """One node or pod."""

    ref: ObjectRef
    owner: ObjectRef
    cpu: Amount
    memory: Amount
    state: str
    well: bool

    def amount(self, by: SortBy) -> Amount:
        """CPU or memory."""
        return self.memory if by == "memory" else self.cpu


def nodes(items: Iterable[Node], usage: Iterable[NodeMetrics], pods: Iterable[Pod]) -> list[Consumer]:
    """Every node with what it uses, what its pods have requested, and what pods may have of it."""
    used = {each.metadata.name: each.usage for each in usage}
    asked = _requests_by_node(pods)
    return [
        Consumer(
            ref=node.ref,
            owner=node.ref,
            cpu=_of_node(node, "cpu", used, asked),
            memory=_of_node(node, "memory", used, asked),
            state=node_state(node),
            well=set(node_state(node).split(",")) <= {"Ready", "SchedulingDisabled"},
        )
        for node in items
    ]


def ranked(consumers: Iterable[Consumer], by: SortBy) -> list[Consumer]:
    """The largest first: by use where it is known, else by request."""

    def order(one: Consumer) -> tuple[float, float, str]:
        amount = one.amount(by)
        return -(amount.used or 0.0), -(amount.requested or 0.0), str(one.ref)

    return sorted(consumers, key=order)


class Ranking:
    """The largest of many that are come by a part at a time; of the others only their state is kept."""

    def __init__(self, by: SortBy, most: int) -> None:
        self.total = 0
        self.best: list[Consumer] = []
        self.unwell: Counter[str] = Counter()
        self._by = by
        self._most = most

    def add(self, consumers: Sequence[Consumer]) -> None:
        """Take a part into account."""
        self.total += len(consumers)
        self.unwell.update(one.state for one in consumers if not one.well)
        self._rank(consumers)

    def add_pods(self, items: Iterable[Pod], usage: Mapping[tuple[str, str], PodMetrics]) -> None:
        """Take pods into account; only of those that may be among the largest all figures are computed."""
        running = [pod for pod in items if pod.status.phase not in ENDED]
        self.total += len(running)
        self.unwell.update(pod_status(pod) for pod in running if not looks_healthy(pod))
        least = self._least()
        large = (pod for pod in running if _most_used(usage.get(_key(pod)), self._by) >= least)
        self._rank([_of_pod(pod, usage.get(_key(pod))) for pod in large])

    def _least(self) -> float:
        """What must be used to be among the largest."""
        return (self.best[-1].amount(self._by).used or 0.0) if len(self.best) == self._most else 0.0

    def _rank(self, consumers: Sequence[Consumer]) -> None:
        self.best = ranked((*self.best, *consumers), self._by)[: self._most]


def overall(ref: ObjectRef, ranking: Ranking, what: str, most: str) -> TopFacts:
    """Facts about all of them together; `most` says who uses most."""
    states = ranking.unwell.most_common(_SHOWN)
    return TopFacts(
        ref=ref,
        top_owner=ref,
        title=str(ref),
        is_node=False,
        total=ranking.total,
        unwell=ranking.unwell.total(),
        states_of_unwell=tuple(f"{count} {state}" for state, count in states),
        what=what,
        most=most.partition(":")[0],
        namespace=ref.name if ref.kind == "Namespace" else "",
    )


def facts_of(consumers: Iterable[Consumer]) -> tuple[TopFacts, ...]:
    """Facts of those that use nearly all they may."""
    return tuple(_facts(one) for one in consumers if max(one.cpu.share or 0, one.memory.share or 0) >= HIGH)


def words(one: Consumer) -> str:
    """Its use in words ("memory 30.5Gi of 30.9Gi, cpu 900m of 7.9")."""
    return f"memory {_said(one.memory, bytes_in_words)}, cpu {_said(one.cpu, cores_in_words)}"


def node_state(node: Node) -> str:
    """The STATUS column of `kubectl get nodes`, with pressures."""
    conditions = {each.type: each.status for each in node.status.conditions}
    told = ["Ready" if conditions.get("Ready") == "True" else "NotReady"]
    told += [kind for kind in _PRESSURES if conditions.get(kind) == "True"]
    told += ["SchedulingDisabled"] if node.spec.unschedulable else []
    return ",".join(told)


def _facts(one: Consumer) -> TopFacts:
    return TopFacts(
        ref=one.ref,
        top_owner=one.owner,
        title=f"{one.ref.kind} {one.ref}",
        is_node=one.ref.kind == "Node",
        cpu=one.cpu.share,
        memory=one.memory.share,
        said=Observation(f"uses {words(one)}", "metrics.k8s.io"),
    )


def _said(amount: Amount, text: Callable[[float], str]) -> str:
    if amount.used is None:
        return "unknown"
    return text(amount.used) + (f" of {text(amount.most)}" if amount.most else "")


def _of_node(
    node: Node,
    resource: str,
    used: Mapping[str, Mapping[str, Quantity]],
    asked: Mapping[str, Mapping[str, float]],
) -> Amount:
    name = node.metadata.name
    return Amount(
        used=quantity_or_none(used.get(name, {}).get(resource)),
        requested=asked[name][resource],
        most=quantity_or_none(node.status.allocatable.get(resource)),
    )


def _requests_by_node(items: Iterable[Pod]) -> dict[str, dict[str, float]]:
    asked: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for pod in items:
        if pod.spec.node_name and pod.status.phase not in ENDED:
            for resource, milli in pod_requests(pod).items():
                asked[pod.spec.node_name][resource] += milli / 1000
    return asked


def _of_pod(pod: Pod, read: PodMetrics | None) -> Consumer:
    by_name = {each.name: each for each in read.containers} if read else {}
    measured = [usage_of(each, by_name.get(each.name)) for each in pod.spec.containers]
    asked = pod_requests(pod)
    return Consumer(
        ref=pod.ref,
        owner=top_owner(pod),
        cpu=Amount(
            used=_sum([one.cpu_used for one in measured], read),
            requested=asked.get("cpu", 0) / 1000 or None,
            most=_all([one.cpu_limit for one in measured]),
        ),
        memory=Amount(
            used=_sum([one.memory_used for one in measured], read),
            requested=asked.get("memory", 0) / 1000 or None,
            most=_all([one.memory_limit for one in measured]),
        ),
        state=pod_status(pod),
        well=looks_healthy(pod),
    )


def _key(pod: Pod) -> tuple[str, str]:
    return pod.metadata.namespace, pod.metadata.name


def _most_used(read: PodMetrics | None, by: SortBy) -> float:
    """What a pod uses at most, whichever of the measured containers are still its own."""
    return sum(quantity_or_none(each.usage.get(by)) or 0.0 for each in read.containers) if read else 0.0


def _sum(values: Sequence[float | None], read: PodMetrics | None) -> float | None:
    return sum(value or 0.0 for value in values) if read else None


def _all(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value]
    return sum(known) if known and len(known) == len(values) else None
