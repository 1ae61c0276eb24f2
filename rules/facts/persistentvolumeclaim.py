"""Facts about a PersistentVolumeClaim as such, whoever uses it."""

from typing import Annotated, Literal

from rules.facts.base import Facts, SubjectFacts, fact
from rules.facts.pod_claim import ClaimFacts
from rules.finding import ObjectRef, Observation

ProvisioningFailure = Literal["none", "zone", "quota", "parameters", "encryption", "timeout", "unknown"]
ResizeProblem = Literal["none", "waiting", "filesystem", "failed", "not_allowed"]


class ResizeFacts(Facts, frozen=True, kw_only=True):
    """A claim that asks for more than its volume has."""

    problem: Annotated[
        ResizeProblem,
        fact(
            "waiting: the driver works on it; filesystem: the disk has grown, the file system has not; "
            "failed: the driver says no; not_allowed: the class does not allow growth"
        ),
    ] = "none"
    wanted: Annotated[str, fact("What it asks for", read="spec.resources.requests.storage")] = ""
    has: Annotated[str, fact("What it has", read="status.capacity.storage")] = ""
    pending_for: Annotated[float, fact("How long the resize is under way", unit="seconds")] = 0.0
    said: Annotated[
        Observation | None, fact("The resizer's last word", read="event VolumeResizeFailed, conditions")
    ] = None


class FillFacts(Facts, frozen=True, kw_only=True):
    """How full the volume is, as the kubelet measures it where a pod mounts it."""

    used: Annotated[
        float | None, fact("Bytes in use", unit="bytes", read="kubelet_volume_stats_used_bytes")
    ] = None
    size: Annotated[
        float | None, fact("Bytes it holds", unit="bytes", read="kubelet_volume_stats_capacity_bytes")
    ] = None
    share: Annotated[float | None, fact("How full that is", unit="percent")] = None
    inodes_share: Annotated[
        float | None, fact("Inodes in use", unit="percent", read="kubelet_volume_stats_inodes_used")
    ] = None
    said: Annotated[Observation | None, fact("That, in a sentence")] = None


class DriverFacts(Facts, frozen=True, kw_only=True):
    """The controller that makes volumes of the claim's class, where the platform says which pods it is."""

    known: Annotated[bool, fact("Whether its pods are known")] = False
    ready: Annotated[int, fact("Its pods that are ready")] = 0
    total: Annotated[int, fact("Its pods")] = 0
    said: Annotated[Observation | None, fact("That, in a sentence")] = None


class PersistentVolumeClaimFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one PersistentVolumeClaim."""

    ref: Annotated[ObjectRef, fact("The claim")] = ObjectRef("PersistentVolumeClaim", "data", "default")
    top_owner: Annotated[ObjectRef, fact("The claim")] = ObjectRef("PersistentVolumeClaim", "data", "default")
    claim: Annotated[ClaimFacts, fact("How it stands, and why it has no volume")] = ClaimFacts()
    well: Annotated[
        bool, fact("Bound, or rightly waiting for a first pod; not being deleted, not full, not stuck")
    ] = True
    starting: Annotated[bool, fact("Less than a minute old: no volume yet is normal")] = False
    age: Annotated[float, fact("Time since creation", unit="seconds")] = 86_400.0
    failure: Annotated[
        ProvisioningFailure, fact("Which refusal the provisioner repeats", read="event ProvisioningFailed")
    ] = "none"
    users: Annotated[tuple[str, ...], fact("Pods that mount it", read="spec.volumes of pods")] = ()
    waiting_users: Annotated[tuple[str, ...], fact("Those of them that have no node yet")] = ()
    held_by: Annotated[
        tuple[str, ...], fact("Pods on a node that keep it from being deleted (pvc-protection)")
    ] = ()
    deleting_for: Annotated[float, fact("Time since its deletion was asked for", unit="seconds")] = 0.0
    finalizers: Annotated[tuple[str, ...], fact("Finalizers", read="metadata.finalizers")] = ()
    reclaim_policy: Annotated[
        str, fact("What becomes of the disk with the claim", read="persistentVolumeReclaimPolicy")
    ] = ""
    asked_size: Annotated[str, fact("A first larger size to try: half as much again")] = ""
    expandable: Annotated[
        bool, fact("Whether its class lets it grow", read="StorageClass allowVolumeExpansion")
    ] = False
    resize: Annotated[ResizeFacts, fact("Growth")] = ResizeFacts()
    fill: Annotated[FillFacts, fact("How full it is")] = FillFacts()
    driver: Annotated[DriverFacts, fact("Who makes its volume")] = DriverFacts()
    effect: Annotated[str, fact("Which pods wait for it or use it, in a sentence")] = ""
