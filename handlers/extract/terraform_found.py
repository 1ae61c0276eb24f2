"""What AWS says of one thing, in the words of the comparison."""

import json
from collections.abc import Iterable, Mapping

from handlers.extract.terraform_expected import POLICY, Says, Value, normalised
from handlers.sources.aws import AwsObject
from handlers.sources.aws_objects.dynamodb import DynamoTable
from handlers.sources.aws_objects.ec2 import SecurityGroup, Subnet, Tag, Vpc
from handlers.sources.aws_objects.eks import Cluster, Nodegroup
from handlers.sources.aws_objects.elbv2 import LoadBalancer
from handlers.sources.aws_objects.iam import Role
from handlers.sources.aws_objects.rds import DbInstance
from handlers.sources.aws_objects.s3 import BucketEncryption, BucketVersioning, PublicAccessBlock


def found_in(found: AwsObject) -> Says:  # noqa: PLR0911 - one kind, one line
    """The attributes of an object; tags as a set of key=value where the answer carries them."""
    match found:
        case Cluster():
            return _cluster(found)
        case Nodegroup():
            return _node_group(found)
        case Vpc():
            return {"cidr_block": found.cidr_block, "tags": _tags(found.tags)}
        case Subnet():
            return _subnet(found)
        case SecurityGroup():
            return {"tags": _tags(found.tags)}
        case DbInstance():
            return _database(found)
        case Role():
            return _role(found)
        case DynamoTable():
            return _table(found)
        case LoadBalancer():
            return _balancer(found)
    return _bucket(found)


def _bucket(found: AwsObject) -> Says:
    match found:
        case BucketVersioning():
            return {"versioning": found.status}
        case BucketEncryption():
            default = found.apply_server_side_encryption_by_default
            return {
                "sse_algorithm": default.sse_algorithm,
                "kms_master_key_id": default.kms_master_key_id,
            }
        case PublicAccessBlock():
            return {
                "block_public_acls": found.block_public_acls,
                "ignore_public_acls": found.ignore_public_acls,
                "block_public_policy": found.block_public_policy,
                "restrict_public_buckets": found.restrict_public_buckets,
            }
    return {}


def _cluster(found: Cluster) -> Says:
    network = found.resources_vpc_config
    return {
        "version": found.version,
        "status": found.status,
        "endpoint_public_access": network.endpoint_public_access,
        "endpoint_private_access": network.endpoint_private_access,
        "public_access_cidrs": frozenset(network.public_access_cidrs),
        "tags": _pairs(found.tags),
    }


def _node_group(found: Nodegroup) -> Says:
    return {
        "version": found.version,
        "status": found.status,
        "min_size": found.scaling_config.min_size,
        "max_size": found.scaling_config.max_size,
        "capacity_type": found.capacity_type,
        "ami_type": found.ami_type,
        "instance_types": frozenset(found.instance_types),
        "tags": _pairs(found.tags),
    }


def _subnet(found: Subnet) -> Says:
    return {
        "cidr_block": found.cidr_block,
        "availability_zone": found.availability_zone,
        "map_public_ip_on_launch": found.map_public_ip_on_launch,
        "tags": _tags(found.tags),
    }


def _database(found: DbInstance) -> Says:
    return {
        "instance_class": found.instance_class,
        "storage_type": found.storage_type,
        "allocated_storage": found.allocated_storage,
        "engine": found.engine,
        "engine_version": found.engine_version,
        "multi_az": found.multi_az,
        "publicly_accessible": found.publicly_accessible,
        "backup_retention_period": found.backup_retention_period,
        "deletion_protection": found.deletion_protection,
        "status": found.status,
    }


def _role(found: Role) -> Says:
    return {
        POLICY: normalised(json.dumps(found.assume_role_policy_document)),
        "max_session_duration": found.max_session_duration,
    }


def _table(found: DynamoTable) -> Says:
    keys = {each.key_type: each.attribute_name for each in found.key_schema}
    billing = found.billing_mode_summary
    return {
        "billing_mode": billing.billing_mode if billing else "PROVISIONED",
        "hash_key": keys.get("HASH", ""),
        "range_key": keys.get("RANGE", ""),
        "deletion_protection_enabled": found.deletion_protection_enabled,
    }


def _balancer(found: LoadBalancer) -> Says:
    said: dict[str, Value] = {
        "internal": found.scheme == "internal",
        "load_balancer_type": found.type,
        "security_groups": frozenset(found.security_groups),
        "subnets": frozenset(each.subnet_id for each in found.availability_zones),
    }
    return said


def _tags(tags: Iterable[Tag]) -> frozenset[str]:
    return frozenset(f"{each.key}={each.value}" for each in tags)


def _pairs(tags: Mapping[str, str]) -> frozenset[str]:
    return frozenset(f"{key}={value}" for key, value in tags.items())
