"""Containers of a pod: spec and status as far as a diagnosis reads them (core/v1)."""

from datetime import datetime

from msgspec import field

from handlers.sources.objects.meta import LocalReference, Part, Quantity


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
