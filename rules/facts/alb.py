"""Facts about an application load balancer as AWS tells them."""

from typing import Annotated

from rules.facts.base import Facts, fact
from rules.finding import Observation


class AlbFacts(Facts, frozen=True, kw_only=True):
    """The load balancer, its subnets, certificates and security groups, where AWS may be asked."""

    asked: Annotated[bool, fact("Whether AWS was asked")] = False
    exists: Annotated[bool, fact("Whether a load balancer has the address", read="DescribeLoadBalancers")] = (
        True
    )
    name: Annotated[str, fact("Its name, or empty")] = ""
    state: Annotated[str, fact("Its state (active, provisioning, failed)", read="State.Code")] = ""
    state_said: Annotated[Observation | None, fact("State and reason, when it is not active")] = None
    listeners: Annotated[
        tuple[str, ...], fact("Protocols and ports it listens on", read="DescribeListeners")
    ] = ()
    unlistened: Annotated[
        tuple[str, ...], fact("Ports the Ingress asks for that no listener has", read="listen-ports")
    ] = ()
    closed_ports: Annotated[
        tuple[str, ...],
        fact("Ports it listens on that its security groups let nobody reach", read="DescribeSecurityGroups"),
    ] = ()
    nodes_said: Annotated[
        Observation | None,
        fact("Why its security groups do not reach the pods' ports, by the cluster's security group"),
    ] = None
    subnets: Annotated[tuple[str, ...], fact("Subnets that fit, with free addresses")] = ()
    subnets_said: Annotated[
        tuple[Observation, ...], fact("Subnets that do not fit, and why", read="DescribeSubnets")
    ] = ()
    certificate_said: Annotated[
        Observation | None, fact("The nearest certificate to a host, and why it does not do", read="ACM")
    ] = None
    groups_said: Annotated[
        tuple[Observation, ...],
        fact("Security groups that the controller names", read="DescribeSecurityGroups"),
    ] = ()
