"""The blocks we use, as typed values; text enters only as `Mrkdwn` or `Label`, that is through the door."""

from typing import TypeAlias

from msgspec import UNSET, Struct, UnsetType

from bot.render.door import Label, Mrkdwn


class Marked(Struct, frozen=True, tag_field="type", tag="mrkdwn"):
    """Formatted text; `verbatim` keeps Slack from making links and mentions of plain words."""

    text: str
    verbatim: bool = True


class Plain(Struct, frozen=True, tag_field="type", tag="plain_text"):
    """Text without formatting; `emoji` off leaves `:words:` alone."""

    text: str
    emoji: bool = False


class Header(Struct, frozen=True, tag_field="type", tag="header"):
    """A line in large letters; by a `block_id` of our own a message is known again."""

    text: Plain
    block_id: str | UnsetType = UNSET


class Context(Struct, frozen=True, tag_field="type", tag="context"):
    """A paragraph in small grey letters."""

    elements: tuple[Marked, ...]


class Divider(Struct, frozen=True, tag_field="type", tag="divider"):
    """A thin line."""


class Button(Struct, frozen=True, tag_field="type", tag="button"):
    """A button that carries an opaque value; `style` is "primary", "danger" or unset."""

    text: Plain
    action_id: str
    value: str
    style: str | UnsetType = UNSET


class Section(Struct, frozen=True, tag_field="type", tag="section"):
    """A paragraph, or up to ten fields in two columns, or both, with a button beside it.

    By a `block_id` of our own a message is known again.
    """

    text: Marked | UnsetType = UNSET
    fields: tuple[Marked, ...] | UnsetType = UNSET
    accessory: Button | UnsetType = UNSET
    block_id: str | UnsetType = UNSET


class Option(Struct, frozen=True):
    """One line of a menu."""

    text: Plain
    value: str


class Select(Struct, frozen=True, tag_field="type", tag="static_select"):
    """A menu of at most 100 options."""

    placeholder: Plain
    action_id: str
    options: tuple[Option, ...]


class Actions(Struct, frozen=True, tag_field="type", tag="actions"):
    """A row of buttons and menus."""

    elements: tuple[Button | Select, ...]


AnyBlock: TypeAlias = Header | Section | Context | Divider | Actions


def header(text: Label, block_id: str = "") -> Header:
    """Make a header; at most 150 characters."""
    return Header(Plain(text.text), block_id or UNSET)


def section(text: Mrkdwn, block_id: str = "") -> Section:
    """Make a paragraph; at most 3,000 characters."""
    return Section(Marked(text.text), block_id=block_id or UNSET)


def fields(texts: tuple[Mrkdwn, ...]) -> Section:
    """Make two columns; at most ten texts of 2,000 characters."""
    return Section(fields=tuple(Marked(text.text) for text in texts))


def context(*texts: Mrkdwn) -> Context:
    """Make a small paragraph of what is not empty; at most ten texts."""
    return Context(tuple(Marked(text.text) for text in texts if text))


def button(text: Label, action_id: str, value: str, style: str = "") -> Button:
    """Make a button; `value` is opaque and goes out as it is."""
    return Button(Plain(text.text), action_id, value, style or UNSET)


def select(placeholder: Label, action_id: str, options: tuple[tuple[Label, str], ...]) -> Select:
    """Make a menu of labels and opaque values."""
    return Select(
        Plain(placeholder.text), action_id, tuple(Option(Plain(text.text), value) for text, value in options)
    )
