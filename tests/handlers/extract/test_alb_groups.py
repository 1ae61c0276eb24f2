"""What security groups let through."""

import pytest

from handlers.extract.alb_groups import closed_ports, way_to_pods
from handlers.sources.aws_objects.ec2 import GroupPair, IpPermission, IpRange, SecurityGroup
from handlers.sources.aws_objects.elbv2 import Listener

HTTPS = (Listener(port=443, protocol="HTTPS"),)
ANYBODY = (IpRange("0.0.0.0/0"),)
OURS = (GroupPair("sg-lb"),)


def group(*rules: IpPermission) -> SecurityGroup:
    return SecurityGroup(group_id="sg-1", group_name="nodes", ip_permissions=rules)


def rule(first: int | None, last: int | None, protocol: str = "tcp", **sources: object) -> IpPermission:
    ranges = sources.get("ranges", ())
    pairs = sources.get("pairs", ())
    assert isinstance(ranges, tuple)
    assert isinstance(pairs, tuple)
    return IpPermission(
        ip_protocol=protocol, from_port=first, to_port=last, ip_ranges=ranges, user_id_group_pairs=pairs
    )


@pytest.mark.parametrize(
    ("groups", "closed"),
    [
        ((), ()),
        ((group(),), ("443",)),
        ((group(rule(80, 80, ranges=ANYBODY)),), ("443",)),
        ((group(rule(443, 443, "udp", ranges=ANYBODY)),), ("443",)),
        ((group(rule(443, 443, ranges=ANYBODY)),), ()),
        ((group(), group(rule(1, 65535, ranges=ANYBODY))), ()),
        ((group(rule(None, None, "-1", ranges=ANYBODY)),), ()),
    ],
)
def test_ports_that_nobody_reaches(groups: tuple[SecurityGroup, ...], closed: tuple[str, ...]) -> None:
    assert closed_ports(HTTPS, groups) == closed


@pytest.mark.parametrize(
    "node",
    [
        None,
        group(rule(8080, 8080, pairs=OURS)),
        group(rule(None, None, "-1", pairs=OURS)),
        group(rule(0, 65535, ranges=(IpRange("10.0.0.0/16"),))),
    ],
)
def test_way_to_the_pods_that_is_open_or_unknown(node: SecurityGroup | None) -> None:
    assert way_to_pods(("sg-lb",), node, {8080}) is None


@pytest.mark.parametrize(
    "node",
    [group(), group(rule(9090, 9090, pairs=OURS)), group(rule(8080, 8080, pairs=(GroupPair("sg-2"),)))],
)
def test_way_to_the_pods_that_is_shut(node: SecurityGroup) -> None:
    said = way_to_pods(("sg-lb",), node, {8080})
    assert said is not None
    assert said.text == "security group sg-1 (nodes) does not let sg-lb in on port 8080"
    assert way_to_pods((), node, {8080}) is None
