"""Every size Slack names, one test each; the numbers are written here a second time on purpose."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from bot.render import limits
from bot.render.clamp import clamp, finish, paginate, size, split
from bot.render.door import Label, Mrkdwn
from bot.render.elements import (
    Actions,
    AnyBlock,
    Divider,
    Section,
    button,
    context,
    fields,
    header,
    section,
    select,
)

LONG = "x" * 20_000
TEXT = Mrkdwn(LONG)
LABEL = Label(LONG)


def drawn(block: AnyBlock) -> Any:
    kept = clamp(block)
    assert kept is not None
    return msgspec.to_builtins(kept)


def many(count: int) -> tuple[tuple[Label, str], ...]:
    return tuple((Label(f"{n}"), f"v{n}") for n in range(count))


LAWS: dict[str, tuple[Callable[[], int], int]] = {
    "header": (lambda: len(drawn(header(LABEL))["text"]["text"]), 150),
    "section": (lambda: len(drawn(section(TEXT))["text"]["text"]), 3_000),
    "fields": (lambda: len(drawn(fields((Mrkdwn("x"),) * 30))["fields"]), 10),
    "field": (lambda: len(drawn(fields((TEXT,)))["fields"][0]["text"]), 2_000),
    "context elements": (lambda: len(drawn(context(*(Mrkdwn("x"),) * 30))["elements"]), 10),
    "context text": (lambda: len(drawn(context(TEXT))["elements"][0]["text"]), 3_000),
    "actions": (lambda: len(drawn(Actions((button(Label("x"), "a", "v"),) * 40))["elements"]), 25),
    "button text": (
        lambda: len(drawn(Actions((button(LABEL, "a", "v"),)))["elements"][0]["text"]["text"]),
        75,
    ),
    "options": (
        lambda: len(drawn(Actions((select(Label("x"), "a", many(400)),)))["elements"][0]["options"]),
        100,
    ),
    "option text": (
        lambda: len(
            drawn(Actions((select(LABEL, "a", ((LABEL, "v"),)),)))["elements"][0]["options"][0]["text"][
                "text"
            ]
        ),
        75,
    ),
    "placeholder": (
        lambda: len(drawn(Actions((select(LABEL, "a", many(1)),)))["elements"][0]["placeholder"]["text"]),
        150,
    ),
    "blocks": (lambda: len(finish(Mrkdwn("x"), [Divider()] * 90).blocks), 25),
    "notification": (lambda: len(finish(TEXT, [Divider()]).text), 400),
    "plain text": (lambda: len(finish(TEXT).text), 3_900),
}


@pytest.mark.parametrize("law", LAWS)
def test_what_is_too_much_is_brought_to_the_limit(law: str) -> None:
    measure, most = LAWS[law]
    assert most - 4 <= measure() <= most


@pytest.mark.parametrize(
    ("number", "law"),
    [
        (limits.MESSAGE_BLOCKS, 50),
        (limits.VIEW_BLOCKS, 100),
        (limits.CONFIRM_TITLE, 100),
        (limits.CONFIRM_TEXT, 300),
        (limits.CONFIRM_BUTTON, 30),
        (limits.MODAL_TITLE, 24),
        (limits.TABLE_ROWS, 100),
        (limits.TABLE_COLUMNS, 20),
        (limits.TABLES, 1),
        (limits.MESSAGE_CHARACTERS, 13_000),
        (limits.OWN_BLOCKS, 25),
        (limits.OWN_CHARACTERS, 9_000),
    ],
)
def test_numbers_nothing_is_drawn_from_yet(number: int, law: int) -> None:
    assert number == law


def test_a_message_stays_under_its_budget_and_the_rest_makes_pages() -> None:
    blocks = tuple(section(Mrkdwn("y" * 2_900)) for _ in range(10))
    pages = paginate(blocks)
    assert [len(page) for page in pages] == [2, 2, 2, 2, 2]
    assert all(sum(map(size, page)) <= 9_000 for page in pages)
    assert tuple(block for page in pages for block in page) == blocks


def test_head_and_tail_stay_in_the_message_and_the_body_overflows() -> None:
    body = tuple(section(Mrkdwn(f"{n}" * 900)) for n in range(20))
    tail = Actions((button(Label("Logs"), "a", "v"),))
    part = split((header(Label("h")),), body, (tail,))
    assert part.page[0] == header(Label("h"))
    assert part.page[-1] == tail
    assert part.page[1:-1] + part.rest == body


def test_a_value_that_is_too_long_takes_its_button_away() -> None:
    assert clamp(Actions((button(Label("x"), "a", "v" * 2_001),))) is None
    kept = clamp(Actions((button(Label("x"), "a", "v" * 2_000),)))
    assert isinstance(kept, Actions)


def test_an_option_that_is_too_long_leaves_the_menu() -> None:
    menu = select(Label("x"), "a", ((Label("a"), "v" * 151), (Label("b"), "v" * 150)))
    assert [option["text"]["text"] for option in drawn(Actions((menu,)))["elements"][0]["options"]] == ["b"]


@pytest.mark.parametrize("block", [header(Label("")), section(Mrkdwn("")), context(), Actions(()), Section()])
def test_an_empty_block_is_left_out(block: AnyBlock) -> None:
    assert clamp(block) is None


def test_emoji_count_twice() -> None:
    shown = drawn(header(Label("🔴" * 100)))["text"]["text"]
    assert limits.length("🔴") == 2
    assert 40 <= shown.count("🔴") <= 75


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("a &amp; b" * 3, 14, "a &amp; b…"),
        ("1234&lt;x and more", 11, "1234…"),
        ("see <https://x.example|the page> now", 30, "see…"),
        ("x `code that is long` y", 18, "x `code that`…"),
        ("words and `code", 16, "words and `code"),
        ("twelve chars`code`", 17, "twelve chars…"),
        ("```\nlong code here and more\n```", 24, "```\nlong code here\n```…"),
        ("short", 5, "short"),
    ],
)
def test_a_cut_leaves_no_half_of_anything(text: str, limit: int, kept: str) -> None:
    assert limits.cut_drawn(text, limit) == kept
