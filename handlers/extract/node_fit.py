"""Would this node take the pod? Every filter of the scheduler, all of them asked on every node.

The scheduler stops at the first filter that refuses; here every obstacle is collected, so that it can be told
which one stands alone. What depends on other pods is left out where they could not be read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from handlers.extract.node_taints import TaintMeaning, taint_meaning, tolerates, untolerated
from handlers.extract.occupancy import Occupancy
from handlers.extract.pod_affinity import PodAffinityRules, pod_affinity_rules
from handlers.extract.pod_requests import pod_requests
from handlers.extract.quantity import milli_or_none
from handlers.extract.selectors_match import matches_node, matches_node_labels
from handlers.extract.topology_spread import SpreadRule, spread_rules
from handlers.sources.objects.container import ContainerPort
from handlers.sources.objects.node import Node, Taint
from handlers.sources.objects.placement import NodeSelector
from handlers.sources.objects.pod import Pod
from rules.facts.node_fit import Blocker

PODS = "pods"
_ONE = 1000
_BLOCKERS: Mapping[str, Blocker] = {
    "cpu": "cpu",
    "memory": "memory",
    "ephemeral-storage": "ephemeral_storage",
    PODS: "pod_count",
}
_MEANINGS: Mapping[TaintMeaning, Blocker] = {
    TaintMeaning.CORDON: "cordoned",
    TaintMeaning.REMOVAL: "cordoned",
    TaintMeaning.UNWELL: "nodes_not_ready",
    TaintMeaning.RESERVED: "taints",
}
_NOT_READY = Taint(key="node.kubernetes.io/not-ready", effect="NoSchedule")
_ANY_ADDRESS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 - compares declared addresses, binds nothing


class Shortfall(Struct, frozen=True):
    """A resource a node lacks: what is asked, what it could give when empty, what is free (thousandths)."""

    resource: str
    need: int
    allocatable: int
    free: int

    @property
    def never(self) -> bool:
        """Whether the node is too small even when empty."""
        return self.need > self.allocatable

    @property
    def blocker(self) -> Blocker:
        """The kind of obstacle this is."""
        return _BLOCKERS.get(self.resource, "extended_resource")

    @property
    def ratio(self) -> float:
        """How many times more is asked than there is."""
        return self.need / max(self.allocatable if self.never else self.free, 1)


class NodeFit(Struct, frozen=True, kw_only=True):
    """One node against one pod: every obstacle, and what it consists of."""

    node: Node
    blockers: frozenset[Blocker]
    shortfalls: tuple[Shortfall, ...] = ()
    taints: tuple[Taint, ...] = ()

    @property
    def name(self) -> str:
        """Name of the node."""
        return self.node.metadata.name

    @property
    def matching(self) -> bool:
        """Whether the pod's own node rules allow the node."""
        return not self.blockers & {"node_selector", "node_affinity"}

    @property
    def reserved(self) -> tuple[Taint, ...]:
        """Untolerated taints that somebody chose."""
        return tuple(taint for taint in self.taints if taint_meaning(taint) is TaintMeaning.RESERVED)

    @property
    def removing(self) -> bool:
        """Whether an autoscaler is taking the node away."""
        return any(taint_meaning(taint) is TaintMeaning.REMOVAL for taint in self.taints)


class Demand(Struct, frozen=True, kw_only=True):
    """What a pod asks of any node, worked out once.

    Attributes:
        requests: in thousandths, the pod's own place ("pods") included.
        volumes: from where each of its bound volumes can be reached.
        taken: None where the pods of the nodes could not be read.
    """

    pod: Pod
    requests: Mapping[str, int]
    ports: tuple[ContainerPort, ...]
    volumes: tuple[NodeSelector, ...]
    taken: Occupancy | None
    affinity: PodAffinityRules
    spread: tuple[SpreadRule, ...]


def demand(
    pod: Pod, nodes: Sequence[Node], taken: Occupancy | None, volumes: tuple[NodeSelector, ...]
) -> Demand:
    """Work out what a pod asks, with the rules that depend on other pods."""
    labels_of = {node.metadata.name: node.metadata.labels for node in nodes}
    matching = (node for node in nodes if not any(_own_rules(pod, node)))
    return Demand(
        pod=pod,
        requests={**pod_requests(pod), PODS: _ONE},
        ports=host_ports(pod),
        volumes=volumes,
        taken=taken,
        affinity=pod_affinity_rules(pod, taken, labels_of) if taken else PodAffinityRules(),
        spread=spread_rules(pod, matching, taken) if taken else (),
    )


def node_fit(wanted: Demand, node: Node) -> NodeFit:
    """Weigh one node."""
    taints = untolerated(node, wanted.pod.spec.tolerations)
    shortfalls = tuple(_shortfalls(wanted, node))
    blockers = {
        *_own_rules(wanted.pod, node),
        *(_MEANINGS[taint_meaning(taint)] for taint in taints),
        *_health(wanted.pod, node),
        *(shortfall.blocker for shortfall in shortfalls),
        *_others(wanted, node),
    }
    return NodeFit(node=node, blockers=frozenset(blockers), shortfalls=shortfalls, taints=taints)


def what_is_asked(wanted: Demand) -> bytes:
    """All of a demand that a node's fit depends on; empty where it depends on the very pod.

    Rules about other pods and volumes are of one pod; requests, ports, node rules and tolerations many share.
    """
    spec = wanted.pod.spec
    affinity = spec.affinity
    mounts = any(volume.persistent_volume_claim or volume.ephemeral for volume in spec.volumes)
    if mounts or wanted.spread or (affinity and (affinity.pod_affinity or affinity.pod_anti_affinity)):
        return b""
    own = (sorted(wanted.requests.items()), wanted.ports, wanted.affinity, sorted(spec.node_selector.items()))
    node_affinity = affinity.node_affinity if affinity else None
    return msgspec.msgpack.encode((own, node_affinity, spec.tolerations), order="deterministic")


def host_ports(pod: Pod) -> tuple[ContainerPort, ...]:
    """Ports of the node that a pod takes."""
    sidecars = (each for each in pod.spec.init_containers if each.restart_policy == "Always")
    containers = (*pod.spec.containers, *sidecars)
    return tuple(port for container in containers for port in container.ports if port.host_port)


def port_holders(port: ContainerPort, pods: Iterable[Pod]) -> tuple[Pod, ...]:
    """Pods that hold a host port."""
    return tuple(pod for pod in pods if any(_clash(port, held) for held in host_ports(pod)))


def is_ready(node: Node) -> bool:
    """Whether the node's Ready condition is True; a node that reports none is not."""
    return any(each.type == "Ready" and each.status == "True" for each in node.status.conditions)


def _own_rules(pod: Pod, node: Node) -> Iterator[Blocker]:
    labels, affinity = node.metadata.labels, pod.spec.affinity
    if not matches_node_labels(pod.spec.node_selector, labels):
        yield "node_selector"
    required = affinity.node_affinity.required if affinity and affinity.node_affinity else None
    if not matches_node(required, node.metadata.name, labels):
        yield "node_affinity"


def _health(pod: Pod, node: Node) -> Iterator[Blocker]:
    if is_ready(node):
        return
    if not any(tolerates(toleration, _NOT_READY) for toleration in pod.spec.tolerations):
        yield "nodes_not_ready"


def _shortfalls(wanted: Demand, node: Node) -> Iterator[Shortfall]:
    name = node.metadata.name
    used = wanted.taken.used.get(name, {}) if wanted.taken else {}
    places = len(wanted.taken.on(name)) * _ONE if wanted.taken else 0
    for resource, need in wanted.requests.items():
        allocatable = milli_or_none(node.status.allocatable.get(resource, 0))
        taken = places if resource == PODS else used.get(resource, 0)
        if allocatable is not None and need > 0 and need > allocatable - taken:
            yield Shortfall(resource, need, allocatable, allocatable - taken)


def _others(wanted: Demand, node: Node) -> Iterator[Blocker]:
    name, labels = node.metadata.name, node.metadata.labels
    if wanted.taken and any(port_holders(port, wanted.taken.on(name)) for port in wanted.ports):
        yield "host_ports"
    if not wanted.affinity.allows_near(labels):
        yield "pod_affinity"
    if not wanted.affinity.allows_apart(labels):
        yield "pod_anti_affinity"
    if not all(rule.allows(labels) for rule in wanted.spread):
        yield "topology_spread"
    if not all(matches_node(selector, name, labels) for selector in wanted.volumes):
        yield "volume_zone"


def _clash(wanted: ContainerPort, held: ContainerPort) -> bool:
    if (wanted.host_port, wanted.protocol) != (held.host_port, held.protocol):
        return False
    addresses = {wanted.host_ip, held.host_ip}
    return len(addresses) == 1 or bool(addresses & _ANY_ADDRESS)
