"""StatefulSets and DaemonSets: order, partitions, claims, and nodes without a pod."""

from typing import Any

import pytest

from handlers.extract.daemonset import daemonset_facts
from handlers.extract.daemonset import stated as daemonset_stated
from handlers.extract.statefulset import ordinal, statefulset_facts
from handlers.extract.statefulset import stated as statefulset_stated
from handlers.extract.workload import WorkloadReads
from handlers.sources.objects.event import Event
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import DaemonSet, StatefulSet
from rules.facts.workload_sets import DaemonSetFacts, StatefulSetFacts
from rules.finding import ObjectRef
from tests.handlers.build import NOW, ago, make
from tests.handlers.workload_build import crashing, meta, owned_json, template, well

SET = {"selector": {"matchLabels": {"app": "web"}}, "template": template()}


def statefulset(replicas: int = 3, /, *, spec: dict[str, Any] | None = None, **status: Any) -> StatefulSet:
    counted = {
        "replicas": replicas,
        "readyReplicas": replicas,
        "currentRevision": "old",
        "updateRevision": "old",
    }
    return make(
        StatefulSet,
        metadata=meta("db"),
        spec={"replicas": replicas, **SET, **(spec or {})},
        status={**counted, **status},
    )


def of(item: StatefulSet, *pods: Pod, **more: Any) -> StatefulSetFacts:
    return statefulset_facts(item, WorkloadReads(item=statefulset_stated(item), now=NOW, pods=pods, **more))


def revised(name: str, revision: str) -> Pod:
    labels = {"app": "web", "controller-revision-hash": revision}
    return make(Pod, **owned_json(name, ready=True, meta={"labels": labels}))


def test_statefulset_with_all_pods_is_healthy() -> None:
    found = of(statefulset(2), well("db-0"), well("db-1"))
    assert found.healthy
    assert not found.updating
    assert found.updated == 2


def test_update_waits_for_the_pod_that_crashes() -> None:
    item = statefulset(3, readyReplicas=2, updatedReplicas=1, updateRevision="new")
    found = of(item, revised("db-0", "old"), revised("db-1", "old"), crashing("db-2"))
    assert found.updating
    assert (found.blocked_by, found.outdated) == ("db-2", 2)
    assert not found.healthy


def test_first_unhealthy_by_number_not_by_name() -> None:
    assert of(statefulset(12, readyReplicas=10), crashing("db-10"), crashing("db-2")).blocked_by == "db-2"


def test_partition_holds_pods_back_on_purpose() -> None:
    strategy = {"updateStrategy": {"rollingUpdate": {"partition": 2}}}
    item = statefulset(3, spec=strategy, updatedReplicas=1, updateRevision="new")
    found = of(item, revised("db-0", "old"), revised("db-1", "old"), revised("db-2", "new"))
    assert (found.partition, found.outdated) == (2, 0)


def test_strategy_and_order() -> None:
    item = statefulset(1, spec={"updateStrategy": {"type": "OnDelete"}, "podManagementPolicy": "Parallel"})
    found = of(item, well("db-0"))
    assert found.strategy == "OnDelete"
    assert not found.ordered


def test_refused_claim_is_named() -> None:
    text = (
        'create Claim data-db-1 for Pod db-1 in StatefulSet db failed error: pvc "data-db-1" is '
        "forbidden: exceeded quota: storage, requested: requests.storage=10Gi, used: requests.storage=95Gi, "
        "limited: requests.storage=100Gi"
    )
    events = (make(Event, reason="FailedCreate", message=text, lastTimestamp=ago(20)),)
    found = of(statefulset(2, replicas=1, readyReplicas=1), well("db-0"), events=events)
    assert (found.claim, found.claim_pod) == ("data-db-1", "db-1")
    assert found.creation.refused == "quota"


def test_pod_that_does_not_go() -> None:
    gone = well("db-0", meta={"name": "db-0", "deletionTimestamp": ago(7200), "finalizers": ["x/y"]})
    found = of(statefulset(1), gone)
    assert (found.pods.terminating, found.pods.stuck) == (1, "db-0")
    assert not found.healthy


@pytest.mark.parametrize(("name", "number"), [("db-0", 0), ("db-12", 12), ("db", -1)])
def test_ordinals(name: str, number: int) -> None:
    assert ordinal(name) == number


def daemonset(wanted: int, there: int, ready: int, **spec: Any) -> DaemonSet:
    counted = {
        "desiredNumberScheduled": wanted,
        "currentNumberScheduled": there,
        "numberReady": ready,
        "updatedNumberScheduled": there,
    }
    return make(DaemonSet, metadata=meta("agent"), spec={**SET, **spec}, status=counted)


def node(name: str, *, ready: str = "True", taints: tuple[str, ...] = (), **labels: str) -> Node:
    return make(
        Node,
        metadata={"name": name, "labels": labels},
        spec={"taints": [{"key": key, "effect": "NoSchedule"} for key in taints]},
        status={"conditions": [{"type": "Ready", "status": ready}]},
    )


def on(name: str, maker: Any = well) -> Pod:
    placed: Pod = maker(f"agent-{name}", spec={"nodeName": name})
    return placed


def at(
    item: DaemonSet, pods: tuple[Pod, ...], nodes: tuple[Node, ...] | None, missing: str = ""
) -> DaemonSetFacts:
    reads = WorkloadReads(item=daemonset_stated(item), now=NOW, pods=pods)
    return daemonset_facts(item, reads, nodes, missing)


def test_daemonset_names_the_node_whose_pod_is_unwell() -> None:
    found = at(daemonset(2, 2, 1), (on("a"), on("b", crashing)), (node("a"), node("b")))
    assert found.unready == ("b",)
    assert str(found.unready_said) == "b (CrashLoopBackOff)"
    assert not found.healthy
    assert found.lacking == ()


def test_daemonset_names_the_node_without_a_pod() -> None:
    found = at(daemonset(2, 1, 1), (on("a"),), (node("a"), node("b", ready="False")))
    assert found.lacking == ("b",)
    assert str(found.lacking_said) == "b (node is not Ready)"
    assert ObjectRef("Node", "b") in found.depends_on


@pytest.mark.parametrize(
    ("kept_off", "spec", "why"),
    [
        (node("b", taints=("nvidia.com/gpu",)), {}, "taint nvidia.com/gpu"),
        (
            node("b"),
            {"template": {"spec": {"nodeSelector": {"gpu": "yes"}, "containers": []}}},
            "not of its node selector",
        ),
    ],
)
def test_nodes_it_is_kept_off_are_no_fault(kept_off: Node, spec: dict[str, Any], why: str) -> None:
    found = at(daemonset(1, 1, 1, **spec), (on("a"),), (node("a", gpu="yes"), kept_off))
    assert found.excluded == 1
    assert str(found.excluded_said) == f"b ({why})"
    assert found.lacking == ()
    assert found.healthy


def test_a_cordon_or_bad_health_keeps_no_daemonset_off() -> None:
    taints = ("node.kubernetes.io/unschedulable", "node.kubernetes.io/not-ready")
    assert at(daemonset(1, 0, 0), (), (node("a", taints=taints),)).lacking == ("a",)


def test_pods_of_nodes_that_are_gone() -> None:
    assert at(daemonset(1, 2, 1), (on("a"), on("gone")), (node("a"),)).gone == ("gone",)


def test_nodes_that_could_not_be_read_are_missing() -> None:
    found = at(daemonset(2, 1, 1), (on("a"),), None, "nodes: forbidden")
    assert found.missing.keys() >= {"lacking", "gone", "excluded"}
    assert found.gone == ()
