"""Facts about a PersistentVolumeClaim that a pod waits for."""

from typing import Annotated, Literal

from rules.facts.base import Facts, fact
from rules.finding import Observation

ClaimProblem = Literal[
    "none",
    "not_found",
    "storage_class_missing",
    "no_default_class",
    "no_matching_volume",
    "unauthorized",
    "provisioner_silent",
    "provisioning_failed",
    "volume_missing",
    "terminating",
    "lost",
    "waiting_for_first_consumer",
    "waiting",
]


class ClaimFacts(Facts, frozen=True, kw_only=True):
    """One claim of the pod."""

    name: Annotated[str, fact("Name of the claim; empty when there is none")] = ""
    exists: Annotated[bool, fact("Whether it exists")] = False
    phase: Annotated[str, fact("Pending, Bound or Lost", read="status.phase")] = ""
    bound: Annotated[bool, fact("Whether it has its volume")] = False
    problem: Annotated[ClaimProblem, fact("Why it has none")] = "none"
    size: Annotated[str, fact("What it asks for", read="spec.resources.requests.storage")] = ""
    storage_class: Annotated[str, fact("Its class: named, or the default one; empty without either")] = ""
    storage_class_exists: Annotated[bool, fact("Whether that class exists")] = False
    default_class_exists: Annotated[bool, fact("Whether the cluster has a default class")] = False
    existing_classes: Annotated[tuple[str, ...], fact("Classes of the cluster, most similar name first")] = ()
    provisioner: Annotated[str, fact("Who makes volumes of that class", read="provisioner")] = ""
    binding_mode: Annotated[str, fact("Immediate or WaitForFirstConsumer", read="volumeBindingMode")] = ""
    waiting_for_first_consumer: Annotated[
        bool, fact("Whether it waits, as its class says, for the pod to get a node")
    ] = False
    terminating: Annotated[bool, fact("Whether it is being deleted", read="metadata.deletionTimestamp")] = (
        False
    )
    lost: Annotated[bool, fact("Whether its volume is gone", read="status.phase")] = False
    ephemeral: Annotated[bool, fact("Whether the pod's own ephemeral volume makes it")] = False
    volume: Annotated[str, fact("Name of the volume", read="spec.volumeName")] = ""
    selected_node: Annotated[
        str, fact("Node the scheduler chose for it", read="annotation selected-node")
    ] = ""
    denied_action: Annotated[str, fact("AWS action the provisioner may not take (ec2:CreateVolume)")] = ""
    denied_identity: Annotated[str, fact("AWS identity it was refused to")] = ""
    similar_claims: Annotated[tuple[str, ...], fact("Claims of the namespace with a similar name")] = ()
    said: Annotated[Observation | None, fact("Its newest telling event")] = None
