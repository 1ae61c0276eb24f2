"""A Report as GitHub's Markdown, for incident documents and tickets."""

import re
from collections.abc import Iterable, Sequence
from typing import Final, LiteralString

from bot.render import wording
from bot.render.door import (
    is_web_address,
    markdown_block,
    markdown_code,
    markdown_html,
    markdown_line,
    markdown_tail,
    terminal_line,
    utc,
)
from bot.render.explained import explains_words
from bot.render.tables import cells_of, columns_of
from bot.report import Report, Verdict
from handlers.contract import Exhibit, Table
from rules.finding import Finding, FixStep, Observation

LOG_LINES: Final = 40
BARE_BAR: Final = re.compile(r"(?<!\\)\|")


def render_markdown(report: Report, runbooks: str = "") -> str:
    """Draw the whole report; logs are folded and end with their last lines."""
    sign = wording.SIGNS[report.verdict]
    parts = [f"# {sign} {markdown_line(wording.verdict_sentence(report))}", _place(report)]
    for number, finding in enumerate(report.findings, 1):
        parts += _finding(finding, number, report, runbooks)
    parts += [part for table in report.tables for part in draw_table(table)]
    parts += _fix(wording.next_steps(report), "## What to do next")
    parts += _notes(report, runbooks)
    draw = _page if wording.is_page(report) else _exhibit
    parts += [part for exhibit in report.exhibits for part in draw(exhibit)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _place(report: Report) -> str:
    pieces = [markdown_line(piece) for piece in wording.place_pieces(report)]
    checked = f"checked {utc(report.as_of):%Y-%m-%d %H:%M:%S} UTC in {wording.took_words(report.took_ms)}"
    asked = f"asked: {markdown_code(report.command)}" if report.command else ""
    return " · ".join(piece for piece in (*pieces, checked, asked) if piece)


def _finding(finding: Finding, number: int, report: Report, runbooks: str) -> list[str]:
    titled = number > 1 or wording.headline(report) != finding.summary
    title = [f"## Cause {number}: {markdown_line(finding.summary)}"] if titled else []
    cause = f"**Cause** ({markdown_line(finding.confidence)})  {markdown_line(finding.cause)}"
    seen = [_observation(item, report) for item in finding.evidence]
    effect = f"**Effect**  {markdown_line(finding.effect)}" if finding.effect else ""
    book = f"**Runbook**  {runbook_link(finding.runbook, runbooks)}" if finding.runbook else ""
    explained = _listed("**Also explains**", map(markdown_line, explains_words(finding)))
    return [
        *title,
        cause,
        explained,
        _numbered("**Evidence**", seen),
        effect,
        *_fix(finding.fix, "**Fix**"),
        book,
    ]


def _observation(seen: Observation, report: Report) -> str:
    where = markdown_line(wording.read_where(seen, report.as_of))
    if wording.is_quote(seen):
        return f"{where}: {markdown_code(seen.text)}"
    return f"{markdown_line(seen.text)} ({where})" if where else markdown_line(seen.text)


def _fix(steps: Sequence[FixStep], title: LiteralString) -> list[str]:
    return [_numbered(title, [_step(step) for step in steps])]


def _step(step: FixStep) -> str:
    mark = f" ✏️ {markdown_line(wording.changes_words(step))}" if step.changes else ""
    command = markdown_block(step.run, "bash") if step.run.strip() else ""
    manifest = markdown_block(step.show, "yaml") if step.show.strip() else ""
    return "\n\n".join(part for part in (markdown_line(step.say) + mark, command, manifest) if part)


def _numbered(title: LiteralString, items: Sequence[str]) -> str:
    if not items:
        return ""
    lines = [_indented(f"{number}. {item}") for number, item in enumerate(items, 1)]
    return "\n\n".join((title, "\n".join(lines)))


def _indented(item: str) -> str:
    """Continue an item under its number; empty lines stay empty."""
    first, *rest = item.split("\n")
    return "\n".join([first, *(f"   {line}" if line else "" for line in rest)])


def runbook_link(runbook: str, base: str) -> str:
    """A link to a runbook under the address of the runbooks; without one the command that prints it."""
    name, address = markdown_line(wording.runbook_name(runbook)), wording.runbook_address(runbook, base)
    if not address:
        return markdown_code(wording.runbook_command(runbook))
    address = terminal_line(address)
    return f"[{name}](<{address}>)" if is_web_address(address) else name


def _notes(report: Report, runbooks: str) -> list[str]:
    checked = wording.checked_words(report) if report.verdict is Verdict.HEALTHY else ""
    undecided = [wording.undecided_words([item], 1) for item in report.undecided]
    return [
        f"**Checked**  {markdown_line(checked)}" if checked else "",
        _listed("**Also noticed**", (_minor(finding, runbooks) for finding in report.also_noticed)),
        _listed("**Not checked**", (markdown_line(wording.gap_words([gap], 1)) for gap in report.gaps)),
        _listed("**Could not tell**", (markdown_line(words) for words in undecided)),
    ]


def _minor(finding: Finding, runbooks: str) -> str:
    book = f" Runbook: {runbook_link(finding.runbook, runbooks)}" if finding.runbook else ""
    return f"{markdown_line(finding.summary)}. {markdown_line(finding.cause)}{book}"


def _listed(title: LiteralString, items: Iterable[str]) -> str:
    lines = [f"- {item}" for item in items]
    return "\n\n".join((title, "\n".join(lines))) if lines else ""


def draw_table(table: Table) -> list[str]:
    """A table of pipes under its title; an empty one is its title."""
    rows = [_cells(row) for row in cells_of(table)]
    note = f" ({markdown_line(table.note)})" if table.note else ""
    head = [_cells(columns_of(table)), _cells(["---"] * len(table.columns))]
    return [f"**Table**  {markdown_line(table.title)}{note}", "\n".join([*head, *rows]) if rows else ""]


def _cells(cells: Sequence[str]) -> str:
    """One row; a bar within inline code would end its cell as well (GitHub's Markdown, section 4.10)."""
    drawn = [cell if cell == "---" else BARE_BAR.sub(r"\|", markdown_line(cell)) or " " for cell in cells]
    return f"| {' | '.join(drawn)} |"


def _page(exhibit: Exhibit) -> list[str]:
    return [markdown_tail(exhibit.text, 0)]


def _exhibit(exhibit: Exhibit) -> list[str]:
    note = f": {markdown_line(exhibit.note)}" if exhibit.note else ""
    summary = f"<details><summary>{markdown_html(exhibit.title)}</summary>"
    tail = markdown_tail(exhibit.text, LOG_LINES)
    return [summary, f"{markdown_code(exhibit.filename)}{note}", tail, "</details>"]
