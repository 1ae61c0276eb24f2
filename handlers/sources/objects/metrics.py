"""Usage as metrics-server reports it (metrics.k8s.io/v1beta1)."""

from datetime import datetime
from typing import ClassVar

from handlers.sources.objects.meta import KubernetesObject, Part, Quantity, Resource


class ContainerMetrics(Part, frozen=True):
    """Usage of one container by resource name, as quantities."""

    name: str = ""
    usage: dict[str, Quantity] = {}


class PodMetrics(KubernetesObject, frozen=True):
    """Usage of a pod's containers over `window`."""

    resource: ClassVar[Resource] = Resource("metrics.k8s.io", "v1beta1", "pods", "PodMetrics")
    timestamp: datetime | None = None
    window: str = ""
    containers: tuple[ContainerMetrics, ...] = ()


class NodeMetrics(KubernetesObject, frozen=True):
    """Usage of a node."""

    resource: ClassVar[Resource] = Resource(
        "metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", namespaced=False
    )
    timestamp: datetime | None = None
    usage: dict[str, Quantity] = {}
