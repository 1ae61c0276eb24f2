"""Plainer forms of a message for when Slack answers `invalid_blocks`: classic blocks, then text only."""

from bot.render.clamp import finish
from bot.render.door import Mrkdwn, from_label, from_mrkdwn, join
from bot.render.limits import PLAIN_TEXT, length
from bot.render.message import Block, Json, SlackMessage

_CLASSIC = ("section", "context", "divider", "actions")


def classic(message: SlackMessage) -> SlackMessage:
    """Keep only what Slack has drawn since blocks exist: paragraphs, small print, lines and plain buttons."""
    blocks = (_classic(block) for block in message.blocks)
    return SlackMessage(message.text, tuple(block for block in blocks if block))


def plain(message: SlackMessage) -> SlackMessage:
    """Keep the words only, in `text`; buttons and menus are lost."""
    if not message.blocks:
        return message
    paragraphs = [words for block in message.blocks for words in _words(block) if words]
    if not paragraphs:
        return SlackMessage(message.text)
    while len(paragraphs) > 1 and length(join("\n\n", paragraphs).text) > PLAIN_TEXT:
        paragraphs.pop()
    return finish(join("\n\n", paragraphs))


def _classic(block: Block) -> Block:
    kind = block.get("type")
    if kind == "actions":
        elements = [element for element in _list(block.get("elements")) if _type(element) == "button"]
        return {"type": "actions", "elements": elements} if elements else {}
    if kind in _CLASSIC:
        return {key: value for key, value in block.items() if key != "accessory"}
    words = join("\n", _words(block))
    if not words:
        return {}
    name: Block = {key: value for key, value in block.items() if key == "block_id"}
    return {"type": "section", "text": {"type": "mrkdwn", "text": words.text, "verbatim": True}, **name}


def _words(block: Json) -> list[Mrkdwn]:
    """The texts of a block, in reading order, without those of buttons and menus."""
    if isinstance(block, list):
        return [words for item in block for words in _words(item)]
    if not isinstance(block, dict) or block.get("type") == "actions":
        return []
    text = block.get("text")
    if isinstance(text, str):
        return [from_mrkdwn(text) if block.get("type") == "mrkdwn" else from_label(text)]
    return [words for key in ("text", "fields", "elements") for words in _words(block.get(key, ""))]


def _list(value: Json | None) -> list[Json]:
    return value if isinstance(value, list) else []


def _type(value: Json) -> Json:
    return value.get("type", "") if isinstance(value, dict) else ""
