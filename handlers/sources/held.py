"""All objects of one kind in memory, with the indexes that selectors need."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, TypeVar, cast

from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.objects.pod import Pod
from handlers.sources.selectors import FieldRequirement, Requirement

K = TypeVar("K", bound=KubernetesObject)

UID = "involvedObject.uid"
PART = 250
"""Objects that are let go of before the event loop gets its turn."""
_READERS: Mapping[tuple[type[KubernetesObject], str], Callable[[Any], str]] = MappingProxyType(
    {
        (Pod, "spec.nodeName"): lambda pod: pod.spec.node_name,
        (Pod, "status.phase"): lambda pod: pod.status.phase,
        (Event, UID): lambda event: event.involved_object.uid,
        (Event, "involvedObject.name"): lambda event: event.involved_object.name,
        (Event, "involvedObject.namespace"): lambda event: event.involved_object.namespace,
        (Event, "involvedObject.kind"): lambda event: event.involved_object.kind,
        (Event, "reason"): lambda event: event.reason,
        (Event, "type"): lambda event: event.type,
    }
)
"""How fields that can be selected by are read from decoded objects; name and namespace can always be."""


class Held(Generic[K]):
    """All objects of one kind; an index that questions need is made when it is first asked for."""

    def __init__(self, kind: type[K]) -> None:
        self.items: list[K] = []
        self._kind = kind
        self._by_name: dict[tuple[str, str], K] = {}
        self._by_namespace: dict[str, list[K]] = {}
        self._by_label: dict[str, dict[str, list[K]]] = {}
        self._by_field: dict[str, dict[str, list[K]]] = {}
        self._selected: dict[tuple[object, ...], tuple[K, ...]] = {}

    def add(self, items: Iterable[K]) -> None:
        """Take objects in, before anything is asked."""
        for item in items:
            meta = item.metadata
            self.items.append(item)
            self._by_name[meta.namespace, meta.name] = item
            self._by_namespace.setdefault(meta.namespace, []).append(item)

    async def forget(self) -> None:
        """Let go of the objects a part at a time: freeing tens of thousands at once is felt by everybody."""
        for index in (self._by_name, self._by_namespace, self._by_label, self._by_field, self._selected):
            index.clear()
        while self.items:
            del self.items[-PART:]
            await asyncio.sleep(0)

    def get(self, name: str, namespace: str) -> K | None:
        """One object by its name; the namespace of a cluster-wide kind does not matter."""
        return self._by_name.get((namespace if self._kind.resource.namespaced else "", name))

    def select(
        self, namespace: str, labels: tuple[Requirement, ...], fields: tuple[FieldRequirement, ...]
    ) -> tuple[K, ...]:
        """Objects that meet everything; what was selected before is at hand."""
        key = (namespace, labels, fields)
        if key not in self._selected:
            self._selected[key] = self._select(namespace, labels, fields)
        return self._selected[key]

    def _select(
        self, namespace: str, labels: tuple[Requirement, ...], fields: tuple[FieldRequirement, ...]
    ) -> tuple[K, ...]:
        """Start from the smallest index that fits."""
        found = self._start(namespace, labels, fields)
        if namespace and self._kind.resource.namespaced:
            found = [item for item in found if item.metadata.namespace == namespace]
        if labels:
            found = [item for item in found if all(each.matches(item.metadata.labels) for each in labels)]
        if fields:
            found = [item for item in found if all(self._meets(item, each) for each in fields)]
        return tuple(found)

    def _start(
        self, namespace: str, labels: tuple[Requirement, ...], fields: tuple[FieldRequirement, ...]
    ) -> Sequence[K]:
        for term in fields:
            if term.equal:
                return self._fielded(term.field).get(term.value, ())
        for each in labels:
            if each.operator == "in" and len(each.values) == 1:
                return self._labelled(each.key).get(next(iter(each.values)), ())
        if namespace and self._kind.resource.namespaced:
            return self._by_namespace.get(namespace, ())
        return self.items

    def _labelled(self, key: str) -> Mapping[str, list[K]]:
        if key not in self._by_label:
            index: dict[str, list[K]] = {}
            for item in self.items:
                if (value := item.metadata.labels.get(key)) is not None:
                    index.setdefault(value, []).append(item)
            self._by_label[key] = index
        return self._by_label[key]

    def _fielded(self, name: str) -> Mapping[str, list[K]]:
        if name not in self._by_field:
            read, index = self._reader(name), cast("dict[str, list[K]]", {})
            for item in self.items:
                index.setdefault(read(item), []).append(item)
            self._by_field[name] = index
        return self._by_field[name]

    def _meets(self, item: K, term: FieldRequirement) -> bool:
        return (self._reader(term.field)(item) == term.value) == term.equal

    def _reader(self, name: str) -> Callable[[Any], str]:
        return reader(self._kind, name)


def reader(kind: type[KubernetesObject], name: str) -> Callable[[Any], str]:
    """How a field is read. Raises LookupError for one that is not known here."""
    if name == "metadata.name":
        return lambda item: str(item.metadata.name)
    if name == "metadata.namespace":
        return lambda item: str(item.metadata.namespace)
    return _READERS[kind, name]
