"""EC2: networks, security groups and instances."""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct, field

from handlers.sources.aws import AwsCall, AwsObject


class Tag(Struct, frozen=True, rename="pascal"):
    """One tag."""

    key: str = ""
    value: str = ""


class Vpc(AwsObject, frozen=True):
    """A VPC."""

    call: ClassVar[AwsCall] = AwsCall(
        service="ec2", operation="describe_vpcs", result="Vpcs", action="ec2:DescribeVpcs"
    )
    vpc_id: str = ""
    cidr_block: str = ""
    state: str = ""
    tags: tuple[Tag, ...] = ()


class Subnet(AwsObject, frozen=True):
    """A subnet; `available_ip_address_count` is what is left for pods and nodes."""

    call: ClassVar[AwsCall] = AwsCall(
        service="ec2", operation="describe_subnets", result="Subnets", action="ec2:DescribeSubnets"
    )
    subnet_id: str = ""
    subnet_arn: str = ""
    vpc_id: str = ""
    cidr_block: str = ""
    availability_zone: str = ""
    available_ip_address_count: int = 0
    map_public_ip_on_launch: bool = False
    state: str = ""
    tags: tuple[Tag, ...] = ()


class IpRange(Struct, frozen=True, rename="pascal"):
    """An IPv4 range of a rule."""

    cidr_ip: str = ""
    description: str = ""


class Ipv6Range(Struct, frozen=True, rename="pascal"):
    """An IPv6 range of a rule."""

    cidr_ipv6: str = field(default="", name="CidrIpv6")
    description: str = ""


class PrefixList(Struct, frozen=True, rename="pascal"):
    """A prefix list of a rule."""

    prefix_list_id: str = ""
    description: str = ""


class GroupPair(Struct, frozen=True, rename="pascal"):
    """Another security group of a rule."""

    group_id: str = ""
    description: str = ""


class IpPermission(Struct, frozen=True, rename="pascal"):
    """A rule; protocol "-1" is all of them, and has no ports."""

    ip_protocol: str = ""
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[IpRange, ...] = ()
    ipv6_ranges: tuple[Ipv6Range, ...] = field(default=(), name="Ipv6Ranges")
    prefix_list_ids: tuple[PrefixList, ...] = ()
    user_id_group_pairs: tuple[GroupPair, ...] = ()


class SecurityGroup(AwsObject, frozen=True):
    """A security group with its rules; `ip_permissions` let in, `ip_permissions_egress` let out."""

    call: ClassVar[AwsCall] = AwsCall(
        service="ec2",
        operation="describe_security_groups",
        result="SecurityGroups",
        action="ec2:DescribeSecurityGroups",
    )
    group_id: str = ""
    group_name: str = ""
    description: str = ""
    vpc_id: str = ""
    ip_permissions: tuple[IpPermission, ...] = ()
    ip_permissions_egress: tuple[IpPermission, ...] = ()
    tags: tuple[Tag, ...] = ()


class InstanceState(Struct, frozen=True, rename="pascal"):
    """pending, running, shutting-down, terminated, stopping or stopped."""

    name: str = ""


class StateReason(Struct, frozen=True, rename="pascal"):
    """Why an instance changed its state last ("Client.UserInitiatedShutdown")."""

    code: str = ""
    message: str = ""


class GroupName(Struct, frozen=True, rename="pascal"):
    """A security group an instance is in."""

    group_id: str = ""
    group_name: str = ""


class Instance(AwsObject, frozen=True):
    """An instance; `instance_lifecycle` is "spot" or empty."""

    call: ClassVar[AwsCall] = AwsCall(
        service="ec2",
        operation="describe_instances",
        result="Reservations.Instances",
        action="ec2:DescribeInstances",
    )
    instance_id: str = ""
    instance_type: str = ""
    instance_lifecycle: str = ""
    private_dns_name: str = ""
    launch_time: datetime | None = None
    state: InstanceState = InstanceState()
    state_reason: StateReason | None = None
    state_transition_reason: str = ""
    subnet_id: str = ""
    vpc_id: str = ""
    security_groups: tuple[GroupName, ...] = ()
    tags: tuple[Tag, ...] = ()


class StatusSummary(Struct, frozen=True, rename="pascal"):
    """A status check: ok, impaired, insufficient-data, not-applicable or initializing."""

    status: str = ""


class ScheduledEvent(Struct, frozen=True, rename="pascal"):
    """Something AWS will do to an instance ("instance-retirement")."""

    code: str = ""
    description: str = ""


class InstanceStatus(AwsObject, frozen=True):
    """Status checks of an instance. Ask with `InstanceIds` and `IncludeAllInstances`."""

    call: ClassVar[AwsCall] = AwsCall(
        service="ec2",
        operation="describe_instance_status",
        result="InstanceStatuses",
        action="ec2:DescribeInstanceStatus",
    )
    instance_id: str = ""
    instance_status: StatusSummary = StatusSummary()
    system_status: StatusSummary = StatusSummary()
    events: tuple[ScheduledEvent, ...] = ()
