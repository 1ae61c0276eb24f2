"""Elastic Load Balancing: load balancers, listeners, target groups and how their targets are."""

from typing import ClassVar

from msgspec import Struct, field

from handlers.sources.aws import AwsCall, AwsObject


class LoadBalancerState(Struct, frozen=True, rename="pascal"):
    """active, provisioning, active_impaired or failed."""

    code: str = ""
    reason: str = ""


class LoadBalancerZone(Struct, frozen=True, rename="pascal"):
    """Where a load balancer stands."""

    zone_name: str = ""
    subnet_id: str = ""


class LoadBalancer(AwsObject, frozen=True):
    """An application or network load balancer; scheme "internet-facing" or "internal"."""

    call: ClassVar[AwsCall] = AwsCall(
        service="elbv2",
        operation="describe_load_balancers",
        result="LoadBalancers",
        action="elasticloadbalancing:DescribeLoadBalancers",
    )
    load_balancer_arn: str = ""
    load_balancer_name: str = ""
    dns_name: str = field(default="", name="DNSName")
    scheme: str = ""
    type: str = ""
    state: LoadBalancerState = LoadBalancerState()
    vpc_id: str = ""
    availability_zones: tuple[LoadBalancerZone, ...] = ()
    security_groups: tuple[str, ...] = ()


class Matcher(Struct, frozen=True, rename="pascal"):
    """Status codes that count as healthy ("200", "200-299")."""

    http_code: str = ""
    grpc_code: str = ""


class TargetGroup(AwsObject, frozen=True):
    """A target group and its health check. Ask with `LoadBalancerArn`, `TargetGroupArns` or `Names`."""

    call: ClassVar[AwsCall] = AwsCall(
        service="elbv2",
        operation="describe_target_groups",
        result="TargetGroups",
        action="elasticloadbalancing:DescribeTargetGroups",
    )
    target_group_arn: str = ""
    target_group_name: str = ""
    protocol: str = ""
    port: int = 0
    target_type: str = ""
    health_check_protocol: str = ""
    health_check_port: str = ""
    health_check_path: str = ""
    matcher: Matcher | None = None
    load_balancer_arns: tuple[str, ...] = ()


class Target(Struct, frozen=True, rename="pascal"):
    """An IP address or instance id with its port."""

    id: str = ""
    port: int = 0


class TargetState(Struct, frozen=True, rename="pascal"):
    """healthy, unhealthy, initial, draining, unused or unavailable, and why ("Target.Timeout")."""

    state: str = ""
    reason: str = ""
    description: str = ""


class TargetHealth(AwsObject, frozen=True):
    """How one target is. Ask with `TargetGroupArn`."""

    call: ClassVar[AwsCall] = AwsCall(
        service="elbv2",
        operation="describe_target_health",
        result="TargetHealthDescriptions",
        action="elasticloadbalancing:DescribeTargetHealth",
    )
    target: Target = Target()
    health_check_port: str = ""
    target_health: TargetState = TargetState()


class ListenerCertificate(Struct, frozen=True, rename="pascal"):
    """A certificate of a listener."""

    certificate_arn: str = ""


class Listener(AwsObject, frozen=True):
    """A listener. Ask with `LoadBalancerArn`."""

    call: ClassVar[AwsCall] = AwsCall(
        service="elbv2",
        operation="describe_listeners",
        result="Listeners",
        action="elasticloadbalancing:DescribeListeners",
    )
    listener_arn: str = ""
    port: int = 0
    protocol: str = ""
    certificates: tuple[ListenerCertificate, ...] = ()
