"""What goes into the thread of an answer: further findings in full, excerpts of logs, and files."""

from collections.abc import Sequence
from typing import Final

from bot.render import wording
from bot.render.clamp import Page, finish, paginate
from bot.render.door import Mrkdwn, code_pages, excerpt, file_content, file_name, join, own, say
from bot.render.elements import Divider, section
from bot.render.explained import explains_words
from bot.render.findings import MAIN_EVIDENCE, MAIN_EXPLAINED, Drawn, View, whole
from bot.render.limits import THREAD_MESSAGES
from bot.render.markdown import render_markdown
from bot.render.message import SlackAnswer, SlackFile, SlackMessage
from bot.render.overview import SHOWN, causes
from bot.report import Report, Verdict
from handlers.contract import Exhibit
from rules.finding import Finding

EXCERPT_LINES: Final = 12
_EXCERPT = 2_400
_TITLE = 500
_PAGES = 9
"""Blocks of a text to read: what one message and its thread hold."""


def follow_up(
    report: Report, overflow: Page, view: View
) -> tuple[tuple[SlackMessage, ...], tuple[SlackFile, ...]]:
    """Make the thread's messages and files of a report; `overflow` is what the answer itself had no room for.

    Nothing follows a healthy answer: it is one line, and the Logs button is there.
    """
    drawn = [Drawn(overflow)]
    if report.findings or report.verdict is not Verdict.HEALTHY:
        drawn += [*_details(report, view), _exhibits(report.exhibits)]
    pages = paginate([block for part in drawn for block in part.blocks])
    files = tuple(file for part in drawn for file in part.files)
    if len(pages) > THREAD_MESSAGES or _is_long(report):
        pages = pages[:THREAD_MESSAGES]
        content = file_content(render_markdown(report, runbooks=view.runbooks)).text
        files += (SlackFile("report.md", "The whole report", content),)
    text = say(f"Details: {wording.headline(report)}", 300)
    return tuple(finish(text, page) for page in pages), files


def logs_message(exhibits: Sequence[Exhibit]) -> SlackAnswer:
    """What the Logs button posts: the end of each log, and the logs as files."""
    drawn = _exhibits(exhibits)
    if not drawn.blocks:
        text = own("No logs were read for this question.")
        return SlackAnswer(finish(text, [section(text)]))
    text = say(f"Logs: {', '.join(exhibit.title for exhibit in exhibits)}", 300)
    first, *rest = [finish(text, page) for page in paginate(drawn.blocks)]
    return SlackAnswer(first, tuple(rest[: THREAD_MESSAGES - 1]), drawn.files)


def page(exhibit: Exhibit) -> Drawn:
    """A text to read, from its beginning, in blocks of code; a long one as a file too."""
    pieces = code_pages(exhibit.text, _EXCERPT)
    files = (exhibit_file(exhibit),) if len(pieces) > _PAGES else ()
    return Drawn(tuple(section(piece) for piece in pieces[:_PAGES]), files)


def _is_long(report: Report) -> bool:
    return report.overview and len(report.findings) > SHOWN


def _details(report: Report, view: View) -> list[Drawn]:
    """Causes in full; of very many, the others in a few lines each, for the file has all of them in full."""
    if _is_long(report):
        return [Drawn((Divider(), *causes(report.findings[SHOWN:], SHOWN + 1)))]
    if report.overview:
        return [_detail(finding, view) for finding in (*report.findings, *report.also_noticed)]
    first = report.findings[:1]
    long = [finding for finding in first if _is_shortened(finding)]
    return [_detail(finding, view) for finding in (*long, *report.findings[1:], *report.also_noticed)]


def _is_shortened(finding: Finding) -> bool:
    return len(finding.evidence) > MAIN_EVIDENCE or len(explains_words(finding)) > MAIN_EXPLAINED


def _detail(finding: Finding, view: View) -> Drawn:
    drawn = whole(finding, view, evidence=len(finding.evidence))
    title = (
        own("🔎 ")
        + say(finding.summary, _TITLE)
        + own("  (")
        + say(f"{finding.severity} severity")
        + own(")")
    )
    return Drawn((Divider(), section(title), *drawn.blocks), drawn.files)


def _exhibits(exhibits: Sequence[Exhibit]) -> Drawn:
    blocks: list[Page] = []
    files: list[SlackFile] = []
    for exhibit in exhibits:
        end = excerpt(exhibit.text, EXCERPT_LINES, _EXCERPT)
        blocks.append((section(_exhibit_title(exhibit, whole=end.whole)), section(end.block)))
        if not end.whole:
            files.append(exhibit_file(exhibit))
    return Drawn(tuple(block for page in blocks for block in page), tuple(files))


def _exhibit_title(exhibit: Exhibit, *, whole: bool) -> Mrkdwn:
    rest = own("") if whole else own("the end of it; all of it is in the file")
    return own("📄 ") + join(" · ", (say(exhibit.title, _TITLE), say(exhibit.note, _TITLE), rest))


def exhibit_file(exhibit: Exhibit) -> SlackFile:
    """Make a file that begins with what it shows, what was left out and how much was redacted."""
    content = file_content(exhibit.text)
    shown = ", ".join(part for part in (exhibit.note, wording.redacted_words(content.count)) if part)
    first = file_content(f"# {exhibit.title}: {shown}").text.replace("\n", " ")
    title = file_content(exhibit.title).text.replace("\n", " ")[:_TITLE]
    name = file_name(exhibit.filename)
    return SlackFile(name, title or name, f"{first}\n{content.text}")
