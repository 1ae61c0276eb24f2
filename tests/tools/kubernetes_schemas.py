"""Picks from a recorded API server what tests of the chart validate objects with.

    python -m tests.tools.kubernetes_schemas FOLDER

FOLDER holds `openapi-v3/*.json.gz` and the lists of each group version, as an API server gives them. Of
groups whose schema was not recorded, the models of the official client say the fields.
"""

import gzip
import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.helm.schemas import RECORDED
from tests.tools.json_schema import plain

_KINDS = {
    "api-v1": ("ConfigMap", "Pod", "Service", "ServiceAccount"),
    "apis-apps-v1": ("Deployment", "StatefulSet"),
    "apis-networking.k8s.io-v1": ("Ingress", "NetworkPolicy"),
}
_MODELS = {
    "policy/v1": ("PodDisruptionBudget",),
    "rbac.authorization.k8s.io/v1": ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"),
}
_UNREAD = {"description", "default", "title"}


def main() -> int:
    """Write the file that the tests read."""
    folder = Path(sys.argv[1])
    schemas: dict[str, Any] = {}
    roots: dict[str, str] = {}
    for name, kinds in _KINDS.items():
        _take(
            json.loads(gzip.decompress((folder / "openapi-v3" / f"{name}.json.gz").read_bytes())),
            kinds,
            schemas,
            roots,
        )
    for version, models in _MODELS.items():
        for kind in models:
            roots[f"{version} {kind}"] = _model(f"V1{kind}", schemas)
    found = {"schemas": schemas, "roots": roots, "namespaced": dict(_namespaced(folder))}
    packed = gzip.compress(json.dumps(found, sort_keys=True).encode(), mtime=0)
    RECORDED.write_bytes(packed)
    return 0


def _take(document: Any, kinds: tuple[str, ...], schemas: dict[str, Any], roots: dict[str, str]) -> None:
    """The schemas of these kinds, and all they refer to."""
    known = document["components"]["schemas"]
    for name, schema in known.items():
        for root in schema.get("x-kubernetes-group-version-kind", ()):
            group = f"{root['group']}/" if root["group"] else ""
            if root["kind"] in kinds and name.endswith(f".{root['kind']}"):
                roots[f"{group}{root['version']} {root['kind']}"] = name
                waiting = [name]
                while waiting:
                    each = waiting.pop()
                    if each not in schemas:
                        schemas[each] = plain(known[each], _UNREAD)
                        waiting += re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(known[each]))


def _model(name: str, schemas: dict[str, Any]) -> str:
    """The schema of a model of the client, and of those it is made of."""
    model = getattr(importlib.import_module("kubernetes.client"), name)
    schema = model.model_json_schema(by_alias=True, ref_template="#/components/schemas/{model}")
    schemas |= {below: plain(each, _UNREAD) for below, each in schema.pop("$defs", {}).items()}
    schemas[name] = plain(schema, _UNREAD)
    return name


def _namespaced(folder: Path) -> Iterator[tuple[str, bool]]:
    """GROUP/RESOURCE, and whether its objects belong to a namespace."""
    for path in sorted((*folder.glob("api-v1.json"), *folder.glob("apis-*.json"))):
        listed = json.loads(path.read_bytes())
        group = "" if listed["groupVersion"] == "v1" else listed["groupVersion"].split("/")[0]
        yield from ((f"{group}/{each['name']}", each["namespaced"]) for each in listed["resources"])


if __name__ == "__main__":
    raise SystemExit(main())
