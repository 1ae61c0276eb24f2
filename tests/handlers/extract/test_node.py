"""A node's conditions, taints, events, pods and machine as facts."""

from typing import Any

import pytest

from handlers.extract.instance import known_instance, labelled_instance, unknown_instance
from handlers.extract.node import NodeReads, node_subject_facts
from handlers.extract.node_events import agent_warnings
from handlers.extract.node_residents import plugin_pods
from handlers.platform import Component, Platform
from handlers.sources.aws_objects.ec2 import (
    Instance,
    InstanceState,
    InstanceStatus,
    StateReason,
    StatusSummary,
)
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import NodeMetrics, PodMetrics
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.policy import PodDisruptionBudget
from rules.facts.node import ClusterNodeFacts
from tests.handlers.build import NOW, Json, ago, event, make, pod, running

NO_CNI = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
    "message:Network plugin returns error: cni plugin not initialized"
)
PLEG = "PLEG is not healthy: pleg was last seen active 5m12s ago; threshold is 3m0s"


def condition(kind: str, status: str, reason: str = "", message: str = "", since: float = 600) -> Json:
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": ago(since),
    }


def node(*conditions: Json, age: float = 86_400, **spec: Any) -> Node:
    ready = [] if any(each["type"] == "Ready" for each in conditions) else [condition("Ready", "True")]
    return make(
        Node,
        metadata={
            "name": "node-1",
            "creationTimestamp": ago(age),
            "labels": {
                "node.kubernetes.io/instance-type": "m6i.large",
                "karpenter.sh/capacity-type": "spot",
                "karpenter.sh/nodepool": "default",
            },
        },
        spec={"providerID": "aws:///eu-west-1a/i-0abc", **spec},
        status={
            "conditions": [*ready, *conditions],
            "allocatable": {"pods": "3", "memory": "8Gi", "cpu": "2"},
            "nodeInfo": {"kubeletVersion": "v1.34.2-eks-1"},
        },
    )


def facts(of: Node, **reads: Any) -> ClusterNodeFacts:
    return node_subject_facts(NodeReads(node=of, now=NOW, **reads))


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (NO_CNI, "cni"),
        ("container runtime is down", "runtime"),
        (PLEG, "pleg"),
        (f"[container runtime is down, {PLEG}]", "runtime"),
        ("node is shutting down", "shutting_down"),
        ("[CSINode is not yet initialized]", "other"),
        ("", "other"),
    ],
)
def test_a_kubelet_says_why_it_is_not_ready(message: str, kind: str) -> None:
    told = facts(node(condition("Ready", "False", "KubeletNotReady", message)))
    assert (told.not_ready_kind, told.ready, told.healthy) == (kind, "False", False)
    assert told.not_ready_for == 600


@pytest.mark.parametrize("status", ["Unknown", "", "?"])
def test_silence_is_neither_ready_nor_an_error_of_ours(status: str) -> None:
    told = facts(
        node(condition("Ready", status, "NodeStatusUnknown", "Kubelet stopped posting node status."))
    )
    assert (told.not_ready_kind, told.ready) == ("silent", "Unknown")


def test_a_node_without_a_ready_condition_is_silent_and_says_so() -> None:
    bare = make(Node, metadata={"name": "node-1", "creationTimestamp": ago(900)})
    told = facts(bare)
    assert told.not_ready_kind == "silent"
    assert str(told.ready_said) == "no Ready condition"
    assert told.not_ready_for == 900


def test_a_new_node_may_take_its_time() -> None:
    told = facts(node(condition("Ready", "False", "KubeletNotReady", NO_CNI), age=60))
    assert told.starting
    assert told.healthy


@pytest.mark.parametrize(
    ("kind", "status", "troubled"),
    [
        ("NetworkingReady", "True", False),
        ("NetworkingReady", "False", True),
        ("NetworkingReady", "Unknown", False),
        ("AcceleratedHardwareReady", "False", True),
        ("KernelDeadlock", "True", True),
        ("KernelDeadlock", "False", False),
        ("ReadonlyFilesystem", "True", True),
        ("MemoryPressure", "True", True),
        ("MemoryPressure", "False", False),
        ("NetworkUnavailable", "True", True),
        ("NetworkUnavailable", "False", False),
        ("SomethingOfTheirOwn", "True", False),
        ("SomethingOfTheirOwn", "False", False),
    ],
)
def test_each_agent_has_its_own_polarity(kind: str, status: str, troubled: bool) -> None:
    assert facts(node(condition(kind, status, "Why", "words"))).healthy is not troubled


def test_warnings_of_the_node_monitoring_agent_are_events_named_like_a_condition() -> None:
    told = agent_warnings(
        [
            event("NetworkingReady", "BandwidthInExceeded: from 1 to 2", type="Warning", count=13),
            event("NetworkingReady", "BandwidthInExceeded: from 2 to 3", type="Warning", seconds=30),
            event("StorageReady", "IODelays: 12 seconds", type="Warning"),
            event("KernelReady", "SomethingNew: of a later version", type="Warning"),
            event("NetworkingReady", "NetworkingIsReady: monitoring is active", type="Normal"),
            event("NetworkingReady", "no code at all", type="Warning"),
            event("Starting", "Starting: kubelet", type="Warning"),
        ]
    )
    assert [(each.name, each.kind, each.times) for each in told] == [
        ("BandwidthInExceeded", "bandwidth", 14),
        ("IODelays", "volume_io", 1),
        ("SomethingNew", "other", 1),
    ]
    assert "from 2 to 3" in str(told[0].said)


def test_an_unknown_warning_alone_does_not_make_a_node_unwell() -> None:
    events = (event("KernelReady", "SomethingNew: of a later version", type="Warning"),)
    assert facts(node(), events=events).healthy


@pytest.mark.parametrize(
    ("taint", "by"),
    [
        ("karpenter.sh/disrupted", "karpenter"),
        ("karpenter.sh/disruption", "karpenter"),
        ("ToBeDeletedByClusterAutoscaler", "autoscaler"),
        ("DeletionCandidateOfClusterAutoscaler", "none"),
        ("aws-node-termination-handler/spot-itn", "interruption"),
        ("nvidia.com/gpu", "none"),
    ],
)
def test_who_takes_a_node_away_is_told_by_its_taint(taint: str, by: str) -> None:
    closed = node(unschedulable=True, taints=[{"key": taint, "effect": "NoSchedule", "timeAdded": ago(7200)}])
    told = facts(closed)
    assert told.leaving == by
    assert told.healthy is (by != "none")
    assert told.leaving_for == (7200 if by != "none" else None)
    assert (told.interrupted is not None) is (by == "interruption")


def test_a_cordon_knows_since_when() -> None:
    key = "node.kubernetes.io/unschedulable"
    told = facts(
        node(unschedulable=True, taints=[{"key": key, "effect": "NoSchedule", "timeAdded": ago(3600)}])
    )
    assert (told.cordoned, told.cordoned_for, told.healthy) == (True, 3600, False)
    assert facts(node(unschedulable=True)).cordoned_for is None


@pytest.mark.parametrize(
    ("key", "conditions", "left"),
    [
        ("node.kubernetes.io/memory-pressure", [condition("MemoryPressure", "False")], True),
        ("node.kubernetes.io/memory-pressure", [condition("MemoryPressure", "True")], False),
        ("node.kubernetes.io/memory-pressure", [], False),
        ("node.kubernetes.io/not-ready", [], True),
        ("node.kubernetes.io/unreachable", [condition("Ready", "Unknown")], False),
        ("workload", [], False),
    ],
)
def test_a_taint_is_left_behind_when_its_condition_is_well(
    key: str, conditions: list[Json], left: bool
) -> None:
    told = facts(node(*conditions, taints=[{"key": key, "effect": "NoSchedule"}]))
    assert told.leftover_taints == ((f"{key}:NoSchedule",) if left else ())


def test_a_start_up_taint_says_that_it_was_never_set_up() -> None:
    told = facts(node(taints=[{"key": "ebs.csi.aws.com/agent-not-ready", "effect": "NoExecute"}]))
    assert "agent-not-ready" in str(told.not_initialized)
    assert not told.healthy


def standing(name: str, request: str = "1Gi", *, kind: str = "ReplicaSet", **more: Any) -> Pod:
    container = running(spec={"resources": {"requests": {"memory": request}}})
    owner = [{"kind": kind, "name": f"{name}-owner", "controller": True}] if kind else []
    return pod(
        container,
        ready=True,
        meta={"name": name, "labels": {"app": name}, "ownerReferences": owner, **more.pop("meta", {})},
        **more,
    )


def usage(name: str, memory: str) -> PodMetrics:
    containers = [{"name": "app", "usage": {"memory": memory}}]
    return make(PodMetrics, metadata={"name": name, "namespace": "ns"}, containers=containers)


def test_the_pod_to_move_first_is_most_over_its_request_and_nothing_protects_it() -> None:
    budget = make(
        PodDisruptionBudget,
        metadata={"name": "guarded", "namespace": "ns"},
        spec={"selector": {"matchLabels": {"app": "guarded"}}},
        status={"disruptionsAllowed": 0},
    )
    pods = (
        standing("agent", kind="DaemonSet"),
        standing("static", kind="Node"),
        standing("alone", kind=""),
        standing("guarded"),
        standing("critical", spec={"priority": 2_000_000_000}),
        standing("important", spec={"priority": 1000}),
        standing("notebook"),
        standing("modest"),
    )
    figures = (*(usage(each.metadata.name, "5Gi") for each in pods[:7]), usage("modest", "512Mi"))
    told = facts(node(), pods=pods, usage=figures, budgets=(budget,))
    kept = {user.name: user.kept_because for user in told.memory_users}
    assert kept == {
        "agent": "DaemonSet",
        "static": "static pod",
        "alone": "no controller makes it anew",
        "guarded": "budget guarded allows no disruption",
        "critical": "system priority",
        "important": "",
        "notebook": "",
        "modest": "",
    }
    assert told.evict_first is not None
    assert (told.evict_first.name, told.evict_first.over) == ("notebook", 4 << 30)
    assert str(told.evict_first) == "ns/notebook uses 5Gi with a request of 1Gi"


def test_nothing_is_evicted_when_budgets_could_not_be_read() -> None:
    told = facts(node(), pods=(standing("notebook"),), usage=(usage("notebook", "5Gi"),), budgets=None)
    assert told.evict_first is None
    assert told.memory_users[0].kept_because == "disruption budgets could not be read"


def test_memory_is_told_in_a_sentence_with_who_is_over() -> None:
    whole = make(NodeMetrics, metadata={"name": "node-1"}, usage={"memory": "7Gi"}, timestamp=ago(30))
    pods = (standing("notebook"), standing("agent", kind="DaemonSet"))
    figures = (usage("notebook", "5Gi"), usage("agent", "2Gi"))
    told = facts(node(), pods=pods, usage=figures, node_usage=whole)
    assert str(told.memory_said) == (
        "7Gi of 8Gi in use, most over the request: ns/notebook uses 5Gi with a request of 1Gi"
    )
    assert facts(node(), pods=pods).memory_said is None


def test_pods_that_have_ended_take_no_room_and_do_not_count() -> None:
    pods = (standing("a"), standing("b", phase="Failed"), standing("c", phase="Succeeded"))
    told = facts(node(), pods=pods)
    assert (told.pods, told.own_pods, told.full) == (1, 1, False)
    assert facts(node(), pods=tuple(map(standing, "abc"))).full


def test_effect_names_what_cannot_be_counted_on() -> None:
    lost = node(condition("Ready", "Unknown"))
    assert "cannot be counted on" in facts(lost, pods=(standing("a"),)).effect
    assert "all well" in facts(node(), pods=(standing("a"),)).effect
    unwell = standing("b")
    unready = make(Pod, metadata={"name": "c", "namespace": "ns"}, status={"phase": "Pending"})
    assert "1 of them not well" in facts(node(), pods=(unwell, unready)).effect
    assert "DaemonSets" in facts(node(), pods=(standing("a", kind="DaemonSet"),)).effect


def waiting(name: str, message: str, **spec: Any) -> Pod:
    status = {"conditions": [{"type": "PodScheduled", "status": "False", "message": message}]}
    return pod(
        {"name": "app", "spec": {"resources": {"requests": {"cpu": "1"}}}},
        phase="Pending",
        meta={"name": name},
        spec={"nodeName": "", **spec},
        status=status,
    )


def test_pods_miss_a_closed_node_when_only_the_cordon_keeps_them_off() -> None:
    said = "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu."
    claim = [{"name": "data", "persistentVolumeClaim": {"claimName": "x"}}]
    pending = (
        waiting("fits", said),
        waiting("elsewhere", said, nodeSelector={"zone": "b"}),
        waiting("volume", said, volumes=claim),
        waiting("other", "0/3 nodes are available: 3 Insufficient cpu."),
    )
    told = facts(node(unschedulable=True), pending=pending)
    assert told.missed_by == ("ns/fits",)
    assert told.turned_away == 3


@pytest.mark.parametrize(("server", "behind"), [("v1.36.2", 2), ("v1.34.0", 0), ("v1.33.9", -1), ("", 0)])
def test_versions_are_compared_by_minor(server: str, behind: int) -> None:
    assert facts(node(), version=server).versions_behind == behind


def test_what_was_not_read_is_missing_and_takes_its_facts_with_it() -> None:
    told = facts(node(), missing={"events": "events: forbidden", "pods": "pods: forbidden"})
    assert {"oom", "warnings", "pods", "effect", "missed_by", "evict_first"} <= told.missing.keys()
    assert "memory_pressure" not in told.missing


def test_the_network_plugin_is_found_by_the_platforms_selector() -> None:
    unready = node(condition("Ready", "False", "KubeletNotReady", NO_CNI))
    pods = (standing("aws-node-1"), standing("other"))
    plugin = Component(name="VPC CNI", namespaces=("kube-system",), selectors=("app=aws-node-1",))
    found = plugin_pods(unready, pods, Platform(components=(plugin,)))
    assert [each.metadata.name for each in found] == ["aws-node-1"]
    assert plugin_pods(node(), pods, Platform(components=(plugin,))) == ()
    assert plugin_pods(unready, pods, Platform(components=())) == ()


def test_the_machine_is_named_by_the_node_and_known_by_aws() -> None:
    named = labelled_instance(node())
    assert (named.id, named.kind, named.spot, named.asked) == ("i-0abc", "m6i.large", True, False)
    gone = known_instance(named, None, None)
    assert gone.asked
    assert not gone.exists
    stopped = Instance(
        instance_id="i-0abc",
        state=InstanceState(name="terminated"),
        state_reason=StateReason(message="Server.SpotInstanceTermination"),
    )
    checks = InstanceStatus(system_status=StatusSummary(status="impaired"))
    known = known_instance(named, stopped, checks)
    assert str(known.said) == "instance i-0abc is terminated (Server.SpotInstanceTermination)"
    assert str(known.impaired) == "system status check is impaired"
    assert "state" in unknown_instance(named, "forbidden").missing


def test_events_tell_of_kills_reboots_and_notices() -> None:
    events: tuple[Event, ...] = (
        event("SystemOOM", "System OOM encountered, victim process: chrome, pid: 1"),
        event("Rebooted", "Node has been rebooted"),
        event("SpotInterrupted", "Spot Instance interruption warning"),
        event("EvictionThresholdMet", "Attempting to reclaim memory", count=5),
        event("ImageGCFailed", "wanted to free 1 bytes"),
    )
    told = facts(node(), events=events)
    assert all((told.oom, told.rebooted, told.interrupted, told.garbage_said))
    assert "(5 times)" in str(told.reclaiming)


@pytest.mark.parametrize(("minutes", "going"), [(5, True), (30, False)])
def test_a_node_on_its_way_out_may_be_silent_for_a_while(minutes: float, going: bool) -> None:
    taints = [{"key": "karpenter.sh/disrupted", "effect": "NoSchedule", "timeAdded": ago(3000)}]
    told = facts(node(condition("Ready", "Unknown", since=minutes * 60), unschedulable=True, taints=taints))
    assert told.going is going
    assert told.healthy is going
