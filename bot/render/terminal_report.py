"""The order in which a Report, or a refusal, is drawn for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Final, LiteralString

from bot.render import wording
from bot.render.door import last_lines, utc
from bot.render.excerpt import excerpt
from bot.render.explained import counts_words, explains_words
from bot.render.paper import Paper
from bot.render.refusal import LISTED, Paste, RefusalWords, candidate_words
from bot.render.tables import cells_of
from bot.report import Report, Verdict
from handlers.contract import Exhibit, Table
from rules.finding import Finding, FixStep, Observation, Severity

VERDICTS: Final[Mapping[Verdict, tuple[LiteralString, str]]] = {
    Verdict.BROKEN: ("✗ BROKEN", "bold red"),
    Verdict.DEGRADED: ("! DEGRADED", "bold yellow"),
    Verdict.HEALTHY: ("✓ HEALTHY", "bold green"),
    Verdict.UNKNOWN: ("? UNKNOWN", "bold magenta"),
}
SEVERITIES: Final[Mapping[Severity, str]] = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "bold red",
    Severity.MEDIUM: "bold yellow",
    Severity.LOW: "bold blue",
    Severity.INFO: "bold blue",
}
_LOG_LINES: Final = 12
_EXPLAINED: Final = 8


def draw_report(report: Report, paper: Paper, runbooks: str = "") -> None:
    """Draw the verdict, the causes in full, what was noticed and not checked, and the ends of logs.

    `runbooks` is the web address of the runbooks; without it they are printed by a command.
    """
    words, style = VERDICTS[report.verdict]
    sentence = wording.headline(report)
    paper.banner("✓" if sentence == report.said else words, sentence, style)
    paper.prose(_place(report), indent=2, style="dim")
    if report.overview:
        _causes(report, paper)
    else:
        _findings(report, paper, runbooks)
    _fix("What to do next", wording.next_steps(report), paper)
    for table in report.tables:
        draw_table(table, paper)
    _notes(report, paper)
    draw = _page if wording.is_page(report) else _exhibit
    for exhibit in report.exhibits:
        draw(exhibit, paper)


def _findings(report: Report, paper: Paper, runbooks: str) -> None:
    for number, finding in enumerate(report.findings):
        _finding(finding, report, paper, first=number == 0)
        _runbook(finding, paper, runbooks)


def _causes(report: Report, paper: Paper) -> None:
    """Each cause in a few lines, and its first step; the fingerprint finds it again in `-o json`."""
    for number, finding in enumerate(report.findings, 1):
        paper.gap()
        paper.point(number, finding.summary, SEVERITIES[wording.worst(finding)])
        counts = counts_words(finding)
        if counts:
            paper.beside("explains", counts)
        for step in finding.fix[:1]:
            paper.beside("first", step.say)
            if step.run.strip():
                paper.command(step.run)
        paper.beside("rule", f"{finding.rule} · {wording.worst(finding)} · {finding.fingerprint}")


def draw_table(table: Table, paper: Paper) -> None:
    """Draw a table under its title; an empty one is its title."""
    paper.gap()
    paper.heading(table.title, table.note)
    if table.rows:
        paper.table(table.columns, cells_of(table), judged=table.judged)


def _page(exhibit: Exhibit, paper: Paper) -> None:
    paper.gap()
    paper.verbatim(exhibit.text, len(exhibit.text.splitlines()) + 1)


def draw_refusal(words: RefusalWords, paper: Paper, paste: Paste) -> None:
    """Draw why there is no answer, what to do, and what was probably meant, as commands to paste."""
    first, *more = last_lines(words.sentence, 0)
    paper.banner("✗", first, "bold red")
    for line in more:
        paper.prose(line, indent=3)
    if words.advice:
        paper.prose(words.advice, indent=3)
    for number, candidate in enumerate(words.candidates[:LISTED], 1):
        paper.item(number, candidate_words(candidate))
        paper.command(paste.candidate(candidate))
    rest = len(words.candidates) - LISTED
    if rest > 0:
        paper.prose(f"… and {rest} more")
    if words.suggestion:
        paper.prose("Did you mean:", indent=3)
        paper.command(paste.suggestion(words.suggestion))


def _place(report: Report) -> str:
    checked = f"checked {utc(report.as_of):%Y-%m-%d %H:%M:%S} UTC in {wording.took_words(report.took_ms)}"
    return " · ".join((*wording.place_pieces(report), checked))


def _finding(finding: Finding, report: Report, paper: Paper, *, first: bool) -> None:
    if not first:
        paper.gap()
        paper.banner("ALSO", finding.summary, "bold yellow")
    paper.gap()
    paper.title("Cause", wording.confidence_words(finding))
    paper.prose(finding.cause or finding.summary)
    if finding.explains:
        paper.gap()
        paper.title("Also explains")
        for piece in explains_words(finding, _EXPLAINED):
            paper.prose(piece)
    if finding.evidence:
        paper.gap()
        paper.title("Evidence")
    for number, seen in enumerate(finding.evidence, 1):
        _observation(seen, number, report, paper)
    if finding.effect:
        paper.gap()
        paper.title("Effect")
        paper.prose(finding.effect)
    _fix("Fix", finding.fix, paper)


def _runbook(finding: Finding, paper: Paper, runbooks: str) -> None:
    if finding.runbook:
        paper.gap()
        address = wording.runbook_address(finding.runbook, runbooks)
        paper.labelled("Runbook", address or wording.runbook_command(finding.runbook))


def _observation(seen: Observation, number: int, report: Report, paper: Paper) -> None:
    where = wording.read_where(seen, report.as_of)
    if wording.is_quote(seen):
        paper.item(number, f"{where}:")
        paper.quote(seen.text)
    else:
        paper.item(number, seen.text, f"({where})" if where else "")


def _fix(title: LiteralString, steps: Sequence[FixStep], paper: Paper) -> None:
    if not steps:
        return
    paper.gap()
    paper.title(title)
    for number, step in enumerate(steps, 1):
        paper.item(number, step.say, mark=f"✏ {wording.changes_words(step)}" if step.changes else "")
        if step.run.strip():
            paper.command(step.run)
        if step.show.strip():
            paper.verbatim(step.show)


def _notes(report: Report, paper: Paper) -> None:
    checked = wording.checked_words(report) if report.verdict is Verdict.HEALTHY else ""
    notes: tuple[tuple[LiteralString, str], ...] = (
        ("Checked", checked),
        ("Also noticed", wording.noticed_words(report.also_noticed, len(report.also_noticed))),
        ("Not checked", wording.gap_words(report.gaps, len(report.gaps))),
        ("Could not tell", wording.undecided_words(report.undecided, len(report.undecided))),
    )
    if any(words for _, words in notes):
        paper.gap()
    for title, words in notes:
        if words:
            paper.labelled(title, words)


def _exhibit(exhibit: Exhibit, paper: Paper) -> None:
    paper.gap()
    shown = excerpt(exhibit.text, _LOG_LINES)
    paper.heading(exhibit.title, "; ".join(part for part in (exhibit.note, shown.note) if part))
    paper.verbatim("\n".join(shown.rows), len(shown.rows))
