"""The ladder from service account to AWS credentials."""

from typing import Any

import pytest

from handlers.extract.identity import identity_facts
from handlers.sources.objects.network import ServiceAccount
from handlers.sources.objects.pod import Pod
from rules.facts.container import ContainerFacts
from rules.facts.identity import IdentityFacts
from rules.facts.log import LogSignature, SignatureKind
from tests.handlers.build import make, pod, running

ROLE = "arn:aws:iam::111122223333:role/mlops/reader"
TOKEN = "AWS_WEB_IDENTITY_TOKEN_FILE"
POD_IDENTITY = "AWS_CONTAINER_CREDENTIALS_FULL_URI"


def account(role: str = "", audience: str = "") -> ServiceAccount:
    notes = {"eks.amazonaws.com/role-arn": role, "eks.amazonaws.com/audience": audience}
    return make(
        ServiceAccount, metadata={"name": "reader", "annotations": {k: v for k, v in notes.items() if v}}
    )


def asker(*variables: str, volumes: tuple[str, ...] = ()) -> Pod:
    status = running(spec={"env": [{"name": name, "value": "x"} for name in variables]})
    spec = {"serviceAccountName": "reader", "volumes": [{"name": name} for name in volumes]}
    return pod(status, spec=spec)


def facts(of: Pod, given: ServiceAccount | None = None, **more: Any) -> IdentityFacts:
    return identity_facts(of, given, more.pop("containers", ()), **more)


@pytest.mark.parametrize(
    ("said", "of", "given"),
    [
        ("service account reader names no role; the pod has no web identity token", asker(), account()),
        ("service account reader does not exist; the pod has no web identity token", asker(), None),
        (
            f"service account reader names role {ROLE}; the pod has a web identity token",
            asker(TOKEN),
            account(ROLE),
        ),
        (
            (
                f"service account reader names role {ROLE} with audience "
                f"sts.example; the pod has a web identity token"
            ),
            asker(volumes=("aws-iam-token",)),
            account(ROLE, "sts.example"),
        ),
        (
            "service account reader names no role; the pod uses EKS Pod Identity",
            asker(POD_IDENTITY),
            account(),
        ),
        (
            (
                "service account reader names no role; the pod has no web "
                "identity token, and AWS_ACCESS_KEY_ID is set in it"
            ),
            asker("AWS_ACCESS_KEY_ID"),
            account(),
        ),
    ],
)
def test_how_the_pod_stands_in_a_sentence(said: str, of: Pod, given: ServiceAccount | None) -> None:
    found = facts(of, given)
    assert str(found.said) == said
    assert found.said is not None
    assert found.said.source == "service account and pod spec"


def test_an_unread_account_leaves_what_the_pod_itself_tells() -> None:
    found = facts(asker(TOKEN), None, missing="no right")
    assert str(found.said) == "service account reader could not be read; the pod has a web identity token"
    assert set(found.missing) == {
        "account_exists",
        "role_arn",
        "role_name",
        "audience",
        "older_than_role",
        "role_arn_valid",
    }
    assert found.has_token


@pytest.mark.parametrize(
    ("older", "of", "role"),
    [
        (True, asker(), ROLE),
        (False, asker(TOKEN), ROLE),
        (False, asker(volumes=("aws-iam-token",)), ROLE),
        (False, asker(POD_IDENTITY), ROLE),
        (False, asker(), ""),
    ],
)
def test_a_pod_older_than_its_role(older: bool, of: Pod, role: str) -> None:
    assert facts(of, account(role)).older_than_role is older


@pytest.mark.parametrize(
    ("valid", "role"),
    [
        (True, ROLE),
        (True, ""),
        (True, "arn:aws-us-gov:iam::111122223333:role/x"),
        (False, "arn:aws:iam::1111:role/x"),
        (False, "arn:aws:iam::111122223333:user/x"),
        (False, "reader"),
        (False, ROLE + " "),
    ],
)
def test_role_arns(valid: bool, role: str) -> None:
    assert facts(asker(), account(role)).role_arn_valid is valid


def failing(kind: SignatureKind, **more: Any) -> ContainerFacts:
    return ContainerFacts(signature=LogSignature(kind=kind, **more))


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (True, SignatureKind.AWS_NO_CREDENTIALS),
        (True, SignatureKind.AWS_ACCESS_DENIED),
        (True, SignatureKind.AWS_TOKEN_AUDIENCE),
        (True, SignatureKind.AWS_OIDC_PROVIDER),
        (True, SignatureKind.AWS_ASSUME_ROLE_DENIED),
        (False, SignatureKind.AWS_NOT_FOUND),
        (False, SignatureKind.MISSING_ENV),
    ],
)
def test_what_counts_as_trouble_with_credentials(refused: bool, kind: SignatureKind) -> None:
    assert facts(asker(), account(), containers=(failing(kind),)).aws_failing is refused


def test_the_role_that_aws_saw() -> None:
    containers = (
        failing(SignatureKind.AWS_NO_CREDENTIALS),
        failing(SignatureKind.AWS_ACCESS_DENIED, role="node-role", as_instance=True),
    )
    found = facts(asker(), account(ROLE), containers=containers)
    assert (found.used_role, found.used_node_role) == ("node-role", True)
    assert facts(asker(), account()).used_node_role is False


def test_similar_accounts_are_named_when_the_own_one_is_missing() -> None:
    found = facts(asker(), None, others=("readers", "default", "writer"))
    assert not found.account_exists
    assert found.similar_accounts == ("readers",)
    assert facts(pod(), account()).service_account == "default"
