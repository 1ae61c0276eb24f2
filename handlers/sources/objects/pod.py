"""Pods: spec and status as far as a diagnosis reads them (core/v1)."""

from datetime import datetime
from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import (
    Condition,
    KubernetesObject,
    LabelSelector,
    LabelSelectorRequirement,
    LocalReference,
    ObjectMeta,
    Part,
    Resource,
)

Quantity = str | int | float


class KeySelector(Part, frozen=True):
    """A key of a ConfigMap or Secret."""

    name: str = ""
    key: str = ""
    optional: bool = False


class EnvVarSource(Part, frozen=True):
    """Where the value of an environment variable comes from."""

    config_map_key_ref: KeySelector | None = None
    secret_key_ref: KeySelector | None = None


class EnvVar(Part, frozen=True):
    """An environment variable; its `value` may be a secret and is never shown."""

    name: str = ""
    value: str = ""
    value_from: EnvVarSource | None = None


class EnvFromSource(Part, frozen=True):
    """A ConfigMap or Secret whose keys all become variables."""

    config_map_ref: LocalReference | None = None
    secret_ref: LocalReference | None = None


class ResourceRequirements(Part, frozen=True):
    """Requests and limits by resource name, as quantities."""

    requests: dict[str, Quantity] = {}
    limits: dict[str, Quantity] = {}


class HTTPGetAction(Part, frozen=True):
    """An HTTP probe; `port` is a number or a container port's name."""

    path: str = "/"
    port: int | str = 0
    scheme: str = "HTTP"


class TCPSocketAction(Part, frozen=True):
    """A probe that opens a TCP connection."""

    port: int | str = 0


class GRPCAction(Part, frozen=True):
    """A gRPC health probe."""

    port: int = 0


class ExecAction(Part, frozen=True):
    """A probe that runs a command in the container."""

    command: tuple[str, ...] = ()


class Probe(Part, frozen=True):
    """A probe; times in seconds, defaults as the API server sets them."""

    http_get: HTTPGetAction | None = None
    tcp_socket: TCPSocketAction | None = None
    grpc: GRPCAction | None = None
    exec: ExecAction | None = None
    initial_delay_seconds: int = 0
    timeout_seconds: int = 1
    period_seconds: int = 10
    success_threshold: int = 1
    failure_threshold: int = 3


class ContainerPort(Part, frozen=True):
    """A declared port of a container."""

    name: str = ""
    container_port: int = 0
    host_port: int = 0
    protocol: str = "TCP"
    host_ip: str = field(default="", name="hostIP")


class VolumeMount(Part, frozen=True):
    """Where a volume is mounted in a container."""

    name: str = ""
    mount_path: str = ""
    sub_path: str = ""


class ContainerSecurityContext(Part, frozen=True):
    """The security settings that explain a refused start."""

    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    read_only_root_filesystem: bool | None = None


class Container(Part, frozen=True):
    """A container of the spec; an init container with restart_policy "Always" is a native sidecar."""

    name: str = ""
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: tuple[EnvVar, ...] = ()
    env_from: tuple[EnvFromSource, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    resources: ResourceRequirements = field(default_factory=ResourceRequirements)
    volume_mounts: tuple[VolumeMount, ...] = ()
    liveness_probe: Probe | None = None
    readiness_probe: Probe | None = None
    startup_probe: Probe | None = None
    image_pull_policy: str = ""
    restart_policy: str = ""
    security_context: ContainerSecurityContext | None = None


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


class Toleration(Part, frozen=True):
    """A taint the pod tolerates; an empty key with operator Exists tolerates all."""

    key: str = ""
    operator: str = "Equal"
    value: str = ""
    effect: str = ""
    toleration_seconds: int | None = None


class NodeSelectorTerm(Part, frozen=True):
    """Expressions over a node's labels and fields; all must hold."""

    match_expressions: tuple[LabelSelectorRequirement, ...] = ()
    match_fields: tuple[LabelSelectorRequirement, ...] = ()


class NodeSelector(Part, frozen=True):
    """Terms of which at least one must hold."""

    node_selector_terms: tuple[NodeSelectorTerm, ...] = ()


class NodeAffinity(Part, frozen=True):
    """What nodes the pod requires."""

    required: NodeSelector | None = field(default=None, name="requiredDuringSchedulingIgnoredDuringExecution")


class PodAffinityTerm(Part, frozen=True):
    """Pods that must (or must not) run in the same topology domain."""

    label_selector: LabelSelector | None = None
    namespaces: tuple[str, ...] = ()
    namespace_selector: LabelSelector | None = None
    topology_key: str = ""


class PodAffinity(Part, frozen=True):
    """Required terms of pod affinity or anti-affinity."""

    required: tuple[PodAffinityTerm, ...] = field(
        default=(), name="requiredDuringSchedulingIgnoredDuringExecution"
    )


class Affinity(Part, frozen=True):
    """Affinity of the pod."""

    node_affinity: NodeAffinity | None = None
    pod_affinity: PodAffinity | None = None
    pod_anti_affinity: PodAffinity | None = None


class TopologySpreadConstraint(Part, frozen=True):
    """How evenly matching pods must be spread; only DoNotSchedule keeps a pod pending."""

    max_skew: int = 1
    topology_key: str = ""
    when_unsatisfiable: str = ""
    label_selector: LabelSelector | None = None
    min_domains: int | None = None


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


class ContainerStateWaiting(Part, frozen=True):
    """Why a container has not started."""

    reason: str = ""
    message: str = ""


class ContainerStateRunning(Part, frozen=True):
    """Since when a container runs."""

    started_at: datetime | None = None


class ContainerStateTerminated(Part, frozen=True):
    """How a container ended."""

    exit_code: int = 0
    signal: int = 0
    reason: str = ""
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


class ContainerState(Part, frozen=True):
    """One of the three, or none (not reported yet)."""

    waiting: ContainerStateWaiting | None = None
    running: ContainerStateRunning | None = None
    terminated: ContainerStateTerminated | None = None


class ContainerStatus(Part, frozen=True):
    """status of one container."""

    name: str = ""
    image: str = ""
    image_id: str = field(default="", name="imageID")
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    state: ContainerState = field(default_factory=ContainerState)
    last_state: ContainerState = field(default_factory=ContainerState)


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
