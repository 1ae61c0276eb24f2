"""How a pod gets AWS credentials (EKS pod identity webhook: annotations, variables and volumes it injects)."""

import difflib
import re
from collections.abc import Iterable

from handlers.sources.objects.network import ServiceAccount
from handlers.sources.objects.pod import Pod
from rules.facts.container import ContainerFacts
from rules.facts.identity import IdentityFacts

ROLE = "eks.amazonaws.com/role-arn"
AUDIENCE = "eks.amazonaws.com/audience"
_ARN = re.compile(r"^arn:aws[\w-]*:iam::\d{12}:role/[\w+=,.@/-]+$")
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
    name = pod.spec.service_account_name or "default"
    role = account.metadata.annotations.get(ROLE, "") if account else ""
    variables = {variable.name for container in pod.spec.containers for variable in container.env}
    has_token = "AWS_WEB_IDENTITY_TOKEN_FILE" in variables or any(
        v.name == "aws-iam-token" for v in pod.spec.volumes
    )
    refusals = [c.signature for c in containers if c.signature and c.signature.kind in _AWS_KINDS]
    told = next((s for s in refusals if s.role), None)
    return IdentityFacts(
        missing={
            field: missing
            for field in ("account_exists", "role_arn", "audience", "older_than_role", "role_arn_valid")
        }
        if missing
        else {},
        service_account=name,
        account_exists=account is not None,
        role_arn=role,
        audience=account.metadata.annotations.get(AUDIENCE, "") if account else "",
        role_arn_valid=not role or bool(_ARN.match(role)),
        has_token=has_token,
        pod_identity="AWS_CONTAINER_CREDENTIALS_FULL_URI" in variables,
        static_keys="AWS_ACCESS_KEY_ID" in variables,
        older_than_role=bool(role) and not has_token,
        aws_failing=bool(refusals),
        used_role=told.role if told else "",
        used_node_role=bool(told and told.as_instance),
        similar_accounts=tuple(difflib.get_close_matches(name, list(others), n=3)),
    )
