"""A look at everything in Slack: each cause in a few lines, the gravest first."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.render.clamp import Page
from bot.render.door import Mrkdwn, code, join, own, say
from bot.render.elements import section
from bot.render.findings import explains_line
from bot.render.wording import worst
from rules.finding import Finding, FixStep, Severity

SHOWN: Final = 5
"""Causes in the answer itself; the others are in its thread."""
SIGNS: Final[Mapping[Severity, str]] = {
    Severity.CRITICAL: "🔴",
    Severity.HIGH: "🔴",
    Severity.MEDIUM: "🟠",
    Severity.LOW: "🔵",
    Severity.INFO: "🔵",
}
_SUMMARY = 400
_COMMAND = 200


def causes(findings: Sequence[Finding], start: int = 1) -> Page:
    """Draw causes as one section each, counted from `start`."""
    return tuple(section(_cause(finding, number)) for number, finding in enumerate(findings, start))


def _cause(finding: Finding, number: int) -> Mrkdwn:
    sign = say(f"{SIGNS[worst(finding)]} {number}.") + own(" ")
    return join("\n", (sign + say(finding.summary, _SUMMARY), explains_line(finding), _fix(finding.fix)))


def _fix(steps: Sequence[FixStep]) -> Mrkdwn:
    """The first step: its command when that is one short line, else its sentence."""
    if not steps:
        return own("")
    run = steps[0].run.strip()
    if run and "\n" not in run and len(run) <= _COMMAND:
        return own("First: ") + code(run)
    return own("First: ") + say(steps[0].say, _SUMMARY)
