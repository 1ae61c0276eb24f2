"""Aggregated APIs (apiregistration.k8s.io/v1)."""

from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import Condition, KubernetesObject, Part, Resource


class ServiceReference(Part, frozen=True):
    """The Service that answers for an API."""

    name: str = ""
    namespace: str = ""
    port: int = 443


class APIServiceSpec(Part, frozen=True):
    """spec of an APIService; `service` None means that the API server answers itself."""

    service: ServiceReference | None = None
    group: str = ""
    version: str = ""


class APIServiceStatus(Part, frozen=True):
    """status of an APIService; its one condition is Available."""

    conditions: tuple[Condition, ...] = ()


class APIService(KubernetesObject, frozen=True):
    """An API group's version, and who answers for it."""

    resource: ClassVar[Resource] = Resource(
        "apiregistration.k8s.io", "v1", "apiservices", "APIService", namespaced=False
    )
    spec: APIServiceSpec = field(default_factory=APIServiceSpec)
    status: APIServiceStatus = field(default_factory=APIServiceStatus)
