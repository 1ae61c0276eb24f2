"""EKS: clusters and node groups. EKS writes camelCase."""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from handlers.sources.aws import AwsCall, AwsObject


class Oidc(Struct, frozen=True, rename="camel"):
    """The issuer of the cluster's service account tokens."""

    issuer: str = ""


class ClusterIdentity(Struct, frozen=True, rename="camel"):
    """Who the cluster is to IAM."""

    oidc: Oidc = Oidc()


class ClusterNetwork(Struct, frozen=True, rename="camel"):
    """Where the API server can be reached from."""

    vpc_id: str = ""
    subnet_ids: tuple[str, ...] = ()
    cluster_security_group_id: str = ""
    endpoint_public_access: bool = False
    endpoint_private_access: bool = False
    public_access_cidrs: tuple[str, ...] = ()


class HealthIssue(Struct, frozen=True, rename="camel"):
    """What EKS itself says is wrong with a cluster or node group."""

    code: str = ""
    message: str = ""
    resource_ids: tuple[str, ...] = ()


class Health(Struct, frozen=True, rename="camel"):
    """Health of a cluster or node group."""

    issues: tuple[HealthIssue, ...] = ()


class Cluster(AwsObject, frozen=True, rename="camel"):
    """A cluster; status ACTIVE is well. Ask with `name`."""

    call: ClassVar[AwsCall] = AwsCall(
        service="eks", operation="describe_cluster", result="cluster", action="eks:DescribeCluster"
    )
    name: str = ""
    arn: str = ""
    version: str = ""
    status: str = ""
    created_at: datetime | None = None
    identity: ClusterIdentity | None = None
    resources_vpc_config: ClusterNetwork = ClusterNetwork()
    health: Health = Health()
    tags: dict[str, str] = {}


class Scaling(Struct, frozen=True, rename="camel"):
    """How many nodes there may be."""

    min_size: int = 0
    max_size: int = 0
    desired_size: int = 0


class Nodegroup(AwsObject, frozen=True, rename="camel"):
    """A node group; status ACTIVE is well. Ask with `clusterName` and `nodegroupName`.

    Attributes:
        capacity_type: ON_DEMAND, SPOT or CAPACITY_BLOCK.
    """

    call: ClassVar[AwsCall] = AwsCall(
        service="eks", operation="describe_nodegroup", result="nodegroup", action="eks:DescribeNodegroup"
    )
    nodegroup_name: str = ""
    cluster_name: str = ""
    version: str = ""
    release_version: str = ""
    status: str = ""
    capacity_type: str = ""
    ami_type: str = ""
    instance_types: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    scaling_config: Scaling = Scaling()
    health: Health = Health()
    tags: dict[str, str] = {}
