"""Pods: spec and status as far as a diagnosis reads them (core/v1)."""

from datetime import datetime
from typing import ClassVar

from msgspec import field

from handlers.sources.objects.container import Container, ContainerStatus
from handlers.sources.objects.meta import (
    Condition,
    KubernetesObject,
    LocalReference,
    ObjectMeta,
    Part,
    Quantity,
    Resource,
)
from handlers.sources.objects.placement import Affinity, Toleration, TopologySpreadConstraint


class ConfigMapVolume(Part, frozen=True):
    """A volume filled from a ConfigMap."""

    name: str = ""
    optional: bool = False


class SecretVolume(Part, frozen=True):
    """A volume filled from a Secret."""

    secret_name: str = ""
    optional: bool = False


class ClaimVolume(Part, frozen=True):
    """A volume that is a PersistentVolumeClaim of the namespace."""

    claim_name: str = ""


class EmptyDirVolume(Part, frozen=True):
    """Scratch space; `size_limit` as a quantity."""

    medium: str = ""
    size_limit: Quantity | None = None


class ServiceAccountTokenProjection(Part, frozen=True):
    """A projected token; IRSA uses the audience sts.amazonaws.com."""

    audience: str = ""
    expiration_seconds: int = 0
    path: str = ""


class VolumeProjection(Part, frozen=True):
    """One source of a projected volume."""

    config_map: LocalReference | None = None
    secret: LocalReference | None = None
    service_account_token: ServiceAccountTokenProjection | None = None


class ProjectedVolume(Part, frozen=True):
    """Several sources in one volume."""

    sources: tuple[VolumeProjection, ...] = ()


class EphemeralVolume(Part, frozen=True):
    """A claim made for this pod alone, named `<pod>-<volume>`."""


class Volume(Part, frozen=True):
    """A volume of the pod; exactly one source is set."""

    name: str = ""
    config_map: ConfigMapVolume | None = None
    secret: SecretVolume | None = None
    persistent_volume_claim: ClaimVolume | None = None
    empty_dir: EmptyDirVolume | None = None
    projected: ProjectedVolume | None = None
    ephemeral: EphemeralVolume | None = None


class Named(Part, frozen=True):
    """Something of which only the name is read (scheduling gates, pull secrets)."""

    name: str = ""


class ReadinessGate(Part, frozen=True):
    """A condition that must be True beside ready containers."""

    condition_type: str = ""


class PodSecurityContext(Part, frozen=True):
    """Pod-wide security settings."""

    run_as_non_root: bool | None = None
    run_as_user: int | None = None


class PodSpec(Part, frozen=True):
    """spec of a pod or of a pod template."""

    containers: tuple[Container, ...] = ()
    init_containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    node_name: str = ""
    node_selector: dict[str, str] = {}
    affinity: Affinity | None = None
    tolerations: tuple[Toleration, ...] = ()
    topology_spread_constraints: tuple[TopologySpreadConstraint, ...] = ()
    scheduling_gates: tuple[Named, ...] = ()
    readiness_gates: tuple[ReadinessGate, ...] = ()
    image_pull_secrets: tuple[Named, ...] = ()
    scheduler_name: str = "default-scheduler"
    service_account_name: str = ""
    restart_policy: str = "Always"
    termination_grace_period_seconds: int = 30
    active_deadline_seconds: int | None = None
    priority: int = 0
    priority_class_name: str = ""
    runtime_class_name: str = ""
    overhead: dict[str, Quantity] = {}
    host_network: bool = False
    security_context: PodSecurityContext | None = None


class PodStatus(Part, frozen=True):
    """status of a pod."""

    phase: str = ""
    reason: str = ""
    message: str = ""
    nominated_node_name: str = ""
    conditions: tuple[Condition, ...] = ()
    init_container_statuses: tuple[ContainerStatus, ...] = ()
    container_statuses: tuple[ContainerStatus, ...] = ()
    start_time: datetime | None = None
    qos_class: str = ""
    pod_ip: str = field(default="", name="podIP")


class Pod(KubernetesObject, frozen=True):
    """A pod."""

    resource: ClassVar[Resource] = Resource("", "v1", "pods", "Pod")
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)


class PodTemplate(Part, frozen=True):
    """The pod template of a workload."""

    metadata: ObjectMeta = field(default_factory=ObjectMeta)
    spec: PodSpec = field(default_factory=PodSpec)
