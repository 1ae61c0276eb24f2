"""The ladder of a service account: annotation, token, pods, and whom its role trusts."""

from typing import Any

import pytest

from handlers.extract.service_account import (
    AccountReads,
    has_wrong_audience,
    lacks_token,
    rungs,
    service_account_facts,
)
from handlers.extract.trust_policy import judge_trust
from handlers.platform import Platform
from handlers.sources.objects.network import ServiceAccount
from handlers.sources.objects.pod import Pod
from rules.facts.container import ContainerFacts
from rules.facts.log import LogSignature, SignatureKind
from rules.facts.pod import PodFacts
from rules.facts.service_account import ServiceAccountFacts, TrustFacts
from rules.finding import ObjectRef, Observation
from tests.handlers.build import Json, make, pod, running

ARN = "arn:aws:iam::111122223333:role/prod-mlflow"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/ABC"
SUBJECT = "system:serviceaccount:ns:app"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"


def account(role: str = ARN, *, name: str = "app", namespace: str = "ns", **more: str) -> ServiceAccount:
    annotations = {"eks.amazonaws.com/role-arn": role} if role else {}
    annotations |= {f"eks.amazonaws.com/{key}": value for key, value in more.items()}
    metadata = {"name": name, "namespace": namespace, "annotations": annotations}
    return make(ServiceAccount, metadata=metadata)


def runs(name: str = "p", *, env: tuple[str, ...] = (), volumes: tuple[str, ...] = (), **more: Any) -> Pod:
    container = running(spec={"env": [{"name": each} for each in env]})
    owners = [{"kind": "StatefulSet", "name": "db", "controller": True}]
    return pod(
        container,
        ready=True,
        meta={"name": name, "ownerReferences": owners},
        spec={"volumes": [{"name": each} for each in volumes]},
        **more,
    )


def facts(of: ServiceAccount, **reads: Any) -> ServiceAccountFacts:
    return service_account_facts(AccountReads(account=of, **reads))


@pytest.mark.parametrize(
    ("role", "valid"),
    [
        (ARN, True),
        ("arn:aws-cn:iam::111122223333:role/path/to/role", True),
        ("prod-mlflow", False),
        ("arn:aws:iam::1111:role/x", False),
        ("arn:aws:iam::111122223333:user/x", False),
        (f"{ARN} ", False),
    ],
)
def test_an_arn_has_one_form(role: str, valid: bool) -> None:
    told = facts(account(role))
    assert told.role_arn_valid is valid
    assert told.healthy is valid


@pytest.mark.parametrize(
    ("audience", "wrong"),
    [("", False), ("sts.amazonaws.com", False), ("sts.amazonaws.com.cn", False), (f"https://{ISSUER}", True)],
)
def test_sts_takes_tokens_for_itself(audience: str, wrong: bool) -> None:
    assert has_wrong_audience(account(audience=audience)) is wrong
    assert has_wrong_audience(account("", audience=audience)) is False


@pytest.mark.parametrize(
    ("of", "lacking"),
    [
        (runs(), True),
        (runs(env=("AWS_WEB_IDENTITY_TOKEN_FILE",)), False),
        (runs(volumes=("aws-iam-token",)), False),
        (runs(env=("AWS_CONTAINER_CREDENTIALS_FULL_URI",)), False),
    ],
)
def test_a_pod_has_the_token_by_volume_or_variable(of: Pod, lacking: bool) -> None:
    assert lacks_token(account(), of) is lacking
    assert not lacks_token(account(""), of)


def test_only_pods_that_have_not_ended_are_told() -> None:
    told = facts(
        account(),
        pods=(runs("old"), runs("ended", phase="Succeeded"), runs("new", volumes=("aws-iam-token",))),
    )
    assert (told.pods, told.without_token, told.restart) == (2, ("old",), "statefulset/db")
    assert not told.healthy


def test_keys_go_before_the_role() -> None:
    keyed = runs(env=("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"))
    assert facts(account(), pods=(keyed,)).with_keys == ("p",)
    assert facts(account(""), pods=(keyed,)).with_keys == ()


def refused(kind: SignatureKind, **more: Any) -> PodFacts:
    signature = LogSignature(kind=kind, line=Observation("the line", "log of app"), **more)
    return PodFacts(
        ref=ObjectRef("Pod", "p", "ns"), containers=(ContainerFacts(name="app", signature=signature),)
    )


def test_a_log_tells_that_credentials_lack() -> None:
    told = facts(account(""), pods=(runs(),), behind=(refused(SignatureKind.AWS_NO_CREDENTIALS),))
    assert (told.lacks_credentials, told.refused, told.healthy) == (True, ("p",), False)
    node = facts(account(""), behind=(refused(SignatureKind.AWS_ACCESS_DENIED, as_instance=True),))
    assert node.lacks_credentials
    own = facts(account(""), behind=(refused(SignatureKind.AWS_ACCESS_DENIED),))
    assert not own.lacks_credentials
    assert own.refused == ("p",)


def test_no_role_is_no_fault_by_itself() -> None:
    assert facts(account(""), pods=(runs(),)).healthy


def test_the_platforms_role_and_account_are_told() -> None:
    told = facts(
        account(name="mlflow", namespace="mlflow"),
        platform=Platform(cluster_name="prod"),
        home_account="444455556666",
    )
    assert (told.expected_role, told.in_other_account) == ("prod-mlflow", True)
    assert facts(account(), home_account="").in_other_account is False


def test_rungs_that_hold_are_listed() -> None:
    trust = TrustFacts(verdict="ok", issuer=ISSUER, policies=("s3-read",))
    told = rungs(facts(account(), pods=(runs(volumes=("aws-iam-token",)),), trust=trust))
    assert told == (
        f"role {ARN} is named, a valid ARN",
        "tokens are made for STS",
        "run as it: 1 pod, each with its token",
        "the role exists in AWS",
        "its trust policy takes this account's token",
        "the OIDC provider exists",
        "policies s3-read (named, not tried out)",
    )


def test_unread_pods_are_missing() -> None:
    told = facts(account(), missing={"pods": "pods: forbidden"})
    assert {"without_token", "with_keys", "effect"} <= told.missing.keys()


def statement(
    operator: str = "StringEquals", *, sub: Any = SUBJECT, aud: Any = "sts.amazonaws.com", **more: Any
) -> Json:
    condition = {f"{ISSUER}:sub": sub, f"{ISSUER}:aud": aud}
    return {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {operator: {key: value for key, value in condition.items() if value}},
        **more,
    }


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        (statement(), "ok"),
        (statement(sub=""), "ok"),
        (statement("StringLike", sub="system:serviceaccount:ns:*"), "ok"),
        (statement("ForAnyValue:StringEquals", sub=["x", SUBJECT]), "ok"),
        (statement(sub="system:serviceaccount:ns:*"), "wildcard"),
        (statement(sub="system:serviceaccount:other:app"), "subject"),
        (statement("StringLike", sub="system:serviceaccount:other:*"), "subject"),
        (statement("StringLike", sub="system:serviceaccount:[n]s:app"), "subject"),
        (statement(aud="https://elsewhere"), "audience"),
        (statement(Principal={"Federated": PROVIDER.replace("ABC", "XYZ")}), "other_provider"),
        (statement(Principal={"Service": "ec2.amazonaws.com"}), "other_provider"),
        (statement(Principal="*"), "other_provider"),
        (statement(Action=["sts:TagSession"]), "no_statement"),
        (statement(Action="sts:*"), "ok"),
        (statement(Effect="Deny"), "no_statement"),
    ],
)
def test_a_trust_policy_is_judged_rung_by_rung(given: Json, verdict: str) -> None:
    assert judge_trust({"Statement": [given]}, issuer=f"https://{ISSUER}", subject=SUBJECT).verdict == verdict
    assert judge_trust({"Statement": given}, issuer=ISSUER, subject=SUBJECT).verdict == verdict


@pytest.mark.parametrize("document", [{}, {"Statement": None}, {"Statement": ["x"]}, {"Statement": 5}])
def test_a_policy_that_says_nothing_trusts_nobody(document: Json) -> None:
    assert judge_trust(document, issuer=ISSUER, subject=SUBJECT).verdict == "no_statement"


def test_of_several_statements_the_one_that_comes_farthest_counts() -> None:
    several = [statement(sub="other"), statement(aud="other"), statement(Principal={"Federated": "x"})]
    told = judge_trust({"Statement": several}, issuer=ISSUER, subject=SUBJECT)
    assert (told.verdict, told.found) == ("audience", ("other",))


def test_without_the_issuer_any_oidc_provider_counts_as_the_clusters() -> None:
    assert judge_trust({"Statement": [statement()]}, issuer="", subject=SUBJECT).verdict == "ok"
    assert judge_trust({"Statement": [statement(sub="x")]}, issuer="", subject=SUBJECT).verdict == "subject"
