"""`diagnose nodepool`, `nodeclaim` and `ec2nodeclass` over HTTP: what fails never looks like fine."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from handlers.contract import Evidence, Handler, NameInvalid, NameNotFound, Question, Sources
from handlers.karpenter import (
    EC2NODECLASS,
    EC2NODECLASS_SWEEP,
    NODECLAIM,
    NODECLAIM_SWEEP,
    NODEPOOL,
    NODEPOOL_SWEEP,
)
from handlers.look import Look
from handlers.platform import Platform
from handlers.sources.cluster import Cluster
from handlers.sources.errors import Forbidden, NotServed
from handlers.sweep import Sweep
from rules.facts.base import SubjectFacts
from rules.facts.karpenter import NodePoolFacts
from rules.judge import judge
from tests.fakes.aws import AwsFront, Moto
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import pod_json, waiting
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster
from tests.shipped import shipped_rules

FAULTS = {
    "403": Fault.recorded("403-nodes.http"),
    "500": Fault(status=500),
    "hang": Fault.hang(),
    "cut": Fault.cut(),
    "no JSON": Fault.answer(b"{"),
}
SOURCES = {
    "NodeClaims": ("/apis/karpenter.sh/v1/nodeclaims", {"shortage", "claims_unwell"}),
    "events of NodeClaims": ("/api/v1/namespaces/default/events", {"shortage", "no_types"}),
    "events of pending pods": ("/api/v1/events", {"limit_said", "refused_for_limits"}),
    "Karpenter's pods": ("/api/v1/namespaces/karpenter/pods", {"controller_said"}),
}


async def ask(
    handler: Handler, cluster: Cluster, name: str, *, sweep: bool = False, platform: Platform | None = None
) -> tuple[Evidence, SubjectFacts]:
    sources = Sources(cluster=cluster, platform=platform or Platform())
    evidence = await handler.gather(Question(name=name, sweep=sweep), sources, told)
    return evidence, evidence.facts


def rules_of(facts: SubjectFacts) -> list[str]:
    return [finding.rule for finding in judge(facts, shipped_rules()).findings]


def paths(server: ApiServer) -> list[str]:
    return [request.path for request in server.requests]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("source", SOURCES)
async def test_what_cannot_be_read_is_a_gap_and_missing(
    server: ApiServer, connect: Connect, source: str, fault: Fault
) -> None:
    path, lacking = SOURCES[source]
    server.fail(path, fault)
    if source == "Karpenter's pods":
        server.fail("/api/v1/namespaces/kube-system/pods", fault)
    evidence, facts = await ask(NODEPOOL, connect(server, timeout=fault.patience), "gpu-workloads")
    assert source in {gap.source for gap in evidence.gaps}
    assert lacking <= facts.missing.keys()


async def test_one_of_many_is_judged_alone(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(NODEPOOL, connect(server), "training", sweep=True)
    assert isinstance(facts, NodePoolFacts)
    assert facts.shortage.kind == "capacity"
    assert evidence.related == ()
    assert evidence.exhibits == ()


async def test_an_unready_class_and_late_machines_come_with_their_pool(
    server: ApiServer, connect: Connect
) -> None:
    spot, _ = await ask(NODEPOOL, connect(server), "spot-burst")
    assert [str(each.ref) for each in spot.related] == ["burst"]
    default, _ = await ask(NODEPOOL, connect(server), "default")
    assert {str(each.ref) for each in default.related} == {"default-n0b5l", "default-t3e8w"}


async def test_a_claim_goes_by_its_node_and_brings_what_ails_that(
    server: ApiServer, connect: Connect
) -> None:
    node = "ip-10-0-3-150.eu-west-1.compute.internal"
    evidence, _ = await ask(NODECLAIM, connect(server), node)
    assert evidence.subject.name == "default-n0b5l"
    assert evidence.about[0] == f"asked as {node}"
    assert [each.ref.kind for each in evidence.related] == ["Node", "Pod"]


NULLED = {"gpu-workloads": NODEPOOL, "default-t3e8w": NODECLAIM, "burst": EC2NODECLASS}


@pytest.mark.parametrize("name", NULLED)
async def test_answers_full_of_nulls_are_read(server: ApiServer, connect: Connect, name: str) -> None:
    for path in ("/apis", "/api/v1/events", "/api/v1/namespaces/default"):
        server.fail(path, Fault.nulls())
    evidence, facts = await ask(NULLED[name], connect(server), name)
    assert evidence.gaps == ()
    assert rules_of(facts)


@pytest.mark.parametrize("handler", [NODEPOOL, NODECLAIM, EC2NODECLASS], ids=lambda each: each.subject)
async def test_names_that_mean_nothing_and_objects_that_may_not_be_read(
    server: ApiServer, connect: Connect, handler: Handler
) -> None:
    cluster = connect(server)
    with pytest.raises(NameNotFound):
        await ask(handler, cluster, "no-such-thing")
    with pytest.raises(NameInvalid):
        await ask(handler, cluster, "No_Name")
    server.fail("/apis/karpenter", Fault.recorded("403-nodes.http"))
    with pytest.raises(Forbidden):
        await ask(handler, cluster, "default")


@pytest.mark.parametrize(
    "sweep", [NODEPOOL_SWEEP, NODECLAIM_SWEEP, EC2NODECLASS_SWEEP], ids=lambda each: each.handler.subject
)
async def test_a_cluster_without_karpenter_has_no_suspects_and_no_gaps(
    server: ApiServer, connect: Connect, sweep: Sweep
) -> None:
    server.fail("/apis/karpenter", Fault.answer(b"404 page not found\n", "text/plain", 404))
    cluster = connect(server)
    async with Look(Sources(cluster=cluster), 20.0, told) as look:
        assert await sweep.suspects(look, "") == ()
        assert look.gaps == ()
        assert await sweep.suspects(look, "mlops") == ()
    with pytest.raises(NotServed):
        await ask(sweep.handler, cluster, "default")


async def test_a_controller_that_does_not_run_is_the_cause(
    serve: Callable[[Path], Awaitable[ApiServer]], connect: Connect, tmp_path: Path
) -> None:
    crashing = pod_json(
        waiting("CrashLoopBackOff", name="controller"),
        meta={
            "name": "karpenter-1",
            "namespace": "karpenter",
            "labels": {"app.kubernetes.io/name": "karpenter"},
        },
    )
    false = {"type": "Ready", "status": "False", "reason": "NotReady", "message": ""}
    pool = thing("NodePool", "default", version="karpenter.sh/v1", spec={}, status={"conditions": [false]})
    server = await serve(write_cluster(tmp_path, crashing, pool))
    evidence, facts = await ask(NODEPOOL, connect(server), "default")
    assert [str(each) for each in facts.depends_on] == ["karpenter/karpenter-1"]
    assert [str(each.ref) for each in evidence.related] == ["karpenter/karpenter-1"]
    assert rules_of(facts) == ["nodepool-not-ready"]


async def test_subnets_without_addresses_are_found_in_aws(
    serve: Callable[[Path], Awaitable[ApiServer]],
    connect: Connect,
    tmp_path: Path,
    moto: Moto,
    aws_front: AwsFront,
) -> None:
    ec2 = moto.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/28")["Subnet"]["SubnetId"]
    status = {"conditions": [{"type": "Ready", "status": "True"}], "subnets": [{"id": made}]}
    one = thing("EC2NodeClass", "default", version="karpenter.k8s.aws/v1", spec={}, status=status)
    sources = Sources(
        cluster=connect(await serve(write_cluster(tmp_path, one))),
        aws=aws_front.account(reach={"timeout": 20.0}),
        platform=Platform(components=()),
    )
    evidence = await EC2NODECLASS.gather(Question(name="default"), sources, told)
    assert rules_of(evidence.facts) == ["ec2nodeclass-no-addresses"]
    swept = await EC2NODECLASS.gather(Question(name="default", sweep=True), sources, told)
    assert rules_of(swept.facts) == []


async def test_without_the_component_in_the_profile_nothing_is_read_of_it(
    server: ApiServer, connect: Connect
) -> None:
    evidence, facts = await ask(EC2NODECLASS, connect(server), "burst", platform=Platform(components=()))
    assert rules_of(facts) == ["ec2nodeclass-subnets"]
    assert evidence.gaps == ()
    assert not [path for path in paths(server) if "/pods" in path]


def test_rights_are_told() -> None:
    rights = {(need.verb, need.group, need.resource) for need in EC2NODECLASS.needs}
    assert ("list", "karpenter.k8s.aws", "ec2nodeclasses") in rights
    assert ("get", "karpenter.sh", "nodepools") in rights
