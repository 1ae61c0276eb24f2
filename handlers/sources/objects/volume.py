"""Claims, volumes and storage classes (core/v1, storage.k8s.io/v1)."""

from typing import ClassVar

from msgspec import field

from handlers.sources.objects.container import ResourceRequirements
from handlers.sources.objects.meta import Condition, KubernetesObject, ObjectMeta, Part, Quantity, Resource
from handlers.sources.objects.placement import NodeSelector


class PersistentVolumeClaimSpec(Part, frozen=True):
    """spec of a claim; `storage_class_name` None means the default class, "" means none."""

    access_modes: tuple[str, ...] = ()
    storage_class_name: str | None = None
    volume_name: str = ""
    resources: ResourceRequirements = field(default_factory=ResourceRequirements)


class PersistentVolumeClaimStatus(Part, frozen=True):
    """status of a claim; phase Pending, Bound or Lost.

    `allocated_resource_statuses` tells of a resize ("NodeResizePending", "ControllerResizeInfeasible").
    """

    phase: str = ""
    capacity: dict[str, Quantity] = {}
    conditions: tuple[Condition, ...] = ()
    allocated_resource_statuses: dict[str, str] = {}


class PersistentVolumeClaim(KubernetesObject, frozen=True):
    """A PersistentVolumeClaim."""

    resource: ClassVar[Resource] = Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim")
    spec: PersistentVolumeClaimSpec = field(default_factory=PersistentVolumeClaimSpec)
    status: PersistentVolumeClaimStatus = field(default_factory=PersistentVolumeClaimStatus)


class VolumeNodeAffinity(Part, frozen=True):
    """From which nodes a volume can be reached (an EBS volume: its zone)."""

    required: NodeSelector | None = None


class PersistentVolumeSpec(Part, frozen=True):
    """spec of a volume."""

    access_modes: tuple[str, ...] = ()
    storage_class_name: str = ""
    persistent_volume_reclaim_policy: str = ""
    node_affinity: VolumeNodeAffinity | None = None


class PersistentVolumeStatus(Part, frozen=True):
    """status of a volume."""

    phase: str = ""


class PersistentVolume(KubernetesObject, frozen=True):
    """A PersistentVolume."""

    resource: ClassVar[Resource] = Resource(
        "", "v1", "persistentvolumes", "PersistentVolume", namespaced=False
    )
    spec: PersistentVolumeSpec = field(default_factory=PersistentVolumeSpec)
    status: PersistentVolumeStatus = field(default_factory=PersistentVolumeStatus)


class StorageClass(KubernetesObject, frozen=True):
    """A StorageClass; binding mode Immediate or WaitForFirstConsumer."""

    resource: ClassVar[Resource] = Resource(
        "storage.k8s.io", "v1", "storageclasses", "StorageClass", namespaced=False
    )
    metadata: ObjectMeta = field(default_factory=ObjectMeta)
    provisioner: str = ""
    volume_binding_mode: str = "Immediate"
    allow_volume_expansion: bool = False
