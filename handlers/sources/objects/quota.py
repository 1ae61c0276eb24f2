"""What a namespace may use, and what its containers get by default (core/v1)."""

from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import KubernetesObject, Part, Quantity, Resource


class ResourceQuotaSpec(Part, frozen=True):
    """spec of a quota; `scopes` narrow it to some pods."""

    hard: dict[str, Quantity] = {}
    scopes: tuple[str, ...] = ()


class ResourceQuotaStatus(Part, frozen=True):
    """status of a quota, by resource name."""

    hard: dict[str, Quantity] = {}
    used: dict[str, Quantity] = {}


class ResourceQuota(KubernetesObject, frozen=True):
    """A ResourceQuota."""

    resource: ClassVar[Resource] = Resource("", "v1", "resourcequotas", "ResourceQuota")
    spec: ResourceQuotaSpec = field(default_factory=ResourceQuotaSpec)
    status: ResourceQuotaStatus = field(default_factory=ResourceQuotaStatus)


class LimitRangeItem(Part, frozen=True):
    """What a LimitRange sets for one type (Container, Pod, PersistentVolumeClaim)."""

    type: str = ""
    max: dict[str, Quantity] = {}
    min: dict[str, Quantity] = {}
    default: dict[str, Quantity] = {}
    default_request: dict[str, Quantity] = {}
    max_limit_request_ratio: dict[str, Quantity] = {}


class LimitRangeSpec(Part, frozen=True):
    """spec of a LimitRange."""

    limits: tuple[LimitRangeItem, ...] = ()


class LimitRange(KubernetesObject, frozen=True):
    """A LimitRange."""

    resource: ClassVar[Resource] = Resource("", "v1", "limitranges", "LimitRange")
    spec: LimitRangeSpec = field(default_factory=LimitRangeSpec)
