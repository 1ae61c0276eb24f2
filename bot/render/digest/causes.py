"""The first causes of a digest in Slack: each in a few lines, with its buttons below."""

from collections.abc import Sequence
from typing import Final

from bot.changes import Digest, Entry
from bot.render.clamp import Page, size
from bot.render.digest import words
from bot.render.digest.view import DigestView
from bot.render.door import Mrkdwn, join, label, link, mention, moment, own, say
from bot.render.elements import Actions, Section, button, context, section, select
from bot.render.limits import OWN_BLOCKS, OWN_CHARACTERS, OWN_TEXT
from bot.render.message import ACTION_DIAGNOSE, ACTION_SNOOZE
from bot.render.overview import SHOWN, SIGNS
from bot.render.wording import runbook_address

PEOPLE: Final = 3
"""People mentioned for one cause; more is a crowd."""
_SUMMARY = 250
_LINE = 200


def causes(digest: Digest, look: DigestView, around: Page) -> Page:
    """Draw the first causes, and the buttons of as many as there is room for beside what is `around`."""
    first = digest.awake[:SHOWN]
    told = [(_cause(entry, number, digest, look), _row(entry, look)) for number, entry in enumerate(first, 1)]
    more = len(digest.awake) - len(first)
    rest = (context(say(f"… and {more:,} more in the thread")),) if more else ()
    pages = ((*_with_rows(told, rows), *rest) for rows in range(len(told), 0, -1))
    return next((page for page in pages if _fits(around + page)), (*_with_rows(told, 0), *rest))


def _with_rows(told: Sequence[tuple[Section, Page]], rows: int) -> Page:
    return tuple(
        block
        for number, (cause, row) in enumerate(told)
        for block in (cause, *(row if number < rows else ()))
    )


def _fits(blocks: Page) -> bool:
    return len(blocks) <= OWN_BLOCKS and sum(map(size, blocks)) <= OWN_CHARACTERS - OWN_TEXT


def _cause(entry: Entry, number: int, digest: Digest, look: DigestView) -> Section:
    summary = say(entry.finding.summary or entry.finding.rule, _SUMMARY)
    at = look.cleared.get(entry.finding.fingerprint)
    if at is not None:
        return section(own("~") + summary + own("~ ✅ cleared ") + moment(at))
    tag = words.tag(entry, digest)
    lead = say(f"{SIGNS[entry.severity]} {number}.") + own(" ") + own(f"*{tag}* " if tag else "")
    return section(join("\n", (lead + summary, _state(entry, digest, look), _fix(entry, look))))


def _state(entry: Entry, digest: Digest, look: DigestView) -> Mrkdwn:
    """How bad, how much, how long, and who looks after it."""
    ids = dict.fromkeys(look.owners.get(entry.finding.fingerprint, ()))
    people = [person for person in map(mention, ids) if person][:PEOPLE]
    return join(" · ", (say(" · ".join(words.entry_pieces(entry, digest)), _LINE), join(" ", people)))


def _fix(entry: Entry, look: DigestView) -> Mrkdwn:
    """What to do in one line, and the way to the runbook."""
    step = say(words.first_fix(entry.finding), _LINE)
    address = runbook_address(entry.finding.runbook, look.runbooks)
    book = link(address, "runbook") if address and len(address) <= _LINE else own("")
    return join(" · ", (own("→ ") + step if step else step, book))


def _row(entry: Entry, look: DigestView) -> Page:
    """Diagnose and Snooze; nothing below what has cleared."""
    name = entry.finding.fingerprint
    if name in look.cleared:
        return ()
    value, options = look.diagnose.get(name, ""), look.snooze.get(name, ())
    lines = tuple((label(text), choice) for text, choice in options)
    diagnose = (button(label("Diagnose"), ACTION_DIAGNOSE, value),) if value else ()
    snooze = (select(label("Snooze"), ACTION_SNOOZE, lines),) if lines else ()
    return (Actions((*diagnose, *snooze)),) if diagnose or snooze else ()
