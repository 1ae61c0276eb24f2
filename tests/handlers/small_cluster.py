"""A bundle of a few objects, for servers and recordings that hold exactly what a test is about."""

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from handlers.sources.archive import open_archive
from handlers.sources.layout import ALWAYS, SOMETIMES
from handlers.sources.objects.meta import Resource
from tests.fakes.kubernetes.bundle import DEMO, GROUPS, RESOURCES, VERSION
from tests.handlers.build import Json

CLUSTER_WIDE = frozenset(
    {
        "APIService",
        "ClusterIssuer",
        "ClusterServingRuntime",
        "CSIDriver",
        "CSINode",
        "EC2NodeClass",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "NodeClaim",
        "NodePool",
        "PersistentVolume",
        "StorageClass",
        "ValidatingWebhookConfiguration",
    }
)


def write_cluster(folder: Path, *objects: Json, logs: Mapping[str, str] | None = None) -> Path:
    """Write objects and logs ("namespace/pod/container": text) where a bundle keeps them."""
    for name, text in _discovery().items():
        _write(folder / name, text)
    for place, items in _lists(objects).items():
        _write(folder / "cluster-resources" / f"{place}.json", json.dumps({"items": items}))
    for name, text in (logs or {}).items():
        _write(folder / "cluster-resources" / "pods" / "logs" / f"{name}.log", text)
    return folder


def announce(folder: Path, *resources: Resource) -> Path:
    """Have the cluster serve more custom resources than the recorded one does."""
    lists = json.loads((folder / RESOURCES).read_text("utf-8"))
    for group in sorted({(each.group, each.version) for each in resources}):
        lists.append({"groupVersion": "/".join(group), "resources": _served(group, resources)})
    _write(folder / RESOURCES, json.dumps(lists))
    return folder


def _served(group: tuple[str, str], resources: tuple[Resource, ...]) -> list[Json]:
    own = [each for each in resources if (each.group, each.version) == group]
    return [
        {"name": each.plural, "kind": each.kind, "namespaced": each.namespaced, "verbs": ["get", "list"]}
        for each in own
    ]


@cache
def _discovery() -> Mapping[str, str]:
    archive = open_archive(DEMO)
    return {name: archive.read(name).decode() for name in (RESOURCES, GROUPS, VERSION)}


def _lists(objects: tuple[Json, ...]) -> dict[str, list[Json]]:
    lists: dict[str, list[Json]] = defaultdict(list)
    for each in objects:
        group = each["apiVersion"].rpartition("/")[0]
        plural = _plural(each["kind"].lower())
        known = ALWAYS.get((group, plural)) or SOMETIMES.get((group, plural))
        place = known or f"custom-resources/{plural}.{group}"
        lists[place if each["kind"] in CLUSTER_WIDE else f"{place}/{each['metadata']['namespace']}"].append(
            each
        )
    return lists


def _plural(kind: str) -> str:
    if kind.endswith("y"):
        return kind.removesuffix("y") + "ies"
    return kind + ("es" if kind.endswith("s") else "s")


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def thing(kind: str, name: str, namespace: str = "ns", version: str = "v1", **fields: object) -> Json:
    """An object of any kind; `metadata` may be given in part."""
    given = fields.pop("metadata", {})
    assert isinstance(given, dict)
    where = {} if kind in CLUSTER_WIDE else {"namespace": namespace}
    metadata = {"name": name, **where, "uid": f"u-{kind}-{namespace}-{name}", **given}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **fields}
