"""The commands behind a digest's buttons."""

from typing import Final

from bot.command import Command
from handlers import HANDLERS
from handlers.contract import Handler, Question
from rules.finding import Finding

SNOOZES: Final[tuple[tuple[str, str], ...]] = (("1 day", "1d"), ("3 days", "3d"), ("a week", "7d"))
"""How long a cause can be put to sleep: as the menu says it, and as the command does."""
DIAGNOSERS: Final[dict[str, Handler]] = {
    handler.subject: handler for handler in HANDLERS if handler.verb == "diagnose"
}


def buttons_of(finding: Finding, cluster: str) -> tuple[str, ...]:
    """The words of "Diagnose" and of each snooze; a kind that nobody diagnoses is shown by `health`."""
    return (diagnose_words(finding, cluster), *(snooze_words(finding, cluster, said) for _, said in SNOOZES))


def diagnose_words(finding: Finding, cluster: str) -> str:
    """The question about what a cause is about."""
    ref = finding.subject
    handler = DIAGNOSERS.get(ref.kind.lower())
    if handler is None:
        return (
            f"health -n {ref.namespace} --cluster {cluster}"
            if ref.namespace
            else f"health --cluster {cluster}"
        )
    question = Question(name=ref.name, namespace=ref.namespace)
    return Command(handler=handler, question=question, cluster=cluster).words


def snooze_words(finding: Finding, cluster: str, said: str) -> str:
    """The command that puts a cause to sleep."""
    return f"digest snooze {finding.fingerprint} {said} --cluster {cluster}"
