"""The EC2 instance under a node: what the node says of it, and what AWS does."""

from collections.abc import Iterator

from msgspec.structs import replace

from handlers.sources.aws_objects.ec2 import Instance, InstanceStatus
from handlers.sources.objects.node import Node
from rules.facts.node import InstanceFacts
from rules.finding import Observation

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


def known_instance(
    named: InstanceFacts, instance: Instance | None, status: InstanceStatus | None
) -> InstanceFacts:
    """The machine as AWS knows it; None of both means that AWS was asked and does not know it."""
    if instance is None:
        said = Observation(f"AWS knows no instance {named.id} any more", "ec2:DescribeInstances")
        return replace(named, asked=True, exists=False, said=said)
    return replace(
        named,
        asked=True,
        kind=named.kind or instance.instance_type,
        spot=named.spot or instance.instance_lifecycle == "spot",
        state=instance.state.name,
        said=_said(instance),
        impaired=_impaired(status),
    )


def unknown_instance(named: InstanceFacts, why: str) -> InstanceFacts:
    """The machine as its node names it, where AWS gave no answer."""
    return replace(named, missing=dict.fromkeys(("asked", "exists", "state", "said", "impaired"), why))


def _said(instance: Instance) -> Observation:
    reason = instance.state_reason.message if instance.state_reason else instance.state_transition_reason
    because = f" ({reason})" if reason else ""
    text = f"instance {instance.instance_id} is {instance.state.name}{because}"
    return Observation(text, "ec2:DescribeInstances")


def _impaired(status: InstanceStatus | None) -> Observation | None:
    failing = list(_failing(status)) if status else []
    return Observation(", ".join(failing), "ec2:DescribeInstanceStatus") if failing else None


def _failing(status: InstanceStatus) -> Iterator[str]:
    for name, check in (("instance", status.instance_status), ("system", status.system_status)):
        if check.status == "impaired":
            yield f"{name} status check is impaired"
    yield from (f"{event.code}: {event.description}" for event in status.events)
