"""JSON Schemas as pydantic writes them, made plain."""

from collections.abc import Collection
from typing import Any


def plain(schema: Any, unread: Collection[str]) -> Any:
    """A schema without the words `unread` and without null beside a type.

    Helm takes a key away that is set to null, and so does an API server: nobody means it.
    """
    if isinstance(schema, list):
        return [plain(each, unread) for each in schema]
    if not isinstance(schema, dict):
        return schema
    either = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    kept = {key: value for key, value in schema.items() if key not in unread and not key.startswith("x-")}
    if either:
        kept = {**kept, "anyOf": either} if len(either) > 1 else _joined(kept, either[0])
    # A field may be called "description"; only the schema's own words are left out.
    return {
        key: {name: plain(each, unread) for name, each in value.items()}
        if key == "properties"
        else plain(value, unread)
        for key, value in kept.items()
        if key not in unread
    }


def _joined(schema: dict[str, Any], only: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != "anyOf"} | only
