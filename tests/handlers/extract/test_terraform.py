"""What is the same in other words, between a state and AWS; and what is not."""

import json
from typing import Any

import msgspec
import pytest

from handlers.extract.terraform_compare import compare
from handlers.extract.terraform_expected import normalised, trusted_by
from handlers.extract.terraform_groups import compare_rules, separate_rules
from handlers.extract.terraform_state import StateItem, read_state
from handlers.sources.aws_objects.ec2 import SecurityGroup, Subnet
from handlers.sources.aws_objects.rds import DbInstance

ALLOW = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "eks.amazonaws.com"}}


def item(kind: str, **attributes: Any) -> StateItem:
    return StateItem(address=f"{kind}.it", type=kind, raw=json.dumps(attributes).encode())


def differing(found: DbInstance | Subnet, state: StateItem) -> list[str]:
    facts = compare(state, found)
    return [each.text for each in facts.differences] if facts else []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"Statement": ALLOW}, {"Statement": [ALLOW]}, True),
        ({"Statement": [ALLOW]}, {"Statement": [{**ALLOW, "Action": ["sts:AssumeRole"]}]}, True),
        (
            {"Statement": [{**ALLOW, "Principal": {"AWS": ["a", "b"]}}]},
            {"Statement": [{**ALLOW, "Principal": {"AWS": ["b", "a"]}}]},
            True,
        ),
        ({"Statement": [ALLOW]}, {"Statement": [{**ALLOW, "Effect": "Deny"}]}, False),
        ({"Statement": [ALLOW]}, {"Statement": [{**ALLOW, "Principal": "*"}]}, False),
    ],
)
def test_policies_are_compared_by_what_they_mean(one: Any, other: Any, same: bool) -> None:
    assert (normalised(json.dumps(one)) == normalised(json.dumps(other))) is same


def test_a_policy_that_is_none_trusts_nobody() -> None:
    assert normalised("not json ") == "not json"
    assert trusted_by("not json") == trusted_by("[]") == frozenset()


@pytest.mark.parametrize(
    ("said", "there", "differs"),
    [("16", "16.8", False), ("16.3", "16.8", True), ("16.8", "16.8", False), ("1", "16.8", True)],
)
def test_a_major_version_stands_for_its_minor_ones(said: str, there: str, differs: bool) -> None:
    state = item("aws_db_instance", engine_version=said, max_allocated_storage=100)
    assert bool(differing(DbInstance(engine_version=there, allocated_storage=70), state)) is differs


def test_storage_that_grows_by_itself_is_left_alone() -> None:
    grown = DbInstance(allocated_storage=70)
    assert differing(grown, item("aws_db_instance", allocated_storage=50, max_allocated_storage=100)) == []
    assert differing(grown, item("aws_db_instance", allocated_storage=50)) == [
        "allocated_storage is 70 in AWS, 50 in the state"
    ]


def subnet(**tags: str) -> Subnet:
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    return msgspec.convert({"Tags": pairs}, Subnet)


def test_tags_are_those_of_the_resource_and_of_the_provider_and_only_keys_are_told() -> None:
    state = item("aws_subnet", tags={"Name": "a"}, tags_all={"Name": "a", "Team": "mlops"})
    assert differing(subnet(Name="a", Team="mlops", **{"aws:cloudformation:x": "y"}), state) == []
    said = differing(subnet(Name="hunter2", Owner="me"), state)
    assert said == ["tags: Owner added; Team gone; Name changed"]


def permission(protocol: str, first: int | None, last: int | None, *cidrs: str) -> Any:
    ranges = [{"CidrIp": cidr} for cidr in cidrs]
    ports = {"FromPort": first, "ToPort": last} if first is not None else {}
    return {"IpProtocol": protocol, **ports, "IpRanges": ranges}


@pytest.mark.parametrize(
    ("block", "rule"),
    [
        ({"protocol": "tcp", "from_port": 443, "to_port": 443}, permission("6", 443, 443, "10.0.0.0/8")),
        ({"protocol": "-1", "from_port": 0, "to_port": 0}, permission("-1", None, None, "10.0.0.0/8")),
        ({"protocol": "all", "from_port": 0, "to_port": 0}, permission("-1", None, None, "10.0.0.0/8")),
        ({"protocol": "udp", "from_port": 1, "to_port": 9}, permission("udp", 1, 9, "10.0.0.0/8")),
        ({"protocol": "icmp", "from_port": -1, "to_port": -1}, permission("icmp", -1, -1, "10.0.0.0/8")),
    ],
)
def test_rules_are_the_same_in_other_words(block: Any, rule: Any) -> None:
    state = item("aws_security_group", ingress=[{**block, "cidr_blocks": ["10.0.0.0/8"]}])
    group = msgspec.convert({"GroupId": "sg-1", "IpPermissions": [rule]}, SecurityGroup)
    assert compare_rules(state, group, frozenset()).differences == ()


def test_rules_of_their_own_are_found_by_their_group() -> None:
    own = item(
        "aws_vpc_security_group_ingress_rule",
        security_group_id="sg-1",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        cidr_ipv4="10.0.0.0/8",
    )
    old = item(
        "aws_security_group_rule",
        security_group_id="sg-1",
        type="egress",
        protocol="-1",
        from_port=0,
        to_port=0,
        source_security_group_id="123456789012/sg-2",
    )
    (rules,) = separate_rules((own, old)).values()
    assert sorted(map(str, rules)) == ["egress everything to sg-2", "ingress tcp 443 from 10.0.0.0/8"]


def test_addresses_are_those_of_terraform_and_data_sources_are_left_out() -> None:
    instances = [{"index_key": 0}, {"index_key": "a"}, {}]
    body = json.dumps(
        {
            "version": 4,
            "resources": [
                {"module": "module.vpc[1]", "type": "aws_subnet", "name": "p", "instances": instances},
                {"mode": "data", "type": "aws_ami", "name": "x", "instances": [{}]},
            ],
        }
    ).encode()
    assert [each.address for each in read_state(body).items] == [
        "module.vpc[1].aws_subnet.p[0]",
        'module.vpc[1].aws_subnet.p["a"]',
        "module.vpc[1].aws_subnet.p",
    ]
