"""Everything read about an EC2NodeClass → its facts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct

from handlers.extract.karpenter_log import ControllerLine, faults
from handlers.extract.unready import (
    condition_of,
    is_ready,
    not_ready_for,
    ready_said,
    said,
    seconds_since,
    stands,
)
from handlers.sources.aws_objects.ec2 import Subnet
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.node import NodePool
from handlers.sources.objects.node_class import EC2NodeClass, SelectorTerm
from rules.facts.karpenter import EC2NodeClassFacts, NodeClassPart
from rules.finding import ObjectRef, Observation

_PARTS: tuple[tuple[str, NodeClassPart], ...] = (
    ("SubnetsReady", "subnets"),
    ("SecurityGroupsReady", "security_groups"),
    ("AMIsReady", "images"),
    ("InstanceProfileReady", "instance_profile"),
    ("ValidationSucceeded", "validation"),
)
"""In the order in which one waits for the other."""


class NodeClassReads(Struct, frozen=True, kw_only=True):
    """What was read about one EC2NodeClass.

    Attributes:
        others: all EC2NodeClasses.
        pools: all NodePools; None where they could not be read.
        lines: the controller's log, newest first.
        controllers: the controller's pods that are not well.
        networks: its subnets as AWS knows them; None where AWS was not asked or did not answer.
        missing: why something was not read: others, pools, log, networks.
    """

    node_class: EC2NodeClass
    now: datetime
    others: tuple[EC2NodeClass, ...] = ()
    pools: tuple[NodePool, ...] = ()
    networks: tuple[Subnet, ...] | None = None
    lines: tuple[ControllerLine, ...] = ()
    controllers: tuple[ObjectRef, ...] = ()
    missing: Mapping[str, str] = {}


def node_class_facts(reads: NodeClassReads) -> EC2NodeClassFacts:
    """Turn what was read into facts."""
    one, name = reads.node_class, reads.node_class.metadata.name
    of, spec = f"EC2NodeClass {name}", one.spec
    part, condition = _broken(one)
    users = tuple(p.metadata.name for p in reads.pools if p.spec.template.spec.node_class_ref.name == name)
    well = stands(one, reads.now)
    return EC2NodeClassFacts(
        missing=_missing(reads),
        ref=one.ref,
        top_owner=one.ref,
        depends_on=reads.controllers,
        healthy=well,
        ready=well,
        ready_said=ready_said(one, of),
        broken=part,
        code=condition.reason if condition else "",
        said=said(condition, of),
        lasts=seconds_since(condition, reads.now) or not_ready_for(one, reads.now),
        role=spec.role or spec.instance_profile,
        subnet_selector=_in_words(spec.subnet_selector_terms),
        group_selector=_in_words(spec.security_group_selector_terms),
        image_selector=_in_words(spec.ami_selector_terms),
        subnet_filter=_filter(spec.subnet_selector_terms),
        group_filter=_filter(spec.security_group_selector_terms),
        other_selectors=_other_selectors(reads),
        subnets=len(one.status.subnets),
        free_addresses=_free(reads.networks),
        fullest_free=min((each.available_ip_address_count for each in reads.networks or ()), default=None),
        addresses_said=_addresses_said(reads.networks),
        pools=users,
        controller_said=faults(line for line in reads.lines if line.node_class == name),
        effect=_effect(users, well=well),
    )


def _broken(one: EC2NodeClass) -> tuple[NodeClassPart, Condition | None]:
    conditions = one.status.conditions
    for kind, part in _PARTS:
        condition = condition_of(conditions, kind)
        if condition is not None and condition.status == "False":
            return part, condition
    other = next((each for each in conditions if each.status == "False" and each.type != "Ready"), None)
    return ("other", other) if other else ("none", None)


def _in_words(terms: Iterable[SelectorTerm]) -> str:
    return " or ".join(str(term) for term in terms)


def _filter(terms: Iterable[SelectorTerm]) -> str:
    """The first tag of the first term as `aws ec2 … --filters` takes it; empty where it has none."""
    first = next(iter(terms), SelectorTerm())
    key, value = next(iter(first.tags.items()), ("", ""))
    if not key:
        return ""
    return f"Name=tag-key,Values={key}" if value == "*" else f"Name=tag:{key},Values={value}"


def _other_selectors(reads: NodeClassReads) -> tuple[str, ...]:
    """What works elsewhere: often one wrong letter apart from what does not work here."""
    own = _in_words(reads.node_class.spec.subnet_selector_terms)
    ready = (each for each in reads.others if is_ready(each) and each.ref != reads.node_class.ref)
    words = {_in_words(each.spec.subnet_selector_terms) for each in ready}
    return tuple(sorted(words - {own, ""}))


def _free(networks: tuple[Subnet, ...] | None) -> int | None:
    return sum(each.available_ip_address_count for each in networks) if networks else None


def _addresses_said(networks: tuple[Subnet, ...] | None) -> Observation | None:
    """Free addresses by subnet, the fullest first."""
    if not networks:
        return None
    ranked = sorted(networks, key=lambda each: each.available_ip_address_count)
    words = (
        f"{each.subnet_id} ({each.availability_zone}): {each.available_ip_address_count} free"
        for each in ranked
    )
    return Observation(", ".join(words), "ec2:DescribeSubnets")


def _effect(pools: tuple[str, ...], *, well: bool) -> str:
    if not pools:
        return "No NodePool uses it"
    names = f"NodePool{'s' if len(pools) > 1 else ''} {', '.join(pools)}"
    return f"{names} make nodes by it" if well else f"{names} can make no nodes"


def _missing(reads: NodeClassReads) -> Mapping[str, str]:
    fields = {
        "others": ("other_selectors",),
        "pools": ("pools", "effect"),
        "log": ("controller_said",),
        "networks": ("free_addresses", "fullest_free", "addresses_said"),
    }
    return {
        field: reads.missing[source]
        for source in fields
        if source in reads.missing
        for field in fields[source]
    }
