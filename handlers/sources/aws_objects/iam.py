"""IAM: roles with their trust policies, and OIDC providers."""

from datetime import datetime
from typing import ClassVar

from handlers.sources.aws import AwsCall, AwsObject


class Role(AwsObject, frozen=True):
    """A role. Ask with `RoleName`.

    Attributes:
        assume_role_policy_document: the trust policy, decoded.
    """

    call: ClassVar[AwsCall] = AwsCall(
        service="iam", operation="get_role", result="Role", action="iam:GetRole"
    )
    role_name: str = ""
    arn: str = ""
    path: str = ""
    max_session_duration: int = 3600
    assume_role_policy_document: dict[str, object] = {}
    create_date: datetime | None = None


class RoleOfAccount(Role, frozen=True):
    """Each role of the account, in one list."""

    call: ClassVar[AwsCall] = AwsCall(
        service="iam", operation="list_roles", result="Roles", action="iam:ListRoles"
    )


class OidcProviderName(AwsObject, frozen=True):
    """Each OIDC provider of the account; its ARN ends in the issuer without https://."""

    call: ClassVar[AwsCall] = AwsCall(
        service="iam",
        operation="list_open_id_connect_providers",
        result="OpenIDConnectProviderList",
        action="iam:ListOpenIDConnectProviders",
    )
    arn: str = ""


class AttachedPolicy(AwsObject, frozen=True):
    """A managed policy of a role. Ask with `RoleName`."""

    call: ClassVar[AwsCall] = AwsCall(
        service="iam",
        operation="list_attached_role_policies",
        result="AttachedPolicies",
        action="iam:ListAttachedRolePolicies",
    )
    policy_name: str = ""
