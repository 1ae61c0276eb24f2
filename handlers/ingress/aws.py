"""The reads in AWS: the load balancer behind the address, its targets, and what a new one lacks."""

import asyncio
from collections.abc import Sequence
from typing import TypeVar

from msgspec.structs import replace

from handlers.extract.alb import (
    AlbReads,
    GroupReads,
    alb_facts,
    alb_targets,
    listen_ports,
    own_groups,
    region_of,
)
from handlers.extract.ingress import IngressReads
from handlers.look import NO_AWS, Look, Read, nothing
from handlers.sources.aws_objects.acm import AcmSummary
from handlers.sources.aws_objects.ec2 import SecurityGroup, Subnet
from handlers.sources.aws_objects.eks import Cluster
from handlers.sources.aws_objects.elbv2 import Listener, LoadBalancer, TargetGroup, TargetHealth
from handlers.sources.objects.ingress import Ingress
from rules.facts.ingress import IngressFacts

IAM = tuple(
    kind.call.action
    for kind in (
        LoadBalancer,
        Listener,
        TargetGroup,
        TargetHealth,
        Subnet,
        SecurityGroup,
        AcmSummary,
        Cluster,
    )
)
MOST_GROUPS = 20
"""Target groups whose targets are asked for; an Ingress rarely has more paths."""
_KEYS = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")
T = TypeVar("T")


async def with_aws(reads: IngressReads, facts: IngressFacts, look: Look) -> IngressReads:
    """Add what AWS tells, where it is configured and an ALB is meant."""
    if not facts.is_alb:
        return reads
    if look.sources.aws is None:
        look.note("load balancer in AWS", NO_AWS)
        return reads
    asked = await _ask(reads.ingress, facts, look)
    return replace(
        reads,
        alb=alb_facts(asked, reads.ingress, reads.now),
        aws_targets=alb_targets(asked, reads.ingress, reads.backends),
    )


async def _ask(ingress: Ingress, facts: IngressFacts, look: Look) -> AlbReads:
    """Ask for what can matter, all at once."""
    problem = facts.balancer.problem
    async with asyncio.TaskGroup() as group:
        balancer = group.create_task(_balancer(ingress, look))
        subnets = group.create_task(_subnets(look) if problem.startswith("subnets") else _none(Subnet))
        certificates = group.create_task(
            _certificates(look) if _is_secure(ingress, problem) else _none(AcmSummary)
        )
        groups = group.create_task(_groups(facts.balancer.groups, look))
        node = group.create_task(_node_group(look))
    reads = balancer.result()
    missing = {
        **reads.missing,
        "subnets": subnets.result().missing,
        "certificates": certificates.result().missing,
        "security_groups": groups.result().missing,
        "node_group": node.result().missing,
    }
    return replace(
        reads,
        subnets=subnets.result().value or (),
        certificates=certificates.result().value,
        security_groups=groups.result().value or (),
        node_group=next(iter(node.result().value or ()), None),
        cluster=look.platform.cluster_name,
        missing={source: why for source, why in missing.items() if why},
    )


def _is_secure(ingress: Ingress, problem: str) -> bool:
    return problem.startswith("certificate") or any(kind == "HTTPS" for kind, _ in listen_ports(ingress))


async def _none(_: type[T]) -> Read[tuple[T, ...]]:
    return await nothing()


async def _balancer(ingress: Ingress, look: Look) -> AlbReads:
    """Find the load balancer by its address; AWS cannot be asked by address, so all are listed."""
    address = ingress.status.load_balancer.address
    if not address:
        return AlbReads()
    region = region_of(address)
    listed = await look.aws(LoadBalancer, what="load balancers", region=region)
    if listed.value is None:
        return AlbReads(missing={"balancer": listed.missing})
    wanted = address.lower()
    found = next((one for one in listed.value if one.dns_name.lower() == wanted), None)
    if found is None:
        return AlbReads(looked=True)
    arn = found.load_balancer_arn
    listeners, groups, guards = await asyncio.gather(
        look.aws(Listener, what="listeners", region=region, LoadBalancerArn=arn),
        look.aws(TargetGroup, what="target groups", region=region, LoadBalancerArn=arn),
        _groups(found.security_groups, look, region),
    )
    targets, unread = await _targets(own_groups(groups.value or (), ingress)[:MOST_GROUPS], region, look)
    return AlbReads(
        looked=True,
        balancer=found,
        listeners=listeners.value,
        groups=targets,
        balancer_groups=guards.value or (),
        missing={
            "listeners": listeners.missing,
            "targets": groups.missing or unread,
            "balancer_groups": guards.missing,
        },
    )


async def _targets(
    groups: Sequence[TargetGroup], region: str, look: Look
) -> tuple[tuple[GroupReads, ...], str]:
    arns = (one.target_group_arn for one in groups)
    reads = await asyncio.gather(
        *(look.aws(TargetHealth, what="target health", region=region, TargetGroupArn=arn) for arn in arns)
    )
    pairs = zip(groups, reads, strict=True)
    missing = next((read.missing for read in reads if read.missing), "")
    return tuple(GroupReads(group, read.value or ()) for group, read in pairs), missing


async def _cluster(look: Look) -> Read[tuple[Cluster, ...]]:
    """The cluster in AWS, where its name is known; AWS is asked once, for answers are kept for a while."""
    name = look.platform.cluster_name
    return await look.aws(Cluster, what="EKS cluster", name=name) if name else await nothing()


async def _subnets(look: Look) -> Read[tuple[Subnet, ...]]:
    """The subnets of the cluster's VPC; of every VPC where the cluster's name in AWS is not known."""
    cluster = await _cluster(look)
    vpcs = [one.resources_vpc_config.vpc_id for one in cluster.value or () if one.resources_vpc_config.vpc_id]
    if not vpcs:
        return await look.aws(Subnet, what="subnets")
    within: dict[str, object] = {"Name": "vpc-id", "Values": vpcs[:1]}
    return await look.aws(Subnet, what="subnets", Filters=(within,))


async def _node_group(look: Look) -> Read[tuple[SecurityGroup, ...]]:
    """The security group that EKS gives to nodes."""
    cluster = await _cluster(look)
    if cluster.missing:
        return Read(missing=cluster.missing)
    names = [one.resources_vpc_config.cluster_security_group_id for one in cluster.value or ()]
    return await _groups(tuple(filter(None, names)), look)


async def _certificates(look: Look) -> Read[tuple[AcmSummary, ...]]:
    return await look.aws(AcmSummary, what="certificates in ACM", Includes={"keyTypes": list(_KEYS)})


async def _groups(names: tuple[str, ...], look: Look, region: str = "") -> Read[tuple[SecurityGroup, ...]]:
    if not names:
        return await nothing()
    return await look.aws(SecurityGroup, what="security groups", region=region, GroupIds=names)
