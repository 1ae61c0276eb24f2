"""What a cause explains, in words: plain text, neither redacted nor escaped."""

from collections import Counter
from collections.abc import Sequence

from bot.render.nouns import counted, kind_words
from bot.report import Report
from rules.finding import Finding, Symptom


def explains_words(finding: Finding, most: int = 0) -> tuple[str, ...]:
    """Each thing that is unwell because of a cause; the same cause elsewhere in one piece, and that first.

    Args:
        finding: the cause.
        most: pieces at most, the last of them saying how many more there are; 0 for all.
    """
    again = [symptom for symptom in finding.explains if _is_again(symptom, finding)]
    others = [symptom for symptom in finding.explains if not _is_again(symptom, finding)]
    pieces = [_again_words(again, most)] if again else []
    pieces += dict.fromkeys(symptom_words(symptom) for symptom in others)
    if not most or len(pieces) <= most:
        return tuple(pieces)
    return (*pieces[:most], f"and {len(pieces) - most} more")


def symptom_words(symptom: Symptom) -> str:
    """A symptom in short: its object, and what is seen of it ("Service mlops/x has no ready endpoint")."""
    clause, name = symptom.summary.partition(": ")[0], str(symptom.subject)
    if clause.startswith(f"{name} "):
        return f"{symptom.subject.kind} {clause}"
    if clause.lower().startswith(f"{symptom.subject.kind} {name} ".lower()):
        return clause
    return f"{symptom.subject.kind} {name} ({clause})" if clause else f"{symptom.subject.kind} {name}"


def counts_words(finding: Finding) -> str:
    """What a cause explains, as counts by kind ("2 deployments, 1 service"); empty when nothing else."""
    others = dict.fromkeys(each.subject for each in finding.explains if each.subject != finding.subject)
    counts = Counter(kind_words(ref.kind) for ref in others)
    return ", ".join(counted(number, kind) for kind, number in counts.most_common())


def asked_symptom(report: Report) -> Symptom | None:
    """What is seen of the asked object, where the first cause is found elsewhere and explains it."""
    first = report.findings[0] if report.findings else None
    if first is None or first.subject == report.subject:
        return None
    about = [symptom for symptom in first.explains if symptom.subject == report.subject]
    return min(about, key=lambda symptom: symptom.severity.rank, default=None)


def joined_summary(report: Report) -> str:
    """The first cause, with the object that was asked about named before it."""
    cause, symptom = report.findings[0], asked_symptom(report)
    if symptom is None:
        return cause.summary
    if _is_again(symptom, cause):
        return symptom.summary
    return f"{symptom_words(symptom)}: {cause.summary}"


def _is_again(symptom: Symptom, finding: Finding) -> bool:
    return (symptom.rule, symptom.fingerprint) == (finding.rule, finding.fingerprint)


def _again_words(again: Sequence[Symptom], most: int) -> str:
    what = counted(len(again), f"more {kind_words(again[0].subject.kind)}")
    names = [str(symptom.subject) for symptom in again]
    shown = ", ".join(names[:most] if most else names)
    rest = f", and {len(names) - most} more" if most and len(names) > most else ""
    return f"the same cause of {what} ({shown}{rest})"
