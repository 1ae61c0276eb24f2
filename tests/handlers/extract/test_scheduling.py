"""What is told about a pod without a node, filter by filter."""

from datetime import timedelta
from time import process_time
from typing import Any

import msgspec
import pytest

from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from tests.handlers.extract.scheduling_build import (
    LONG_AGO,
    NOW,
    affinity,
    cordoned,
    event,
    full,
    judged,
    node,
    pod,
    refusal,
    spread,
)


def test_an_open_node_with_a_quiet_scheduler_message_is_not_understood() -> None:
    facts = judged(pod(), [node("a")])
    assert (facts.blocker, facts.nodes_open) == ("unknown", 1)


def test_an_open_node_and_a_young_pod_is_nothing() -> None:
    facts = judged(pod(conditions=[], created=NOW - timedelta(seconds=20)), [node("a")])
    assert (facts.blocker, facts.scheduler_silent) == ("none", False)


def test_what_is_not_simulated_is_taken_from_the_message() -> None:
    said = refusal("0/1 nodes are available: 1 node(s) exceed max volume count.")
    assert judged(pod(conditions=[said]), [node("a")]).blocker == "volume_limit"


def test_a_silent_scheduler() -> None:
    facts = judged(pod(conditions=[], schedulerName="volcano"), [node("a")], (pod("b", on="a"),))
    assert (facts.blocker, facts.scheduler_known) == ("scheduler_absent", False)
    assert facts.unscheduled_for == 3600


def test_a_scheduler_that_placed_others_is_known() -> None:
    other = pod("b", on="a", schedulerName="volcano")
    assert judged(pod(conditions=[], schedulerName="volcano"), [node("a")], (other,)).scheduler_known


def test_an_event_of_the_scheduler_breaks_the_silence() -> None:
    said = event("FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.", "default-scheduler")
    facts = judged(pod(conditions=[]), [node("a")], full("a"), events=(said,))
    assert (facts.scheduler_silent, facts.blocker, facts.unschedulable) == (False, "cpu", True)
    assert facts.scheduler_message is not None
    assert facts.scheduler_message.source == "event FailedScheduling by default-scheduler"


def test_karpenters_event_does_not() -> None:
    said = event("FailedScheduling", "Failed to schedule pod, no nodepools found", "karpenter")
    facts = judged(pod(conditions=[]), [node("a")], events=(said,))
    assert (facts.scheduler_silent, facts.karpenter_verdict) == (True, "no_pools")


def test_gates_come_before_everything() -> None:
    assert judged(pod(schedulingGates=[{"name": "g"}]), []).blocker == "gates"


def test_removal_by_karpenter_is_told_from_a_cordon() -> None:
    leaving = node(
        "a", None, ("karpenter.sh/disrupted:NoSchedule", "node.kubernetes.io/unschedulable:NoSchedule")
    )
    facts = judged(pod(), [leaving, cordoned("b")])
    assert (facts.blocker, facts.cordoned.names, facts.cordoned.removing) == ("cordoned", ("b",), ("a",))


def test_a_cordon_without_its_taint_counts() -> None:
    unschedulable = msgspec.convert(
        {
            "metadata": {"name": "a"},
            "spec": {"unschedulable": True},
            "status": {
                "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "10"},
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        },
        Node,
    )
    assert judged(pod(), [unschedulable]).blocker == "cordoned"


def test_skew_is_counted_over_domains() -> None:
    nodes = [
        node("a", {"zone": "1"}),
        node("b", {"zone": "2"}),
        node("c", {"zone": "3"}, ("x=y:NoSchedule",)),
    ]
    placed = tuple(pod(f"x{i}", on=on, labels={"app": "x"}) for i, on in enumerate(("a", "b")))
    facts = judged(pod(labels={"app": "x"}, topologySpreadConstraints=spread("zone", "x")), nodes, placed)
    assert facts.blocker == "topology_spread"
    assert facts.spread.domains == ("1: 1", "2: 1", "3: 0")
    assert facts.nodes_open_but_for_taints == 1


def test_fewer_domains_than_demanded_count_as_empty() -> None:
    constraint = spread("zone", "x", minDomains=2)
    placed = (pod("x1", on="a", labels={"app": "x"}),)
    asker = pod(labels={"app": "x"}, topologySpreadConstraints=constraint)
    assert judged(asker, [node("a", {"zone": "1"})], placed).blocker == "topology_spread"


def test_the_first_of_a_group_may_stand_alone() -> None:
    near_itself = affinity("podAffinity", "kubernetes.io/hostname", app="x")
    assert judged(pod(labels={"app": "x"}, affinity=near_itself), [node("a")]).nodes_open == 1


def test_a_namespace_selector_that_cannot_be_judged_blocks_nothing() -> None:
    near = affinity("podAffinity", "kubernetes.io/hostname", app="x")
    near["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0]["namespaceSelector"] = {
        "matchLabels": {"team": "a"}
    }
    assert judged(pod(affinity=near), [node("a")]).nodes_open == 1


@pytest.mark.parametrize(
    ("toleration", "tolerated"),
    [
        ({"key": "gpu", "operator": "Exists"}, True),
        ({"key": "gpu", "value": "true"}, True),
        ({"key": "gpu", "value": "false"}, False),
        ({"operator": "Exists"}, True),
        ({"key": "gpu", "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}, True),
        ({"key": "other", "operator": "Exists"}, False),
    ],
)
def test_tolerations(toleration: dict[str, str], *, tolerated: bool) -> None:
    facts = judged(pod(tolerations=[toleration]), [node("a", None, ("gpu=true:NoSchedule",))])
    assert (facts.nodes_open == 1) is tolerated


def test_a_preference_keeps_nobody_away() -> None:
    assert judged(pod(), [node("a", None, ("x=y:PreferNoSchedule",))]).nodes_open == 1


@pytest.mark.parametrize(
    ("held", "free"),
    [
        ({"hostPort": 80, "protocol": "UDP"}, True),
        ({"hostPort": 80, "hostIP": "10.0.0.2"}, True),
        ({"hostPort": 80}, False),
        ({"hostPort": 80, "hostIP": "::"}, False),
        ({"hostPort": 81}, True),
    ],
)
def test_host_ports(held: dict[str, Any], *, free: bool) -> None:
    asker = pod(ports=[{"hostPort": 80, "hostIP": "10.0.0.1"}])
    facts = judged(asker, [node("a")], (pod("holder", on="a", ports=[held]),))
    assert (facts.nodes_open == 1) is free
    assert facts.host_port.holders == (() if free else ("mlops/holder",))


def test_the_scarcer_resource_is_named_and_both_are_told() -> None:
    facts = judged(pod(requests={"cpu": "5", "memory": "160Gi"}), [node("a")])
    assert facts.blocker == "memory"
    assert [each.name for each in facts.shortages] == ["memory", "cpu"]
    assert facts.resource.never_fits


def test_a_likely_misspelling_is_offered() -> None:
    facts = judged(pod(nodeSelector={"node-type": "trainig"}), [node("a", {"node-type": "training"})])
    assert facts.labels.nearest == "node-type=training"
    facts = judged(pod(nodeSelector={"nodetype": "training"}), [node("a", {"node-type": "training"})])
    assert (facts.labels.key_missing, facts.labels.nearest) == (True, "node-type=training")


def test_garbage_in_quantities_breaks_nothing() -> None:
    facts = judged(pod(requests={"cpu": "lots"}), [node("a", memory="??")])
    assert facts.nodes_open == 1


def test_ages_never_run_backwards() -> None:
    assert judged(pod(created=NOW + timedelta(hours=1)), [node("a")]).unscheduled_for == 0
    assert judged(pod(), [node("a")]).since == LONG_AGO


def _crowd(pods: int, nodes: int) -> tuple[Pod, ...]:
    apart = affinity("podAntiAffinity", "kubernetes.io/hostname", app="x")
    return tuple(
        pod(
            f"p{i}",
            on=f"n{i % nodes}",
            labels={"app": f"a{i % 90}"},
            affinity=apart,
            requests={"cpu": f"{1 + i % 90}m", "memory": f"{1 + i % 500}Mi"},
        )
        for i in range(pods)
    )


def test_a_large_cluster_is_judged_quickly() -> None:
    nodes = [node(f"n{i}", {"zone": "abc"[i % 3]}, pods="100") for i in range(500)]
    asker = pod(
        labels={"app": "a1"},
        requests={"cpu": "4"},
        topologySpreadConstraints=spread("zone", "a1"),
        affinity=affinity("podAntiAffinity", "kubernetes.io/hostname", app="a1"),
    )
    crowd = _crowd(10_000, 500)
    start = process_time()
    facts = judged(asker, nodes, crowd)
    assert facts.blocker == "cpu"
    assert process_time() - start < 1.5
