"""What AWS says of a service account's role: whether it exists, whom it trusts, and the cluster's issuer."""

import asyncio

from msgspec import Struct
from msgspec.structs import replace

from handlers.extract.service_account import STS_AUDIENCES
from handlers.extract.trust_policy import STS, Trust, judge_trust
from handlers.look import Look, Read
from handlers.sources.aws_objects.eks import Cluster
from handlers.sources.aws_objects.iam import AttachedPolicy, OidcProviderName, Role
from handlers.sources.aws_objects.pod_identity import PodIdentityAssociation, PodIdentityRole
from handlers.sources.objects.network import ServiceAccount
from rules.facts.service_account import TrustFacts
from rules.finding import Observation

IAM = (
    "iam:GetRole",
    "iam:ListAttachedRolePolicies",
    "iam:ListOpenIDConnectProviders",
    "eks:DescribeCluster",
    "eks:ListPodIdentityAssociations",
    "eks:DescribePodIdentityAssociation",
)
_OF_ROLE = ("exists", "verdict", "wanted", "found", "said", "policies")


class Association(Struct, frozen=True):
    """The role of a Pod Identity association; `missing` is why it could not be read."""

    role: str = ""
    missing: str = ""


async def read_trust(account: ServiceAccount, role: str, audience: str, look: Look) -> TrustFacts:
    """Ask AWS about the role an account names; without AWS nothing is known, and the answer says so."""
    if look.sources.aws is None:
        look.note("role and trust policy in AWS", "AWS is not configured for this cluster")
        return TrustFacts()
    name = role.rpartition("/")[2]
    async with asyncio.TaskGroup() as group:
        found = group.create_task(look.aws(Role, what=f"role {name}", RoleName=name))
        policies = group.create_task(look.aws(AttachedPolicy, what=f"policies of {name}", RoleName=name))
        providers = group.create_task(look.aws(OidcProviderName, what="OIDC providers"))
        issuer = group.create_task(_issuer(look))
    url = (issuer.result().value or "").removeprefix("https://")
    known = _of_provider(url, providers.result(), issuer.result().missing)
    if found.result().missing:
        return replace(known, missing={**known.missing, **dict.fromkeys(_OF_ROLE, found.result().missing)})
    if not found.result().value:
        return replace(known, exists=False)
    attached = tuple(each.policy_name for each in policies.result().value or ())
    return replace(_with_trust(known, account, (found.result().value or ())[0], audience), policies=attached)


async def home_account(look: Look) -> str:
    """The AWS account that is read: a setting, else as STS names it; empty where neither tells."""
    if look.platform.account or look.sources.aws is None:
        return look.platform.account
    told = await look.read(look.sources.aws.identity(), "the AWS account's number")
    return told.value.account if told.value else ""


async def read_association(account: ServiceAccount, look: Look) -> Association:
    """Ask EKS whether Pod Identity gives the account a role."""
    cluster = look.platform.cluster_name
    if look.sources.aws is None or not cluster:
        return Association()
    listed = await look.aws(
        PodIdentityAssociation,
        what="Pod Identity associations",
        clusterName=cluster,
        namespace=account.metadata.namespace,
        serviceAccount=account.metadata.name,
    )
    if not listed.value:
        return Association(missing=listed.missing)
    told = await look.aws(
        PodIdentityRole,
        what="Pod Identity association",
        clusterName=cluster,
        associationId=listed.value[0].association_id,
    )
    return Association(told.value[0].role_arn if told.value else "", told.missing)


async def _issuer(look: Look) -> Read[str]:
    """The cluster's token issuer; its name in AWS is a setting, and without it the issuer is not known."""
    if not look.platform.cluster_name:
        return Read()
    read = await look.aws(Cluster, what="the cluster in EKS", name=look.platform.cluster_name)
    identity = read.value[0].identity if read.value else None
    return Read(identity.oidc.issuer if identity else None, read.missing)


def _of_provider(url: str, providers: Read[tuple[OidcProviderName, ...]], unread: str) -> TrustFacts:
    """Whether the AWS account knows the cluster's issuer."""
    why = providers.missing or unread
    arns = [each.arn for each in providers.value or ()]
    exists = bool(why) or not url or any(arn.endswith(f"/{url}") for arn in arns)
    return TrustFacts(missing={"provider_exists": why} if why else {}, issuer=url, provider_exists=exists)


def _with_trust(known: TrustFacts, account: ServiceAccount, role: Role, audience: str) -> TrustFacts:
    subject = f"system:serviceaccount:{account.metadata.namespace}:{account.metadata.name}"
    wanted = audience if audience not in STS_AUDIENCES else STS
    document = role.assume_role_policy_document
    trust = judge_trust(document, issuer=known.issuer, subject=subject, audience=wanted)
    return replace(
        known, verdict=trust.verdict, wanted=trust.wanted, found=trust.found, said=_said(trust, role)
    )


def _said(trust: Trust, role: Role) -> Observation | None:
    if trust.verdict == "ok":
        return None
    found = ", ".join(trust.found) or "nothing of the kind"
    text = f"the trust policy of {role.role_name} says {found}; it would have to say {trust.wanted}"
    return Observation(text, "iam:GetRole AssumeRolePolicyDocument")
