"""Evicted, refused and disrupted pods, by the kubelet's own texts."""

import pytest

from handlers.extract.eviction import disruption, eviction_facts, rejection
from rules.facts.pod import EvictionFacts
from tests.handlers.build import ago, pod
from tests.handlers.extract.scheduling_lab import pods

LOW = "The node was low on resource: {}. Threshold quantity: 100Mi, available: 50Mi. "
USING = "Container {} was using {}, request is {}, has larger consumption of memory. "


def evicted(message: str, reason: str = "Evicted") -> EvictionFacts:
    return eviction_facts(pod(phase="Failed", status={"reason": reason, "message": message}))


@pytest.mark.parametrize(
    ("kind", "own_fault", "message"),
    [
        ("node_memory", True, LOW.format("memory") + USING.format("app", "4Gi", "1Gi")),
        ("node_memory", True, LOW.format("memory") + USING.format("app", "1", "0")),
        ("node_memory", False, LOW.format("memory") + USING.format("app", "2Gi", "1Gi")),
        ("node_memory", False, LOW.format("memory")),
        ("node_disk", True, LOW.format("ephemeral-storage") + USING.format("app", "9.5Gi", "0")),
        ("node_disk", False, LOW.format("inodes")),
        ("node_pids", False, LOW.format("pids")),
        ("unknown", False, LOW.format("hugepages")),
        ("node_condition", False, "The node had condition: [DiskPressure]. "),
        ("ephemeral_storage_limit", True, 'Container app exceeded its local ephemeral storage limit "1Gi". '),
        (
            "ephemeral_storage_limit",
            True,
            "Pod ephemeral local storage usage exceeds the total limit of containers 1.5Gi. ",
        ),
        ("empty_dir_limit", True, 'Usage of EmptyDir volume "scratch" exceeds the limit "1Gi". '),
        ("unknown", False, ""),
    ],
)
def test_kinds_of_eviction(kind: str, own_fault: bool, message: str) -> None:
    found = evicted(message)
    assert (found.kind, found.own_fault) == (kind, own_fault)
    assert str(found.said) == (message.strip() or "Evicted")
    assert found.said is not None
    assert found.said.source == "pod status Evicted"


def test_figures_of_an_eviction() -> None:
    two = evicted(
        LOW.format("memory") + USING.format("a", "64Mi", "0") + USING.format("b", "6182140Ki", "64Mi")
    )
    assert (two.container, two.used, two.requested) == ("b", 6182140 << 10, 64 << 20)
    own = evicted('Usage of EmptyDir volume "scratch" exceeds the limit "1Gi". ')
    assert (own.volume, own.limit) == ("scratch", 1 << 30)
    limit = evicted('Container app exceeded its local ephemeral storage limit "2Gi". ')
    assert (limit.container, limit.limit) == ("app", 2 << 30)
    assert evicted("exceeds the total limit of containers 1.5Gi. ").limit == 3 << 29
    assert evicted(USING.format("app", "lots", "few")).used is None


@pytest.mark.parametrize("reason", ["", "NodeShutdown", "DeadlineExceeded"])
def test_other_pods_are_not_evicted(reason: str) -> None:
    assert evicted(LOW.format("memory"), reason) == EvictionFacts()


@pytest.mark.parametrize(
    ("found", "reason", "message"),
    [
        (
            "OutOfcpu",
            "OutOfcpu",
            "Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000",
        ),
        ("OutOfpods", "OutOfpods", "Node didn't have enough resource: pods"),
        ("NodeAffinity", "NodeAffinity", "Predicate NodeAffinity failed"),
        ("NodeShutdown", "NodeShutdown", "Pod was rejected as the node is shutting down."),
        ("Terminated", "Terminated", "Pod was terminated in response to imminent node shutdown."),
        (
            "UnexpectedAdmissionError",
            "UnexpectedAdmissionError",
            "Allocate failed due to no devices, which is unexpected",
        ),
        (
            "VolumeAttachmentLimitExceeded",
            "VolumeAttachmentLimitExceeded",
            "Node has reached its volume attachment limit",
        ),
        ("", "Evicted", "The node was low on resource: memory."),
        ("", "NodeLost", "Node n which was running pod p is unresponsive"),
        ("", "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"),
        ("", "", ""),
    ],
)
def test_rejections(found: str, reason: str, message: str) -> None:
    why, said = rejection(pod(phase="Failed", status={"reason": reason, "message": message}))
    assert why == found
    assert (str(said) if said else "") == (message if found else "")


@pytest.mark.parametrize(
    ("by", "reason", "status"),
    [
        ("TerminationByKubelet", "TerminationByKubelet", "True"),
        ("DeletionByTaintManager", "DeletionByTaintManager", "True"),
        ("DeletionByPodGC", "DeletionByPodGC", "True"),
        ("PreemptionByScheduler", "PreemptionByScheduler", "True"),
        ("EvictionByEvictionAPI", "EvictionByEvictionAPI", "True"),
        ("other", "SomethingNew", "True"),
        ("none", "TerminationByKubelet", "False"),
    ],
)
def test_who_ended_a_pod(by: str, reason: str, status: str) -> None:
    target = {"type": "DisruptionTarget", "status": status, "reason": reason, "lastTransitionTime": ago(9)}
    found, said = disruption(pod(status={"conditions": [target]}))
    assert found == by
    assert (said is None) == (by == "none")
    assert said is None or said.text == reason


def test_recorded_evictions() -> None:
    found = {p.metadata.labels["app"]: eviction_facts(p) for p in pods() if p.status.reason == "Evicted"}
    assert {app: (e.kind, e.own_fault) for app, e in found.items()} == {
        "report-renderer": ("node_memory", True),
        "thumbnailer": ("empty_dir_limit", True),
    }
    assert found["report-renderer"].said is not None
    assert found["report-renderer"].said.at is not None
