"""KServe: InferenceServices and the runtimes that serve their models (serving.kserve.io)."""

from datetime import datetime
from typing import ClassVar

from msgspec import field

from handlers.sources.objects.container import Container
from handlers.sources.objects.meta import Condition, KubernetesObject, Part, Resource


class ModelFormat(Part, frozen=True):
    """A model format ("sklearn") and its version; None where any will do."""

    name: str = ""
    version: str | None = None


class ModelSpec(Part, frozen=True):
    """The model of a predictor: its format, where it lies, and the runtime that is asked for."""

    model_format: ModelFormat = field(default_factory=ModelFormat)
    storage_uri: str = ""
    runtime: str = ""
    protocol_version: str = ""


class ComponentSpec(Part, frozen=True):
    """Predictor, transformer or explainer; fields named after frameworks are the older way to say `model`."""

    min_replicas: int | None = None
    max_replicas: int | None = None
    canary_traffic_percent: int | None = None
    service_account_name: str = ""
    model: ModelSpec | None = None
    containers: tuple[Container, ...] = ()
    sklearn: ModelSpec | None = None
    xgboost: ModelSpec | None = None
    lightgbm: ModelSpec | None = None
    tensorflow: ModelSpec | None = None
    pytorch: ModelSpec | None = None
    onnx: ModelSpec | None = None
    triton: ModelSpec | None = None
    huggingface: ModelSpec | None = None
    pmml: ModelSpec | None = None
    paddle: ModelSpec | None = None


class InferenceServiceSpec(Part, frozen=True):
    """spec of an InferenceService."""

    predictor: ComponentSpec = field(default_factory=ComponentSpec)
    transformer: ComponentSpec | None = None
    explainer: ComponentSpec | None = None


class ModelStates(Part, frozen=True):
    """States of the model that serves and of the one that is to serve ("", Pending, Loading, Loaded, …)."""

    active_model_state: str = ""
    target_model_state: str = ""


class FailureInfo(Part, frozen=True):
    """Why a model was not loaded; the message is the container's termination message and mostly empty."""

    reason: str = ""
    message: str = ""
    exit_code: int | None = None
    time: datetime | None = None


class ModelCopies(Part, frozen=True):
    """Copies of the model; the controller looks at the first pod only."""

    failed_copies: int = 0
    total_copies: int | None = None


class ModelStatus(Part, frozen=True):
    """modelStatus: UpToDate, InProgress, BlockedByFailedLoad or InvalidSpec."""

    transition_status: str = ""
    states: ModelStates | None = None
    last_failure_info: FailureInfo | None = None
    copies: ModelCopies | None = None


class ComponentStatus(Part, frozen=True):
    """status of one component; revisions are Knative's and empty in RawDeployment mode."""

    url: str = ""
    latest_ready_revision: str = ""
    latest_created_revision: str = ""
    previous_rolledout_revision: str = ""
    latest_rolledout_revision: str = ""


class InferenceServiceStatus(Part, frozen=True):
    """status of an InferenceService."""

    conditions: tuple[Condition, ...] = ()
    components: dict[str, ComponentStatus] = {}
    model_status: ModelStatus = field(default_factory=ModelStatus)
    deployment_mode: str = ""
    url: str = ""
    observed_generation: int = 0


class InferenceService(KubernetesObject, frozen=True):
    """An InferenceService; annotation serving.kserve.io/stop "true" stops it on purpose."""

    resource: ClassVar[Resource] = Resource(
        "serving.kserve.io", "v1beta1", "inferenceservices", "InferenceService"
    )
    spec: InferenceServiceSpec = field(default_factory=InferenceServiceSpec)
    status: InferenceServiceStatus = field(default_factory=InferenceServiceStatus)


class SupportedModelFormat(Part, frozen=True):
    """A format a runtime serves; without auto_select it must be asked for by name."""

    name: str = ""
    version: str | None = None
    auto_select: bool = False


class ServingRuntimeSpec(Part, frozen=True):
    """spec of a ServingRuntime or ClusterServingRuntime."""

    disabled: bool = False
    supported_model_formats: tuple[SupportedModelFormat, ...] = ()
    protocol_versions: tuple[str, ...] = ()


class ServingRuntime(KubernetesObject, frozen=True):
    """A runtime of one namespace."""

    resource: ClassVar[Resource] = Resource(
        "serving.kserve.io", "v1alpha1", "servingruntimes", "ServingRuntime"
    )
    spec: ServingRuntimeSpec = field(default_factory=ServingRuntimeSpec)


class ClusterServingRuntime(KubernetesObject, frozen=True):
    """A runtime of the whole cluster."""

    resource: ClassVar[Resource] = Resource(
        "serving.kserve.io", "v1alpha1", "clusterservingruntimes", "ClusterServingRuntime", namespaced=False
    )
    spec: ServingRuntimeSpec = field(default_factory=ServingRuntimeSpec)
