"""Facts about where new nodes would come from: Karpenter's and cluster-autoscaler's verdict on a pod."""

from typing import Annotated, Literal

from rules.facts.base import Facts, fact
from rules.finding import Observation

KarpenterVerdict = Literal[
    "none",
    "nominated",
    "limits",
    "no_capacity",
    "no_matching_pool",
    "instance_types_too_small",
    "no_pools",
    "error",
]
PoolProblem = Literal[
    "limits",
    "no_capacity",
    "instance_types",
    "taint",
    "requirements",
    "topology",
    "volume",
    "no_pools",
    "other",
]
NodeClaimStep = Literal["Launched", "Registered", "Initialized"]
AutoscalerVerdict = Literal["none", "triggered", "at_maximum", "would_not_fit", "failed"]


class PoolRefusal(Facts, frozen=True, kw_only=True):
    """Why one NodePool makes no node for the pod."""

    pool: Annotated[str, fact("Name of the NodePool; empty when the refusal names none")] = ""
    problem: Annotated[PoolProblem, fact("The kind of refusal")] = "other"
    text: Annotated[str, fact("Karpenter's words, without the pool")] = ""
    detail: Annotated[str, fact("The taint, label or resource it names, or empty")] = ""


class PoolLimit(Facts, frozen=True, kw_only=True):
    """A limit of a NodePool that leaves no room for the pod."""

    pool: Annotated[str, fact("Name of the NodePool")] = ""
    resource: Annotated[str, fact("Name of the resource", read="spec.limits")] = ""
    used: Annotated[str, fact("What the pool's nodes add up to", read="status.resources")] = ""
    limit: Annotated[str, fact("What the pool may add up to", read="spec.limits")] = ""

    def __str__(self) -> str:
        return f"NodePool {self.pool} has {self.used} of {self.limit} {self.resource}"


class NodeClaimTrouble(Facts, frozen=True, kw_only=True):
    """A machine that was asked for and has not become a node."""

    name: Annotated[str, fact("Name of the NodeClaim")] = ""
    pool: Annotated[str, fact("Its NodePool", read="metadata.labels")] = ""
    step: Annotated[NodeClaimStep, fact("The step that is missing")] = "Launched"
    reason: Annotated[str, fact("Reason of that condition", read="status.conditions")] = ""
    no_capacity: Annotated[bool, fact("Whether the cloud has no such machine to give")] = False
    quota: Annotated[bool, fact("Whether a quota of the account stands in the way")] = False
    said: Annotated[Observation | None, fact("Message of that condition")] = None

    def __str__(self) -> str:
        return f"NodeClaim {self.name} of {self.pool}: {self.said or self.reason}"


class KarpenterFacts(Facts, frozen=True, kw_only=True):
    """What Karpenter does about the pod."""

    present: Annotated[bool, fact("Whether Karpenter is seen: its pools, claims or events")] = False
    verdict: Annotated[KarpenterVerdict, fact("What it decided, from its newest event on the pod")] = "none"
    pool: Annotated[str, fact("The NodePool that verdict is about, or empty")] = ""
    said: Annotated[Observation | None, fact("That event")] = None
    refusals: Annotated[tuple[PoolRefusal, ...], fact("Each NodePool's refusal")] = ()
    limits: Annotated[tuple[PoolLimit, ...], fact("Limits of pools that leave no room for the pod")] = ()
    nominated: Annotated[
        bool, fact("Whether it named a machine for the pod, and that is its newest word")
    ] = False
    nominated_for: Annotated[float, fact("Time since it did", unit="seconds")] = 0.0
    overdue: Annotated[bool, fact("Whether that machine should have come by now (10 minutes)")] = False
    node_claim: Annotated[str, fact("The NodeClaim or node it named")] = ""
    node_claim_gone: Annotated[bool, fact("Whether that NodeClaim no longer exists")] = False
    troubles: Annotated[tuple[NodeClaimTrouble, ...], fact("Machines of that pool that do not come up")] = ()
    quota: Annotated[bool, fact("Whether one of them waits for a quota of the account")] = False


class AutoscalerFacts(Facts, frozen=True, kw_only=True):
    """What cluster-autoscaler does about the pod."""

    verdict: Annotated[AutoscalerVerdict, fact("What it decided, from its newest event on the pod")] = "none"
    said: Annotated[Observation | None, fact("That event")] = None
    reasons: Annotated[tuple[str, ...], fact("Its reasons, each with the number of node groups")] = ()
    groups: Annotated[tuple[str, ...], fact("Node groups it is growing (name 1->2 (max: 5))")] = ()
