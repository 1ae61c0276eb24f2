"""Who may reach a pod: network policies evaluated as the API describes them; pure.

A pod that no policy chooses for ingress is open. Of one that is chosen, only what some policy lets in gets
through: policies add up, none takes away.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from handlers.extract.selectors_match import matches_labels, requirement_text
from handlers.sources.objects.meta import LabelSelector
from handlers.sources.objects.network_policy import (
    IngressPolicyRule,
    NetworkPolicy,
    PolicyPeer,
    PolicyPort,
)
from handlers.sources.objects.pod import Pod

EVERYBODY = "everybody"


class Admission(Struct, frozen=True):
    """Who may connect to one port of a pod.

    Attributes:
        policies: names of the policies that choose the pod; without any, everybody may.
        peers: who they let in on that port, each once; empty together with `policies` set: nobody.
        own_namespace: where the policies are.
    """

    policies: tuple[str, ...] = ()
    peers: tuple[PolicyPeer | None, ...] = ()
    own_namespace: str = ""

    @property
    def closed(self) -> bool:
        """Whether nobody may connect."""
        return bool(self.policies) and not self.peers

    @property
    def open(self) -> bool:
        """Whether everybody may connect."""
        return not self.policies or None in self.peers

    @property
    def by_address(self) -> bool:
        """Whether a range of addresses may connect."""
        return any(peer is not None and peer.ip_block is not None for peer in self.peers)

    def admits(self, namespace: str, namespace_labels: Mapping[str, str], labels: Mapping[str, str]) -> bool:
        """Whether a pod with these labels in that namespace may connect; addresses are not looked at."""
        return self.open or any(
            _is_chosen(peer, self.own_namespace, namespace, namespace_labels, labels)
            for peer in self.peers
            if peer is not None and peer.ip_block is None
        )

    def in_words(self) -> tuple[str, ...]:
        """Who may connect; empty when everybody may."""
        if self.open:
            return ()
        return tuple(dict.fromkeys(peer_text(peer) for peer in self.peers if peer is not None))


def admission(pod: Pod, port: int, protocol: str, policies: Iterable[NetworkPolicy]) -> Admission:
    """Evaluate the ingress policies of the pod's namespace for one of its ports."""
    chosen = isolating(pod, policies)
    rules = [rule for policy in chosen for rule in policy.spec.ingress]
    return Admission(
        policies=tuple(policy.metadata.name for policy in chosen),
        peers=_peers(rule for rule in rules if _opens(rule, pod, port, protocol)),
        own_namespace=pod.metadata.namespace,
    )


def isolating(pod: Pod, policies: Iterable[NetworkPolicy]) -> Sequence[NetworkPolicy]:
    """The policies that choose the pod for ingress."""
    return [
        policy
        for policy in policies
        if policy.metadata.namespace == pod.metadata.namespace
        and ("Ingress" in policy.spec.policy_types or not policy.spec.policy_types)
        and matches_labels(policy.spec.pod_selector, pod.metadata.labels)
    ]


def _peers(rules: Iterable[IngressPolicyRule]) -> tuple[PolicyPeer | None, ...]:
    """None stands for everybody: a rule without peers."""
    return tuple(peer for rule in rules for peer in (rule.peers or (None,)))


def _opens(rule: IngressPolicyRule, pod: Pod, port: int, protocol: str) -> bool:
    return not rule.ports or any(_is_port(one, pod, port, protocol) for one in rule.ports)


def _is_port(one: PolicyPort, pod: Pod, port: int, protocol: str) -> bool:
    if one.protocol != protocol:
        return False
    if one.port is None:
        return True
    if isinstance(one.port, str):
        named = (p for c in pod.spec.containers for p in c.ports if p.name == one.port)
        return any(p.container_port == port for p in named)
    return one.port <= port <= (one.end_port or one.port)


def _is_chosen(
    peer: PolicyPeer,
    own: str,
    namespace: str,
    namespace_labels: Mapping[str, str],
    labels: Mapping[str, str],
) -> bool:
    if peer.namespace_selector is None and namespace != own:
        return False
    if peer.namespace_selector is not None and not matches_labels(peer.namespace_selector, namespace_labels):
        return False
    return peer.pod_selector is None or matches_labels(peer.pod_selector, labels)


def peer_text(peer: PolicyPeer) -> str:
    """Who a peer is ("pods with app=x in namespaces with team=ml", "addresses 10.0.0.0/16")."""
    if peer.ip_block:
        without = f" without {', '.join(peer.ip_block.except_)}" if peer.ip_block.except_ else ""
        return f"addresses {peer.ip_block.cidr}{without}"
    pods = _choice("pods", peer.pod_selector) if peer.pod_selector else "pods"
    if peer.namespace_selector is None:
        return f"{pods} of its own namespace"
    return f"{pods} in {_choice('namespaces', peer.namespace_selector)}"


def _choice(what: str, selector: LabelSelector) -> str:
    labels = [f"{key}={value}" for key, value in sorted(selector.match_labels.items())]
    wanted = [*labels, *(requirement_text(one) for one in selector.match_expressions)]
    return f"{what} with {', '.join(wanted)}" if wanted else f"all {what}"
