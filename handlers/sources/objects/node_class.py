"""How Karpenter makes machines in AWS (karpenter.k8s.aws/v1)."""

from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import Condition, KubernetesObject, Part, Resource


class SelectorTerm(Part, frozen=True):
    """What a subnet, a security group or an image must have; the set parts of one term all hold."""

    tags: dict[str, str] = {}
    id: str = ""
    name: str = ""
    alias: str = ""

    def __str__(self) -> str:
        tags = [f"{key}={value}" for key, value in self.tags.items()]
        return " and ".join(filter(None, (*tags, self.id, self.name, self.alias)))


class NodeClassSubnet(Part, frozen=True):
    """A subnet that a selector found."""

    id: str = ""
    zone: str = ""


class NodeClassSpec(Part, frozen=True):
    """spec of an EC2NodeClass; one of the terms of each selector must hold."""

    role: str = ""
    instance_profile: str = ""
    subnet_selector_terms: tuple[SelectorTerm, ...] = ()
    security_group_selector_terms: tuple[SelectorTerm, ...] = ()
    ami_selector_terms: tuple[SelectorTerm, ...] = ()


class NodeClassStatus(Part, frozen=True):
    """status of an EC2NodeClass."""

    conditions: tuple[Condition, ...] = ()
    subnets: tuple[NodeClassSubnet, ...] = ()


class EC2NodeClass(KubernetesObject, frozen=True):
    """How machines of some NodePools are made: subnets, security groups, image, role."""

    resource: ClassVar[Resource] = Resource(
        "karpenter.k8s.aws", "v1", "ec2nodeclasses", "EC2NodeClass", namespaced=False
    )
    spec: NodeClassSpec = field(default_factory=NodeClassSpec)
    status: NodeClassStatus = field(default_factory=NodeClassStatus)
