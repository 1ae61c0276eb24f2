"""Everything read about a service account → its facts: the ladder from annotation to role."""

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from handlers.extract.identity import AUDIENCE, ROLE, ROLE_ARN
from handlers.extract.owner import top_owner
from handlers.platform import Platform
from handlers.sources.objects.network import ServiceAccount
from handlers.sources.objects.pod import Pod
from rules.facts.pod import PodFacts
from rules.facts.service_account import ServiceAccountFacts, TrustFacts

STS_AUDIENCES = frozenset({"", "sts.amazonaws.com", "sts.amazonaws.com.cn"})
TOKEN_VOLUME, TOKEN_VARIABLE = "aws-iam-token", "AWS_WEB_IDENTITY_TOKEN_FILE"
POD_IDENTITY_VARIABLE, KEY_VARIABLE = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ACCESS_KEY_ID"
EXPECTED: Mapping[tuple[str, str], str] = {
    ("argo", "argo-workflow"): "argo-workflow",
    ("mlops", "kserve-inference"): "kserve-inference",
    ("mlflow", "mlflow"): "mlflow",
    ("monitoring", "loki"): "loki",
    ("monitoring", "tempo"): "tempo",
    ("external-secrets", "external-secrets"): "external-secrets",
    ("karpenter", "karpenter"): "karpenter",
    ("kube-system", "aws-load-balancer-controller"): "alb-controller",
    ("kube-system", "ebs-csi-controller-sa"): "ebs-csi",
}
"""The platform's accounts that need AWS; their role is named `<cluster>-<this>`."""
_ENDED = frozenset({"Succeeded", "Failed"})
_ACCOUNT = re.compile(r"^arn:[^:]*:iam::(\d{12}):")
_NO_CREDENTIALS = "aws_no_credentials"
_REFUSALS = frozenset(
    {
        _NO_CREDENTIALS,
        "aws_access_denied",
        "aws_assume_role_denied",
        "aws_oidc_provider",
        "aws_token_audience",
    }
)


class AccountReads(Struct, frozen=True, kw_only=True):
    """What was read about one service account.

    Attributes:
        pods: those that run as it.
        behind: facts about those that were diagnosed in full.
        association_role: of its Pod Identity association, when there is one.
        missing: why something was not read: pods, association.
    """

    account: ServiceAccount
    platform: Platform = Platform()
    home_account: str = ""
    pods: tuple[Pod, ...] = ()
    behind: tuple[PodFacts, ...] = ()
    association_role: str = ""
    trust: TrustFacts = TrustFacts()
    missing: Mapping[str, str] = {}


def service_account_facts(reads: AccountReads) -> ServiceAccountFacts:
    """Turn what was read into facts."""
    account, pods = reads.account, running(reads.pods)
    annotations, role = account.metadata.annotations, role_of(account)
    owner = account_of(role)
    lacking = [pod for pod in pods if lacks_token(account, pod)]
    unreached = [pod for pod in pods if reads.association_role and not _uses_pod_identity(pod)]
    keyed = [pod for pod in pods if KEY_VARIABLE in _variables(pod)] if role else []
    facts = ServiceAccountFacts(
        missing=_missing(reads),
        ref=account.ref,
        top_owner=account.ref,
        role_arn=role,
        role_name=role.rpartition("/")[2],
        role_account=owner,
        role_arn_valid=not role or bool(ROLE_ARN.match(role)),
        expected_role=_expected(account, reads.platform),
        home_account=reads.home_account,
        in_other_account=bool(owner and reads.home_account and owner != reads.home_account),
        audience=annotations.get(AUDIENCE, ""),
        audience_wrong=has_wrong_audience(account),
        pods=len(pods),
        without_token=_names(lacking),
        with_keys=_names(keyed),
        before_association=_names(unreached),
        restart=_restart(lacking or unreached or keyed or pods),
        pod_identity=bool(reads.association_role) or any(_uses_pod_identity(pod) for pod in pods),
        association_role=reads.association_role,
        trust=reads.trust,
        effect=_effect(pods),
    )
    return _with_health(_with_refusals(facts, reads.behind))


def role_of(account: ServiceAccount) -> str:
    """The role its annotation names, or empty."""
    return account.metadata.annotations.get(ROLE, "")


def account_of(role: str) -> str:
    """The AWS account in a role's ARN, or empty."""
    owner = _ACCOUNT.match(role)
    return owner[1] if owner else ""


def has_wrong_audience(account: ServiceAccount) -> bool:
    """Whether its tokens are made for somebody else than STS."""
    return bool(role_of(account)) and account.metadata.annotations.get(AUDIENCE, "") not in STS_AUDIENCES


def running(pods: Iterable[Pod]) -> tuple[Pod, ...]:
    """Pods that have not ended."""
    return tuple(pod for pod in pods if pod.status.phase not in _ENDED)


def lacks_token(account: ServiceAccount, pod: Pod) -> bool:
    """Whether the account names a role and the pod got no token of it: the webhook gives one to new pods."""
    if not role_of(account) or _uses_pod_identity(pod):
        return False
    volumes = {volume.name for volume in pod.spec.volumes}
    return TOKEN_VOLUME not in volumes and TOKEN_VARIABLE not in _variables(pod)


def rungs(facts: ServiceAccountFacts) -> tuple[str, ...]:
    """The rungs that hold, for the answer to list."""
    trust, words = facts.trust, []
    if facts.role_arn:
        words.append(f"role {facts.role_arn} is named" + (", a valid ARN" if facts.role_arn_valid else ""))
        if not facts.audience_wrong:
            words.append("tokens are made for STS")
    if facts.association_role:
        words.append(f"Pod Identity association with {facts.association_role}")
    if "pods" not in facts.missing and facts.pods:
        words.append(f"run as it: {pods_in_words(facts)}" + ("" if facts.without_token else _given(facts)))
    if trust.verdict != "unread":
        words.append("the role exists in AWS")
    if trust.verdict == "ok":
        words.append("its trust policy takes this account's token")
    if trust.issuer and trust.provider_exists:
        words.append("the OIDC provider exists")
    if trust.policies:
        words.append(f"policies {', '.join(trust.policies)} (named, not tried out)")
    return tuple(words)


def pods_in_words(facts: ServiceAccountFacts) -> str:
    """How many pods run as it ("1 pod")."""
    return f"{facts.pods} pod{'' if facts.pods == 1 else 's'}"


def _given(facts: ServiceAccountFacts) -> str:
    if facts.pod_identity:
        return ", by EKS Pod Identity"
    return ", each with its token" if facts.role_arn else ""


def _with_refusals(facts: ServiceAccountFacts, behind: Sequence[PodFacts]) -> ServiceAccountFacts:
    """Add what the logs of the pods that were read say about AWS."""
    told = [
        (pod, each.signature)
        for pod in behind
        for each in pod.containers
        if each.signature and each.signature.kind in _REFUSALS
    ]
    own = [signature for _, signature in told if signature.kind == _NO_CREDENTIALS or signature.as_instance]
    return replace(
        facts,
        refused=tuple(dict.fromkeys(pod.ref.name for pod, _ in told)),
        refused_said=told[0][1].line if told else None,
        lacks_credentials=bool(own),
    )


def _with_health(facts: ServiceAccountFacts) -> ServiceAccountFacts:
    trust = facts.trust
    broken = (
        not facts.role_arn_valid
        or facts.audience_wrong
        or facts.without_token
        or facts.before_association
        or facts.lacks_credentials
        or not trust.exists
        or not trust.provider_exists
        or trust.verdict not in {"unread", "ok"}
    )
    return replace(facts, healthy=not broken)


def _variables(pod: Pod) -> set[str]:
    return {variable.name for container in pod.spec.containers for variable in container.env}


def _uses_pod_identity(pod: Pod) -> bool:
    return POD_IDENTITY_VARIABLE in _variables(pod)


def _names(pods: Iterable[Pod]) -> tuple[str, ...]:
    return tuple(sorted(pod.metadata.name for pod in pods))


def _restart(pods: Sequence[Pod]) -> str:
    kinds = {"Deployment", "StatefulSet", "DaemonSet"}
    owners = [top_owner(pod) for pod in pods]
    return next((f"{owner.kind.lower()}/{owner.name}" for owner in owners if owner.kind in kinds), "")


def _expected(account: ServiceAccount, platform: Platform) -> str:
    component = EXPECTED.get((account.metadata.namespace, account.metadata.name), "")
    return f"{platform.cluster_name}-{component}" if component and platform.cluster_name else ""


def _effect(pods: Sequence[Pod]) -> str:
    if not pods:
        return "No pod runs as it now"
    owners = sorted({f"{owner.kind} {owner.name}" for owner in map(top_owner, pods)})
    count = f"{len(pods)} pods run" if len(pods) > 1 else "1 pod runs"
    more = f" and {len(owners) - 3} more" if len(owners) > 3 else ""  # noqa: PLR2004 - as many as a line holds
    return f"{count} as it: {', '.join(owners[:3])}{more}"


def _missing(reads: AccountReads) -> Mapping[str, str]:
    fields = {
        "pods": (
            "pods",
            "without_token",
            "before_association",
            "with_keys",
            "lacks_credentials",
            "refused",
            "restart",
            "effect",
        ),
        "association": ("association_role", "before_association"),
        "home_account": ("home_account", "in_other_account"),
    }
    known = {source: why for source, why in reads.missing.items() if source in fields}
    return {field: why for source, why in known.items() for field in fields[source]}
