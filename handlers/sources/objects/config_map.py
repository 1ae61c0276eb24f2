"""ConfigMaps (core/v1)."""

from typing import ClassVar

from handlers.sources.objects.meta import KubernetesObject, Resource


class ConfigMap(KubernetesObject, frozen=True):
    """A ConfigMap; only single ones whose content is a program's configuration are read."""

    resource: ClassVar[Resource] = Resource("", "v1", "configmaps", "ConfigMap")
    data: dict[str, str] = {}
