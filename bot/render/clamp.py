"""The last check before Slack: nothing is over a limit, and what is too much goes to the next page."""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from bot.render import limits
from bot.render.door import Mrkdwn
from bot.render.elements import (
    Actions,
    AnyBlock,
    Button,
    Context,
    Divider,
    Header,
    Marked,
    Option,
    Plain,
    Section,
    Select,
)
from bot.render.message import Block, SlackMessage

Page = tuple[AnyBlock, ...]


class Split(Struct, frozen=True):
    """What fits into one message, and what has to go elsewhere."""

    page: Page
    rest: Page


class _Budget(Struct, frozen=True):
    blocks: int
    characters: int


def clamp(block: AnyBlock) -> AnyBlock | None:
    """Bring a block within Slack's limits; None when nothing is left to show."""
    match block:
        case Header():
            return _header(block)
        case Section():
            return _section(block)
        case Context():
            shown = _marked(block.elements, limits.CONTEXT_ELEMENTS, limits.CONTEXT_TEXT)
            return Context(shown) if shown else None
        case Actions():
            return _actions(block)
        case Divider():
            return block


def size(block: AnyBlock) -> int:
    """Count the characters of every text and value in a block."""
    return _strings(msgspec.to_builtins(block))


def finish(text: Mrkdwn, blocks: Iterable[AnyBlock] = ()) -> SlackMessage:
    """Make one message of at most our own budget; what does not fit is left out, so split first."""
    page = split((), tuple(blocks), ()).page
    shown = limits.cut_drawn(text.text, limits.OWN_TEXT if page else limits.PLAIN_TEXT) or limits.ELLIPSIS
    return SlackMessage(shown, tuple(_block(block) for block in page))


def split(head: Page, body: Page, tail: Page) -> Split:
    """Fill one message: `head` and `tail` first, and of `body` what fits between them, from the start."""
    budget = _Budget(limits.OWN_BLOCKS, limits.OWN_CHARACTERS - limits.OWN_TEXT)
    head, budget = _fill(_clamped(head), budget)
    tail, budget = _fill(_clamped(tail), budget)
    body = _clamped(body)
    taken, _ = _fill(body, budget)
    return Split(head + taken + tail, body[len(taken) :])


def paginate(blocks: Sequence[AnyBlock]) -> tuple[Page, ...]:
    """Divide blocks into pages that each fit one message; none begins with a line."""
    pages: list[Page] = []
    rest = _without_line(_clamped(blocks))
    while rest:
        part = split((), rest, ())
        pages.append(part.page)
        rest = _without_line(part.rest)
    return tuple(pages)


def _fill(blocks: Page, budget: _Budget) -> tuple[Page, _Budget]:
    """The first blocks that the budget pays for, and what is left of it."""
    for index, block in enumerate(blocks):
        left = _Budget(budget.blocks - 1, budget.characters - size(block))
        if left.blocks < 0 or left.characters < 0:
            return blocks[:index], budget
        budget = left
    return blocks, budget


def _without_line(blocks: Page) -> Page:
    return _without_line(blocks[1:]) if blocks and isinstance(blocks[0], Divider) else blocks


def _clamped(blocks: Iterable[AnyBlock]) -> Page:
    return tuple(kept for block in blocks if (kept := clamp(block)) is not None)


def _header(block: Header) -> Header | None:
    shown = _plain(block.text, limits.HEADER_TEXT)
    return Header(shown, _block_id(block.block_id)) if block.text.text else None


def _block_id(name: str | UnsetType) -> str | UnsetType:
    """A name that is too long is left out: shortened, it would be another."""
    return UNSET if name is UNSET or limits.length(name) > limits.BLOCK_ID else name


def _section(block: Section) -> Section | None:
    text: Marked | UnsetType = UNSET
    if block.text is not UNSET and block.text.text:
        text = Marked(limits.cut_drawn(block.text.text, limits.SECTION_TEXT))
    fields = () if block.fields is UNSET else _marked(block.fields, limits.FIELDS, limits.FIELD_TEXT)
    if text is UNSET and not fields:
        return None
    beside = UNSET if block.accessory is UNSET else _button(block.accessory) or UNSET
    return Section(text, _affordable(fields) or UNSET, beside, _block_id(block.block_id))


def _affordable(fields: tuple[Marked, ...]) -> tuple[Marked, ...]:
    """Ten full fields would be more than one message may carry."""
    each = (limits.OWN_CHARACTERS - limits.SECTION_TEXT - limits.OWN_TEXT) // limits.FIELDS
    if sum(limits.length(field.text) for field in fields) <= each * limits.FIELDS:
        return fields
    return tuple(Marked(limits.cut_drawn(field.text, each)) for field in fields)


def _marked(texts: Sequence[Marked], count: int, limit: int) -> tuple[Marked, ...]:
    kept = [text for text in texts if text.text]
    return tuple(Marked(limits.cut_drawn(text.text, limit)) for text in kept[:count])


def _plain(text: Plain, limit: int) -> Plain:
    return Plain(limits.cut_drawn(text.text, limit) or limits.ELLIPSIS, text.emoji)


def _actions(block: Actions) -> Actions | None:
    kept: list[Button | Select] = []
    characters = limits.OWN_ACTIONS
    for element in block.elements:
        shown = _button(element) if isinstance(element, Button) else _select(element)
        if shown is None or len(kept) == limits.ACTIONS:
            continue
        characters -= _strings(msgspec.to_builtins(shown))
        if characters < 0:
            break
        kept.append(shown)
    return Actions(tuple(kept)) if kept else None


def _button(element: Button) -> Button | None:
    """A value that is too long cannot be shortened: it would no longer mean anything."""
    if not element.value or limits.length(element.value) > limits.BUTTON_VALUE:
        return None
    return replace(element, text=_plain(element.text, limits.BUTTON_TEXT))


def _select(element: Select) -> Select | None:
    kept: list[Option] = []
    characters = limits.OWN_ACTIONS - limits.PLACEHOLDER - limits.ACTION_ID
    for option in element.options[: limits.OPTIONS]:
        shown = replace(option, text=_plain(option.text, limits.OPTION_TEXT))
        characters -= _strings(msgspec.to_builtins(shown))
        if characters < 0:
            break
        if option.value and limits.length(option.value) <= limits.OPTION_VALUE:
            kept.append(shown)
    placeholder = _plain(element.placeholder, limits.PLACEHOLDER)
    return replace(element, placeholder=placeholder, options=tuple(kept)) if kept else None


def _strings(value: object) -> int:
    if isinstance(value, str):
        return limits.length(value)
    if isinstance(value, dict):
        return sum(_strings(item) for item in value.values())
    return sum(_strings(item) for item in value) if isinstance(value, list | tuple) else 0


def _block(block: AnyBlock) -> Block:
    drawn: Block = msgspec.json.decode(msgspec.json.encode(block))
    return drawn
