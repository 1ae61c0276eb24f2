"""Where a troubleshoot.sh support bundle keeps which resource, and which objects it has of it."""

from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

import msgspec
from msgspec import Raw, Struct

from handlers.sources.archive import Archive
from handlers.sources.decode import UNREADABLE
from handlers.sources.errors import BadAnswer, Forbidden, NotServed
from handlers.sources.objects.meta import Resource

ALWAYS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("", "configmaps"): "configmaps",
        ("", "endpoints"): "endpoints",
        ("", "events"): "events",
        ("", "limitranges"): "limitranges",
        ("", "namespaces"): "namespaces",
        ("", "nodes"): "nodes",
        ("", "persistentvolumeclaims"): "pvcs",
        ("", "persistentvolumes"): "pvs",
        ("", "pods"): "pods",
        ("", "resourcequotas"): "resource-quota",
        ("", "serviceaccounts"): "serviceaccounts",
        ("", "services"): "services",
        ("admissionregistration.k8s.io", "mutatingwebhookconfigurations"): "mutating-webhook-configurations",
        (
            "admissionregistration.k8s.io",
            "validatingwebhookconfigurations",
        ): "validating-webhook-configurations",
        ("apiextensions.k8s.io", "customresourcedefinitions"): "custom-resource-definitions",
        ("apps", "daemonsets"): "daemonsets",
        ("apps", "deployments"): "deployments",
        ("apps", "replicasets"): "replicasets",
        ("apps", "statefulsets"): "statefulsets",
        ("batch", "cronjobs"): "cronjobs",
        ("batch", "jobs"): "jobs",
        ("coordination.k8s.io", "leases"): "leases",
        ("discovery.k8s.io", "endpointslices"): "endpointslices",
        ("networking.k8s.io", "ingressclasses"): "ingress-classes",
        ("networking.k8s.io", "ingresses"): "ingress",
        ("networking.k8s.io", "networkpolicies"): "network-policy",
        ("policy", "poddisruptionbudgets"): "pod-disruption-budgets",
        ("rbac.authorization.k8s.io", "rolebindings"): "rolebindings",
        ("rbac.authorization.k8s.io", "roles"): "roles",
        ("scheduling.k8s.io", "priorityclasses"): "priorityclasses",
        ("storage.k8s.io", "storageclasses"): "storage-classes",
        ("storage.k8s.io", "volumeattachments"): "volumeattachments",
    }
)
"""What every bundle records, by API group and plural: without a file there is no such object."""

SOMETIMES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("", "secrets"): "secrets-metadata",
        ("apiregistration.k8s.io", "apiservices"): "apiservices",
        ("autoscaling", "horizontalpodautoscalers"): "horizontalpodautoscalers",
        ("rbac.authorization.k8s.io", "clusterrolebindings"): "clusterrolebindings",
        ("rbac.authorization.k8s.io", "clusterroles"): "clusterroles",
        ("storage.k8s.io", "csidrivers"): "csidrivers",
        ("storage.k8s.io", "csinodes"): "csinodes",
    }
)
"""What some bundles record: without any file nothing is known."""

LISTS = PurePosixPath("cluster-resources")
CUSTOM = LISTS / "custom-resources"
METRICS: Mapping[str, str] = MappingProxyType({"nodes": "node-metrics/nodes", "pods": "pod-metrics"})


class _Named(Struct, frozen=True):
    name: str = ""


class _Definition(Struct, frozen=True):
    metadata: _Named = _Named()


class Layout:
    """The lists of one bundle, read when they are asked for and kept."""

    def __init__(self, archive: Archive, what: str) -> None:
        self.archive = archive
        self._what = what
        self._lists: dict[str, tuple[bytes, ...]] = {}

    def files(self, resource: Resource, namespace: str = "") -> tuple[str, ...]:
        """The files that hold a resource, of one namespace or all, in the API's order.

        Raises NotServed where the bundle knows nothing of the resource, and Forbidden or BadAnswer where it
        recorded that the resource could not be read.
        """
        place = self._place(resource)
        found = self._under(place, namespace if resource.namespaced else "")
        if not found:
            self._check_errors(resource, place, namespace)
            if not self._is_recorded(resource, place):
                raise NotServed(resource.label, f"{resource.label} are not recorded in this bundle")
        return found

    def items(self, file: str) -> tuple[bytes, ...]:
        """The objects of one file, each as it was recorded. Raises BadAnswer."""
        if file not in self._lists:
            self._lists[file] = self._read(file)
        return self._lists[file]

    def _place(self, resource: Resource) -> PurePosixPath:
        key = (resource.group, resource.plural)
        if resource.group == "metrics.k8s.io":
            return PurePosixPath(METRICS.get(resource.plural, "unknown"))
        name = ALWAYS.get(key) or SOMETIMES.get(key)
        return LISTS / name if name else CUSTOM / f"{resource.plural}.{resource.group}"

    def _under(self, place: PurePosixPath, namespace: str) -> tuple[str, ...]:
        if namespace:
            candidates = [f"{place}/{namespace}.json"]
        else:
            folder = f"{place}/"
            names = (
                name
                for name in self.archive.names
                if name.startswith(folder) and name.count("/") == folder.count("/")
            )
            candidates = [f"{place}.json", *sorted(names, key=lambda name: name.removesuffix(".json") + "/")]
        return tuple(name for name in candidates if name in self.archive.names and name.endswith(".json"))

    def _is_recorded(self, resource: Resource, place: PurePosixPath) -> bool:
        if (resource.group, resource.plural) in ALWAYS:
            return True
        if any(name.startswith((f"{place}/", f"{place}.json")) for name in self.archive.names):
            return True
        return place.parent == CUSTOM and f"{resource.plural}.{resource.group}" in self._definitions()

    def _definitions(self) -> frozenset[str]:
        file = f"{LISTS}/custom-resource-definitions.json"
        if file not in self.archive.names:
            return frozenset()
        return frozenset(msgspec.json.decode(raw, type=_Definition).metadata.name for raw in self.items(file))

    def _check_errors(self, resource: Resource, place: PurePosixPath, namespace: str) -> None:
        """The collector writes what it could not list beside the lists."""
        file = f"{place}-errors.json"
        if file not in self.archive.names:
            return
        text = self.archive.read(file).decode(errors="replace")
        if namespace and namespace not in text:
            return
        if "forbidden" in text:
            raise Forbidden(resource.label, "list", resource.label, namespace)
        raise BadAnswer(
            resource.label, f"the bundle says it could not be read: {' '.join(text.split())[:300]}"
        )

    def _read(self, file: str) -> tuple[bytes, ...]:
        body = self.archive.read(file)
        try:
            if body.lstrip()[:1] == b"[":
                return tuple(bytes(raw) for raw in msgspec.json.decode(body, type=tuple[Raw, ...]))
            return tuple(bytes(raw) for raw in msgspec.json.decode(body, type=_Listed).items or ())
        except UNREADABLE as error:
            raise BadAnswer(self._what, f"{file} is not a list of objects: {error}") from error


class _Listed(Struct, frozen=True):
    items: tuple[Raw, ...] | None
