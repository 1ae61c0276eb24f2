"""A digest as a Slack message: what changed, how long the rest has been so, and one line on a quiet day."""

from collections.abc import Sequence
from typing import Final

from bot.changes import Digest
from bot.render.clamp import Page, finish, split
from bot.render.digest import words
from bot.render.digest.causes import causes
from bot.render.digest.listing import full_list
from bot.render.digest.view import DigestView
from bot.render.door import Mrkdwn, join, label, moment, own, say
from bot.render.elements import context, header, section
from bot.render.limits import HEADER_TEXT, OWN_TEXT, length
from bot.render.message import SlackAnswer
from bot.render.wording import SIGNS, some, took_words, undecided_words
from bot.report import Verdict
from handlers.parts import PartState

GAPS: Final = 4
"""Sources that were not read, as the message names them; all of them are in its thread."""
_GONE: Final = 4
_ITEMS: Final = 1
_NOTE = 350
_PARTS = 2_300
_LINE = 180


def digest_message(digest: Digest, look: DigestView, mark: str = "") -> SlackAnswer:
    """Draw a digest within Slack's limits; drawn again when causes clear, it is the same message edited.

    Args:
        digest: plain text, neither redacted nor escaped.
        look: buttons, people and what has cleared since.
        mark: block_id of the first block, by which the message is found again; at most 255 characters.
    """
    if digest.quiet:
        return _quiet(digest, mark)
    unread, blind = _unread(digest), digest.verdict is Verdict.UNKNOWN
    head = (*_head(digest, look, mark), *(unread if blind else ()))
    tail = (*_platform(digest), *_gone(digest), *(() if blind else unread))
    main = split(head, causes(digest, look, head + tail), tail)
    thread, files = full_list(digest, GAPS)
    return SlackAnswer(finish(_notification(digest, look), main.page), thread, files)


def _quiet(digest: Digest, mark: str) -> SlackAnswer:
    """One line, without a thread and without files."""
    begin = say(f"{SIGNS[digest.verdict]} {words.quiet_begin(digest)}", _LINE)
    since = own(" since ") + moment(digest.before) if digest.before else own("")
    rest = [say(piece, _LINE) for piece in words.quiet_pieces(digest)]
    line = section(join("; ", (begin + since, *rest)), mark)
    return SlackAnswer(finish(join("; ", (begin, *rest)), [line]))


def _notification(digest: Digest, look: DigestView) -> Mrkdwn:
    """The counts, and the first cause that has not cleared, or what could not be read."""
    left = (entry for entry in digest.awake if entry.finding.fingerprint not in look.cleared)
    first = next((f" · First: {entry.finding.summary}" for entry in left), "")
    blind = digest.verdict is Verdict.UNKNOWN and digest.gaps
    unread = f" · Not read: {words.gap_words(digest.gaps, 1)}" if blind and not first else ""
    return say(words.headline(digest, look.cleared) + first + unread, OWN_TEXT)


def _head(digest: Digest, look: DigestView, mark: str) -> Page:
    line = words.headline(digest, look.cleared)
    title = label(line, HEADER_TEXT)
    whole = () if title == label(line, OWN_TEXT) else (section(say(line, OWN_TEXT)),)
    notes = _titled(own("⏰ "), say(" · ".join(digest.notes), _NOTE))
    return (header(title, mark), *whole, context(_place(digest, look)), *_small(notes))


def _place(digest: Digest, look: DigestView) -> Mrkdwn:
    """Since when, of what, when it was looked, and when the digest comes."""
    since = own("since ") + moment(digest.before) if digest.before else say(words.FIRST)
    about = say(" · ".join((*words.scope_pieces(digest), *digest.report.checked)), _NOTE)
    took = say(took_words(digest.report.took_ms))
    checked = own("checked ") + moment(digest.report.as_of) + own(" in ") + took
    return join(" · ", (since, about, checked, say(look.slot, 100)))


def _platform(digest: Digest) -> Page:
    """A line for each part in trouble or not known; those that are fine, or not there, in one line."""
    lines = [
        say(f"{sign} {words.part_words(part, _ITEMS)}", _LINE)
        for state, sign in ((PartState.TROUBLE, "🟠"), (PartState.UNKNOWN, "⚪"))
        for part in words.in_state(digest, state)
    ]
    fine = say(words.names(words.in_state(digest, PartState.FINE)), _NOTE)
    absent = say(words.names(words.in_state(digest, PartState.ABSENT)), _NOTE)
    rest = (_titled(own("🟢 Fine: "), fine), _titled(own("Not here: "), absent))
    whole = (section(join("\n", (own("*Platform*"), *_as_many(lines)))),) if lines else ()
    return (*whole, *_small(join(" · ", rest)))


def _as_many(lines: Sequence[Mrkdwn]) -> list[Mrkdwn]:
    """The first lines that fit together, and how many more there are."""
    kept: list[Mrkdwn] = []
    for line in lines:
        if length(join("\n", (*kept, line)).text) > _PARTS:
            return [*kept, say(f"… and {len(lines) - len(kept)} more")]
        kept.append(line)
    return kept


def _gone(digest: Digest) -> Page:
    """What is resolved, and what may still be there though it could not be looked for."""
    resolved = some([words.resolved_words(gone, digest) for gone in digest.resolved], _GONE, "; ")
    unseen = words.unseen_words(digest.unseen, _GONE)
    texts = (
        _titled(own("✅ *Resolved*  "), say(resolved, _NOTE)),
        _titled(own("⚪ *Could not be looked for*, so not called resolved:  "), say(unseen, _NOTE)),
    )
    return tuple(section(text) for text in texts if text)


def _unread(digest: Digest) -> Page:
    """What was not read; where that leaves the state open, it stands first and in full size."""
    blind = digest.verdict is Verdict.UNKNOWN
    doubts = undecided_words(digest.report.undecided, 3) if blind else ""
    texts = (
        _titled(own("Not read: "), say(words.gap_words(digest.gaps, GAPS), _NOTE)),
        _titled(own("Could not tell: "), say(doubts, _NOTE)),
    )
    text = join("\n", texts)
    return (section(own("⚠️ ") + text),) if text and blind else _small(text)


def _titled(title: Mrkdwn, text: Mrkdwn) -> Mrkdwn:
    return title + text if text else text


def _small(text: Mrkdwn) -> Page:
    return (context(text),) if text else ()
