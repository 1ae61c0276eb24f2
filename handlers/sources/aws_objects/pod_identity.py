"""EKS: the cluster's token issuer, and Pod Identity associations."""

from typing import ClassVar

from msgspec import Struct, field

from handlers.sources.aws import AwsCall, AwsObject


class Oidc(Struct, frozen=True):
    """The token issuer's URL."""

    issuer: str = ""


class ClusterIdentity(Struct, frozen=True):
    """How the cluster identifies its service accounts."""

    oidc: Oidc = field(default_factory=Oidc)


class ClusterIssuer(AwsObject, frozen=True, rename="camel"):
    """A cluster with its token issuer. Ask with `name`."""

    call: ClassVar[AwsCall] = AwsCall(
        service="eks", operation="describe_cluster", result="cluster", action="eks:DescribeCluster"
    )
    arn: str = ""
    identity: ClusterIdentity = field(default_factory=ClusterIdentity)


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
