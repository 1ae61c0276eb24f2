"""Which placement rule speaks when several are true: one first cause, and silence while a pod is young."""

import msgspec
import pytest

from rules.facts.pod import PodFacts
from rules.judge import judge
from rules.rule import Catalog
from tests.shipped import shipped_rules

FULL = {
    "name": "cpu",
    "request_text": "4",
    "free_text": "1.2",
    "allocatable_text": "7.91",
    "largest_allocatable_anywhere": 15.91,
}
GPU = {
    "name": "nvidia.com/gpu",
    "request_text": "1",
    "free_text": "0",
    "largest_allocatable": 1,
    "largest_allocatable_anywhere": 1,
}
NO_GPU = {"name": "nvidia.com/gpu", "request_text": "1", "never_fits": True}
TOO_LARGE = {**FULL, "request_text": "24", "never_fits": True}
LABELS = {"wanted": ["node-type=training"], "key": "node-type"}
QUOTA = {"name": "gpu-1", "pool": "gpu", "quota": True, "reason": "VCPULimitExceeded"}

PENDING: list[tuple[str, dict[str, object], tuple[str, ...]]] = [
    ("full, nobody adds a node", {"blocker": "cpu", "resource": FULL}, ("pod-pending-cpu-taken",)),
    (
        "full, a node is coming",
        {"blocker": "cpu", "resource": FULL, "karpenter_verdict": "nominated"},
        ("pod-pending-karpenter-nominated",),
    ),
    (
        "full, the node that was coming never came",
        {
            "blocker": "cpu",
            "resource": FULL,
            "karpenter_verdict": "nominated",
            "karpenter": {"overdue": True},
        },
        ("pod-pending-karpenter-overdue",),
    ),
    (
        "full, the pool may not grow",
        {"blocker": "cpu", "resource": FULL, "karpenter_verdict": "limits"},
        ("pod-pending-karpenter-limits",),
    ),
    (
        "too large for every node",
        {"blocker": "cpu", "resource": TOO_LARGE, "karpenter_verdict": "limits"},
        ("pod-pending-insufficient-cpu",),
    ),
    (
        "too large for the nodes there are, and larger ones are sold out",
        {"blocker": "cpu", "resource": TOO_LARGE, "karpenter_verdict": "no_capacity"},
        ("pod-pending-karpenter-ice",),
    ),
    ("the GPUs are taken", {"blocker": "extended_resource", "resource": GPU}, ("pod-pending-gpu-taken",)),
    (
        "the GPUs are taken and their pool may not grow",
        {"blocker": "extended_resource", "resource": GPU, "karpenter_verdict": "limits"},
        ("pod-pending-insufficient-gpu",),
    ),
    (
        "no GPU node is up and their pool may not grow",
        {"blocker": "extended_resource", "resource": NO_GPU, "karpenter_verdict": "limits"},
        ("pod-pending-karpenter-limits",),
    ),
    (
        "the account's quota is used up",
        {
            "blocker": "extended_resource",
            "resource": GPU,
            "karpenter_verdict": "no_capacity",
            "karpenter": {"quota": True, "troubles": [QUOTA, {**QUOTA, "name": "gpu-2"}]},
        },
        ("pod-pending-karpenter-quota",),
    ),
    (
        "the label comes with nodes that are sold out",
        {"blocker": "node_selector", "labels": LABELS, "karpenter_verdict": "no_capacity"},
        ("pod-pending-karpenter-ice",),
    ),
    (
        "a label that no node has stays the cause when some pool is at its limit",
        {"blocker": "node_selector", "labels": LABELS, "karpenter_verdict": "limits"},
        ("pod-pending-node-selector",),
    ),
    (
        "full, the autoscaler's group is at its maximum",
        {"blocker": "cpu", "resource": FULL, "autoscaler_verdict": "at_maximum"},
        ("pod-pending-autoscaler-at-maximum",),
    ),
    (
        "full, others are being preempted",
        {"blocker": "cpu", "resource": FULL, "nominated_node": "ip-10-0-1-1"},
        ("pod-pending-preempting",),
    ),
    (
        "the claim's own reason is told, not that it is unbound",
        {"blocker": "claim_unbound", "claim": {"name": "data", "exists": True, "problem": "unauthorized"}},
        ("pod-pending-pvc-provisioner-unauthorized",),
    ),
    ("the scheduler's words are all there is", {"blocker": "unknown"}, ("pod-pending",)),
]
LOST = {"name": "ip-10-0-2-130", "ready": "Unknown"}
DELETED = {"deleting": True, "stuck": True, "overdue": 1947}
PLACED: list[tuple[str, dict[str, object], tuple[str, ...]]] = [
    (
        "stuck on a lost node, with a finalizer, deleted for the node's taint",
        {
            "ready": False,
            "node": LOST,
            "termination": {**DELETED, "finalizers": ["batch.kubernetes.io/job-tracking"]},
            "disruption": "DeletionByTaintManager",
        },
        ("pod-terminating-node-lost",),
    ),
    (
        "held by a finalizer on a good node",
        {"ready": False, "termination": {**DELETED, "finalizers": ["example.com/backup"]}},
        ("pod-terminating-finalizer",),
    ),
    (
        "evicted, and the condition says it too",
        {
            "phase": "Failed",
            "ready": False,
            "eviction": {"kind": "node_disk"},
            "disruption": "TerminationByKubelet",
        },
        ("pod-evicted-node-disk",),
    ),
    (
        "no sandbox on a node whose network is not up",
        {
            "phase": "Pending",
            "ready": False,
            "node": {"name": "n", "ready": "False", "cni_down": True},
            "sandbox": {"problem": "cni_not_ready"},
        },
        ("pod-node-cni-down",),
    ),
]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """The shipped rules."""
    return shipped_rules()


def _rules(facts: dict[str, object], catalog: Catalog) -> tuple[str, ...]:
    return tuple(finding.rule for finding in judge(msgspec.convert(facts, PodFacts), catalog).findings)


def _waiting(scheduling: dict[str, object], **more: object) -> dict[str, object]:
    queued = {"unscheduled": True, "unschedulable": True, "unscheduled_for": 600.0}
    return {
        "phase": "Pending",
        "healthy": False,
        "ready": False,
        "scheduled": False,
        "scheduling": {**queued, **scheduling},
        **more,
    }


@pytest.mark.parametrize(
    ("scheduling", "expected"), [row[1:] for row in PENDING], ids=[row[0] for row in PENDING]
)
def test_one_cause_of_a_pending_pod(
    scheduling: dict[str, object], expected: tuple[str, ...], catalog: Catalog
) -> None:
    assert _rules(_waiting(scheduling), catalog) == expected


@pytest.mark.parametrize("scheduling", [row[1] for row in PENDING], ids=[row[0] for row in PENDING])
def test_a_young_pod_is_only_starting(scheduling: dict[str, object], catalog: Catalog) -> None:
    assert _rules(_waiting(scheduling, starting=True, age=20.0), catalog) == ("pod-starting",)


@pytest.mark.parametrize("scheduling", [row[1] for row in PENDING], ids=[row[0] for row in PENDING])
def test_a_pod_that_is_being_deleted_has_no_scheduling_trouble(
    scheduling: dict[str, object], catalog: Catalog
) -> None:
    assert _rules(_waiting(scheduling, termination={"deleting": True}), catalog) == ("pod-terminating",)


@pytest.mark.parametrize(("facts", "expected"), [row[1:] for row in PLACED], ids=[row[0] for row in PLACED])
def test_one_cause_of_a_placed_pod(
    facts: dict[str, object], expected: tuple[str, ...], catalog: Catalog
) -> None:
    assert _rules(facts, catalog) == expected
