"""What Karpenter makes nodes from, as facts: its log, AWS's refusals, pools, claims and classes."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.extract import capacity
from handlers.extract.karpenter_log import controller_lines, faults, newest_lines
from handlers.extract.node_claim import ClaimReads, in_words, is_well, node_claim_facts
from handlers.extract.node_class import NodeClassReads, node_class_facts
from handlers.extract.node_pool import PoolReads, node_pool_facts
from handlers.sources.aws_objects.ec2 import Subnet
from handlers.sources.objects.event import Event
from handlers.sources.objects.node import NodeClaim, NodePool
from handlers.sources.objects.node_class import EC2NodeClass
from handlers.sources.objects.pod import Pod
from rules.facts.karpenter import NodeClaimFacts, NodePoolFacts
from rules.finding import ObjectRef, Observation
from tests.handlers.build import NOW, Json, ago, event, make

NO_SPOT = (
    "insufficient capacity, with fleet error(s), InsufficientInstanceCapacity: We currently do not have "
    "sufficient m6i.4xlarge capacity in the Availability Zone you requested (eu-west-1c).; "
    "UnfulfillableCapacity: Unable to fulfill capacity"
)


def condition(kind: str, status: str, reason: str = "", message: str = "", since: float = 600) -> Json:
    return {
        "type": kind,
        "status": status,
        "reason": reason or kind,
        "message": message,
        "lastTransitionTime": ago(since),
    }


def claim(name: str = "default-abcde", *conditions: Json, age: float = 720, **more: Any) -> NodeClaim:
    return make(
        NodeClaim,
        metadata={
            "name": name,
            "creationTimestamp": ago(age),
            "labels": {"karpenter.sh/nodepool": "default", "node.kubernetes.io/instance-type": "m6i.large"},
            **more.pop("metadata", {}),
        },
        spec={"nodeClassRef": {"kind": "EC2NodeClass", "name": "default"}},
        status={"conditions": [*conditions], "providerID": "aws:///eu-west-1a/i-0abc", **more},
    )


def up_to(step: str, *failing: Json) -> tuple[Json, ...]:
    steps = ("Launched", "Registered", "Initialized")
    return (*(condition(each, "True") for each in steps[: steps.index(step)]), *failing)


def claim_facts(of: NodeClaim, **reads: Any) -> NodeClaimFacts:
    return node_claim_facts(ClaimReads(claim=of, now=NOW, **reads))


def pool(name: str = "default", *conditions: Json, **spec: Any) -> NodePool:
    template = {"nodeClassRef": {"kind": "EC2NodeClass", "name": "burst"}, **spec.pop("template", {})}
    return make(
        NodePool,
        metadata={"name": name},
        spec={"template": {"spec": template}, **spec},
        status={
            "conditions": [*(conditions or (condition("Ready", "True"),))],
            "resources": {"cpu": "60", "nodes": "7"},
        },
    )


def pool_facts(of: NodePool, **reads: Any) -> NodePoolFacts:
    return node_pool_facts(PoolReads(pool=of, now=NOW, **reads))


def line(message: str, seconds: float = 60, level: str = "ERROR", **more: Any) -> str:
    return json.dumps(
        {"level": level, "time": ago(seconds), "logger": "controller", "message": message, **more}
    )


def test_lines_of_the_controller_are_read_and_others_left_out() -> None:
    text = "\n".join(
        [
            line("failed launching nodeclaim", NodeClaim={"name": "training-1"}, error=NO_SPOT),
            line("ignoring nodepool, not ready", 30, NodePool={"name": "spot"}, error="NodeClassReady=False"),
            line("found provisionable pod(s)", 10, "INFO", Pod={"name": "x", "namespace": "ns"}),
            "panic: runtime error",
            '{"level": "ERROR", "message": 5}',
            '{"level": "ERROR"',
            "",
        ]
    )
    read = newest_lines(controller_lines(text, "log of karpenter-1"))
    assert [(each.claim, each.pool, each.pod, each.fault) for each in read] == [
        ("", "", "ns/x", False),
        ("", "spot", "", True),
        ("training-1", "", "", True),
    ]
    told = faults(read)
    assert str(told[0]) == "ignoring nodepool, not ready: NodeClassReady=False"
    assert told[0].source == "log of karpenter-1"


def test_the_same_error_is_told_once() -> None:
    text = "\n".join(line("failed", seconds, error="x") for seconds in (60, 50, 40))
    assert len(faults(controller_lines(text, "log"))) == 1


@given(st.text())
def test_any_text_is_no_log_and_no_exception(text: str) -> None:
    controller_lines(text, "log")
    assert capacity.kind_of(text) in {"none", "capacity", "quota", "addresses", "permission"}


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        (NO_SPOT, "capacity", "InsufficientInstanceCapacity"),
        (
            "VCPULimitExceeded: An instance was requested that would exceed your VCPU quota",
            "quota",
            "VCPULimitExceeded",
        ),
        (
            "MaxSpotInstanceCountExceeded: Max spot instance count exceeded",
            "quota",
            "MaxSpotInstanceCountExceeded",
        ),
        (
            "InsufficientFreeAddressesInSubnet: There are not enough",
            "addresses",
            "InsufficientFreeAddressesInSubnet",
        ),
        ("UnauthorizedOperation: You are not authorized", "permission", "UnauthorizedOperation"),
        (
            "InsufficientCapacityError: all requested instance types were unavailable",
            "capacity",
            "InsufficientCapacityError",
        ),
        ("ReservationCapacityExceeded: no more", "capacity", "ReservationCapacityExceeded"),
        ("LaunchFailed: something new", "none", ""),
    ],
)
def test_aws_says_why_it_gives_no_machine(text: str, kind: str, code: str) -> None:
    told = capacity.shortage([capacity.Refusal(text, Observation(text, "log", NOW))])
    assert (told.kind, told.code) == (kind, code)


def test_refusals_name_types_and_zones_and_are_over_when_a_machine_was_given() -> None:
    early = Observation(NO_SPOT, "log", NOW - timedelta(minutes=20))
    late = Observation("InsufficientCapacityError: none", "event", NOW - timedelta(minutes=5))
    refusals = [capacity.Refusal(early.text, early), capacity.Refusal(late.text, late, is_event=True)]
    told = capacity.shortage(refusals)
    assert told.said is early
    assert told.claim_said is late
    assert (told.times, told.types, told.zones) == (2, ("m6i.4xlarge",), ("eu-west-1c",))
    assert capacity.shortage(refusals, since=NOW - timedelta(minutes=10)).times == 1
    assert capacity.shortage(refusals, since=NOW).kind == "none"


def test_a_claim_that_is_gone_belongs_to_the_pool_its_name_begins_with() -> None:
    lines = controller_lines(
        line("created", NodeClaim={"name": "b-12345"}, NodePool={"name": "other"}), "log"
    )
    assert capacity.pool_of("a-12345", {"a-12345": "listed"}) == "listed"
    assert capacity.pool_of("b-12345", {}, lines) == "other"
    assert capacity.pool_of("gpu-workloads-x1y2z", {}) == "gpu-workloads"


NOT_FOUND = condition("Registered", "Unknown", "NodeNotFound", "Node not registered with cluster")


def test_each_step_of_a_claim_is_told_with_its_time() -> None:
    told = claim_facts(claim("default-t3e8w", *up_to("Registered", NOT_FOUND)))
    assert (told.step, told.code, told.healthy, told.young) == ("Registered", "NodeNotFound", False, False)
    assert told.steps == "Launched 10 min ago, not Registered, not Initialized"
    assert told.given_up_in == 180
    assert told.instance == "i-0abc"
    assert told.top_owner == ObjectRef("NodePool", "default")
    assert "Node not registered" in in_words(claim("x", *up_to("Registered", NOT_FOUND)))


def test_a_young_claim_is_on_its_way_unless_aws_refused_it() -> None:
    assert claim_facts(claim("a", age=60)).healthy
    refused = condition("Launched", "Unknown", "VCPULimitExceeded", "would exceed your VCPU quota")
    told = claim_facts(claim("a", refused, age=60))
    assert not told.healthy
    assert told.shortage.kind == "quota"


def test_a_claim_that_waits_for_its_node_depends_on_it() -> None:
    unready = condition("Initialized", "Unknown", "NodeNotReady", "Node status is NotReady")
    told = claim_facts(claim("a", *up_to("Initialized", unready), nodeName="node-1"))
    assert told.depends_on == (ObjectRef("Node", "node-1"),)
    assert "exists and takes no pods yet" in told.effect


def test_a_deletion_that_does_not_end_says_what_holds_it() -> None:
    finished = tuple(condition(each, "True") for each in ("Launched", "Registered", "Initialized"))
    held = claim(
        "a", *finished, condition("Drained", "False", "Draining"), metadata={"deletionTimestamp": ago(1800)}
    )
    assert not is_well(held, NOW)
    blocked = event("FailedDraining", "Failed to drain node, 1 pods are waiting to be evicted")
    told = claim_facts(held, events=(blocked,))
    assert told.deleting_for == 1800
    assert "waiting to be evicted" in str(told.drain_said)
    assert "Draining" in str(claim_facts(held).drain_said)
    assert is_well(claim("b", *finished, metadata={"deletionTimestamp": ago(60)}), NOW)


def refused(message: str, name: str = "p", uid: str = "u-p") -> Event:
    about = {"kind": "Pod", "name": name, "namespace": "ns", "uid": uid}
    return event("FailedScheduling", message, involvedObject=about, source={"component": "karpenter"})


LIMITS = "Failed to schedule pod, all available instance types exceed limits for nodepool (NodePool=default)"


def test_a_limit_is_in_the_way_only_of_pods_that_still_wait() -> None:
    limited = pool(limits={"cpu": "64", "memory": "256Gi"})
    told = pool_facts(limited, refusals=(refused(LIMITS),), waiting=(make(Pod, metadata={"uid": "u-p"}),))
    assert told.refused_for_limits == ("ns/p",)
    assert str(told.limit_said) == LIMITS
    assert [str(each) for each in told.tightest] == ["60 of 64 cpu"]
    assert not told.healthy
    gone = pool_facts(limited, refusals=(refused(LIMITS),), waiting=())
    assert gone.limit_said is None
    assert gone.healthy
    other = pool_facts(pool("other"), refusals=(refused(LIMITS),), waiting=None)
    assert other.refused_for_limits == ()


def test_a_full_pool_is_told_by_its_figures() -> None:
    told = pool_facts(pool(limits={"cpu": "60", "memory": "1Gi"}))
    assert [each.name for each in told.limits_reached] == ["cpu"]
    assert told.healthy
    assert pool_facts(pool(limits={"cpu": "0"})).limits_reached[0].percent == 100
    assert pool_facts(pool(limits={"cpu": "many"})).limits == ()


def test_a_pool_depends_on_its_class_and_on_machines_that_do_not_come_up() -> None:
    false = condition("NodeClassReady", "False", "UnreadyConditions", "SubnetsReady=False")
    waiting = condition("NodeRegistrationHealthy", "Unknown", "AwaitingReconciliation")
    told = pool_facts(
        pool("spot", condition("Ready", "False"), false, waiting),
        unwell={"spot-1": "NodeClaim spot-1: …"},
        controllers=(ObjectRef("Pod", "karpenter-1", "karpenter"),),
    )
    assert told.depends_on == (
        ObjectRef("EC2NodeClass", "burst"),
        ObjectRef("NodeClaim", "spot-1"),
        ObjectRef("Pod", "karpenter-1", "karpenter"),
    )
    assert (told.ready, told.healthy) == (False, False)
    assert "SubnetsReady=False" in str(told.node_class_unready)
    assert told.registration_failing is None


def test_the_log_tells_what_events_have_forgotten() -> None:
    log = "\n".join(
        [
            line("failed launching nodeclaim", NodeClaim={"name": "default-12345"}, error=NO_SPOT),
            line(
                "could not schedule pod",
                Pod={"name": "p", "namespace": "ns"},
                error=LIMITS.partition(", ")[2],
            ),
            line(
                "failed launching nodeclaim",
                7200,
                NodeClaim={"name": "default-1"},
                error="VcpuLimitExceeded: x",
            ),
            line(
                "failed launching nodeclaim", NodeClaim={"name": "other-12345"}, error="UnauthorizedOperation"
            ),
        ]
    )
    told = pool_facts(pool(), lines=newest_lines(controller_lines(log, "log of karpenter-1")))
    assert (told.shortage.kind, told.shortage.times) == ("capacity", 1)
    assert told.limit_said is not None
    assert told.limit_said.source == "log of karpenter-1"


def test_what_was_not_read_takes_its_facts_with_it() -> None:
    told = pool_facts(pool(), missing={"refusals": "events: forbidden", "claims": "NodeClaims: forbidden"})
    assert {"limit_said", "refused_for_limits", "shortage", "effect"} <= told.missing.keys()
    assert "limits" not in told.missing


def node_class(name: str = "burst", *conditions: Json, tags: Json | None = None) -> EC2NodeClass:
    terms = [{"tags": tags or {"karpenter.sh/discovery": "prod"}}]
    spec = {
        "role": "node-role",
        "subnetSelectorTerms": terms,
        "amiSelectorTerms": [{"alias": "al2023@latest"}],
    }
    return make(EC2NodeClass, metadata={"name": name}, spec=spec, status={"conditions": [*conditions]})


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("SubnetsReady", "subnets"),
        ("SecurityGroupsReady", "security_groups"),
        ("AMIsReady", "images"),
        ("InstanceProfileReady", "instance_profile"),
        ("ValidationSucceeded", "validation"),
        ("SomethingNew", "other"),
    ],
)
def test_the_first_part_of_a_class_that_fails_is_named(kind: str, part: str) -> None:
    one = node_class("burst", condition("Ready", "False"), condition(kind, "False"))
    told = node_class_facts(NodeClassReads(node_class=one, now=NOW))
    assert (told.broken, told.healthy) == (part, False)


def test_a_class_is_compared_with_what_works_elsewhere() -> None:
    broken = node_class("burst", condition("Ready", "False"), condition("SubnetsReady", "False"))
    works = node_class("default", condition("Ready", "True"), tags={"karpenter.sh/discovery": "dev"})
    also = node_class("gpu", condition("Ready", "True"), tags={"kubernetes.io/role/internal-elb": "*"})
    reads = NodeClassReads(node_class=broken, now=NOW, others=(broken, works, also), pools=(pool("spot"),))
    told = node_class_facts(reads)
    assert told.subnet_filter == "Name=tag:karpenter.sh/discovery,Values=prod"
    assert told.other_selectors == ("karpenter.sh/discovery=dev", "kubernetes.io/role/internal-elb=*")
    assert told.effect == "NodePool spot can make no nodes"
    starred = node_class_facts(NodeClassReads(node_class=also, now=NOW))
    assert starred.subnet_filter == "Name=tag-key,Values=kubernetes.io/role/internal-elb"
    assert starred.effect == "No NodePool uses it"
    assert node_class_facts(NodeClassReads(node_class=make(EC2NodeClass), now=NOW)).subnet_filter == ""


def test_free_addresses_are_told_by_subnet_and_the_fullest_first() -> None:
    networks = (
        Subnet(subnet_id="subnet-a", availability_zone="eu-west-1a", available_ip_address_count=200),
        Subnet(subnet_id="subnet-b", availability_zone="eu-west-1b", available_ip_address_count=3),
    )
    told = node_class_facts(NodeClassReads(node_class=node_class(), now=NOW, networks=networks))
    assert (told.free_addresses, told.fullest_free) == (203, 3)
    assert str(told.addresses_said) == "subnet-b (eu-west-1b): 3 free, subnet-a (eu-west-1a): 200 free"
    unread = node_class_facts(NodeClassReads(node_class=node_class(), now=NOW, missing={"networks": "no"}))
    assert (unread.free_addresses, unread.missing["free_addresses"]) == (None, "no")


@pytest.mark.parametrize(("age", "well"), [(60, True), (3600, False)])
def test_what_karpenter_never_judged_is_not_ready(age: float, well: bool) -> None:
    metadata = {"name": "x", "creationTimestamp": ago(age)}
    one = node_class_facts(NodeClassReads(node_class=make(EC2NodeClass, metadata=metadata), now=NOW))
    told = pool_facts(make(NodePool, metadata=metadata))
    assert (one.ready, told.ready) == (well, well)
    assert "no Ready condition" in str(one.ready_said)
    assert told.not_ready_for == (None if well else age)
