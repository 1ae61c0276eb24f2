"""Facts about what Karpenter makes nodes from: NodePools, NodeClaims and EC2NodeClasses."""

from typing import Annotated, Literal

from rules.facts.base import Facts, SubjectFacts, fact
from rules.finding import ObjectRef, Observation

ShortageKind = Literal["none", "capacity", "quota", "addresses", "permission"]
ClaimStep = Literal["none", "Launched", "Registered", "Initialized"]
NodeClassPart = Literal[
    "none", "subnets", "security_groups", "images", "instance_profile", "validation", "other"
]


class UnreadyPart(Facts, frozen=True, kw_only=True):
    """A condition that is not as it should be."""

    name: Annotated[str, fact("Type of the condition", read="status.conditions")] = ""
    code: Annotated[str, fact("Its reason")] = ""
    lasts: Annotated[float | None, fact("Time since it is so", unit="seconds")] = None
    said: Annotated[Observation | None, fact("Its status, reason and message")] = None


class LimitUse(Facts, frozen=True, kw_only=True):
    """How much of one of its limits a pool has used."""

    name: Annotated[str, fact("Name of the resource", read="spec.limits")] = ""
    used: Annotated[str, fact("What the pool's nodes add up to", read="status.resources")] = ""
    limit: Annotated[str, fact("What they may add up to", read="spec.limits")] = ""
    percent: Annotated[float, fact("Share that is used", unit="percent")] = 0.0
    reached: Annotated[bool, fact("Whether nothing is left")] = False

    def __str__(self) -> str:
        return f"{self.used} of {self.limit} {self.name}"


class Shortage(Facts, frozen=True, kw_only=True):
    """AWS gave Karpenter no machine."""

    kind: Annotated[ShortageKind, fact("What stands in the way")] = "none"
    code: Annotated[str, fact("AWS's code (InsufficientInstanceCapacity), or empty")] = ""
    times: Annotated[int, fact("Attempts that failed, as far as seen")] = 0
    types: Annotated[tuple[str, ...], fact("Instance types that were refused")] = ()
    zones: Annotated[tuple[str, ...], fact("Zones they were refused in")] = ()
    said: Annotated[Observation | None, fact("The newest refusal")] = None
    claim_said: Annotated[Observation | None, fact("The newest refusal as an event about a machine")] = None


class NodePoolFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one NodePool."""

    ref: Annotated[ObjectRef, fact("The NodePool")] = ObjectRef("NodePool", "nodepool")
    top_owner: Annotated[ObjectRef, fact("The NodePool itself")] = ObjectRef("NodePool", "nodepool")
    healthy: Annotated[bool, fact("Ready, and able to make a node if one is asked for")] = True
    ready: Annotated[bool, fact("Its Ready condition", read="status.conditions")] = True
    ready_said: Annotated[Observation | None, fact("What the Ready condition says")] = None
    not_ready_for: Annotated[float | None, fact("Time since it is not ready", unit="seconds")] = None
    unready: Annotated[tuple[UnreadyPart, ...], fact("Conditions behind it that are False")] = ()
    node_class: Annotated[str, fact("Its EC2NodeClass", read="spec.template.spec.nodeClassRef")] = ""
    node_class_unready: Annotated[
        Observation | None, fact("What it says of its EC2NodeClass, when that is not ready")
    ] = None
    registration_failing: Annotated[
        Observation | None, fact("Its machines do not join", read="NodeRegistrationHealthy")
    ] = None
    invalid: Annotated[Observation | None, fact("Its spec is refused", read="ValidationSucceeded")] = None
    no_types: Annotated[
        Observation | None, fact("No instance type fits its requirements", read="NoCompatibleInstanceTypes")
    ] = None
    limits: Annotated[tuple[LimitUse, ...], fact("Its limits, those used most first")] = ()
    limits_reached: Annotated[tuple[LimitUse, ...], fact("Limits of which nothing is left")] = ()
    tightest: Annotated[
        tuple[LimitUse, ...], fact("Limits of which nothing is left, else the one used most")
    ] = ()
    limit_said: Annotated[
        Observation | None, fact("A pod that was refused for them", read="FailedScheduling, controller log")
    ] = None
    refused_for_limits: Annotated[tuple[str, ...], fact("Pods that wait because of its limits")] = ()
    shortage: Annotated[Shortage, fact("Why AWS gives it no machine")] = Shortage()
    refused_for_capacity: Annotated[tuple[str, ...], fact("Pods that wait for that capacity")] = ()
    capacity_types: Annotated[
        tuple[str, ...],
        fact("spot, on-demand; empty for the default", read="spec.template.spec.requirements"),
    ] = ()
    allowed: Annotated[str, fact("What its machines may be, in words", read="requirements")] = ""
    blocked: Annotated[
        Observation | None, fact("Why its nodes are not replaced", read="DisruptionBlocked")
    ] = None
    nodes: Annotated[int, fact("Nodes it has", read="status.resources")] = 0
    weight: Annotated[int, fact("Its weight among pools, 0 by default")] = 0
    claims_unwell: Annotated[tuple[str, ...], fact("Its machines that do not come up, in words")] = ()
    controller_said: Annotated[
        tuple[Observation, ...],
        fact("Errors of Karpenter's controller about it, the newest first", read="log"),
    ] = ()
    effect: Annotated[str, fact("Who waits for it, and what it has, in a sentence")] = ""


class NodeClaimFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one NodeClaim: a machine that was asked for."""

    ref: Annotated[ObjectRef, fact("The NodeClaim")] = ObjectRef("NodeClaim", "nodeclaim")
    top_owner: Annotated[ObjectRef, fact("Its NodePool, else itself")] = ObjectRef("NodeClaim", "nodeclaim")
    healthy: Annotated[bool, fact("Initialized, or young, and not stuck in deletion")] = True
    pool: Annotated[str, fact("Its NodePool", read="metadata.labels")] = ""
    node_class: Annotated[str, fact("Its EC2NodeClass", read="spec.nodeClassRef")] = ""
    age: Annotated[float, fact("Time since it was made", unit="seconds")] = 86_400.0
    step: Annotated[ClaimStep, fact("The first step that is missing")] = "none"
    code: Annotated[str, fact("Reason of that step's condition")] = ""
    said: Annotated[Observation | None, fact("What that condition says")] = None
    steps: Annotated[str, fact("Each step and when it was reached, in words")] = ""
    shortage: Annotated[Shortage, fact("Why AWS gives no machine for it")] = Shortage()
    young: Annotated[bool, fact("Whether the missing step is still on time (5 minutes)")] = False
    given_up_in: Annotated[
        float | None, fact("Time until Karpenter deletes a machine that has not joined", unit="seconds")
    ] = None
    instance: Annotated[str, fact("Instance id", read="status.providerID")] = ""
    kind: Annotated[str, fact("Instance type", read="metadata.labels")] = ""
    spot: Annotated[bool, fact("Whether it is spot capacity", read="metadata.labels")] = False
    node: Annotated[str, fact("Its node, or empty", read="status.nodeName")] = ""
    deleting_for: Annotated[float | None, fact("Time since it is being deleted", unit="seconds")] = None
    drain_said: Annotated[
        Observation | None, fact("Why it does not drain", read="Drained, FailedDraining, DisruptionBlocked")
    ] = None
    volumes_held: Annotated[
        Observation | None, fact("Volumes that are not detached yet", read="VolumesDetached")
    ] = None
    controller_said: Annotated[
        tuple[Observation, ...],
        fact("Errors of Karpenter's controller about it, the newest first", read="log"),
    ] = ()
    effect: Annotated[str, fact("What its lack means, in a sentence")] = ""


class EC2NodeClassFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one EC2NodeClass: how machines are made."""

    ref: Annotated[ObjectRef, fact("The EC2NodeClass")] = ObjectRef("EC2NodeClass", "ec2nodeclass")
    top_owner: Annotated[ObjectRef, fact("The EC2NodeClass itself")] = ObjectRef(
        "EC2NodeClass", "ec2nodeclass"
    )
    healthy: Annotated[bool, fact("Ready")] = True
    ready: Annotated[bool, fact("Its Ready condition", read="status.conditions")] = True
    ready_said: Annotated[Observation | None, fact("What the Ready condition says")] = None
    broken: Annotated[NodeClassPart, fact("The first part that is False")] = "none"
    code: Annotated[str, fact("Reason of that condition")] = ""
    said: Annotated[Observation | None, fact("What that condition says")] = None
    lasts: Annotated[float | None, fact("Time since it is so", unit="seconds")] = None
    role: Annotated[str, fact("Role of its machines", read="spec.role")] = ""
    subnet_selector: Annotated[str, fact("What its subnets must have, in words")] = ""
    group_selector: Annotated[str, fact("What its security groups must have, in words")] = ""
    image_selector: Annotated[str, fact("What its image must be, in words")] = ""
    subnet_filter: Annotated[str, fact("Its first tag as a filter of the AWS command line; or empty")] = ""
    group_filter: Annotated[str, fact("That of its security groups")] = ""
    other_selectors: Annotated[
        tuple[str, ...], fact("What other EC2NodeClasses that are ready select subnets by")
    ] = ()
    subnets: Annotated[int, fact("Subnets it found", read="status.subnets")] = 0
    free_addresses: Annotated[
        int | None, fact("Free addresses in its subnets", read="ec2:DescribeSubnets")
    ] = None
    fullest_free: Annotated[
        int | None, fact("Free addresses in the fullest of them", read="ec2:DescribeSubnets")
    ] = None
    addresses_said: Annotated[Observation | None, fact("The same by subnet")] = None
    pools: Annotated[tuple[str, ...], fact("NodePools that use it")] = ()
    controller_said: Annotated[
        tuple[Observation, ...],
        fact("Errors of Karpenter's controller about it, the newest first", read="log"),
    ] = ()
    effect: Annotated[str, fact("Which pools cannot make nodes, in a sentence")] = ""
