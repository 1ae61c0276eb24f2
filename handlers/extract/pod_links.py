"""What a pod depends on: objects whose trouble would explain its own."""

from collections.abc import Iterable

from handlers.extract.identity import account_name
from handlers.sources.objects.pod import Pod
from rules.facts.container import ContainerFacts
from rules.facts.log import SignatureKind
from rules.facts.pod import DependencyFacts
from rules.facts.scheduling import SchedulingFacts
from rules.finding import ObjectRef

CLUSTER_DNS = ObjectRef("Deployment", "coredns", "kube-system")
"""What answers names inside an EKS cluster."""
_WOULD_GROW = frozenset({"limits", "no_capacity"})
"""Refusals by a NodePool that would take the pod if it could; the others were not made for it."""


def pod_links(
    pod: Pod,
    containers: Iterable[ContainerFacts],
    dependency: DependencyFacts,
    scheduling: SchedulingFacts,
) -> tuple[ObjectRef, ...]:
    """Its node, claims, service account, the Service its log names, NodePools that lack room, cluster DNS."""
    return tuple(dict.fromkeys(_links(pod, containers, dependency, scheduling)))


def _links(
    pod: Pod,
    containers: Iterable[ContainerFacts],
    dependency: DependencyFacts,
    scheduling: SchedulingFacts,
) -> Iterable[ObjectRef]:
    namespace = pod.metadata.namespace
    if pod.spec.node_name:
        yield ObjectRef("Node", pod.spec.node_name)
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim:
            yield ObjectRef("PersistentVolumeClaim", volume.persistent_volume_claim.claim_name, namespace)
    if dependency.service:
        yield ObjectRef("Service", dependency.service, dependency.namespace)
    yield ObjectRef("ServiceAccount", account_name(pod), namespace)
    karpenter = scheduling.karpenter
    pools = [
        karpenter.pool,
        *(refusal.pool for refusal in karpenter.refusals if refusal.problem in _WOULD_GROW),
        *(limit.pool for limit in karpenter.limits),
    ]
    yield from (ObjectRef("NodePool", pool) for pool in pools if pool)
    if any(s.kind is SignatureKind.DNS_FAILURE for c in containers for s in c.log.signatures):
        yield CLUSTER_DNS
