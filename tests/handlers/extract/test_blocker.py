"""Which obstacle is named, on clusters made to tempt with the wrong one."""

import pytest

from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from rules.facts.node_fit import Blocker
from tests.handlers.extract.scheduling_build import (
    affinity,
    cordoned,
    full,
    judged,
    node,
    pod,
    spread,
)

BIG = {"cpu": "3", "memory": "1Gi"}
GPU = {"cpu": "1", "nvidia.com/gpu": "1"}


def _unready(name: str, labels: dict[str, str] | None = None) -> Node:
    return node(name, labels, ("node.kubernetes.io/not-ready:NoSchedule",))


CASES: list[tuple[str, Blocker, Pod, list[Node], tuple[Pod, ...]]] = [
    ("no node at all", "no_nodes", pod(), [], ()),
    ("everything full", "cpu", pod(), [node("a"), node("b")], full("a", "b")),
    (
        "workers are full, and the control plane would be too small anyway",
        "cpu",
        pod(requests=BIG),
        [
            node("a"),
            node("b"),
            node("cp", None, ("node-role.kubernetes.io/control-plane:NoSchedule",), cpu="2"),
        ],
        full("a", "b"),
    ),
    (
        "workers are full, the GPU node is kept for others",
        "cpu",
        pod(requests=BIG),
        [node("a"), node("gpu", None, ("nvidia.com/gpu=true:NoSchedule",))],
        full("a"),
    ),
    (
        "too large for the workers, fits the reserved node",
        "taints",
        pod(requests={"memory": "64Gi"}),
        [node("a"), node("large", None, ("dedicated=large:NoSchedule",), memory="128Gi")],
        (),
    ),
    (
        "every node is reserved",
        "taints",
        pod(),
        [node("a", None, ("dedicated=x:NoSchedule",)), node("b", None, ("dedicated=y:NoExecute",))],
        (),
    ),
    (
        "a GPU is asked for, and the GPU node's taint is not tolerated",
        "taints",
        pod(requests=GPU),
        [node("a"), node("gpu", None, ("nvidia.com/gpu=true:NoSchedule",), **{"nvidia.com/gpu": "1"})],
        (),
    ),
    ("a GPU is asked for where there is none", "extended_resource", pod(requests=GPU), [node("a")], ()),
    (
        "the selected node is reserved; most nodes are only not selected",
        "taints",
        pod(nodeSelector={"pool": "train"}),
        [node("a"), node("b"), node("t", {"pool": "train"}, ("workload=train:NoSchedule",))],
        (),
    ),
    (
        "the selected node is too small, and reserved for what the pod tolerates",
        "memory",
        pod(
            requests={"memory": "99Gi"},
            nodeSelector={"pool": "train"},
            tolerations=[{"key": "workload", "operator": "Exists"}],
        ),
        [node("a"), node("t", {"pool": "train"}, ("workload=train:NoSchedule",))],
        (),
    ),
    (
        "no node has the label",
        "node_selector",
        pod(nodeSelector={"pool": "x"}),
        [node("a", {"pool": "y"})],
        (),
    ),
    (
        "each label exists, but on different nodes",
        "node_selector",
        pod(nodeSelector={"pool": "x", "disk": "ssd"}),
        [node("a", {"pool": "x"}), node("b", {"disk": "ssd"})],
        (),
    ),
    (
        "the selected nodes are cordoned",
        "cordoned",
        pod(nodeSelector={"pool": "x"}),
        [node("a"), cordoned("b", {"pool": "x"})],
        (),
    ),
    ("the only nodes are not ready", "nodes_not_ready", pod(), [_unready("a"), _unready("b")], ()),
    (
        "healthy nodes are reserved, plain ones not ready",
        "nodes_not_ready",
        pod(),
        [_unready("a"), node("gpu", None, ("gpu=true:NoSchedule",))],
        (),
    ),
    (
        "as many pods as the node takes",
        "pod_count",
        pod(),
        [node("a", pods="1")],
        (pod("one", on="a", requests={}),),
    ),
    (
        "the port is taken",
        "host_ports",
        pod(ports=[{"hostPort": 9100}]),
        [node("a")],
        (pod("exporter", on="a", ports=[{"hostPort": 9100}]),),
    ),
    (
        "a replica on every node with room, and the node without one is full",
        "cpu",
        pod(labels={"app": "x"}, affinity=affinity("podAntiAffinity", "kubernetes.io/hostname", app="x")),
        [node("a"), node("b"), node("c")],
        (pod("x1", on="a", labels={"app": "x"}), pod("x2", on="b", labels={"app": "x"}), *full("c")),
    ),
    (
        "a replica on every node",
        "pod_anti_affinity",
        pod(labels={"app": "x"}, affinity=affinity("podAntiAffinity", "kubernetes.io/hostname", app="x")),
        [node("a"), node("b")],
        (pod("x1", on="a", labels={"app": "x"}), pod("x2", on="b", labels={"app": "x"})),
    ),
    (
        "others keep it away",
        "pod_anti_affinity",
        pod(labels={"app": "noisy"}),
        [node("a")],
        (pod("quiet", on="a", affinity=affinity("podAntiAffinity", "kubernetes.io/hostname", app="noisy")),),
    ),
    (
        "its companion's node is full",
        "cpu",
        pod(affinity=affinity("podAffinity", "kubernetes.io/hostname", app="cache")),
        [node("a"), node("b")],
        (pod("cache", on="a", labels={"app": "cache"}), *full("a")),
    ),
    (
        "no companion anywhere",
        "pod_affinity",
        pod(affinity=affinity("podAffinity", "kubernetes.io/hostname", app="cache")),
        [node("a")],
        (),
    ),
    (
        "the zone that may take one more has no room",
        "cpu",
        pod(labels={"app": "x"}, topologySpreadConstraints=spread("zone", "x")),
        [node("a", {"zone": "1"}), node("b", {"zone": "2"})],
        (pod("x1", on="a", labels={"app": "x"}), *full("b")),
    ),
    (
        "a node to be named, and nothing there",
        "node_affinity",
        pod(
            affinity={
                "nodeAffinity": {
                    "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [
                            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["gone"]}]}
                        ]
                    }
                }
            }
        ),
        [node("a")],
        (),
    ),
]


@pytest.mark.parametrize(
    ("blocker", "asker", "nodes", "pods"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_one_obstacle(blocker: Blocker, asker: Pod, nodes: list[Node], pods: tuple[Pod, ...]) -> None:
    facts = judged(asker, nodes, pods)
    assert facts.blocker == blocker, facts.nodes_said
    assert facts.nodes_open == 0
    assert facts.blocker_said is not None
    assert "  " not in facts.blocker_said.text
