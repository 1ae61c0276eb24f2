"""HorizontalPodAutoscalers (autoscaling/v2), as far as a diagnosis reads them."""

from datetime import datetime
from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import Condition, KubernetesObject, Part, Quantity, Resource


class ScaleTarget(Part, frozen=True):
    """What an autoscaler scales."""

    kind: str = ""
    name: str = ""
    api_version: str = ""


class MetricTarget(Part, frozen=True):
    """The value a metric shall have; type Utilization, AverageValue or Value."""

    type: str = ""
    average_utilization: int | None = None
    average_value: Quantity | None = None
    value: Quantity | None = None


class MetricIdentifier(Part, frozen=True):
    """Name of a metric of the custom or external metrics API."""

    name: str = ""


class MetricSource(Part, frozen=True):
    """One way to say a metric: `name` of a resource, or `metric`; `target` in spec, `current` in status."""

    name: str = ""
    container: str = ""
    metric: MetricIdentifier = field(default_factory=MetricIdentifier)
    target: MetricTarget = field(default_factory=MetricTarget)
    current: MetricTarget = field(default_factory=MetricTarget)


class Metric(Part, frozen=True):
    """One metric of an autoscaler; type names the member that is set, empty in a status without figures."""

    type: str = ""
    resource: MetricSource | None = None
    container_resource: MetricSource | None = None
    pods: MetricSource | None = None
    object: MetricSource | None = None
    external: MetricSource | None = None

    @property
    def source(self) -> MetricSource | None:
        """The member that is set."""
        return self.resource or self.container_resource or self.pods or self.object or self.external


class HorizontalPodAutoscalerSpec(Part, frozen=True):
    """spec of an autoscaler."""

    scale_target_ref: ScaleTarget = field(default_factory=ScaleTarget)
    min_replicas: int | None = None
    max_replicas: int = 0
    metrics: tuple[Metric, ...] = ()


class HorizontalPodAutoscalerStatus(Part, frozen=True):
    """status of an autoscaler; conditions AbleToScale, ScalingActive, ScalingLimited."""

    current_replicas: int = 0
    desired_replicas: int = 0
    last_scale_time: datetime | None = None
    current_metrics: tuple[Metric, ...] = ()
    conditions: tuple[Condition, ...] = ()


class HorizontalPodAutoscaler(KubernetesObject, frozen=True):
    """A HorizontalPodAutoscaler."""

    resource: ClassVar[Resource] = Resource(
        "autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"
    )
    spec: HorizontalPodAutoscalerSpec = field(default_factory=HorizontalPodAutoscalerSpec)
    status: HorizontalPodAutoscalerStatus = field(default_factory=HorizontalPodAutoscalerStatus)
