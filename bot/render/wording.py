"""The sentences of an answer that are the same on every surface; plain text, neither redacted nor escaped."""

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.command import KINDS, NAMESPACE
from bot.render.door import utc
from bot.render.explained import joined_summary
from bot.render.nouns import counted, object_words
from bot.report import Report, Verdict
from handlers.contract import Gap
from rules.finding import Finding, FixStep, Observation, Severity, Undecided
from rules.units import seconds_in_words

STALE_AFTER: Final = 3_600.0
"""Seconds after which evidence is marked stale; Kubernetes keeps events for an hour."""

SIGNS: Final[Mapping[Verdict, str]] = {
    Verdict.BROKEN: "🔴",
    Verdict.DEGRADED: "🟠",
    Verdict.HEALTHY: "🟢",
    Verdict.UNKNOWN: "⚪",
}
WORDS: Final[Mapping[Verdict, str]] = {
    Verdict.BROKEN: "Broken",
    Verdict.DEGRADED: "Degraded",
    Verdict.HEALTHY: "Healthy",
    Verdict.UNKNOWN: "Could not tell",
}
_UNREAD: Final = ", but not all of it could be read"
_MILLISECONDS_BELOW_MS = 100
_TENTHS_BELOW_MS = 10_000


def headline(report: Report) -> str:
    """The sentence that is enough on its own."""
    if report.findings:
        return _overview(report) if report.overview else joined_summary(report)
    if report.said and (report.verdict is Verdict.HEALTHY or report.well):
        return report.said + ("" if report.verdict is Verdict.HEALTHY else _UNREAD)
    return _state(report)


def _state(report: Report) -> str:
    """How the subject is, where no cause was found."""
    subject, state = object_words(report.subject), report.symptom
    beside = f" ({state})" if state else ""
    if report.verdict is not Verdict.UNKNOWN:
        return f"{subject} is {report.verdict}{beside}"
    if report.well:
        return f"{subject} shows no symptom{beside}{_UNREAD}"
    return f"Could not tell why {subject} is {state}" if state else f"Could not tell how {subject} is"


def _overview(report: Report) -> str:
    """How many causes stand behind how many symptoms, and where."""
    causes, symptoms = len(report.findings), sum(len(finding.explains) for finding in report.findings)
    place = f"namespace {report.subject.name}" if report.subject.kind == "Namespace" else report.cluster
    where = f" in {place}" if place else ""
    if not symptoms:
        return f"{counted(causes, 'cause')} of trouble{where}"
    verb = "explains" if causes == 1 else "explain"
    return f"{counted(causes, 'cause')} {verb} {counted(symptoms, 'symptom')}{where}"


def verdict_sentence(report: Report) -> str:
    """The headline with the verdict's word before it, where the headline does not say it."""
    if report.findings or report.verdict in (Verdict.BROKEN, Verdict.DEGRADED):
        return f"{WORDS[report.verdict]}: {headline(report)}"
    return headline(report)


def is_page(report: Report) -> bool:
    """Whether the answer is a text to read, from its beginning, and nothing was judged."""
    return report.overview and report.verdict is Verdict.HEALTHY and not report.findings


def place_pieces(report: Report) -> tuple[str, ...]:
    """How bad, on which cluster, in which namespace, and what the handler adds."""
    severity = _severities(report) if report.overview else _severity(report)
    cluster = (report.cluster,) if report.cluster and report.subject.kind != "Page" else ()
    namespace = (f"ns {report.subject.namespace}",) if report.subject.namespace else ()
    return severity + cluster + namespace + report.about


def _severity(report: Report) -> tuple[str, ...]:
    return (f"{report.findings[0].severity} severity",) if report.findings else ()


def _severities(report: Report) -> tuple[str, ...]:
    """How many causes there are of each severity, the worst first."""
    counts = Counter(worst(finding) for finding in report.findings)
    return tuple(f"{counts[severity]} {severity}" for severity in Severity if counts[severity])


def worst(finding: Finding) -> Severity:
    """How bad a cause is, counting what it explains."""
    return min((finding.severity, *(s.severity for s in finding.explains)), key=lambda s: s.rank)


def took_words(took_ms: int) -> str:
    """How long the answer took ("1.9 s", "38 ms")."""
    if took_ms < _MILLISECONDS_BELOW_MS:
        return f"{took_ms} ms"
    return f"{took_ms / 1000:.1f} s" if took_ms < _TENTHS_BELOW_MS else seconds_in_words(took_ms / 1000)


def is_quote(seen: Observation) -> bool:
    """Whether an observation quotes a log, and is to be shown letter by letter."""
    return seen.source.lower().partition(" ")[0].rstrip(",") in ("log", "logs")


def age_words(seen: Observation, as_of: datetime) -> str:
    """How old evidence is at the time of the look, and whether that is too old; empty when unknown.

    Only what happened can be too old: a condition or status holds until it changes, whenever that was.
    """
    if seen.at is None:
        return ""
    seconds = (utc(as_of) - utc(seen.at)).total_seconds()
    words = "just now" if seconds < 1 else f"{seconds_in_words(seconds)} ago"
    happened = seen.source.lower().startswith(("event", "log"))
    return f"{words}, stale" if happened and seconds > STALE_AFTER else words


def read_where(seen: Observation, as_of: datetime) -> str:
    """Where and when something was read ("pod status, 2 min ago")."""
    return ", ".join(part for part in (seen.source, age_words(seen, as_of)) if part)


def noticed_words(findings: Sequence[Finding], most: int) -> str:
    """The minor findings in one line."""
    return some([finding.summary for finding in findings], most, "; ")


def gap_words(gaps: Sequence[Gap], most: int) -> str:
    """What was not read, and why, in one line."""
    return some([f"{gap.source} ({gap.reason})" if gap.reason else gap.source for gap in gaps], most, "; ")


def undecided_words(undecided: Sequence[Undecided], most: int) -> str:
    """The rules that could not be judged, those with the same reason together."""
    rules: dict[tuple[str, ...], list[str]] = {}
    for item in undecided:
        rules.setdefault(item.missing, []).append(item.rule)
    groups = [
        f"{some([*dict.fromkeys(names)], most, ', ')} ({'; '.join(missing)})"
        if missing
        else some([*dict.fromkeys(names)], most, ", ")
        for missing, names in rules.items()
    ]
    return some(groups, most, "; ")


def checked_words(report: Report) -> str:
    """What was looked at."""
    return ", ".join(report.checked)


def next_steps(report: Report) -> tuple[FixStep, ...]:
    """What to do when no cause was found: read-only commands, and what would let the bot tell more."""
    if report.findings or report.verdict is Verdict.HEALTHY:
        return ()
    steps = []
    if report.subject.kind.lower() in {*KINDS, NAMESPACE}:
        kind, name = shlex.quote(report.subject.kind.lower()), shlex.quote(report.subject.name)
        place = f" -n {shlex.quote(report.subject.namespace)}" if report.subject.namespace else ""
        run = f"kubectl describe {kind} {name}{place}"
        steps.append(FixStep("Read what the cluster itself says.", run=run))
    if report.gaps or report.undecided:
        steps.append(
            FixStep("Open what could not be read (`mlops doctor` names the missing rights), then ask again.")
        )
    return tuple(steps)


def confidence_words(finding: Finding) -> str:
    """How sure, in a word."""
    return str(finding.confidence)


def changes_words(step: FixStep) -> str:
    """The mark of a step whose command writes."""
    return f"changes {step.changes}" if step.changes else ""


def redacted_words(count: int) -> str:
    """How many values of a text were redacted."""
    return "nothing redacted" if not count else f"{count:,} value{'' if count == 1 else 's'} redacted"


def runbook_name(runbook: str) -> str:
    """A runbook's name for people: without the folder and the ending ("pod-pending, untolerated taint")."""
    page, _, anchor = runbook.removeprefix("runbooks/").partition("#")
    page = page.removesuffix(".md")
    return f"{page}, {anchor.replace('-', ' ')}" if anchor else page


def runbook_address(runbook: str, base: str) -> str:
    """A runbook's address under the address of the runbooks; empty when that is not known."""
    if runbook.startswith("https://"):
        return runbook
    return f"{base.rstrip('/')}/{runbook.removeprefix('runbooks/')}" if base and runbook else ""


def runbook_command(runbook: str) -> str:
    """What prints a runbook that ships with the package ("mlops runbook crash.md#oom")."""
    return f"mlops runbook {runbook.removeprefix('runbooks/')}" if runbook else ""


def some(items: Sequence[str], most: int, separator: str) -> str:
    """The first of many, and how many more there are."""
    shown = separator.join(items[:most])
    rest = len(items) - most
    return f"{shown}{separator}and {rest} more" if rest > 0 else shown
