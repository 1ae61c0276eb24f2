"""Facts about the AWS identity of a pod: IRSA and EKS Pod Identity."""

from typing import Annotated

from rules.facts.base import Facts, fact
from rules.finding import Observation


class IdentityFacts(Facts, frozen=True, kw_only=True):
    """How a pod gets AWS credentials, rung by rung (EKS pod identity webhook)."""

    service_account: Annotated[str, fact("Service account of the pod", read="spec.serviceAccountName")] = (
        "default"
    )
    account_exists: Annotated[bool, fact("Whether that service account exists")] = True
    role_arn: Annotated[str, fact("Role the account names", read="annotation eks.amazonaws.com/role-arn")] = (
        ""
    )
    role_name: Annotated[str, fact("Name of that role, without path")] = ""
    audience: Annotated[
        str, fact("Token audience, empty for the default", read="eks.amazonaws.com/audience")
    ] = ""
    role_arn_valid: Annotated[bool, fact("Whether the role's ARN has the form of one")] = True
    has_token: Annotated[bool, fact("Whether the pod carries a web identity token volume and variables")] = (
        False
    )
    pod_identity: Annotated[bool, fact("Whether the pod carries EKS Pod Identity's variables")] = False
    static_keys: Annotated[bool, fact("Whether AWS_ACCESS_KEY_ID is set in the pod's variables")] = False
    older_than_role: Annotated[
        bool, fact("The account names a role, and the pod has no token: it was made before the annotation")
    ] = False
    aws_failing: Annotated[
        bool, fact("Whether a container's log shows AWS refusing or missing credentials")
    ] = False
    used_role: Annotated[str, fact("Role AWS saw in its refusal", read="log")] = ""
    used_node_role: Annotated[bool, fact("Whether that role belongs to the node")] = False
    similar_accounts: Annotated[
        tuple[str, ...], fact("Service accounts of the namespace with similar names")
    ] = ()
    said: Annotated[
        Observation | None, fact("How the pod stands with AWS credentials, in a sentence; None without a pod")
    ] = None
