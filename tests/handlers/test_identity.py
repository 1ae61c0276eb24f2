"""`diagnose serviceaccount` over HTTP and with AWS beside it: what fails never looks like fine."""

import json
from typing import Any, TypeVar

import pytest

from handlers.contract import Evidence, NameAmbiguous, NameInvalid, NameNotFound, Question, Sources
from handlers.identity import SERVICEACCOUNT, SERVICEACCOUNT_SWEEP, gather
from handlers.look import Look
from handlers.platform import Platform
from handlers.sources.aws import Aws, AwsObject, Identity, Parameter, Stored
from handlers.sources.aws_objects.pod_identity import PodIdentityAssociation, PodIdentityRole
from handlers.sources.cluster import Cluster
from handlers.sources.errors import Forbidden, NotFound
from rules.facts.service_account import ServiceAccountFacts
from rules.judge import judge
from tests.fakes.aws import AwsFront, Moto, Spoilt
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.conftest import Connect, told
from tests.shipped import shipped_rules

A = TypeVar("A", bound=AwsObject)
PATIENT = {"timeout": 20.0}
ROLE = "mlops-platform-dev-loki"
SUBJECT = "system:serviceaccount:monitoring:loki"
FAULTS = {
    "403": Fault.recorded("403-nodes.http"),
    "500": Fault(status=500),
    "hang": Fault.hang(),
    "cut": Fault.cut(),
    "no JSON": Fault.answer(b"{"),
}


async def ask(
    cluster: Cluster, name: str, namespace: str = "", *, aws: Aws | None = None, sweep: bool = False
) -> tuple[Evidence, ServiceAccountFacts]:
    platform = Platform(cluster_name="dev", account="111122223333")
    sources = Sources(cluster=cluster, aws=aws, platform=platform)
    evidence = await gather(Question(name=name, namespace=namespace, sweep=sweep), sources, told)
    assert isinstance(evidence.facts, ServiceAccountFacts)
    return evidence, evidence.facts


def rules_of(facts: ServiceAccountFacts) -> list[str]:
    return [finding.rule for finding in judge(facts, shipped_rules()).findings]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_pods_that_cannot_be_read_are_missing(
    server: ApiServer, connect: Connect, fault: Fault
) -> None:
    server.fail("/api/v1/namespaces/mlops/pods", fault)
    evidence, facts = await ask(connect(server, timeout=fault.patience), "dataset-exporter", "mlops")
    assert "pods that run as it" in {gap.source for gap in evidence.gaps}
    assert {"without_token", "with_keys", "lacks_credentials"} <= facts.missing.keys()
    undecided = {doubt.rule for doubt in judge(facts, shipped_rules()).undecided}
    assert "service-account-pods-without-token" in undecided


async def test_an_account_that_may_not_be_read_is_an_error(server: ApiServer, connect: Connect) -> None:
    server.fail("/api/v1/namespaces/mlops/serviceaccounts", Fault.recorded("403-nodes.http"))
    with pytest.raises(Forbidden):
        await ask(connect(server), "dataset-exporter", "mlops")


async def test_names_that_mean_nothing_or_several(server: ApiServer, connect: Connect) -> None:
    cluster = connect(server)
    with pytest.raises(NameInvalid):
        await ask(cluster, "No_Name")
    with pytest.raises(NameNotFound):
        await ask(cluster, "nobody", "mlops")
    with pytest.raises(NameAmbiguous) as several:
        await ask(cluster, "mlflow")
    assert {each.ref.namespace for each in several.value.candidates} >= {"mlflow", "mlops"}


async def test_one_of_many_is_judged_by_its_objects_alone(
    server: ApiServer, connect: Connect, aws_front: AwsFront
) -> None:
    evidence, facts = await ask(
        connect(server), "dataset-exporter", "mlops", aws=aws_front.account(), sweep=True
    )
    assert rules_of(facts) == ["service-account-pods-without-token"]
    assert evidence.related == ()
    assert evidence.api_calls == 2
    assert not aws_front.seen


async def test_what_else_is_wrong_with_its_pods_is_not_the_accounts(
    server: ApiServer, connect: Connect
) -> None:
    evidence, _ = await ask(connect(server), "model-reader", "mlops")
    rules = {f.rule for facts in evidence.related for f in judge(facts, shipped_rules()).findings}
    assert "pod-readiness-timeout" not in rules


async def test_a_sweep_that_may_not_list_pods_still_reads_annotations(
    server: ApiServer, connect: Connect
) -> None:
    server.fail("/api/v1/pods", Fault.recorded("403-nodes.http"))
    async with Look(Sources(cluster=connect(server)), 20.0, told) as look:
        found = await SERVICEACCOUNT_SWEEP.suspects(look, "")
        assert [str(ref) for ref in found] == ["mlops/embedding-writer"]
        assert [gap.source for gap in look.gaps] == ["pods"]


def make_issuer(moto: Moto, *, provider: bool = True) -> str:
    """The cluster in EKS, and an OIDC provider for its issuer."""
    eks = moto.client("eks")
    made = eks.create_cluster(
        name="dev", roleArn="arn:aws:iam::123456789012:role/eks", resourcesVpcConfig={"subnetIds": []}
    )
    issuer: str = made["cluster"]["identity"]["oidc"]["issuer"].removeprefix("https://")
    if provider:
        moto.client("iam").create_open_id_connect_provider(
            Url=f"https://{issuer}", ThumbprintList=["0" * 40], ClientIDList=["sts.amazonaws.com"]
        )
    return issuer


def make_role(moto: Moto, issuer: str, subject: str = SUBJECT, operator: str = "StringEquals") -> None:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {operator: {f"{issuer}:sub": subject, f"{issuer}:aud": "sts.amazonaws.com"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    moto.client("iam").create_role(RoleName=ROLE, AssumeRolePolicyDocument=document)


async def loki(server: ApiServer, connect: Connect, front: AwsFront) -> tuple[Evidence, ServiceAccountFacts]:
    account = front.account(reach=PATIENT)
    return await ask(connect(server), "loki", "monitoring", aws=account)


async def test_every_rung_in_aws_is_read_and_told(
    server: ApiServer, connect: Connect, moto: Moto, aws_front: AwsFront
) -> None:
    make_role(moto, make_issuer(moto))
    evidence, facts = await loki(server, connect, aws_front)
    assert facts.trust.verdict == "ok"
    assert rules_of(facts) == []
    assert evidence.healthy
    assert evidence.gaps == ()
    assert "its trust policy takes this account's token" in evidence.checked
    assert "the OIDC provider exists" in evidence.checked


NAMED = {
    "system:serviceaccount:monitoring:tempo": "service-account-trust-policy",
    "system:serviceaccount:monitoring:*": "service-account-trust-wildcard",
}


@pytest.mark.parametrize("subject", NAMED)
async def test_a_trust_policy_that_names_another_is_told_with_what_it_says(
    server: ApiServer, connect: Connect, moto: Moto, aws_front: AwsFront, subject: str
) -> None:
    make_role(moto, make_issuer(moto), subject)
    evidence, facts = await loki(server, connect, aws_front)
    assert rules_of(facts) == [NAMED[subject]]
    assert subject in str(facts.trust.said)
    assert not evidence.healthy


async def test_a_role_and_a_provider_that_do_not_exist(
    server: ApiServer, connect: Connect, moto: Moto, aws_front: AwsFront
) -> None:
    make_issuer(moto, provider=False)
    evidence, facts = await loki(server, connect, aws_front)
    assert rules_of(facts) == ["service-account-oidc-provider", "service-account-role-missing"]
    assert not evidence.healthy


@pytest.mark.parametrize("how", [Spoilt.DENIED, Spoilt.GARBAGE, Spoilt.FAILING])
async def test_aws_that_gives_no_answer_leaves_the_rung_undecided(
    server: ApiServer, connect: Connect, moto: Moto, aws_front: AwsFront, how: Spoilt
) -> None:
    make_role(moto, make_issuer(moto))
    aws_front.spoil("iam:GetRole", how)
    evidence, facts = await loki(server, connect, aws_front)
    assert f"role {ROLE}" in {gap.source for gap in evidence.gaps}
    undecided = {doubt.rule for doubt in judge(facts, shipped_rules()).undecided}
    assert {"service-account-role-missing", "service-account-trust-policy"} <= undecided
    assert "its trust policy takes this account's token" not in evidence.checked


async def test_a_role_of_another_account_is_not_looked_for_in_this_one(
    server: ApiServer, connect: Connect, moto: Moto, aws_front: AwsFront
) -> None:
    make_issuer(moto)
    account = aws_front.account(reach=PATIENT)
    sources = Sources(cluster=connect(server), aws=account, platform=Platform(cluster_name="dev"))
    question = Question(name="loki", namespace="monitoring")
    evidence = await gather(question, sources, told)
    assert isinstance(evidence.facts, ServiceAccountFacts)
    assert rules_of(evidence.facts) == ["service-account-other-account"]
    assert "123456789012 is the one that is read" in evidence.gaps[0].reason
    assert not aws_front.seen["iam:GetRole"]


class PodIdentity:
    """An account in which EKS Pod Identity gives a service account a role; nothing of any other kind."""

    place = "eu-west-1"

    async def list(self, kind: type[A], *, region: str = "", **parameters: Parameter) -> tuple[A, ...]:
        assert not region
        assert parameters.get("clusterName", "dev") == "dev"
        if kind is PodIdentityAssociation:
            assert parameters["serviceAccount"] == "feature-reader"
        made = (
            PodIdentityAssociation(association_id="a-1"),
            PodIdentityRole(role_arn="arn:aws:iam::1:role/reader"),
        )
        return tuple(one for one in made if isinstance(one, kind))

    async def read_object(self, bucket: str, key: str, *, most: int, region: str = "") -> Stored:
        raise NotFound(f"s3://{bucket}/{key}", f"no such object of at most {most} bytes in {region}")

    async def identity(self) -> Identity:
        return Identity("1", "arn")

    async def close(self) -> None: ...


async def test_an_association_is_a_role_too(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server), "feature-reader", "mlops", aws=PodIdentity())
    assert facts.association_role == "arn:aws:iam::1:role/reader"
    assert rules_of(facts) == ["service-account-before-association"]
    assert "Pod Identity association with arn:aws:iam::1:role/reader" in evidence.checked


async def test_without_aws_the_answer_says_so(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server), "loki", "monitoring")
    assert [gap.source for gap in evidence.gaps] == ["role and trust policy in AWS"]
    assert judge(facts, shipped_rules()).undecided == ()


def test_rights_are_told() -> None:
    rights = {(need.verb, need.group, need.resource) for need in SERVICEACCOUNT.needs}
    assert ("list", "", "serviceaccounts") in rights
    assert "iam:GetRole" in SERVICEACCOUNT.iam
