"""values.yaml as a table: every value with the comment above it, and its default."""

import json
from collections.abc import Iterator
from typing import Any

import yaml
from msgspec import Struct


class Value(Struct, frozen=True):
    """One value: its path ("redis.mode"), its default, and the comment above it."""

    path: str
    default: Any
    meaning: str
    is_section: bool


def values_of(text: str) -> Iterator[Value]:
    """Every key of values.yaml with a comment; what has none below such a key is part of its value."""
    root = yaml.compose(text)
    if isinstance(root, yaml.MappingNode):
        yield from _walk(root, "", text.splitlines())


def values_table(text: str) -> str:
    """The values as Markdown."""
    lines = ["| value | default | meaning |", "| --- | --- | --- |"]
    for value in values_of(text):
        default = "" if value.is_section else f"`{json.dumps(value.default, ensure_ascii=False)}`"
        name = f"**`{value.path}`**" if value.is_section else f"`{value.path}`"
        meaning = value.meaning.replace("|", "\\|")
        lines.append(f"| {name} | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _walk(node: yaml.MappingNode, prefix: str, lines: list[str]) -> Iterator[Value]:
    for key, below in node.value:
        path = f"{prefix}{key.value}"
        section = isinstance(below, yaml.MappingNode) and _has_comments(below, lines)
        yield Value(path, _plain(below), _comment(lines, key.start_mark.line), section)
        if section:
            yield from _walk(below, f"{path}.", lines)


def _has_comments(node: yaml.MappingNode, lines: list[str]) -> bool:
    return any(_comment(lines, key.start_mark.line) for key, _ in node.value)


def _comment(lines: list[str], line: int) -> str:
    """The comment directly above a line."""
    found: list[str] = []
    while line > 0 and lines[line - 1].lstrip().startswith("#"):
        line -= 1
        found.insert(0, lines[line].lstrip(" #"))
    return " ".join(found)


def _plain(node: yaml.Node) -> Any:
    return yaml.safe_load(yaml.serialize(node))
