"""What of an object can be selected by: its labels, and the fields the API server knows for its kind."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec
from msgspec import Struct, field

from handlers.sources.objects.meta import Resource
from handlers.sources.selectors import FieldRequirement, Requirement, SelectorError

_ALWAYS = ("metadata.name", "metadata.namespace")

FIELDS: Mapping[tuple[str, str], tuple[str, ...]] = MappingProxyType(
    {
        ("", "pods"): (
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ),
        ("", "events"): (
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ),
        ("", "nodes"): ("spec.unschedulable",),
        ("", "namespaces"): ("status.phase",),
    }
)
"""Fields beside name and namespace, by API group and plural."""


class _Metadata(Struct, frozen=True):
    name: str = ""
    namespace: str = ""
    labels: dict[str, str] | None = None


class _Spec(Struct, frozen=True, rename="camel"):
    node_name: str = ""
    restart_policy: str = ""
    scheduler_name: str = ""
    service_account_name: str = ""
    host_network: bool = False
    unschedulable: bool = False


class _PodStatus(Struct, frozen=True, rename="camel"):
    phase: str = ""
    pod_ip: str = field(default="", name="podIP")
    nominated_node_name: str = ""


class _Involved(Struct, frozen=True, rename="camel"):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    resource_version: str = ""
    field_path: str = ""


class _Source(Struct, frozen=True):
    component: str = ""


class _Head(Struct, frozen=True):
    metadata: _Metadata = field(default_factory=_Metadata)


class _Pod(Struct, frozen=True):
    spec: _Spec = field(default_factory=_Spec)
    status: _PodStatus = field(default_factory=_PodStatus)


class _Event(Struct, frozen=True, rename="camel"):
    involved_object: _Involved = field(default_factory=_Involved)
    reason: str = ""
    reporting_component: str = ""
    source: _Source | None = None
    type: str = ""


class Selectable(Struct, frozen=True):
    """An object's name, namespace, labels and selectable fields."""

    name: str
    namespace: str
    labels: Mapping[str, str]
    fields: Mapping[str, str]

    def matches(self, labels: tuple[Requirement, ...], fields: tuple[FieldRequirement, ...]) -> bool:
        """Whether the object meets every requirement."""
        return all(each.matches(self.labels) for each in labels) and all(
            each.matches(self.fields) for each in fields
        )


def selectable(resource: Resource, raw: bytes) -> Selectable:
    """Read what an object can be selected by. Raises msgspec.DecodeError."""
    metadata = msgspec.json.decode(raw, type=_Head).metadata
    fields = {"metadata.name": metadata.name, "metadata.namespace": metadata.namespace}
    match resource.group, resource.plural:
        case "", "pods" | "nodes" | "namespaces":
            fields |= _pod_fields(msgspec.json.decode(raw, type=_Pod))
        case "", "events":
            fields |= _event_fields(msgspec.json.decode(raw, type=_Event))
    return Selectable(metadata.name, metadata.namespace, metadata.labels or {}, fields)


def check_fields(resource: Resource, fields: tuple[FieldRequirement, ...]) -> None:
    """Refuse fields that the kind cannot be selected by. Raises SelectorError with the server's words."""
    known = (*_ALWAYS, *FIELDS.get((resource.group, resource.plural), ()))
    for requirement in fields:
        if requirement.field not in known:
            raise SelectorError(_refused(resource, requirement.field))


def _refused(resource: Resource, name: str) -> str:
    if resource.group in ("apps", "batch", "networking.k8s.io", "discovery.k8s.io", "storage.k8s.io"):
        return f'"{name}" is not a known field selector: only "metadata.name", "metadata.namespace"'
    return f"field label not supported: {name}"


def _pod_fields(pod: _Pod) -> dict[str, str]:
    spec, status = pod.spec, pod.status
    return {
        "spec.nodeName": spec.node_name,
        "spec.restartPolicy": spec.restart_policy,
        "spec.schedulerName": spec.scheduler_name,
        "spec.serviceAccountName": spec.service_account_name,
        "spec.hostNetwork": "true" if spec.host_network else "false",
        "spec.unschedulable": "true" if spec.unschedulable else "false",
        "status.phase": status.phase,
        "status.podIP": status.pod_ip,
        "status.nominatedNodeName": status.nominated_node_name,
    }


def _event_fields(event: _Event) -> dict[str, str]:
    source = event.source.component if event.source else ""
    involved: dict[str, str] = msgspec.to_builtins(event.involved_object)
    return {f"involvedObject.{name}": value for name, value in involved.items()} | {
        "reason": event.reason,
        "reportingComponent": event.reporting_component,
        "source": source or event.reporting_component,
        "type": event.type,
    }
