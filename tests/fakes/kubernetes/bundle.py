"""The objects of a bundle as an API server would serve them, and which resources it serves."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from handlers.sources.archive import Archive, open_archive
from handlers.sources.errors import NotServed
from handlers.sources.layout import Layout
from handlers.sources.objects.meta import Resource
from handlers.sources.selectable import check_fields, selectable
from handlers.sources.selectors import SelectorError, parse_fields, parse_labels
from tests.fakes.kubernetes.recorded_answers import bad_request, not_found

DEMO = Path(__file__).parents[3] / "bot" / "demo.tar.gz"

RESOURCES = "cluster-resources/resources.json"
GROUPS = "cluster-resources/groups.json"
VERSION = "cluster-info/cluster_version.json"


@dataclass(frozen=True)
class Selection:
    """Selectors of a list, as the query carries them."""

    labels: str = ""
    fields: str = ""


class Bundle:
    """Objects and discovery documents of a recorded cluster."""

    def __init__(self, path: Path = DEMO) -> None:
        self.archive: Archive = open_archive(path)
        self.layout = Layout(self.archive, str(path))
        self.lists = json.loads(self.archive.read(RESOURCES))
        self.groups = [group for group in json.loads(self.archive.read(GROUPS)) if group["name"]]
        self.version = json.dumps(json.loads(self.archive.read(VERSION))["info"]).encode()
        self._resources = dict(self._served())
        self._by_name: dict[tuple[Resource, str], Mapping[str, bytes]] = {}

    def resource(self, group: str, version: str, plural: str) -> Resource | None:
        """A resource that is served, or None."""
        return self._resources.get((group, version, plural))

    def resource_list(self, group: str, version: str) -> bytes | None:
        """The discovery document of a group version, or None."""
        wanted = f"{group}/{version}" if group else version
        return next(
            (json.dumps(each).encode() for each in self.lists if each["groupVersion"] == wanted), None
        )

    def is_dead(self, group: str) -> bool:
        """Whether a group is announced by an aggregated API that does not answer."""
        served = {each["groupVersion"].split("/")[0] for each in self.lists}
        return any(each["name"] == group for each in self.groups) and group not in served

    def items(self, resource: Resource, namespace: str, selection: Selection) -> list[bytes]:
        """The objects of a list, in the server's order."""
        try:
            labels, fields = parse_labels(selection.labels), parse_fields(selection.fields)
            check_fields(resource, fields)
        except SelectorError as error:
            raise bad_request(str(error)) from error
        raws = self._raws(resource, namespace)
        if not labels and not fields:
            return list(raws)
        return [raw for raw in raws if selectable(resource, raw).matches(labels, fields)]

    def item(self, resource: Resource, namespace: str, name: str) -> bytes:
        """One object, with the kind and version that lists of built-in kinds leave out."""
        raw = self._named(resource, namespace).get(name)
        if raw is None:
            raise not_found(resource.plural, resource.group, name)
        version = f"{resource.group}/{resource.version}" if resource.group else resource.version
        return json.dumps({"kind": resource.kind, "apiVersion": version} | json.loads(raw)).encode()

    def _named(self, resource: Resource, namespace: str) -> Mapping[str, bytes]:
        """The objects of a list by name, worked out once: a large cluster is asked for many of them."""
        key = (resource, namespace)
        if key not in self._by_name:
            raws = self._raws(resource, namespace)
            self._by_name[key] = {selectable(resource, raw).name: raw for raw in raws}
        return self._by_name[key]

    def _raws(self, resource: Resource, namespace: str) -> Iterable[bytes]:
        try:
            files = self.layout.files(resource, namespace)
        except NotServed:
            return ()
        return (raw for file in files for raw in self.layout.items(file))

    def _served(self) -> Iterable[tuple[tuple[str, str, str], Resource]]:
        for each in self.lists:
            group, _, version = each["groupVersion"].rpartition("/")
            for entry in each["resources"]:
                plural, kind = entry["name"], _kind(group, entry["kind"])
                yield (group, version, plural), Resource(group, version, plural, kind, entry["namespaced"])


@cache
def load(path: Path) -> Bundle:
    """A bundle, read once however many servers serve it."""
    return Bundle(path)


def _kind(group: str, kind: str) -> str:
    """Discovery of metrics names the kinds as the objects are named."""
    return kind if group != "metrics.k8s.io" or kind.endswith("Metrics") else f"{kind}Metrics"
