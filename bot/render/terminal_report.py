"""The order in which a Report, or a refusal, is drawn for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Final, LiteralString

from bot.render import wording
from bot.render.door import last_lines, utc
from bot.render.excerpt import excerpt
from bot.render.paper import Paper
from bot.render.refusal import LISTED, Paste, RefusalWords, candidate_words
from bot.report import Report, Verdict
from handlers.contract import Exhibit
from rules.finding import Finding, FixStep, Observation

_VERDICTS: Final[Mapping[Verdict, tuple[LiteralString, str]]] = {
    Verdict.BROKEN: ("✗ BROKEN", "bold red"),
    Verdict.DEGRADED: ("! DEGRADED", "bold yellow"),
    Verdict.HEALTHY: ("✓ HEALTHY", "bold green"),
    Verdict.UNKNOWN: ("? UNKNOWN", "bold magenta"),
}
_LOG_LINES: Final = 12


def draw_report(report: Report, paper: Paper, runbooks: str = "") -> None:
    """Draw the verdict, the causes in full, what was noticed and not checked, and the ends of logs.

    `runbooks` is the web address of the runbooks; without it they are printed by a command.
    """
    words, style = _VERDICTS[report.verdict]
    paper.banner(words, wording.headline(report), style)
    paper.prose(_place(report), indent=2, style="dim")
    for number, finding in enumerate(report.findings):
        _finding(finding, report, paper, first=number == 0)
        _runbook(finding, paper, runbooks)
    _fix("What to do next", wording.next_steps(report), paper)
    _notes(report, paper)
    for exhibit in report.exhibits:
        _exhibit(exhibit, paper)


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
