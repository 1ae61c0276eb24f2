"""Kubernetes' own schemas, as strict as an API server that refuses unknown fields."""

import functools
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

RECORDED: Final = Path(__file__).parent / "kubernetes.json.gz"
"""From a recorded API server of version 1.36, by tests/tools/kubernetes_schemas.py."""
_LABELS: Final = {"type": "object", "additionalProperties": {"type": "string"}}
_META: Final = {
    "type": "object",
    "required": ["name", "namespace"],
    "properties": {"name": {"type": "string"}, "namespace": {"type": "string"}, "labels": _LABELS},
}


def _monitoring(kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    fields = {"apiVersion": {"const": "monitoring.coreos.com/v1"}, "kind": {"const": kind}, "metadata": _META}
    return {"type": "object", "required": ["metadata", "spec"], "properties": {**fields, "spec": spec}}


_DURATION: Final = {"type": "string", "pattern": "^[0-9]+(ms|s|m|h)$"}
_ENDPOINT: Final = {
    "type": "object",
    "required": ["port", "path"],
    "properties": {
        "port": {"type": "string"},
        "path": {"const": "/metrics"},
        "interval": _DURATION,
        "scrapeTimeout": _DURATION,
    },
}
_ALERT: Final = {
    "type": "object",
    "required": ["alert", "expr", "labels", "annotations"],
    "properties": {
        "alert": {"type": "string", "pattern": "^[A-Z][A-Za-z]+$"},
        "expr": {"type": "string"},
        "for": _DURATION,
        "labels": _LABELS,
        "annotations": _LABELS,
    },
}
_GROUP: Final = {
    "type": "object",
    "required": ["name", "rules"],
    "properties": {"name": {"type": "string"}, "rules": {"type": "array", "minItems": 1, "items": _ALERT}},
}
_OPERATOR: Final = {
    "monitoring.coreos.com/v1 ServiceMonitor": _monitoring(
        "ServiceMonitor",
        {
            "type": "object",
            "required": ["selector", "endpoints"],
            "properties": {
                "selector": {"type": "object", "properties": {"matchLabels": _LABELS}},
                "namespaceSelector": {
                    "type": "object",
                    "properties": {"matchNames": {"type": "array", "items": {"type": "string"}}},
                },
                "endpoints": {"type": "array", "minItems": 1, "items": _ENDPOINT},
            },
        },
    ),
    "monitoring.coreos.com/v1 PrometheusRule": _monitoring(
        "PrometheusRule",
        {
            "type": "object",
            "required": ["groups"],
            "properties": {"groups": {"type": "array", "minItems": 1, "items": _GROUP}},
        },
    ),
}
"""The Prometheus operator's kinds, which no API server knows by itself: the fields that the chart uses."""


def faults(thing: Mapping[str, Any]) -> Iterator[str]:
    """What an API server would refuse in an object, each with its place."""
    kind = f"{thing.get('apiVersion')} {thing.get('kind')}"
    validator = _validators().get(kind)
    if validator is None:
        yield f"{kind}: no such kind"
        return
    for error in validator.iter_errors(thing):
        yield f"{kind} {thing['metadata']['name']}: {error.json_path}: {error.message[:300]}"


@functools.cache
def recorded() -> dict[str, Any]:
    """What was recorded: schemas, the schema of each kind, and which resources belong to a namespace."""
    read: dict[str, Any] = json.loads(gzip.decompress(RECORDED.read_bytes()))
    return read


@functools.cache
def _validators() -> Mapping[str, Draft202012Validator]:
    components = {"components": {"schemas": _strict(recorded()["schemas"])}}
    roots = {kind: f"#/components/schemas/{name}" for kind, name in recorded()["roots"].items()}
    known = {kind: Draft202012Validator({"$ref": place, **components}) for kind, place in roots.items()}
    return known | {kind: Draft202012Validator(_strict(schema)) for kind, schema in _OPERATOR.items()}


def _strict(schema: Any) -> Any:
    """A schema that refuses fields it does not know."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        strict.setdefault("additionalProperties", False)
    return strict
