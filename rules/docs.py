"""The catalog and its vocabulary as Markdown tables."""

from collections.abc import Iterable, Mapping, Sequence

from rules.facts import SUBJECTS
from rules.facts.base import Facts, SubjectFacts
from rules.rule import Catalog, Rule
from rules.vocabulary import FactEntry, FactType, fields_of, walk


def rule_table(catalog: Catalog, runbooks: str = "runbooks/") -> str:
    """All rules in force: id, severity, what they say, the guide's row, and the runbook under `runbooks`."""
    rows = (_rule_row(rule, runbooks) for rule in catalog.rules)
    return _table(("Rule", "Severity", "Says", "Guide", "Runbook"), rows)


def facts_table(subject: str, subjects: Mapping[str, type[SubjectFacts]] = SUBJECTS) -> str:
    """Every fact about a subject, with its type, unit, meaning and where it is read.

    Raises:
        KeyError: there is no such subject.
    """
    facts = (entry for entry in walk(subject, subjects[subject]) if issubclass(entry.owner, Facts))
    return _table(("Fact", "Type", "Meaning", "Read from"), map(_fact_row, facts))


def _rule_row(rule: Rule, runbooks: str) -> tuple[str, ...]:
    external = rule.runbook.startswith("https://")
    target = rule.runbook if external else f"{runbooks}{rule.runbook}"
    link = f"[{rule.runbook.partition('#')[2] or 'runbook'}]({target})" if rule.runbook else ""
    return (f"`{rule.id}`", str(rule.severity), rule.summary.text, rule.guide, link)


def _fact_row(entry: FactEntry) -> tuple[str, ...]:
    fact = entry.field
    kind = ", ".join(filter(None, (_kind(fact.type), fact.unit)))
    return (f"`{entry.path}`", kind, fact.meaning, f"`{fact.read}`" if fact.read else "")


def _kind(kind: FactType) -> str:
    """The type in words; a value with fields of its own (a reference, an observation) with their names."""
    group = (kind.item or kind).group
    if group is None or issubclass(group, Facts):
        return str(kind)
    many, none = ("list of " if kind.item else "", ", or None" if kind.optional else "")
    return f"{many}{group.__name__} ({', '.join(fields_of(group))}){none}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = (head, ["---"] * len(head), *rows)
    return "".join(f"| {' | '.join(_cell(cell) for cell in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
