"""Rules of security groups: in the group itself, or as resources of their own → what differs from AWS.

Where a state has rules as resources of their own, the group's list is only what the last refresh saw, and
Terraform does not see what others add: then only a rule that is gone is drift, or one that lets anybody in.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from handlers.extract.terraform_compare import ANYWHERE
from handlers.extract.terraform_state import Attributes, StateItem
from handlers.sources.aws_objects.ec2 import IpPermission, SecurityGroup
from rules.facts.terraform import DifferenceFacts

SEPARATE = frozenset(
    {
        "aws_security_group_rule",
        "aws_vpc_security_group_ingress_rule",
        "aws_vpc_security_group_egress_rule",
    }
)
"""Types that are one rule of a group."""
_CONTROLLERS = ("elbv2.k8s.aws/", "kubernetes.io/rule/")
"""How controllers in the cluster describe the rules they add."""
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6", "all": "-1"}


class GroupRule(Struct, frozen=True, order=True):
    """One rule for one peer: a range of addresses, a prefix list, or another group."""

    direction: str
    protocol: str
    ports: str
    peer: str

    def __str__(self) -> str:
        """As people say it: "ingress tcp 443 from 10.0.0.0/16"."""
        protocol = "everything" if self.protocol == "-1" else f"{self.protocol} {self.ports}".strip()
        return f"{self.direction} {protocol} {'from' if self.direction == 'ingress' else 'to'} {self.peer}"

    @property
    def lets_anybody_in(self) -> bool:
        """Whether it opens the group to the whole internet."""
        return self.direction == "ingress" and self.peer in ANYWHERE


Rules = frozenset[GroupRule]


class GroupDifferences(Struct, frozen=True):
    """What differs, and whether it lets anybody in whom the state does not."""

    differences: tuple[DifferenceFacts, ...] = ()
    exposes: bool = False


def separate_rules(items: Iterable[StateItem]) -> Mapping[str, Rules]:
    """Group id → rules that are resources of their own."""
    found: dict[str, Rules] = {}
    for item in items:
        if item.type in SEPARATE and not item.deposed:
            attributes = Attributes.of(item)
            group = attributes.text("security_group_id")
            found[group] = found.get(group, frozenset()) | _separate(item.type, attributes, group)
    return found


def compare_rules(item: StateItem, found: SecurityGroup, separate: Rules) -> GroupDifferences:
    """What AWS says otherwise of a group's rules."""
    own, actual = _inline(Attributes.of(item), found.group_id), _actual(found)
    gone = (separate or own) - actual
    added = actual - own - separate
    told = {each for each in added if each.lets_anybody_in} if separate else added
    differences = [
        DifferenceFacts(name=name, text=f"{name}: {', '.join(map(str, sorted(rules)))}")
        for name, rules in (("rules added", told), ("rules gone", gone))
        if rules
    ]
    return GroupDifferences(tuple(differences), any(each.lets_anybody_in for each in told))


def _inline(state: Attributes, group: str) -> Rules:
    return frozenset(
        rule
        for direction in ("ingress", "egress")
        for block in state.blocks(direction)
        for rule in _of_block(direction, block, group)
    )


def _of_block(direction: str, block: Attributes, group: str) -> Rules:
    peers = {
        *(
            each
            for name in ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids")
            for each in block.texts(name)
        ),
        *map(_bare, block.texts("security_groups")),
        *((group,) if block.flag("self") else ()),
    }
    protocol, ports = _wire(block.text("protocol"), block.text("from_port"), block.text("to_port"))
    return frozenset(GroupRule(direction, protocol, ports, peer) for peer in peers)


def _separate(kind: str, state: Attributes, group: str) -> Rules:
    if kind == "aws_security_group_rule":
        source = state.text("source_security_group_id")
        own = _of_block(state.text("type"), state, group)
        protocol, ports = _wire(state.text("protocol"), state.text("from_port"), state.text("to_port"))
        other = GroupRule(state.text("type"), protocol, ports, _bare(source))
        return own | {other} if source else own
    direction = "ingress" if "ingress" in kind else "egress"
    ranges = [state.text(name) for name in ("cidr_ipv4", "cidr_ipv6", "prefix_list_id")]
    peers = [*ranges, _bare(state.text("referenced_security_group_id"))]
    protocol, ports = _wire(state.text("ip_protocol"), state.text("from_port"), state.text("to_port"))
    return frozenset(GroupRule(direction, protocol, ports, peer) for peer in peers if peer)


def _actual(found: SecurityGroup) -> Rules:
    both = (("ingress", found.ip_permissions), ("egress", found.ip_permissions_egress))
    return frozenset(
        rule for direction, rules in both for each in rules for rule in _of_permission(direction, each)
    )


def _of_permission(direction: str, rule: IpPermission) -> Rules:
    first = "" if rule.from_port is None else str(rule.from_port)
    last = "" if rule.to_port is None else str(rule.to_port)
    protocol, ports = _wire(rule.ip_protocol, first, last)
    peers = [
        *((each.cidr_ip, each.description) for each in rule.ip_ranges),
        *((each.cidr_ipv6, each.description) for each in rule.ipv6_ranges),
        *((each.prefix_list_id, each.description) for each in rule.prefix_list_ids),
        *((each.group_id, each.description) for each in rule.user_id_group_pairs),
    ]
    return frozenset(
        GroupRule(direction, protocol, ports, peer)
        for peer, described in peers
        if not described.startswith(_CONTROLLERS)
    )


def _wire(protocol: str, first: str, last: str) -> tuple[str, str]:
    """Protocol and ports in one form; every protocol has no ports."""
    known = _PROTOCOLS.get(protocol.lower(), protocol.lower())
    if known == "-1":
        return known, ""
    return known, first if first == last else f"{first}-{last}"


def _bare(group: str) -> str:
    """A group's id without the account before it."""
    return group.rpartition("/")[2]
