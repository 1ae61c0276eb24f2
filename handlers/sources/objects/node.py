"""Nodes (core/v1) and Karpenter's pools and claims (karpenter.sh/v1)."""

from datetime import datetime
from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import (
    Condition,
    KubernetesObject,
    LabelSelectorRequirement,
    Part,
    Quantity,
    Resource,
)


class Taint(Part, frozen=True):
    """A taint; effect NoSchedule, PreferNoSchedule or NoExecute."""

    key: str = ""
    value: str = ""
    effect: str = ""
    time_added: datetime | None = None

    def __str__(self) -> str:
        return f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"


class NodeSpec(Part, frozen=True):
    """spec of a node."""

    unschedulable: bool = False
    taints: tuple[Taint, ...] = ()
    provider_id: str = field(default="", name="providerID")


class NodeSystemInfo(Part, frozen=True):
    """What the kubelet says of its machine."""

    architecture: str = ""
    kubelet_version: str = ""


class NodeStatus(Part, frozen=True):
    """status of a node; quantities by resource name."""

    capacity: dict[str, Quantity] = {}
    allocatable: dict[str, Quantity] = {}
    conditions: tuple[Condition, ...] = ()
    node_info: NodeSystemInfo = field(default_factory=NodeSystemInfo)


class Node(KubernetesObject, frozen=True):
    """A node."""

    resource: ClassVar[Resource] = Resource("", "v1", "nodes", "Node", namespaced=False)
    spec: NodeSpec = field(default_factory=NodeSpec)
    status: NodeStatus = field(default_factory=NodeStatus)


class NodeClassReference(Part, frozen=True):
    """The EC2NodeClass that says how machines are made; `kind` NodeClass in EKS Auto Mode."""

    kind: str = ""
    name: str = ""


class NodeClaimTemplateSpec(Part, frozen=True):
    """What a NodePool gives its nodes."""

    node_class_ref: NodeClassReference = field(default_factory=NodeClassReference)
    requirements: tuple[LabelSelectorRequirement, ...] = ()
    taints: tuple[Taint, ...] = ()


class NodeClaimTemplateMeta(Part, frozen=True):
    """Labels a NodePool gives its nodes."""

    labels: dict[str, str] = {}


class NodeClaimTemplate(Part, frozen=True):
    """spec.template of a NodePool."""

    metadata: NodeClaimTemplateMeta = field(default_factory=NodeClaimTemplateMeta)
    spec: NodeClaimTemplateSpec = field(default_factory=NodeClaimTemplateSpec)


class NodePoolSpec(Part, frozen=True):
    """spec of a NodePool; `limits` by resource name."""

    limits: dict[str, Quantity] = {}
    weight: int | None = None
    template: NodeClaimTemplate = field(default_factory=NodeClaimTemplate)


class NodePoolStatus(Part, frozen=True):
    """status of a NodePool; `resources` is what its nodes add up to."""

    conditions: tuple[Condition, ...] = ()
    resources: dict[str, Quantity] = {}


class NodePool(KubernetesObject, frozen=True):
    """A Karpenter NodePool."""

    resource: ClassVar[Resource] = Resource("karpenter.sh", "v1", "nodepools", "NodePool", namespaced=False)
    spec: NodePoolSpec = field(default_factory=NodePoolSpec)
    status: NodePoolStatus = field(default_factory=NodePoolStatus)


class NodeClaimSpec(Part, frozen=True):
    """spec of a NodeClaim."""

    node_class_ref: NodeClassReference = field(default_factory=NodeClassReference)


class NodeClaimStatus(Part, frozen=True):
    """status of a NodeClaim."""

    conditions: tuple[Condition, ...] = ()
    node_name: str = ""
    provider_id: str = field(default="", name="providerID")


class NodeClaim(KubernetesObject, frozen=True):
    """A Karpenter NodeClaim: one machine that was asked for."""

    resource: ClassVar[Resource] = Resource("karpenter.sh", "v1", "nodeclaims", "NodeClaim", namespaced=False)
    spec: NodeClaimSpec = field(default_factory=NodeClaimSpec)
    status: NodeClaimStatus = field(default_factory=NodeClaimStatus)
