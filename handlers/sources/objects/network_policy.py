"""Network policies (networking.k8s.io/v1)."""

from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import KubernetesObject, LabelSelector, Part, Resource


class IPBlock(Part, frozen=True):
    """A range of addresses without some ranges in it."""

    cidr: str = ""
    except_: tuple[str, ...] = field(default=(), name="except")


class PolicyPeer(Part, frozen=True):
    """Who may connect: pods, namespaces, both at once, or addresses."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class PolicyPort(Part, frozen=True):
    """A port that may be connected to: a number, a container port's name, or None for all of a protocol."""

    protocol: str = "TCP"
    port: int | str | None = None
    end_port: int | None = None


class IngressPolicyRule(Part, frozen=True):
    """Peers and ports; empty `peers` means everybody, empty `ports` all ports."""

    peers: tuple[PolicyPeer, ...] = field(default=(), name="from")
    ports: tuple[PolicyPort, ...] = ()


class NetworkPolicySpec(Part, frozen=True):
    """spec of a NetworkPolicy; where `policy_types` has Ingress, only `ingress` is let in."""

    pod_selector: LabelSelector = field(default_factory=LabelSelector)
    ingress: tuple[IngressPolicyRule, ...] = ()
    policy_types: tuple[str, ...] = ("Ingress",)


class NetworkPolicy(KubernetesObject, frozen=True):
    """A NetworkPolicy."""

    resource: ClassVar[Resource] = Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy")
    spec: NetworkPolicySpec = field(default_factory=NetworkPolicySpec)
