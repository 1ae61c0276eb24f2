"""Slack's limits on blocks, as the Web API enforces them; each fault is the sentence Slack would log."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Json = Mapping[str, Any]

MESSAGE_BLOCKS = 50
MESSAGE_CHARACTERS = 13_200
TEXT_CHARACTERS = 40_000
SECTION_TEXT = 3_000
FIELD_TEXT = 2_000
FIELDS = 10
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
ACTION_ELEMENTS = 25
BUTTON_TEXT = 75
BUTTON_VALUE = 2_000
ACTION_ID = 255
OPTIONS = 100
OPTION_TEXT = 75
OPTION_VALUE = 150
MARKDOWN_TEXT = 12_000
TABLE_ROWS = 100
TABLE_COLUMNS = 20
ALT_TEXT_CHARACTERS = 1_000
CONFIRM = {"title": 100, "text": 300, "confirm": 30, "deny": 30}


def block_faults(blocks: object, *, refused_types: frozenset[str] = frozenset()) -> list[str]:
    """What Slack would say against these blocks; empty when it takes them."""
    if not isinstance(blocks, list):
        return ["blocks is not an array"]
    faults = [f"no more than {MESSAGE_BLOCKS} items allowed"] if len(blocks) > MESSAGE_BLOCKS else []
    if sum(1 for block in blocks if isinstance(block, dict) and block.get("type") == "table") > 1:
        faults.append("only one table allowed")
    block_ids = [block["block_id"] for block in blocks if isinstance(block, dict) and "block_id" in block]
    if len(set(block_ids)) != len(block_ids):
        faults.append("block_id is not unique")
    for place, block in enumerate(blocks):
        faults += [f"{fault} [json-pointer:/blocks/{place}]" for fault in _block(block, refused_types)]
    return faults


def characters(blocks: object) -> int:
    """How many characters of text the blocks hold in all."""
    if isinstance(blocks, str):
        return len(blocks)
    if isinstance(blocks, list):
        return sum(characters(item) for item in blocks)
    if isinstance(blocks, dict):
        shown = (
            "text",
            "fields",
            "elements",
            "rows",
            "accessory",
            "options",
            "title",
            "placeholder",
            "cells",
        )
        return sum(characters(blocks[key]) for key in shown if key in blocks)
    return 0


def _block(block: object, refused_types: frozenset[str]) -> list[str]:
    if not isinstance(block, dict) or block.get("type") not in _BLOCKS or block["type"] in refused_types:
        return [f"unsupported type: {block.get('type') if isinstance(block, dict) else block!r}"]
    if len(str(block.get("block_id", ""))) > ACTION_ID:
        return ["block_id is too long"]
    return list(_BLOCKS[block["type"]](block))


def _text(
    value: object, limit: int, what: str, kinds: tuple[str, ...] = ("mrkdwn", "plain_text")
) -> Iterator[str]:
    if not isinstance(value, dict) or value.get("type") not in kinds:
        yield f"{what}: must provide a text object of type {' or '.join(kinds)}"
    elif not isinstance(value.get("text"), str) or not value["text"]:
        yield f"{what}: must be more than 0 characters"
    elif len(value["text"]) > limit:
        yield f"{what}: must be less than {limit + 1} characters"


def _header(block: Json) -> Iterator[str]:
    yield from _text(block.get("text"), HEADER_TEXT, "header", ("plain_text",))


def _section(block: Json) -> Iterator[str]:
    fields = block.get("fields", [])
    if "text" not in block and not fields:
        yield "section: must have text or fields"
    if "text" in block:
        yield from _text(block["text"], SECTION_TEXT, "section text")
    if len(fields) > FIELDS:
        yield f"section: no more than {FIELDS} fields"
    for field in fields:
        yield from _text(field, FIELD_TEXT, "section field")
    if "accessory" in block:
        yield from _element(block["accessory"])


def _context(block: Json) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= CONTEXT_ELEMENTS:
        yield f"context: between 1 and {CONTEXT_ELEMENTS} elements"
        return
    for element in elements:
        if not isinstance(element, dict) or element.get("type") != "image":
            yield from _text(element, SECTION_TEXT, "context element")


def _actions(block: Json) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= ACTION_ELEMENTS:
        yield f"actions: between 1 and {ACTION_ELEMENTS} elements"
        return
    ids = [element.get("action_id") for element in elements]
    if len(set(ids)) != len(ids):
        yield "actions: action_id is not unique"
    for element in elements:
        yield from _element(element)


def _element(element: Json) -> Iterator[str]:
    if len(str(element.get("action_id", ""))) > ACTION_ID:
        yield "action_id is too long"
    kind = element.get("type")
    if kind == "button":
        yield from _button(element)
    elif kind in ("static_select", "overflow"):
        yield from _menu(element)
    elif kind != "feedback_buttons":
        yield f"unsupported element: {kind}"


def _button(button: Json) -> Iterator[str]:
    yield from _text(button.get("text"), BUTTON_TEXT, "button", ("plain_text",))
    if len(str(button.get("value", ""))) > BUTTON_VALUE:
        yield f"button value: must be less than {BUTTON_VALUE + 1} characters"
    if button.get("style", "primary") not in ("primary", "danger"):
        yield "button: unknown style"
    for part, limit in CONFIRM.items() if "confirm" in button else ():
        yield from _text(button["confirm"].get(part), limit, f"confirm {part}")


def _menu(menu: Json) -> Iterator[str]:
    options = menu.get("options")
    most = 5 if menu["type"] == "overflow" else OPTIONS
    if not isinstance(options, list) or not 1 <= len(options) <= most:
        yield f"{menu['type']}: between 1 and {most} options"
        return
    if "placeholder" in menu:
        yield from _text(menu["placeholder"], 150, "placeholder", ("plain_text",))
    for option in options:
        yield from _text(option.get("text"), OPTION_TEXT, "option", ("plain_text", "mrkdwn"))
        if not 1 <= len(str(option.get("value", ""))) <= OPTION_VALUE:
            yield f"option value: between 1 and {OPTION_VALUE} characters"


def _markdown(block: Json) -> Iterator[str]:
    if not 1 <= len(str(block.get("text", ""))) <= MARKDOWN_TEXT:
        yield f"markdown: between 1 and {MARKDOWN_TEXT} characters"


def _table(block: Json) -> Iterator[str]:
    rows = block.get("rows")
    if not isinstance(rows, list) or not 1 <= len(rows) <= TABLE_ROWS:
        yield f"table: between 1 and {TABLE_ROWS} rows"
        return
    if any(not isinstance(row, list) or not 1 <= len(row) <= TABLE_COLUMNS for row in rows):
        yield f"table: between 1 and {TABLE_COLUMNS} columns"
    for row in rows:
        for cell in row:
            if cell.get("type") not in ("raw_text", "raw_number", "rich_text"):
                yield f"table: unsupported cell {cell.get('type')}"
            elif cell["type"] == "raw_text" and not cell.get("text"):
                yield "table: empty cell"


def _rich_text(block: Json) -> Iterator[str]:
    if not isinstance(block.get("elements"), list):
        yield "rich_text: elements missing"


def _anything(_block: Json) -> Iterator[str]:
    return iter(())


_BLOCKS: dict[str, Callable[[Json], Iterator[str]]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "context_actions": _actions,
    "divider": _anything,
    "image": _anything,
    "markdown": _markdown,
    "table": _table,
    "rich_text": _rich_text,
}
