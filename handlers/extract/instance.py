"""The EC2 instance under a node: what the node says of it, and what AWS does."""

from handlers.sources.objects.node import Node
from rules.facts.node import InstanceFacts

_CAPACITY = ("karpenter.sh/capacity-type", "eks.amazonaws.com/capacityType")


def labelled_instance(node: Node) -> InstanceFacts:
    """The machine as the node's labels and provider id name it."""
    labels = node.metadata.labels
    return InstanceFacts(
        id=node.spec.provider_id.rpartition("/")[2],
        kind=labels.get("node.kubernetes.io/instance-type", ""),
        zone=labels.get("topology.kubernetes.io/zone", ""),
        region=labels.get("topology.kubernetes.io/region", ""),
        spot=any(labels.get(key, "").lower() == "spot" for key in _CAPACITY),
    )
