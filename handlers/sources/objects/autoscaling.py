"""Horizontal pod autoscalers (autoscaling/v2)."""

from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import Condition, KubernetesObject, Part, Quantity, Resource


class ScaleTarget(Part, frozen=True):
    """What is scaled, by kind and name in the same namespace."""

    kind: str = ""
    name: str = ""
    api_version: str = ""


class MetricIdentifier(Part, frozen=True):
    """The name of a metric that is not a resource."""

    name: str = ""


class MetricValue(Part, frozen=True):
    """A target or a measured value; one of the three is set."""

    average_utilization: int | None = None
    average_value: Quantity | None = None
    value: Quantity | None = None


class MetricSource(Part, frozen=True):
    """One source of a metric: `name` of a resource, or `metric` of another."""

    name: str = ""
    container: str = ""
    metric: MetricIdentifier = field(default_factory=MetricIdentifier)
    target: MetricValue = field(default_factory=MetricValue)
    current: MetricValue = field(default_factory=MetricValue)


class Metric(Part, frozen=True):
    """A metric of spec or status; type Resource, ContainerResource, Pods, Object or External."""

    type: str = ""
    resource: MetricSource | None = None
    container_resource: MetricSource | None = None
    pods: MetricSource | None = None
    object: MetricSource | None = None
    external: MetricSource | None = None

    @property
    def source(self) -> MetricSource:
        """The one source that is set."""
        every = (self.resource, self.container_resource, self.pods, self.object, self.external)
        return next((each for each in every if each is not None), MetricSource())


class HpaSpec(Part, frozen=True):
    """spec of an autoscaler."""

    scale_target_ref: ScaleTarget = field(default_factory=ScaleTarget)
    min_replicas: int | None = None
    max_replicas: int = 0
    metrics: tuple[Metric, ...] = ()


class HpaStatus(Part, frozen=True):
    """status of an autoscaler; conditions AbleToScale, ScalingActive, ScalingLimited."""

    current_replicas: int = 0
    desired_replicas: int = 0
    current_metrics: tuple[Metric, ...] = ()
    conditions: tuple[Condition, ...] = ()


class HorizontalPodAutoscaler(KubernetesObject, frozen=True):
    """A horizontal pod autoscaler."""

    resource: ClassVar[Resource] = Resource(
        "autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"
    )
    spec: HpaSpec = field(default_factory=HpaSpec)
    status: HpaStatus = field(default_factory=HpaStatus)
