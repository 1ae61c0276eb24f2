"""Who stands on which node: pods indexed once, so that many nodes and pods stay linear."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from msgspec import Struct

from handlers.extract.pod_requests import pod_requests
from handlers.sources.objects.pod import Pod

_FINISHED = frozenset({"Succeeded", "Failed"})


class Occupancy(Struct, frozen=True, kw_only=True):
    """Pods that take room on nodes.

    Attributes:
        pods: all of them.
        by_node: the same by name of the node.
        used: what each node's pods have requested, in thousandths, by node and resource.
        avoiding: those that keep others away by required anti-affinity.
    """

    pods: tuple[Pod, ...] = ()
    by_node: Mapping[str, tuple[Pod, ...]] = {}
    used: Mapping[str, Mapping[str, int]] = {}
    avoiding: tuple[Pod, ...] = ()

    def on(self, node: str) -> tuple[Pod, ...]:
        """Pods on a node."""
        return self.by_node.get(node, ())


def occupancy(pods: Iterable[Pod]) -> Occupancy:
    """Index the pods that have a node and have not finished."""
    placed = tuple(pod for pod in pods if pod.spec.node_name and pod.status.phase not in _FINISHED)
    by_node: defaultdict[str, list[Pod]] = defaultdict(list)
    for pod in placed:
        by_node[pod.spec.node_name].append(pod)
    return Occupancy(
        pods=placed,
        by_node={node: tuple(there) for node, there in by_node.items()},
        used={node: _used(there) for node, there in by_node.items()},
        avoiding=tuple(pod for pod in placed if _avoids(pod)),
    )


def _used(pods: Iterable[Pod]) -> Mapping[str, int]:
    used: defaultdict[str, int] = defaultdict(int)
    for pod in pods:
        for name, amount in pod_requests(pod).items():
            used[name] += amount
    return dict(used)


def _avoids(pod: Pod) -> bool:
    affinity = pod.spec.affinity
    return bool(affinity and affinity.pod_anti_affinity and affinity.pod_anti_affinity.required)
