"""Services and who stands behind them (core/v1, discovery.k8s.io/v1), service accounts, namespaces."""

from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import Condition, KubernetesObject, Part, Resource


class ServicePort(Part, frozen=True):
    """A port of a Service; target_port is a number or a container port's name."""

    name: str = ""
    port: int = 0
    target_port: int | str = 0
    protocol: str = "TCP"


class ServiceSpec(Part, frozen=True):
    """spec of a Service."""

    type: str = "ClusterIP"
    cluster_ip: str = field(default="", name="clusterIP")
    selector: dict[str, str] = {}
    ports: tuple[ServicePort, ...] = ()
    publish_not_ready_addresses: bool = False
    external_name: str = ""
    load_balancer_class: str = ""


class LoadBalancerAddress(Part, frozen=True):
    """An address that a load balancer controller wrote: a host name (AWS) or an IP."""

    hostname: str = ""
    ip: str = ""


class LoadBalancerStatus(Part, frozen=True):
    """Addresses of a load balancer; empty until there is one."""

    ingress: tuple[LoadBalancerAddress, ...] = ()

    @property
    def address(self) -> str:
        """The first address, or empty."""
        return next((each.hostname or each.ip for each in self.ingress), "")


class ServiceStatus(Part, frozen=True):
    """status of a Service; only of type LoadBalancer is there any."""

    load_balancer: LoadBalancerStatus = field(default_factory=LoadBalancerStatus)


class Service(KubernetesObject, frozen=True):
    """A Service."""

    resource: ClassVar[Resource] = Resource("", "v1", "services", "Service")
    spec: ServiceSpec = field(default_factory=ServiceSpec)
    status: ServiceStatus = field(default_factory=ServiceStatus)


class EndpointConditions(Part, frozen=True):
    """Whether an endpoint takes traffic; None counts as true (the API's own rule)."""

    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


class TargetReference(Part, frozen=True):
    """The pod behind an endpoint."""

    kind: str = ""
    name: str = ""
    uid: str = ""


class Endpoint(Part, frozen=True):
    """One endpoint of a slice."""

    addresses: tuple[str, ...] = ()
    conditions: EndpointConditions = field(default_factory=EndpointConditions)
    target_ref: TargetReference | None = None


class EndpointPort(Part, frozen=True):
    """A port that the endpoints of a slice have; `port` None means all."""

    name: str = ""
    port: int | None = None


class EndpointSlice(KubernetesObject, frozen=True):
    """Part of a Service's endpoints; label kubernetes.io/service-name names the Service.

    Endpoints whose pods lack a named port stand in a slice without that port.
    """

    resource: ClassVar[Resource] = Resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice")
    address_type: str = "IPv4"
    endpoints: tuple[Endpoint, ...] = ()
    ports: tuple[EndpointPort, ...] = ()


class ServiceAccount(KubernetesObject, frozen=True):
    """A service account; its annotations carry IRSA's role and audience."""

    resource: ClassVar[Resource] = Resource("", "v1", "serviceaccounts", "ServiceAccount")


class NamespaceSpec(Part, frozen=True):
    """spec of a namespace; `finalizers` holds "kubernetes" until all that was in it is gone."""

    finalizers: tuple[str, ...] = ()


class NamespaceStatus(Part, frozen=True):
    """status of a namespace; phase Active or Terminating, conditions of a deletion."""

    phase: str = ""
    conditions: tuple[Condition, ...] = ()


class Namespace(KubernetesObject, frozen=True):
    """A namespace."""

    resource: ClassVar[Resource] = Resource("", "v1", "namespaces", "Namespace", namespaced=False)
    spec: NamespaceSpec = field(default_factory=NamespaceSpec)
    status: NamespaceStatus = field(default_factory=NamespaceStatus)
