"""Ingresses and their classes (networking.k8s.io/v1), target group bindings (elbv2.k8s.aws/v1beta1)."""

from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import KubernetesObject, Part, Resource
from handlers.sources.objects.network import LoadBalancerStatus


class BackendPort(Part, frozen=True):
    """A port of a Service, by number or by name."""

    number: int = 0
    name: str = ""

    def __str__(self) -> str:
        return self.name or str(self.number)


class BackendService(Part, frozen=True):
    """The Service behind a path."""

    name: str = ""
    port: BackendPort = field(default_factory=BackendPort)


class IngressBackend(Part, frozen=True):
    """Where a path leads; another resource than a Service is left out."""

    service: BackendService | None = None


class IngressPath(Part, frozen=True):
    """One path of a host."""

    path: str = "/"
    backend: IngressBackend = field(default_factory=IngressBackend)


class IngressPaths(Part, frozen=True):
    """The paths of a host."""

    paths: tuple[IngressPath, ...] = ()


class IngressRule(Part, frozen=True):
    """A host and its paths; an empty host means every host."""

    host: str = ""
    http: IngressPaths | None = None


class IngressTLS(Part, frozen=True):
    """Hosts and the Secret of their certificate."""

    hosts: tuple[str, ...] = ()
    secret_name: str = ""


class IngressSpec(Part, frozen=True):
    """spec of an Ingress; without a class name the default class takes it."""

    ingress_class_name: str = ""
    default_backend: IngressBackend | None = None
    rules: tuple[IngressRule, ...] = ()
    tls: tuple[IngressTLS, ...] = ()


class IngressStatus(Part, frozen=True):
    """status of an Ingress."""

    load_balancer: LoadBalancerStatus = field(default_factory=LoadBalancerStatus)


class Ingress(KubernetesObject, frozen=True):
    """An Ingress."""

    resource: ClassVar[Resource] = Resource("networking.k8s.io", "v1", "ingresses", "Ingress")
    spec: IngressSpec = field(default_factory=IngressSpec)
    status: IngressStatus = field(default_factory=IngressStatus)


class IngressClassSpec(Part, frozen=True):
    """spec of an IngressClass: which controller takes its Ingresses ("ingress.k8s.aws/alb")."""

    controller: str = ""


class IngressClass(KubernetesObject, frozen=True):
    """An IngressClass; an annotation makes one the default."""

    resource: ClassVar[Resource] = Resource(
        "networking.k8s.io", "v1", "ingressclasses", "IngressClass", namespaced=False
    )
    spec: IngressClassSpec = field(default_factory=IngressClassSpec)


class BoundService(Part, frozen=True):
    """The Service whose pods are the targets of a target group."""

    name: str = ""


class TargetGroupBindingSpec(Part, frozen=True):
    """spec of a TargetGroupBinding."""

    service_ref: BoundService = field(default_factory=BoundService)
    target_group_arn: str = field(default="", name="targetGroupARN")


class TargetGroupBinding(KubernetesObject, frozen=True):
    """Which Service's pods the load balancer controller registers in which target group."""

    resource: ClassVar[Resource] = Resource(
        "elbv2.k8s.aws", "v1beta1", "targetgroupbindings", "TargetGroupBinding"
    )
    spec: TargetGroupBindingSpec = field(default_factory=TargetGroupBindingSpec)
