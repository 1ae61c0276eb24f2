"""`diagnose node` over HTTP, and with AWS beside it: what fails is said, and never looks like fine."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from handlers.contract import Evidence, NameAmbiguous, NameInvalid, NameNotFound, Question, Sources
from handlers.look import Look
from handlers.node import NODE, NODE_SWEEP, gather
from handlers.sources.aws import Aws, AwsObject, Identity, Parameter, Stored
from handlers.sources.aws_objects.ec2 import (
    Instance,
    InstanceState,
    InstanceStatus,
    StateReason,
    StatusSummary,
)
from handlers.sources.cluster import Cluster
from handlers.sources.errors import Forbidden, NotFound
from rules.facts.node import ClusterNodeFacts
from rules.judge import judge
from tests.fakes.aws import AwsFront, Spoilt
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import NOW, Json, ago
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster
from tests.shipped import shipped_rules

PRESSED = "ip-10-0-1-88.eu-west-1.compute.internal"
LOST = "ip-10-0-2-130.eu-west-1.compute.internal"
CLOSED = "ip-10-0-1-61.eu-west-1.compute.internal"
FAULTS = {
    "403": Fault.recorded("403-nodes.http"),
    "500": Fault(status=500),
    "hang": Fault.hang(),
    "cut": Fault.cut(),
    "no JSON": Fault.answer(b"{"),
}
SOURCES = {
    "events": ("/api/v1/namespaces/default/events", {"oom", "warnings", "interrupted"}),
    "pods on it": ("/api/v1/pods", {"pods", "effect", "evict_first"}),
    "usage of its pods": ("/apis/metrics.k8s.io/v1beta1/pods", {"memory_users", "evict_first"}),
    "usage of the node": ("/apis/metrics.k8s.io/v1beta1/nodes", {"memory_used"}),
    "version of the API server": ("/version", {"versions_behind"}),
}
A = TypeVar("A", bound=AwsObject)


class Account:
    """An account that holds what a test gives it; nothing of any other kind."""

    place = "eu-west-1"

    def __init__(self, *objects: AwsObject) -> None:
        self._objects = objects

    async def list(self, kind: type[A], *, region: str = "", **parameters: Parameter) -> tuple[A, ...]:
        assert not region
        assert parameters["InstanceIds"]
        if not self._objects:
            raise NotFound(kind.call.action, "InvalidInstanceID.NotFound: The instance ID does not exist")
        return tuple(one for one in self._objects if isinstance(one, kind))

    async def read_object(self, bucket: str, key: str, *, most: int, region: str = "") -> Stored:
        raise NotFound(f"s3://{bucket}/{key}", f"no such object of at most {most} bytes in {region}")

    async def identity(self) -> Identity:
        return Identity("1", "arn")

    async def close(self) -> None: ...


async def ask(
    cluster: Cluster, name: str, *, sweep: bool = False, deadline: float = 20.0, aws: Aws | None = None
) -> tuple[Evidence, ClusterNodeFacts]:
    question = Question(name=name, sweep=sweep, deadline=deadline)
    evidence = await gather(question, Sources(cluster=cluster, aws=aws), told)
    assert isinstance(evidence.facts, ClusterNodeFacts)
    return evidence, evidence.facts


def rules_of(facts: ClusterNodeFacts) -> list[str]:
    return [finding.rule for finding in judge(facts, shipped_rules()).findings]


async def test_a_look_costs_few_requests(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server), PRESSED)
    assert rules_of(facts)[0] == "node-memory-pressure"
    assert evidence.api_calls == 7
    assert evidence.gaps == ()
    assert evidence.tables[0].rows[0].cells[0].startswith("mlops/notebook-hub")


async def test_one_of_many_costs_fewer(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server), LOST, sweep=True)
    assert rules_of(facts) == ["node-silent"]
    assert evidence.api_calls == 3
    assert evidence.related == ()


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("source", SOURCES)
async def test_what_cannot_be_read_is_a_gap_and_missing(
    server: ApiServer, connect: Connect, source: str, fault: Fault
) -> None:
    path, lacking = SOURCES[source]
    server.fail(path, fault)
    evidence, facts = await ask(connect(server, timeout=fault.patience), PRESSED)
    assert source in {gap.source for gap in evidence.gaps}
    assert lacking <= facts.missing.keys()
    assert rules_of(facts)[0] == "node-memory-pressure"


async def test_unread_budgets_protect_every_pod(server: ApiServer, connect: Connect) -> None:
    server.fail("/apis/policy", Fault.recorded("403-nodes.http"))
    evidence, facts = await ask(connect(server), PRESSED)
    assert [gap.source for gap in evidence.gaps] == ["disruption budgets"]
    assert facts.evict_first is None


async def test_no_metrics_server_is_a_gap_and_nothing_is_missing(server: ApiServer, connect: Connect) -> None:
    server.fail("/apis/metrics.k8s.io", Fault.answer(b"404 page not found\n", "text/plain", 404))
    evidence, facts = await ask(connect(server), PRESSED)
    assert {gap.source for gap in evidence.gaps} == {"usage of its pods", "usage of the node"}
    assert not facts.missing.keys() & {"memory_users", "memory_used"}
    assert evidence.tables == ()


async def test_a_node_that_may_not_be_read_is_an_error(server: ApiServer, connect: Connect) -> None:
    server.fail("/api/v1/nodes", Fault.recorded("403-nodes.http"))
    with pytest.raises(Forbidden):
        await ask(connect(server), PRESSED)


async def test_slow_cluster_is_answered_within_the_deadline(server: ApiServer, connect: Connect) -> None:
    server.fail("/api/v1/pods", Fault.hang())
    evidence, facts = await ask(connect(server), CLOSED, deadline=0.6)
    assert "within the question's 0.6 s" in evidence.gaps[0].reason
    assert "node-cordoned" in rules_of(facts)


async def test_a_node_goes_by_its_short_name_and_by_its_machine(server: ApiServer, connect: Connect) -> None:
    cluster = connect(server)
    short, _ = await ask(cluster, "ip-10-0-1-88")
    machine, _ = await ask(cluster, "i-08a91d165cd0ab9a")
    assert short.subject == machine.subject
    assert machine.about[0] == "asked as i-08a91d165cd0ab9a"
    with pytest.raises(NameAmbiguous) as several:
        await ask(cluster, "ip-10-0-1")
    assert several.value.candidates[0].ref.name in {CLOSED, PRESSED}
    with pytest.raises(NameNotFound):
        await ask(cluster, "worker-7")
    with pytest.raises(NameInvalid, match="cannot be a node name"):
        await ask(cluster, "No_Name")


async def test_answers_full_of_nulls_are_read(server: ApiServer, connect: Connect) -> None:
    server.fail("/", Fault.nulls())
    server.fail("/version", Fault(times=0))
    evidence, facts = await ask(connect(server), PRESSED)
    assert all("AWS is not configured" in gap.reason for gap in evidence.gaps)
    assert rules_of(facts)[0] == "node-silent"
    assert str(facts.ready_said) == "no Ready condition"


async def test_a_sweep_of_one_namespace_leaves_nodes_out(server: ApiServer, connect: Connect) -> None:
    async with Look(Sources(cluster=connect(server)), 20.0, told) as look:
        assert await NODE_SWEEP.suspects(look, "mlops") == ()


async def test_a_sweep_without_events_still_goes_by_conditions(server: ApiServer, connect: Connect) -> None:
    server.fail("/api/v1/namespaces/default/events", Fault(status=500))
    async with Look(Sources(cluster=connect(server)), 20.0, told) as look:
        found = {ref.name for ref in await NODE_SWEEP.suspects(look, "")}
        assert {PRESSED, LOST, CLOSED} <= found
        assert [gap.source for gap in look.gaps] == ["events of nodes"]


async def test_a_machine_that_aws_does_not_know_is_gone(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server), LOST, aws=Account())
    assert (facts.instance.asked, facts.instance.exists) == (True, False)
    assert rules_of(facts) == ["node-instance-gone"]
    assert evidence.gaps == ()


async def test_a_machine_that_was_ended_says_why(server: ApiServer, connect: Connect) -> None:
    reason = StateReason(message="Server.SpotInstanceTermination: Spot instance termination")
    ended = Instance(state=InstanceState(name="terminated"), state_reason=reason)
    _, facts = await ask(connect(server), LOST, aws=Account(ended))
    findings = judge(facts, shipped_rules()).findings
    assert [finding.rule for finding in findings] == ["node-instance-gone"]
    assert "SpotInstanceTermination" in str(findings[0].evidence[0])


async def test_a_machine_that_runs_and_fails_its_checks_is_impaired(
    server: ApiServer, connect: Connect
) -> None:
    lives = Instance(state=InstanceState(name="running"))
    failing = InstanceStatus(instance_status=StatusSummary(status="impaired"))
    _, facts = await ask(connect(server), LOST, aws=Account(lives, failing))
    assert rules_of(facts) == ["node-instance-impaired"]


@pytest.mark.parametrize("how", [Spoilt.DENIED, Spoilt.HANGING, Spoilt.GARBAGE])
async def test_aws_that_gives_no_answer_leaves_the_machine_undecided(
    server: ApiServer, connect: Connect, aws_front: AwsFront, how: Spoilt
) -> None:
    aws_front.spoil("ec2:DescribeInstances", how)
    account = aws_front.account(reach={"timeout": 0.5})
    evidence, facts = await ask(connect(server), LOST, aws=account)
    judgement = judge(facts, shipped_rules())
    assert [finding.rule for finding in judgement.findings] == ["node-silent"]
    assert "node-instance-gone" in [doubt.rule for doubt in judgement.undecided]
    assert [gap.source for gap in evidence.gaps] == ["instance i-0a292b5b0d767eca"]


async def test_a_ready_node_needs_nothing_of_aws(
    server: ApiServer, connect: Connect, aws_front: AwsFront
) -> None:
    await ask(connect(server), PRESSED, aws=aws_front.account())
    assert not aws_front.seen


def test_rights_are_told() -> None:
    rights = {(need.verb, need.group, need.resource) for need in NODE.needs}
    assert ("list", "policy", "poddisruptionbudgets") in rights
    assert ("get", "metrics.k8s.io", "nodes") in rights
    assert NODE.iam == ("ec2:DescribeInstances", "ec2:DescribeInstanceStatus")


def on_its_way(name: str, *, since: float, ready: str = "True") -> Json:
    taint = {"key": "karpenter.sh/disrupted", "effect": "NoSchedule", "timeAdded": ago(since)}
    status = {"conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": ago(since)}]}
    return thing("Node", name, spec={"unschedulable": True, "taints": [taint]}, status=status)


async def test_a_node_that_does_not_go_is_a_suspect(
    serve: Callable[[Path], Awaitable[ApiServer]], connect: Connect, tmp_path: Path
) -> None:
    nodes = (
        on_its_way("just-now", since=60),
        on_its_way("stuck", since=7200),
        on_its_way("lost", since=1800, ready="Unknown"),
    )
    cluster = connect(await serve(write_cluster(tmp_path, *nodes)), now=NOW)
    async with Look(Sources(cluster=cluster), 20.0, told) as look:
        found = {ref.name for ref in await NODE_SWEEP.suspects(look, "")}
    assert found == {"stuck", "lost"}
