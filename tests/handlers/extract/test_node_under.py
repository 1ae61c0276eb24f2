"""The node under a pod, and deletions that do not end."""

from typing import Any

import pytest

from handlers.extract.node_under import node_facts, termination_facts
from handlers.sources.objects.node import Node
from rules.facts.pod import NodeFacts
from tests.handlers.build import NOW, Json, ago, event, make, pod

READY = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastTransitionTime": ago(900)}
GONE = READY | {
    "status": "Unknown",
    "reason": "NodeStatusUnknown",
    "message": "Kubelet stopped posting node status.",
}
NO_CNI = READY | {"status": "False", "message": "container runtime network not ready: NetworkPluginNotReady"}


def node(*conditions: Json, **spec: Any) -> Node:
    return make(Node, metadata={"name": "n"}, spec=spec, status={"conditions": list(conditions)})


def test_a_node_that_works() -> None:
    found = node_facts("n", node(READY, {"type": "DiskPressure", "status": "False"}), NOW)
    assert (found.ready, found.not_ready_for, found.pressure, found.exists) == ("True", None, (), True)
    assert not found.cni_down
    assert not found.cordoned


def test_a_node_in_trouble() -> None:
    lost = node_facts("n", node(GONE), NOW)
    assert (lost.ready, lost.not_ready_for) == ("Unknown", 900)
    assert str(lost.said) == "NodeStatusUnknown: Kubelet stopped posting node status."
    assert node_facts("n", node(NO_CNI, unschedulable=True), NOW).cni_down
    assert node_facts("n", node(NO_CNI, unschedulable=True), NOW).cordoned
    assert node_facts("n", node(NO_CNI), NOW).ready == "False"
    assert not lost.cni_down
    assert node_facts("n", node(NO_CNI | {"message": "cni plugin not initialized"}), NOW).cni_down
    assert not node_facts("n", node(NO_CNI | {"status": "True"}), NOW).cni_down
    full = node_facts("n", node(READY, {"type": "DiskPressure", "status": "True", "reason": "Full"}), NOW)
    assert (full.pressure, str(full.pressure_said)) == (("DiskPressure",), "Full: ")
    assert node_facts("n", node(), NOW).ready == "Unknown"
    assert str(node_facts("n", node(), NOW).said) == "no Ready condition"
    labelled = make(Node, metadata={"labels": {"kubernetes.io/arch": "arm64"}})
    assert node_facts("n", labelled, NOW).architecture == "arm64"


def test_a_node_that_is_gone_and_one_that_was_not_read() -> None:
    assert not node_facts("n", None, NOW).exists
    unread = node_facts("n", None, NOW, missing="no right")
    assert (unread.name, unread.exists) == ("n", True)
    assert set(unread.missing) == set(NodeFacts.__struct_fields__) - {"name", "missing"}
    assert node_facts("", None, NOW, missing="no right") == NodeFacts()


@pytest.mark.parametrize(
    ("stuck", "overdue", "deleted"), [(False, 0, ago(-30)), (False, 60, ago(60)), (True, 61, ago(61))]
)
def test_deletions(stuck: bool, overdue: float, deleted: str) -> None:
    of = pod(meta={"deletionTimestamp": deleted, "finalizers": ["x.io/y"]})
    found = termination_facts(of, [event("FailedKillPod", "error killing pod: hangs")], NOW)
    assert (found.deleting, found.stuck, found.overdue, found.finalizers) == (
        True,
        stuck,
        overdue,
        ("x.io/y",),
    )
    assert ("30 s of its grace period left" in str(found.since)) == (overdue == 0)
    assert str(found.kill_failed) == "error killing pod: hangs"
    assert not termination_facts(pod(), [], NOW).deleting
