"""The one door where text goes out: cleaned, redacted, then escaped for where it goes.

Every renderer builds its output from what these functions return, and from words of its own. Shortening comes
after redaction: a secret that was cut in half first would no longer be known as one.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import LiteralString
from urllib.parse import urlsplit

from msgspec import Struct

from bot.render import escape
from bot.render.limits import BUTTON_TEXT, ELLIPSIS, SECTION_TEXT, fit, length
from bot.render.redact import Redacted, redact_text
from bot.render.secrets_patterns import MARK

_PERSON = re.compile(r"[UW][A-Z0-9]{2,20}", re.ASCII)
_CHANNEL = re.compile(r"[CG][A-Z0-9]{1,20}", re.ASCII)
_GROUP = re.compile(r"S[A-Z0-9]{2,20}", re.ASCII)


class Mrkdwn(Struct, frozen=True):
    """Text in Slack's mrkdwn that may be shown; made by the functions of this module only."""

    text: str

    def __add__(self, other: "Mrkdwn") -> "Mrkdwn":
        return Mrkdwn(self.text + other.text)

    def __bool__(self) -> bool:
        return bool(self.text)


class Label(Struct, frozen=True):
    """Text without any markup, for headers, buttons and options; made by `label` only."""

    text: str


class Excerpt(Struct, frozen=True):
    """The end of a long text as a code block, and whether that is all of it."""

    block: Mrkdwn
    whole: bool


def own(words: LiteralString) -> Mrkdwn:
    """Our own words with their markup, literal in the source; never data."""
    return Mrkdwn(words)


def join(separator: LiteralString, parts: Iterable[Mrkdwn]) -> Mrkdwn:
    """Join what is not empty."""
    return Mrkdwn(separator.join(part.text for part in parts if part))


def say(text: str, limit: int = SECTION_TEXT) -> Mrkdwn:
    """Draw data as a line of prose in Slack."""
    return Mrkdwn(fit(_line(text, limit), limit, escape.slack_mrkdwn))


def code(text: str, limit: int = SECTION_TEXT) -> Mrkdwn:
    """Draw data as inline code in Slack."""
    return Mrkdwn(fit(_line(text, limit), limit, escape.slack_code))


def code_block(text: str, limit: int = SECTION_TEXT) -> Mrkdwn | None:
    """Draw a command or a manifest in Slack, whole; None if it does not fit: half a command is dangerous."""
    drawn = escape.slack_code_block(_clean(text))
    return Mrkdwn(drawn) if length(drawn) <= limit else None


def excerpt(text: str, lines: int, limit: int) -> Excerpt:
    """Draw the last lines of a log in Slack, each at most 400 characters long."""
    kept = _clean(text).strip("\n").split("\n")
    shown = [fit(line, 400, str) for line in kept[-lines:]]
    whole = shown == kept
    while len(shown) > 1 and length(escape.slack_code_block("\n".join(shown))) > limit:
        shown, whole = shown[1:], False
    return Excerpt(Mrkdwn(fit("\n".join(shown), limit, escape.slack_code_block)), whole)


def code_pages(text: str, limit: int) -> tuple[Mrkdwn, ...]:
    """Draw a text from its beginning as blocks of code, each of whole lines and at most `limit` long."""
    pages: list[list[str]] = [[]]
    for line in _clean(text).strip("\n").split("\n"):
        shown = fit(line, 400, str)
        if pages[-1] and length(escape.slack_code_block("\n".join((*pages[-1], shown)))) > limit:
            pages.append([])
        pages[-1].append(shown)
    return tuple(Mrkdwn(escape.slack_code_block("\n".join(page))) for page in pages if any(page))


def label(text: str, limit: int = BUTTON_TEXT) -> Label:
    """Draw text without markup in Slack."""
    return Label(fit(_line(text, limit), limit, escape.slack_entities))


def from_label(text: str) -> Mrkdwn:
    """Draw as prose what left this door as a label before."""
    return say(escape.without_entities(text))


def from_mrkdwn(text: str) -> Mrkdwn:
    """Take again what left this door as mrkdwn before; never data."""
    return Mrkdwn(text)


def label_between(text: str, limit: int = BUTTON_TEXT) -> Label:
    """Draw a name without markup in Slack; a long one loses its middle, for names differ at the end."""
    line = escape.one_line(_clean(text))
    for size in range(limit, 0, -1):
        shown = escape.slack_entities(_without_middle(line, size))
        if length(shown) <= limit:
            return Label(shown)
    return Label(ELLIPSIS)


def moment(at: datetime) -> Mrkdwn:
    """Draw a time that every reader sees in the own zone."""
    at = utc(at)
    fallback = f"{at:%Y-%m-%d %H:%M} UTC"
    return Mrkdwn(f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>")


def mention(slack_id: str) -> Mrkdwn:
    """Mention a user (U012AB3CD) or a user group (S012AB3CD) of our settings; anything else gives nothing."""
    if _PERSON.fullmatch(slack_id):
        return Mrkdwn(f"<@{slack_id}>")
    return Mrkdwn(f"<!subteam^{slack_id}>" if _GROUP.fullmatch(slack_id) else "")


def place(slack_id: str) -> Mrkdwn:
    """Name a conversation by its id: a channel by its link, which only its members can read."""
    if _CHANNEL.fullmatch(slack_id):
        return Mrkdwn(f"<#{slack_id}>")
    return Mrkdwn("a direct message") if slack_id.startswith("D") else say(slack_id)


def link(address: str, text: str) -> Mrkdwn:
    """Draw a link to a page of our own settings; only its words when the address is not http or https."""
    address, shown = _clean(address), escape.slack_entities(_line(text, BUTTON_TEXT)).replace("|", "/")
    if not is_web_address(address):
        return say(text)
    return Mrkdwn(f"<{escape.slack_entities(address)}|{shown}>")


def is_web_address(address: str) -> bool:
    """Whether an address can stand in a link: http or https, without spaces and marks that would end it."""
    if any(character in address for character in " \n\t|<>\"'`\\()[]"):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def terminal_line(text: str) -> str:
    """One line for the terminal: nothing in it moves the cursor, colours or reverses the line."""
    return escape.one_line(_clean(text))


def markdown_line(text: str) -> str:
    """Draw data as prose in GitHub's Markdown."""
    return escape.markdown(_clean(text))


def markdown_code(text: str) -> str:
    """Draw data as inline code in GitHub's Markdown."""
    return escape.markdown_code(_clean(text))


def markdown_block(text: str, language: LiteralString = "") -> str:
    """Draw a command, a manifest or a log in GitHub's Markdown."""
    return escape.markdown_code_block(_clean(text), language)


def markdown_tail(text: str, lines: int) -> str:
    """Draw the last lines of a log in GitHub's Markdown."""
    return escape.markdown_code_block("\n".join(last_lines(text, lines)))


def markdown_html(text: str) -> str:
    """Draw data between HTML tags in GitHub's Markdown."""
    return escape.html_text(escape.one_line(_clean(text)))


def last_lines(text: str, lines: int) -> tuple[str, ...]:
    """The last lines of a text, or all with 0; redacted as a whole before it is divided."""
    kept = _clean(text).strip("\n").split("\n")
    return tuple(line.expandtabs(8) for line in kept[-lines:])


def plain(text: str, limit: int) -> str:
    """Draw data as a line of plain text, as in a picture and its words; a long one loses its middle."""
    return _without_middle(escape.one_line(_clean(text)), limit)


def data(text: str) -> str:
    """Redact a value for programs, which escape by themselves."""
    return _clean(text)


def file_content(text: str) -> Redacted:
    """Redact the content of a file, and count what is redacted in it, now or on its way here."""
    content = _clean(text)
    return Redacted(content, content.count(MARK))


def file_name(text: str) -> str:
    """Draw the name of a file: letters, digits, dots, dashes, underscores; none begins like an option."""
    line = escape.one_line(_clean(text))
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in line)
    return kept.rstrip("._")[-120:].lstrip("._-") or "exhibit.log"


def utc(at: datetime) -> datetime:
    """A time in UTC; one without a zone is taken for UTC."""
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _clean(text: str) -> str:
    """Redact after the invisible is gone: a secret with something invisible inside is whole again then."""
    return redact_text(escape.visible(text))


def _line(text: str, limit: int) -> str:
    """Redact, then shorten to what could fit, so that drawing a megabyte costs nothing."""
    line = escape.one_line(_clean(text))
    return line if len(line) <= 2 * limit else line[: 2 * limit]


def _without_middle(text: str, size: int) -> str:
    if len(text) <= size:
        return text
    tail = size // 2
    return text[: max(0, size - tail - 1)] + ELLIPSIS + text[len(text) - tail :]
