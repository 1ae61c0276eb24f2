"""A digest as GitHub's Markdown, for tickets and documents."""

from collections.abc import Iterable
from typing import Final, LiteralString

from bot.changes import Digest, Entry
from bot.render import wording
from bot.render.digest import words
from bot.render.digest.hygiene import hygiene_table
from bot.render.digest.listing import shown_table
from bot.render.door import markdown_block, markdown_line, utc
from bot.render.markdown import draw_table, runbook_link
from bot.render.overview import SHOWN, SIGNS
from bot.report import Verdict
from handlers.parts import PartState

ITEMS: Final = 10
"""Objects in trouble that are named for one part of the platform."""


def render_digest_markdown(digest: Digest, runbooks: str = "") -> str:
    """Draw the whole digest: the first causes in a few lines each, the others in a table; a quiet day in one.

    Args:
        digest: plain text, neither redacted nor escaped.
        runbooks: web address of the runbooks' folder; empty shows the commands that print them.
    """
    if digest.quiet:
        return f"# {wording.SIGNS[digest.verdict]} {markdown_line(words.quiet_line(digest))}\n"
    first = digest.awake[:SHOWN]
    more = shown_table(digest, len(first))
    blind = digest.verdict is Verdict.UNKNOWN
    parts = [
        f"# {markdown_line(words.headline(digest))}",
        _place(digest),
        _listed("", digest.notes),
        *(_unread(digest) if blind else ()),
        *(text for number, entry in enumerate(first, 1) for text in _entry(entry, number, digest, runbooks)),
        *(draw_table(more) if more.rows else ()),
        _platform(digest),
        _listed("## Resolved", (words.resolved_words(gone, digest) for gone in digest.resolved)),
        _listed("## Could not be looked for, so not called resolved", words.why_each(digest.unseen)),
        *(() if blind else _unread(digest)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def render_hygiene_markdown(digest: Digest) -> str:
    """Draw what could be tidied up; empty where there is nothing."""
    table = hygiene_table(digest)
    return "\n\n".join(draw_table(table)) + "\n" if table else ""


def _place(digest: Digest) -> str:
    report = digest.report
    pieces = (words.since_words(digest), *words.scope_pieces(digest), *report.checked)
    checked = f"checked {utc(report.as_of):%Y-%m-%d %H:%M:%S} UTC in {wording.took_words(report.took_ms)}"
    return " · ".join((*map(markdown_line, pieces), checked))


def _entry(entry: Entry, number: int, digest: Digest, runbooks: str) -> list[str]:
    found, tag = entry.finding, words.tag(entry, digest)
    mark = f"**{tag}** " if tag else ""
    title = f"## {SIGNS[entry.severity]} {number}. {mark}{markdown_line(found.summary)}"
    state = markdown_line(" · ".join(words.entry_pieces(entry, digest)))
    book = f"**Runbook**  {runbook_link(found.runbook, runbooks)}" if found.runbook else ""
    return [title, state, *_fix(entry), book]


def _fix(entry: Entry) -> list[str]:
    step = words.first_step(entry.finding)
    if step is None:
        return []
    mark = f" ✏️ {markdown_line(wording.changes_words(step))}" if step.changes else ""
    run = markdown_block(step.run, "bash") if step.run.strip() else ""
    return [f"**Fix**  {markdown_line(step.say)}{mark}", run]


def _platform(digest: Digest) -> str:
    signs = ((PartState.TROUBLE, "🟠"), (PartState.UNKNOWN, "⚪"), (PartState.FINE, "🟢"))
    lines = [
        f"{sign} {words.part_words(part, ITEMS)}"
        for state, sign in signs
        for part in words.in_state(digest, state)
    ]
    absent = words.names(words.in_state(digest, PartState.ABSENT))
    return _listed("## Platform", (*lines, f"Not here: {absent}" if absent else ""))


def _unread(digest: Digest) -> tuple[str, ...]:
    """What was not read; and where that leaves the state open, what could not be told."""
    doubts = digest.report.undecided if digest.verdict is Verdict.UNKNOWN else ()
    return (
        _listed("## Not read", (words.gap_words([gap], 1) for gap in digest.gaps)),
        _listed("## Could not tell", (wording.undecided_words([doubt], 1) for doubt in doubts)),
    )


def _listed(title: LiteralString, items: Iterable[str]) -> str:
    lines = "\n".join(f"- {markdown_line(item)}" for item in items if item)
    return "\n\n".join(part for part in (title, lines) if part) if lines else ""
