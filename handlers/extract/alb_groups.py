"""What security groups let through on the way to a load balancer and from it to the pods; pure."""

from collections.abc import Collection, Sequence

from handlers.sources.aws_objects.ec2 import IpPermission, SecurityGroup
from handlers.sources.aws_objects.elbv2 import Listener
from rules.finding import Observation

_SOURCE = "DescribeSecurityGroups"
_ALL = "-1"
_TCP = frozenset({"tcp", "6", _ALL})


def closed_ports(listeners: Sequence[Listener], groups: Sequence[SecurityGroup]) -> tuple[str, ...]:
    """Ports it listens on that no rule of its groups lets anybody reach; none where no group was read."""
    rules = [rule for group in groups for rule in group.ip_permissions]
    if not groups:
        return ()
    return tuple(str(one.port) for one in listeners if not any(_covers(rule, one.port) for rule in rules))


def way_to_pods(
    balancer: Collection[str], node: SecurityGroup | None, ports: Collection[int]
) -> Observation | None:
    """Why the load balancer's groups do not reach the pods' ports; None where they do, or it is not known.

    A rule with a range of addresses or a prefix list may mean the load balancer's subnets, so it counts.
    """
    if node is None or not balancer:
        return None
    rules = [rule for rule in node.ip_permissions if _lets(rule, balancer)]
    shut = sorted(port for port in set(ports) if not any(_covers(rule, port) for rule in rules))
    if not shut:
        return None
    shown, ports_shown = ", ".join(sorted(balancer)), ", ".join(map(str, shut))
    words = (
        f"security group {node.group_id} ({node.group_name}) does not let {shown} in on port {ports_shown}"
    )
    return Observation(words, _SOURCE)


def _covers(rule: IpPermission, port: int) -> bool:
    if rule.ip_protocol not in _TCP:
        return False
    if rule.ip_protocol == _ALL or rule.from_port is None or rule.to_port is None:
        return True
    return rule.from_port <= port <= rule.to_port


def _lets(rule: IpPermission, groups: Collection[str]) -> bool:
    named = any(pair.group_id in groups for pair in rule.user_id_group_pairs)
    return named or bool(rule.ip_ranges or rule.ipv6_ranges or rule.prefix_list_ids)
