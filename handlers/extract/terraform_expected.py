"""What a state says of one resource, in the words of the comparison."""

import json
from collections.abc import Callable, Mapping

from handlers.extract.terraform_state import Attributes

Value = str | int | bool | frozenset[str]
POLICY = "assume_role_policy"
Says = Mapping[str, Value]


def expected_of(kind: str, attributes: Attributes) -> Says:
    """The attributes that are compared for a type; empty for a type that is only looked for."""
    tell = _TELL.get(kind)
    return tell(attributes) if tell else {}


def normalised(policy: str) -> str:
    """A policy in one form: keys sorted, single values as lists, actions and principals in order."""
    try:
        return json.dumps(_normal(json.loads(policy)), sort_keys=True)
    except ValueError:
        return policy.strip()


def trusted_by(policy: str) -> frozenset[str]:
    """Everybody a normalised trust policy names; a condition is not weighed."""
    try:
        document = json.loads(policy)
    except ValueError:
        return frozenset()
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    allowed = [each for each in statements if isinstance(each, dict) and each.get("Effect") == ["Allow"]]
    return frozenset(json.dumps(each.get("Principal"), sort_keys=True) for each in allowed)


def _normal(value: object) -> object:
    if isinstance(value, dict):
        return {key: _many(each) if key != "Version" else each for key, each in value.items()}
    return value


def _many(value: object) -> object:
    """A value as a sorted list: IAM writes one element with or without brackets, in any order."""
    if isinstance(value, dict):
        return [_normal(value)]
    values = [_normal(each) for each in (value if isinstance(value, list) else [value])]
    return sorted(values, key=lambda each: json.dumps(each, sort_keys=True))


def _cluster(state: Attributes) -> Says:
    network = state.block("vpc_config")
    return {
        "version": state.text("version"),
        "status": state.text("status"),
        "endpoint_public_access": network.flag("endpoint_public_access"),
        "endpoint_private_access": network.flag("endpoint_private_access"),
        "public_access_cidrs": network.texts("public_access_cidrs"),
    }


def _node_group(state: Attributes) -> Says:
    scaling = state.block("scaling_config")
    said: dict[str, Value] = {
        "version": state.text("version"),
        "status": state.text("status"),
        "min_size": scaling.number("min_size"),
        "max_size": scaling.number("max_size"),
        "capacity_type": state.text("capacity_type"),
        "ami_type": state.text("ami_type"),
    }
    types = state.texts("instance_types")
    return {**said, "instance_types": types} if types else said  # a launch template may name them instead


def _vpc(state: Attributes) -> Says:
    return {"cidr_block": state.text("cidr_block")}


def _subnet(state: Attributes) -> Says:
    return {
        "cidr_block": state.text("cidr_block"),
        "availability_zone": state.text("availability_zone"),
        "map_public_ip_on_launch": state.flag("map_public_ip_on_launch"),
    }


def _database(state: Attributes) -> Says:
    said: dict[str, Value] = {
        "instance_class": state.text("instance_class"),
        "storage_type": state.text("storage_type"),
        "engine": state.text("engine"),
        "engine_version": state.text("engine_version"),
        "multi_az": state.flag("multi_az"),
        "publicly_accessible": state.flag("publicly_accessible"),
        "backup_retention_period": state.number("backup_retention_period"),
        "deletion_protection": state.flag("deletion_protection"),
        "status": state.text("status"),
    }
    # With storage autoscaling AWS grows it, and Terraform leaves that alone.
    grows = state.number("max_allocated_storage") > 0
    return said if grows else {**said, "allocated_storage": state.number("allocated_storage")}


def _versioning(state: Attributes) -> Says:
    status = state.block("versioning_configuration").text("status")
    return {"versioning": "" if status == "Disabled" else status}


def _encryption(state: Attributes) -> Says:
    default = state.block("rule").block("apply_server_side_encryption_by_default")
    return {
        "sse_algorithm": default.text("sse_algorithm"),
        "kms_master_key_id": default.text("kms_master_key_id"),
    }


def _public_access(state: Attributes) -> Says:
    names = ("block_public_acls", "ignore_public_acls", "block_public_policy", "restrict_public_buckets")
    return {name: state.flag(name) for name in names}


def _role(state: Attributes) -> Says:
    return {
        POLICY: normalised(state.text(POLICY)),
        "max_session_duration": state.number("max_session_duration"),
    }


def _table(state: Attributes) -> Says:
    return {
        "billing_mode": state.text("billing_mode"),
        "hash_key": state.text("hash_key"),
        "range_key": state.text("range_key"),
        "deletion_protection_enabled": state.flag("deletion_protection_enabled"),
    }


def _balancer(state: Attributes) -> Says:
    return {
        "internal": state.flag("internal"),
        "load_balancer_type": state.text("load_balancer_type"),
        "security_groups": state.texts("security_groups"),
        "subnets": state.texts("subnets"),
    }


_TELL: Mapping[str, Callable[[Attributes], Says]] = {
    "aws_eks_cluster": _cluster,
    "aws_eks_node_group": _node_group,
    "aws_vpc": _vpc,
    "aws_subnet": _subnet,
    "aws_db_instance": _database,
    "aws_s3_bucket_versioning": _versioning,
    "aws_s3_bucket_server_side_encryption_configuration": _encryption,
    "aws_s3_bucket_public_access_block": _public_access,
    "aws_iam_role": _role,
    "aws_dynamodb_table": _table,
    "aws_lb": _balancer,
    "aws_alb": _balancer,
}
