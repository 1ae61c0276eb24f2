"""Where each type of resource is found in AWS, and the asking: one list for many where AWS has one."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from handlers.extract.terraform_drift import Looked
from handlers.extract.terraform_groups import SEPARATE
from handlers.extract.terraform_state import Attributes, StateItem
from handlers.look import Look, Read
from handlers.sources.aws import AwsObject
from handlers.sources.aws_objects.dynamodb import DynamoTable
from handlers.sources.aws_objects.ec2 import SecurityGroup, Subnet, Vpc
from handlers.sources.aws_objects.eks import Cluster, Nodegroup
from handlers.sources.aws_objects.elbv2 import LoadBalancer
from handlers.sources.aws_objects.iam import RoleOfAccount
from handlers.sources.aws_objects.rds import DbInstance
from handlers.sources.aws_objects.s3 import (
    BucketEncryption,
    BucketHead,
    BucketVersioning,
    PublicAccessBlock,
)

MOST_SINGLE = 300
"""Resources of a state that are asked for one by one; what is over is said to be not compared."""
_ARN_PARTS = 6


class Listed(Struct, frozen=True):
    """A type that is found in one list: the attribute that names it, and the field that does."""

    kind: type[AwsObject]
    attribute: str
    field: str


class Single(Struct, frozen=True):
    """A type that is asked for one by one: parameters of the call → attributes of the state."""

    kind: type[AwsObject]
    parameters: Mapping[str, str]


_BUCKET = {"Bucket": "bucket"}
WHERE: Mapping[str, Listed | Single] = {
    "aws_vpc": Listed(Vpc, "id", "vpc_id"),
    "aws_subnet": Listed(Subnet, "id", "subnet_id"),
    "aws_security_group": Listed(SecurityGroup, "id", "group_id"),
    "aws_db_instance": Listed(DbInstance, "identifier", "name"),
    "aws_iam_role": Listed(RoleOfAccount, "name", "role_name"),
    "aws_lb": Listed(LoadBalancer, "arn", "load_balancer_arn"),
    "aws_alb": Listed(LoadBalancer, "arn", "load_balancer_arn"),
    "aws_eks_cluster": Single(Cluster, {"name": "name"}),
    "aws_eks_node_group": Single(
        Nodegroup, {"clusterName": "cluster_name", "nodegroupName": "node_group_name"}
    ),
    "aws_dynamodb_table": Single(DynamoTable, {"TableName": "name"}),
    "aws_s3_bucket": Single(BucketHead, _BUCKET),
    "aws_s3_bucket_versioning": Single(BucketVersioning, _BUCKET),
    "aws_s3_bucket_server_side_encryption_configuration": Single(BucketEncryption, _BUCKET),
    "aws_s3_bucket_public_access_block": Single(PublicAccessBlock, _BUCKET),
}
COMPARED = frozenset(WHERE) | SEPARATE
"""Types that are compared; rules of security groups are compared with their group."""
ACTIONS = tuple(sorted({where.kind.call.action for where in WHERE.values()}))
"""The IAM actions that need."""


async def look_for(items: Sequence[StateItem], account: str, look: Look) -> tuple[Looked, ...]:
    """Ask AWS for everything that can be compared, at once.

    Args:
        items: resources of a state.
        account: the number of the account that is asked.
        look: the question's own.
    """
    wanted = [each for each in items if each.type in WHERE and not each.deposed]
    single = [each for each in wanted if isinstance(WHERE[each.type], Single)]
    over = {id(each) for each in single[MOST_SINGLE:]}
    return tuple(
        await asyncio.gather(*(_looked(each, account, look, over=id(each) in over) for each in wanted))
    )


async def _looked(item: StateItem, account: str, look: Look, *, over: bool) -> Looked:
    attributes = Attributes.of(item)
    owner, region = _place(attributes)
    if owner and account and owner != account:
        return Looked(item=item, unread=f"it is in account {owner}, and the bot asks {account}")
    if over:
        return Looked(item=item, unread=f"only {MOST_SINGLE} resources are asked for one by one")
    read = await _read(item.type, attributes, region, look)
    return Looked(item=item, found=read.value, unread=read.missing)


async def _read(kind: str, attributes: Attributes, region: str, look: Look) -> Read[AwsObject]:
    where = WHERE[kind]
    if isinstance(where, Single):
        names = {name: attributes.text(attribute) for name, attribute in where.parameters.items()}
        if not all(names.values()):
            return Read(missing="the state does not name it")
        one = await look.aws(where.kind, what=kind, region=region, **names)
        return Read(next(iter(one.value or ()), None), one.missing)
    name = attributes.text(where.attribute)
    every = await look.aws(where.kind, what=kind, region=region)
    found = (each for each in every.value or () if getattr(each, where.field) == name)
    return Read(next(found, None), every.missing)


def _place(attributes: Attributes) -> tuple[str, str]:
    """Account and region of a resource, as its ARN says; empty where it has none or does not say."""
    parts = attributes.text("arn").split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS:
        return "", attributes.text("region")
    return parts[4], parts[3] or attributes.text("region")
