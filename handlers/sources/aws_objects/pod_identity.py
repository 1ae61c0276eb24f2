"""EKS Pod Identity: which role a service account is given without an annotation."""

from typing import ClassVar

from handlers.sources.aws import AwsCall, AwsObject


class PodIdentityAssociation(AwsObject, frozen=True, rename="camel"):
    """A role for the pods of a service account. Ask with clusterName, namespace and serviceAccount."""

    call: ClassVar[AwsCall] = AwsCall(
        service="eks",
        operation="list_pod_identity_associations",
        result="associations",
        action="eks:ListPodIdentityAssociations",
    )
    association_id: str = ""


class PodIdentityRole(AwsObject, frozen=True, rename="camel"):
    """The role of an association. Ask with clusterName and associationId."""

    call: ClassVar[AwsCall] = AwsCall(
        service="eks",
        operation="describe_pod_identity_association",
        result="association",
        action="eks:DescribePodIdentityAssociation",
    )
    role_arn: str = ""
