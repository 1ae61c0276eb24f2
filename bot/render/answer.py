"""A Report as a Slack answer: verdict first, one cause in full, two in short, the rest in the thread."""

from typing import Final

from bot.render import wording
from bot.render.clamp import Page, finish, split
from bot.render.door import Mrkdwn, join, label, moment, own, say
from bot.render.elements import Actions, Button, button, context, header, section
from bot.render.findings import MAIN_EVIDENCE, MAIN_EXPLAINED, Drawn, View, fix, short, whole
from bot.render.limits import HEADER_TEXT, OWN_TEXT
from bot.render.message import (
    ACTION_LOGS,
    ACTION_RERUN,
    NO_BUTTONS,
    Buttons,
    SlackAnswer,
)
from bot.render.overview import SHOWN, causes
from bot.render.tables import slack_table
from bot.render.thread import follow_up, page
from bot.report import Report, Verdict

FURTHER_CAUSES: Final = 2
_NOTE = 450
_ABOUT = 900


def answer(report: Report, buttons: Buttons = NO_BUTTONS, runbooks: str = "") -> SlackAnswer:
    """Draw the answer to one question; every message within Slack's limits.

    Args:
        report: plain text, neither redacted nor escaped.
        buttons: opaque values; an empty one leaves its button out.
        runbooks: web address of the runbooks' folder; empty shows their names only.
    """
    view = View(report.as_of, runbooks)
    body = _body(report, view)
    main = split(_head(report), body.blocks, (*_notes(report), *_actions(buttons)))
    thread, files = follow_up(report, main.rest, view)
    return SlackAnswer(finish(_notification(report), main.page), thread, body.files + files)


def _notification(report: Report) -> Mrkdwn:
    words = f"{wording.SIGNS[report.verdict]} {wording.verdict_sentence(report)}"
    if report.cluster:
        words += f" · {report.cluster}"
    if report.findings and report.overview:
        words += f" · First: {report.findings[0].summary}"
    elif report.findings and report.findings[0].fix:
        words += f" · Next: {report.findings[0].fix[0].say}"
    return say(words, OWN_TEXT)


def _head(report: Report) -> Page:
    sign, sentence = wording.SIGNS[report.verdict], wording.headline(report)
    title = label(f"{sign} {sentence}", HEADER_TEXT)
    if report.verdict is Verdict.HEALTHY and not report.findings:
        return (section(say(f"{sign} {sentence}")), context(_place(report)))
    if title == label(f"{sign} {sentence}", 2 * len(sentence) + HEADER_TEXT):
        return (header(title), context(_place(report)))
    return (header(title), section(say(sentence)), context(_place(report)))


def _place(report: Report) -> Mrkdwn:
    checked = own("checked ") + moment(report.as_of) + own(" in ") + say(wording.took_words(report.took_ms))
    about = say(" · ".join(wording.place_pieces(report)), _ABOUT)
    return join(" · ", (about, checked))


def _body(report: Report, view: View) -> Drawn:
    parts = (_causes(report, view), *map(slack_table, report.tables), *_pages(report))
    blocks = tuple(block for part in parts for block in part.blocks)
    return Drawn(blocks, tuple(file for part in parts for file in part.files))


def _causes(report: Report, view: View) -> Drawn:
    if not report.findings:
        return fix(wording.next_steps(report), own("*What to do next*"), "next")
    if report.overview:
        return Drawn(causes(report.findings[:SHOWN]))
    first, *further = report.findings
    drawn = whole(first, view, evidence=MAIN_EVIDENCE, explained=MAIN_EXPLAINED)
    more = tuple(section(short(finding)) for finding in further[:FURTHER_CAUSES])
    return Drawn(drawn.blocks + more, drawn.files)


def _pages(report: Report) -> tuple[Drawn, ...]:
    """What was asked to be read, from its beginning."""
    return tuple(page(exhibit) for exhibit in report.exhibits) if wording.is_page(report) else ()


def _notes(report: Report) -> Page:
    """What was noticed beside, not checked, and could not be told; a healthy answer says what was checked."""
    checked = wording.checked_words(report) if report.verdict is Verdict.HEALTHY else ""
    beside = len(report.findings) - (SHOWN if report.overview else 1 + FURTHER_CAUSES)
    notes = (
        _note("Checked", checked),
        _note("More causes", f"{beside} in the thread" if beside > 0 else ""),
        _note("Also noticed", wording.noticed_words(report.also_noticed, 3)),
        _note("Not checked", wording.gap_words(report.gaps, 4)),
        _note("Could not tell", wording.undecided_words(report.undecided, 3)),
    )
    return (context(join("\n", notes)),) if any(notes) else ()


def _note(title: str, words: str) -> Mrkdwn:
    return say(f"{title}:") + own(" ") + say(words, _NOTE) if words else own("")


def _actions(buttons: Buttons) -> Page:
    shown: list[Button] = []
    if buttons.logs:
        shown.append(button(label("Logs"), ACTION_LOGS, buttons.logs))
    if buttons.rerun:
        shown.append(button(label("Re-run"), ACTION_RERUN, buttons.rerun))
    return (Actions(tuple(shown)),) if shown else ()
