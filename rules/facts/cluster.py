"""Facts about a whole cluster or one namespace: what stands in it, in numbers."""

from typing import Annotated

from rules.facts.base import SubjectFacts, fact
from rules.finding import ObjectRef


class ClusterFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about everything at once."""

    ref: Annotated[ObjectRef, fact("The cluster, or the namespace that was asked about")] = ObjectRef(
        "Cluster", "cluster"
    )
    top_owner: Annotated[ObjectRef, fact("The same")] = ObjectRef("Cluster", "cluster")
    whole: Annotated[bool, fact("Whether the whole cluster was asked about, not one namespace")] = True
    nodes: Annotated[int, fact("Nodes", read="nodes")] = 0
    nodes_ready: Annotated[int, fact("Nodes that are ready", read="status.conditions")] = 0
    pods: Annotated[int, fact("Pods", read="pods")] = 0
    pods_unwell: Annotated[int, fact("Pods that are not as they should be", read="status")] = 0
    pods_waiting: Annotated[int, fact("Pods without a node", read="spec.nodeName")] = 0
    usage_known: Annotated[bool, fact("Whether the metrics API answers", read="metrics.k8s.io")] = True
    effect: Annotated[str, fact("How much of it works, in a sentence")] = ""
