"""The order in which a digest is drawn for the terminal."""

from collections.abc import Mapping
from typing import Final, LiteralString

from bot.changes import Digest, Entry
from bot.render import wording
from bot.render.digest import words
from bot.render.digest.hygiene import hygiene_table
from bot.render.digest.listing import change_words, shown_table
from bot.render.door import utc
from bot.render.overview import SHOWN
from bot.render.paper import Paper
from bot.render.terminal_report import SEVERITIES, VERDICTS, draw_table
from bot.report import Verdict
from handlers.parts import PartState
from rules.finding import Severity

_ITEM: Final = 8
"""Columns before an object in trouble, below its part of the platform."""
_STYLES: Final[Mapping[PartState, tuple[str, str]]] = {
    PartState.TROUBLE: ("!", "yellow"),
    PartState.UNKNOWN: ("?", "magenta"),
    PartState.FINE: ("✓", "green"),
}


def draw_digest(digest: Digest, paper: Paper, runbooks: str = "") -> None:
    """Draw what changed, the first causes in a few lines each, the others in a table; a quiet day in one.

    `runbooks` is the web address of the runbooks; without it they are printed by a command.
    """
    state, style = VERDICTS[digest.verdict]
    if digest.verdict is Verdict.HEALTHY and digest.min_severity.rank < Severity.LOW.rank:
        state = "✓ FINE"  # less grave causes are not told
    paper.banner(state, words.quiet_line(digest) if digest.quiet else words.sentence(digest), style)
    if not digest.quiet:
        _draw(digest, paper, runbooks)


def draw_hygiene(digest: Digest, paper: Paper) -> None:
    """Draw what could be tidied up; nothing where there is nothing."""
    table = hygiene_table(digest)
    if table:
        draw_table(table, paper)


def _draw(digest: Digest, paper: Paper, runbooks: str) -> None:
    blind = digest.verdict is Verdict.UNKNOWN
    paper.prose(_place(digest), indent=2, style="dim")
    for note in digest.notes:
        paper.prose(note, indent=2, style="yellow")
    if blind:
        _unread(digest, paper)
    first = digest.awake[:SHOWN]
    for number, entry in enumerate(first, 1):
        _entry(entry, number, digest, paper, runbooks)
    more = shown_table(digest, len(first))
    if more.rows:
        draw_table(more, paper)
    _platform(digest, paper)
    _gone(digest, paper)
    if not blind:
        _unread(digest, paper)


def _place(digest: Digest) -> str:
    report = digest.report
    checked = f"checked {utc(report.as_of):%Y-%m-%d %H:%M:%S} UTC in {wording.took_words(report.took_ms)}"
    return " · ".join((words.since_words(digest), *words.scope_pieces(digest), *report.checked, checked))


def _entry(entry: Entry, number: int, digest: Digest, paper: Paper, runbooks: str) -> None:
    found = entry.finding
    paper.gap()
    paper.point(number, found.summary, SEVERITIES[entry.severity])
    change = change_words(entry, digest)
    paper.beside("state", " · ".join((change, *words.entry_pieces(entry, digest))))
    step = words.first_step(found)
    if step:
        paper.beside("fix", step.say)
        if step.run.strip():
            paper.command(step.run)
    if found.runbook:
        address = wording.runbook_address(found.runbook, runbooks)
        paper.beside("runbook", address or wording.runbook_command(found.runbook))
    paper.beside("rule", f"{found.rule} · {found.fingerprint}")


def _platform(digest: Digest, paper: Paper) -> None:
    if not digest.parts:
        return
    paper.gap()
    paper.title("Platform")
    for state, (sign, style) in _STYLES.items():
        for part in words.in_state(digest, state):
            paper.prose(f"{sign} {words.part_words(part, 0)}", style=style)
            for item in part.items:
                paper.prose(f"- {item}", indent=_ITEM)
    absent = words.names(words.in_state(digest, PartState.ABSENT))
    if absent:
        paper.prose(f"not here: {absent}", style="dim")


def _gone(digest: Digest, paper: Paper) -> None:
    resolved = [words.resolved_words(gone, digest) for gone in digest.resolved]
    _list("Resolved", resolved, paper)
    _list("Could not be looked for, so not called resolved", words.why_each(digest.unseen), paper)


def _unread(digest: Digest, paper: Paper) -> None:
    """What was not read; and where that leaves the state open, what could not be told."""
    doubts = digest.report.undecided if digest.verdict is Verdict.UNKNOWN else ()
    _list("Not read", [words.gap_words([gap], 1) for gap in digest.gaps], paper)
    _list("Could not tell", [wording.undecided_words([doubt], 1) for doubt in doubts], paper)


def _list(title: LiteralString, lines: list[str], paper: Paper) -> None:
    if lines:
        paper.gap()
        paper.title(title)
    for line in lines:
        paper.prose(line)
