"""How a pod gets AWS credentials: annotations, and what EKS's pod identity webhook injects."""

import difflib
import re
from collections.abc import Iterable

import msgspec

from handlers.sources.objects.network import ServiceAccount
from handlers.sources.objects.pod import Pod
from rules.facts.container import ContainerFacts
from rules.facts.identity import IdentityFacts
from rules.finding import Observation

ROLE = "eks.amazonaws.com/role-arn"
AUDIENCE = "eks.amazonaws.com/audience"
ROLE_ARN = re.compile(r"^arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+$")
_OF_THE_ACCOUNT = ("account_exists", "role_arn", "role_name", "audience", "older_than_role", "role_arn_valid")
_AWS_KINDS = frozenset(
    {
        "aws_no_credentials",
        "aws_assume_role_denied",
        "aws_oidc_provider",
        "aws_token_audience",
        "aws_access_denied",
    }
)


def identity_facts(
    pod: Pod,
    account: ServiceAccount | None,
    containers: Iterable[ContainerFacts],
    *,
    others: Iterable[str] = (),
    missing: str = "",
) -> IdentityFacts:
    """Walk the ladder from service account to token; `account` None means it does not exist.

    `missing` is why the account could not be read; facts that need it are then marked so.
    """
    name = account_name(pod)
    annotations = account.metadata.annotations if account else {}
    role = annotations.get(ROLE, "")
    variables = {variable.name for container in pod.spec.containers for variable in container.env}
    token, pod_identity = _has_token(pod, variables), "AWS_CONTAINER_CREDENTIALS_FULL_URI" in variables
    refusals = [c.signature for c in containers if c.signature and c.signature.kind in _AWS_KINDS]
    told = next((signature for signature in refusals if signature.role), None)
    facts = IdentityFacts(
        missing=dict.fromkeys(_OF_THE_ACCOUNT, missing) if missing else {},
        service_account=name,
        account_exists=account is not None,
        role_arn=role,
        role_name=role.rpartition("/")[2],
        audience=annotations.get(AUDIENCE, ""),
        role_arn_valid=not role or bool(ROLE_ARN.match(role)),
        has_token=token,
        pod_identity=pod_identity,
        static_keys="AWS_ACCESS_KEY_ID" in variables,
        older_than_role=bool(role) and not token and not pod_identity,
        aws_failing=bool(refusals),
        used_role=told.role if told else "",
        used_node_role=bool(told and told.as_instance),
        similar_accounts=tuple(difflib.get_close_matches(name, list(others), n=3)),
    )
    return _with_sentence(facts)


def account_name(pod: Pod) -> str:
    """The service account a pod runs as."""
    return pod.spec.service_account_name or "default"


def _has_token(pod: Pod, variables: set[str]) -> bool:
    volumes = {volume.name for volume in pod.spec.volumes}
    return "AWS_WEB_IDENTITY_TOKEN_FILE" in variables or "aws-iam-token" in volumes


def _with_sentence(facts: IdentityFacts) -> IdentityFacts:
    text = f"service account {facts.service_account} {_account_words(facts)}; the pod {_pod_words(facts)}"
    said = Observation(text, "service account and pod spec")
    return msgspec.structs.replace(facts, said=said)


def _account_words(facts: IdentityFacts) -> str:
    if "role_arn" in facts.missing:
        return "could not be read"
    if not facts.account_exists:
        return "does not exist"
    if not facts.role_arn:
        return "names no role"
    audience = f" with audience {facts.audience}" if facts.audience else ""
    return f"names role {facts.role_arn}{audience}"


def _pod_words(facts: IdentityFacts) -> str:
    if facts.has_token:
        words = "has a web identity token"
    elif facts.pod_identity:
        words = "uses EKS Pod Identity"
    else:
        words = "has no web identity token"
    return f"{words}, and AWS_ACCESS_KEY_ID is set in it" if facts.static_keys else words
