from datetime import timedelta
from typing import Any

import msgspec
import pytest

from handlers.extract.autoscaler import autoscaler_facts
from handlers.extract.karpenter import karpenter_facts
from handlers.extract.karpenter_message import nominated, parse_refusals, verdict
from handlers.extract.surroundings import Surroundings
from handlers.sources.objects.node import NodeClaim, NodePool
from rules.facts.node_supply import KarpenterVerdict, PoolProblem
from tests.handlers.extract.scheduling_build import NOW, event

ICE = (
    "Failed to schedule pod, no instance type which had a required offering met the scheduling requirements "
    "and had enough resources, requirements=karpenter.sh/capacity-type In [spot], node-type In [training], "
    'resources={"cpu":"8380m","memory":"20754Mi","pods":"8"} (NodePool=training); incompatible requirements, '
    "key node-type, node-type In [training] not in node-type In [general] (NodePool=default)"
)
LIMITS = (
    "Failed to schedule pod, all available instance types exceed limits for nodepool (NodePool=gpu-workloads)"
    "; did not tolerate taint (taint=workload=training:NoSchedule) (NodePool=training); "
    "no instance type has the required offering, "
    'requirements=karpenter.sh/capacity-type In [on-demand], resources={"cpu":"1"} '
    "(NodePool=default)"
)
OLD = (
    'Failed to schedule pod, incompatible with nodepool "a", daemonset overhead={"cpu":"150m"}, '
    'no instance type satisfied resources {"cpu":"64"} and requirements x In [y] (no '
    "instance type has enough resources); "
    'all available instance types exceed limits for nodepool: "b"'
)
NOTHING_FITS = (
    "no instance type met the scheduling requirements or had enough resources or had a required offering "
    "(NodePool=p)"
)
NO_OFFERING = (
    "no instance type which met the scheduling requirements and had enough resources, had a required "
    "offering (NodePool=p)"
)
AT_MAXIMUM = (
    "pod didn't trigger scale-up: 1 max node group size reached, 3 node(s) had taint {a: b}, that the pod "
    "didn't tolerate"
)


def _problems(message: str) -> list[tuple[str, PoolProblem, str]]:
    return [(each.pool, each.problem, each.detail) for each in parse_refusals(message)]


def test_each_pool_has_its_refusal() -> None:
    assert _problems(ICE) == [("training", "no_capacity", ""), ("default", "requirements", "node-type")]
    assert _problems(LIMITS) == [
        ("gpu-workloads", "limits", ""),
        ("training", "taint", "workload=training:NoSchedule"),
        ("default", "no_capacity", ""),
    ]


def test_the_older_wording_names_pools_in_quotes() -> None:
    assert [(pool, problem) for pool, problem, _ in _problems(OLD)] == [
        ("a", "instance_types"),
        ("b", "limits"),
    ]


@pytest.mark.parametrize(
    ("text", "problem", "decided"),
    [
        ("all available instance types exceed limits for nodepool (NodePool=p)", "limits", "limits"),
        ("node limits have been exhausted for nodepool (NodePool=p)", "limits", "limits"),
        ("no instance type has the required offering (NodePool=p)", "no_capacity", "no_capacity"),
        ("no instance type met all requirements (NodePool=p)", "instance_types", "instance_types_too_small"),
        ("no instance type has enough resources (NodePool=p)", "instance_types", "instance_types_too_small"),
        (
            NOTHING_FITS,
            "instance_types",
            "instance_types_too_small",
        ),
        (
            NO_OFFERING,
            "no_capacity",
            "no_capacity",
        ),
        (
            'incompatible requirements, label "team" does not have known values (NodePool=p)',
            "requirements",
            "no_matching_pool",
        ),
        ("did not tolerate taint (taint=gpu=true:NoSchedule) (NodePool=p)", "taint", "no_matching_pool"),
        (
            "unsatisfiable topology constraint for topology spread, key=zone (counts = a:1) (NodePool=p)",
            "topology",
            "no_matching_pool",
        ),
        ("no nodepools found", "no_pools", "no_pools"),
        ("pvc with immediate volume binding mode must be bound", "volume", "error"),
        ("a sentence of tomorrow (NodePool=p)", "other", "error"),
    ],
)
def test_known_refusals(text: str, problem: PoolProblem, decided: KarpenterVerdict) -> None:
    refusals = parse_refusals(f"Failed to schedule pod, {text}")
    assert [each.problem for each in refusals] == [problem]
    assert verdict(refusals)[0] == decided


def test_what_is_nominated() -> None:
    assert nominated("Pod should schedule on: nodeclaim/default-x1, node/ip-10") == (
        "nodeclaim",
        "default-x1",
    )
    assert nominated("Pod should schedule on: node/ip-10-0-1-2.eu") == ("node", "ip-10-0-1-2.eu")
    assert nominated("nothing") == ("", "")


def _pool(limits: dict[str, str], used: dict[str, str]) -> NodePool:
    return msgspec.convert(
        {"metadata": {"name": "gpu-workloads"}, "spec": {"limits": limits}, "status": {"resources": used}},
        NodePool,
    )


def _claim(*conditions: dict[str, Any], age: timedelta = timedelta(minutes=8), name: str = "x") -> NodeClaim:
    labels = {"karpenter.sh/nodepool": "gpu-workloads"}
    made = NOW - age
    return msgspec.convert(
        {
            "metadata": {"name": name, "labels": labels, "creationTimestamp": made},
            "status": {"conditions": list(conditions)},
        },
        NodeClaim,
    )


def test_the_limit_that_is_reached_is_told() -> None:
    pool = _pool({"cpu": "16", "memory": "64Gi", "nvidia.com/gpu": "1"}, {"cpu": "4", "nvidia.com/gpu": "1"})
    around = Surroundings(events=(event("FailedScheduling", LIMITS, "karpenter"),), node_pools=(pool,))
    facts = karpenter_facts(around, {"cpu": 1000, "nvidia.com/gpu": 1000}, NOW)
    assert (facts.verdict, facts.pool) == ("limits", "gpu-workloads")
    assert [(each.resource, each.used, each.limit) for each in facts.limits] == [("nvidia.com/gpu", "1", "1")]


def test_without_a_limit_reached_the_nearest_one_is_told() -> None:
    pool = _pool({"cpu": "16", "memory": "64Gi"}, {"cpu": "12", "memory": "16Gi"})
    around = Surroundings(events=(event("FailedScheduling", LIMITS, "karpenter"),), node_pools=(pool,))
    facts = karpenter_facts(around, {"cpu": 1000}, NOW)
    assert [(each.resource, each.used, each.limit) for each in facts.limits] == [("cpu", "12", "16")]


def test_unread_pools_make_limits_unknown_but_not_the_verdict() -> None:
    around = Surroundings(
        events=(event("FailedScheduling", LIMITS, "karpenter"),),
        node_pools=None,
        missing={"node_pools": "no right to list nodepools.karpenter.sh"},
    )
    facts = karpenter_facts(around, {}, NOW)
    assert facts.verdict == "limits"
    assert facts.missing == {"limits": "node_pools: no right to list nodepools.karpenter.sh"}


def test_unread_events_make_the_verdict_unknown() -> None:
    facts = karpenter_facts(Surroundings(events=None), {}, NOW)
    assert "verdict" in facts.missing


NOMINATED = "Pod should schedule on: nodeclaim/x"
LAUNCHED = {"type": "Launched", "status": "True", "reason": "Launched"}


def test_a_machine_on_its_way_is_waited_for() -> None:
    around = Surroundings(
        events=(
            event("FailedScheduling", LIMITS, "karpenter", ago=300),
            event("Nominated", NOMINATED, "karpenter", ago=90),
        ),
        node_claims=(_claim(LAUNCHED),),
    )
    facts = karpenter_facts(around, {}, NOW)
    assert (facts.verdict, facts.node_claim, facts.pool) == ("nominated", "x", "gpu-workloads")
    assert facts.nominated_for == 90
    assert not facts.overdue


def test_a_machine_that_does_not_come_is_overdue() -> None:
    first = {"firstTimestamp": NOW - timedelta(minutes=12)}
    missing_node = {
        "type": "Registered",
        "status": "Unknown",
        "reason": "NodeNotFound",
        "message": "not there",
    }
    around = Surroundings(
        events=(event("Nominated", NOMINATED, "karpenter", ago=20, **first),),
        node_claims=(_claim(LAUNCHED, missing_node),),
    )
    facts = karpenter_facts(around, {}, NOW)
    assert facts.overdue
    assert [(each.step, each.reason) for each in facts.troubles] == [("Registered", "NodeNotFound")]


@pytest.mark.parametrize(
    ("reason", "message", "quota"),
    [
        ("InsufficientCapacityError", "all requested instance types were unavailable during launch", False),
        ("LaunchFailed", "creating instance, UnfulfillableCapacity: no spot capacity", False),
        ("VCPULimitExceeded", "An instance was requested that would exceed your VCPU quota", True),
    ],
)
def test_a_nominated_machine_the_cloud_refuses_is_no_capacity(
    reason: str, message: str, *, quota: bool
) -> None:
    failed = {"type": "Launched", "status": "Unknown", "reason": reason, "message": message}
    around = Surroundings(events=(event("Nominated", NOMINATED, "karpenter"),), node_claims=(_claim(failed),))
    facts = karpenter_facts(around, {}, NOW)
    assert (facts.verdict, facts.nominated, facts.quota) == ("no_capacity", True, quota)
    assert facts.troubles[0].said is not None
    assert facts.troubles[0].said.text == message


def test_a_nominated_machine_that_was_given_up_is_gone() -> None:
    around = Surroundings(events=(event("Nominated", NOMINATED, "karpenter"),), node_claims=())
    assert karpenter_facts(around, {}, NOW).node_claim_gone


def test_a_cluster_without_karpenter() -> None:
    facts = karpenter_facts(Surroundings(), {}, NOW)
    assert (facts.present, facts.verdict, facts.missing) == (False, "none", {})


def test_the_scheduler_is_not_karpenter() -> None:
    around = Surroundings(events=(event("FailedScheduling", "0/1 nodes are available", "default-scheduler"),))
    assert karpenter_facts(around, {}, NOW).said is None


@pytest.mark.parametrize(
    ("reason", "message", "decided", "reasons", "groups"),
    [
        (
            "NotTriggerScaleUp",
            "pod didn't trigger scale-up: 1 Insufficient memory, 1 node(s) had volume node affinity conflict",
            "would_not_fit",
            ("1 Insufficient memory", "1 node(s) had volume node affinity conflict"),
            (),
        ),
        (
            "NotTriggerScaleUp",
            "pod didn't trigger scale-up (it wouldn't fit if a new node is added): 2 Insufficient gpu",
            "would_not_fit",
            ("2 Insufficient gpu",),
            (),
        ),
        (
            "NotTriggerScaleUp",
            AT_MAXIMUM,
            "at_maximum",
            ("1 max node group size reached", "3 node(s) had taint {a: b}, that the pod didn't tolerate"),
            (),
        ),
        (
            "TriggeredScaleUp",
            "pod triggered scale-up: [{eks-general 1->2 (max: 5)}]",
            "triggered",
            (),
            ("eks-general 1->2 (max: 5)",),
        ),
        ("FailedToScaleUpGroup", "Scale-up failed for group x: quota", "failed", (), ()),
    ],
)
def test_the_words_of_cluster_autoscaler(
    reason: str, message: str, decided: str, reasons: tuple[str, ...], groups: tuple[str, ...]
) -> None:
    facts = autoscaler_facts([event(reason, message, "cluster-autoscaler")])
    assert (facts.verdict, facts.reasons, facts.groups) == (decided, reasons, groups)


def test_without_its_events_the_autoscaler_decided_nothing() -> None:
    assert autoscaler_facts([event("Scheduled", "x", "default-scheduler")]).verdict == "none"
