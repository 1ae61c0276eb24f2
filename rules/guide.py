"""The troubleshooting guide, made from the catalog: the sections of the on-call guide with their causes."""

from collections.abc import Iterable, Sequence

from rules.fault import did_you_mean
from rules.rule import Catalog, Rule


class NotInLibrary(LookupError):
    """There is no such page; the message names the nearest one, `known` are all."""

    def __init__(self, sentence: str, known: Sequence[str]) -> None:
        super().__init__(sentence)
        self.known = tuple(known)


SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Quick Diagnostics", ("Cluster Health Check", "Component Status")),
    (
        "Pod Issues",
        ("Pod Stuck in Pending", "Pod Stuck in CrashLoopBackOff", "Pod OOMKilled"),
    ),
    ("InferenceService Issues", ("InferenceService Not Ready", "Prediction Errors")),
    ("MLflow Issues", ("Cannot Connect to MLflow", "Experiment Tracking Failures")),
    ("Argo Workflows Issues", ("Workflow Stuck in Pending", "Workflow Failed")),
    ("Network Issues", ("Network Issues", "Service Not Reachable", "ALB Ingress Not Working")),
    ("Terraform Issues", ("State Lock Error", "Plan Shows Unexpected Changes")),
    ("Performance Issues", ("High Latency", "Memory Pressure")),
    ("Useful Commands Reference", ("Useful Commands Reference",)),
)
"""Chapters of the on-call guide and their sections, in its order."""

OTHERS = "Further causes"
"""Where a rule stands that names no section of the guide."""


def guide_page(catalog: Catalog, wanted: str = "") -> str:
    """The guide as Markdown: every section, or those whose name begins with `wanted`, else that hold it.

    Raises:
        NotInLibrary: no section is called so.
    """
    known = [section for _, sections in SECTIONS for section in sections] + [OTHERS]
    chosen = [section for section in known if section.lower().startswith(wanted.lower())]
    chosen = chosen or [section for section in known if wanted.lower() in section.lower()]
    if not chosen:
        raise NotInLibrary(f"The guide has no section {wanted}{did_you_mean(wanted, known)}", known)
    pages = [_section(section, _rules_of(section, catalog)) for section in chosen]
    return "\n".join(["# Troubleshooting guide\n", _about(catalog), *filter(None, pages)])


def section_of(rule: Rule) -> str:
    """The section of the guide a rule belongs to."""
    section = rule.guide.partition(" / ")[0]
    return section if any(section in sections for _, sections in SECTIONS) else OTHERS


def _about(catalog: Catalog) -> str:
    return (
        f"{len(catalog.rules)} causes, each looked for by itself when something is asked about. What stands\n"
        "in braces is filled in with what was read. Generated from the rules by `mlops guide`.\n"
    )


def _rules_of(section: str, catalog: Catalog) -> list[Rule]:
    return [rule for rule in catalog.rules if section_of(rule) == section]


def _section(section: str, rules: Sequence[Rule]) -> str:
    if not rules:
        return ""
    rows = sorted({row for rule in rules if (row := rule.guide.partition(" / ")[2])})
    parts = [f"## {section}\n"]
    for row in ["", *rows]:
        own = [rule for rule in rules if rule.guide.partition(" / ")[2] == row]
        parts += [f"### {row}\n"] if row and own else []
        parts += [_table(own)] if own else []
    return "\n".join(parts)


def _table(rules: Iterable[Rule]) -> str:
    lines = ["| Symptom | Cause | Resolution |", "| --- | --- | --- |"]
    for rule in rules:
        fix = "; ".join(step.say.text.rstrip(". ") for step in rule.fix)
        cells = (f"{rule.summary.text} (`{rule.id}`)", rule.cause.text, fix)
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
