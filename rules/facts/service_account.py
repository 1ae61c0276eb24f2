"""Facts about a service account: how its pods get AWS credentials, rung by rung."""

from typing import Annotated, Literal

from rules.facts.base import Facts, SubjectFacts, fact
from rules.finding import ObjectRef, Observation

TrustVerdict = Literal["unread", "ok", "no_statement", "other_provider", "subject", "wildcard", "audience"]


class TrustFacts(Facts, frozen=True, kw_only=True):
    """The role in AWS and whom it trusts."""

    exists: Annotated[bool, fact("Whether the role exists", read="iam:GetRole")] = True
    verdict: Annotated[
        TrustVerdict,
        fact("Whether its trust policy takes this account's token, else the first rung that fails"),
    ] = "unread"
    wanted: Annotated[str, fact("What that rung would have to say")] = ""
    found: Annotated[tuple[str, ...], fact("What it says instead")] = ()
    said: Annotated[Observation | None, fact("That rung in a sentence", read="AssumeRolePolicyDocument")] = (
        None
    )
    issuer: Annotated[str, fact("The cluster's token issuer", read="eks:DescribeCluster")] = ""
    provider_exists: Annotated[
        bool,
        fact("Whether the AWS account has an OIDC provider for it", read="iam:ListOpenIDConnectProviders"),
    ] = True
    policies: Annotated[
        tuple[str, ...], fact("Permission policies attached to it, by name; not tried out")
    ] = ()


class ServiceAccountFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one service account."""

    ref: Annotated[ObjectRef, fact("The service account")] = ObjectRef("ServiceAccount", "account", "default")
    top_owner: Annotated[ObjectRef, fact("The service account itself")] = ObjectRef(
        "ServiceAccount", "account", "default"
    )
    healthy: Annotated[bool, fact("No rung to its AWS role is seen broken")] = True
    role_arn: Annotated[str, fact("Role it names", read="annotation eks.amazonaws.com/role-arn")] = ""
    role_name: Annotated[str, fact("Name of that role, without path")] = ""
    role_account: Annotated[str, fact("AWS account of that role")] = ""
    role_arn_valid: Annotated[bool, fact("Whether the ARN has the form of a role's")] = True
    expected_role: Annotated[str, fact("Role the platform gives this account by its naming, or empty")] = ""
    home_account: Annotated[str, fact("The cluster's AWS account; empty where it is not known")] = ""
    in_other_account: Annotated[bool, fact("Whether the role belongs to another AWS account")] = False
    audience: Annotated[
        str, fact("Audience of its tokens; empty for the default", read="eks.amazonaws.com/audience")
    ] = ""
    audience_wrong: Annotated[bool, fact("Whether STS does not take that audience by default")] = False
    pods: Annotated[int, fact("Pods that run as it")] = 0
    without_token: Annotated[
        tuple[str, ...], fact("Those that lack the token of its role: they are older than the annotation")
    ] = ()
    with_keys: Annotated[
        tuple[str, ...],
        fact("Those whose AWS_ACCESS_KEY_ID goes before the role", read="spec.containers.env"),
    ] = ()
    restart: Annotated[
        str, fact("Owner of the first pod concerned, as kubectl takes it (deployment/app), or empty")
    ] = ""
    pod_identity: Annotated[
        bool, fact("Whether EKS Pod Identity gives it a role, by its pods or by an association")
    ] = False
    association_role: Annotated[
        str, fact("Role of its Pod Identity association", read="eks:DescribePodIdentityAssociation")
    ] = ""
    before_association: Annotated[
        tuple[str, ...], fact("Pods made before that association, which carry nothing of it")
    ] = ()
    lacks_credentials: Annotated[
        bool, fact("Whether a pod's log shows that it found no credentials, or only its node's")
    ] = False
    refused: Annotated[
        tuple[str, ...], fact("Pods whose log shows AWS refusing them, of those that were read")
    ] = ()
    refused_said: Annotated[Observation | None, fact("The first such line")] = None
    trust: Annotated[TrustFacts, fact("The role in AWS")] = TrustFacts()
    effect: Annotated[str, fact("Who runs as it, in a sentence")] = ""
