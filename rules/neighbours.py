"""What can only be seen with all rules side by side: ids told twice, unknown neighbours, circles."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from rules.fault import Fault, did_you_mean
from rules.rule import Rule, beaten_by


def files_by_id(rules: Iterable[Rule]) -> Mapping[str, Collection[str]]:
    """The files that tell each id; gathered once, for each of hundreds of rules is held against them."""
    files: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        files[rule.id].append(rule.file)
    return files


def superseded_by_id(rules: Iterable[Rule]) -> Mapping[str, tuple[str, ...]]:
    """The ids that each rule itself supersedes; gathered once, as above."""
    return {rule.id: rule.supersedes for rule in rules}


def told_twice(rule: Rule, files: Mapping[str, Collection[str]]) -> list[Fault]:
    """The fault of an id that another file of the same folder has too."""
    others = sorted(file for file in files[rule.id] if file != rule.file)
    return [_at(rule, "id", f'the id "{rule.id}" is taken by {others[0]}')] if others else []


def misplaced(rule: Rule) -> list[Fault]:
    """The fault of a shipped file that is not in the folder of its subject."""
    folder = Path(rule.file).parent.name
    if folder == rule.subject:
        return []
    return [_at(rule, "subject", f'a rule about "{rule.subject}" stands in the folder "{folder}"')]


def overriding_faults(rule: Rule, shipped: Collection[Rule]) -> list[Fault]:
    """The fault of an operator's rule that replaces a shipped one unsaid, or says so with none to replace."""
    ids = [other.id for other in shipped]
    if rule.id in ids and not rule.override:
        return [_at(rule, "id", f'"{rule.id}" is a shipped rule; say `override: true` to replace it')]
    if rule.override and rule.id not in ids:
        message = f'there is no shipped rule "{rule.id}" to override{did_you_mean(rule.id, ids)}'
        return [_at(rule, "override", message)]
    return []


def supersede_faults(
    rule: Rule, direct: Mapping[str, tuple[str, ...]], refused: Collection[str]
) -> list[Fault]:
    """The faults of superseded ids that no file has; ids of files with faults of their own are known."""
    if not rule.supersedes:
        return []
    nodes = rule.sheet.items(rule.places.get("supersedes"))
    return [
        rule.sheet.fault_at(f'there is no rule "{name}"{did_you_mean(name, {*direct, *refused})}', node)
        for name, node in zip(rule.supersedes, nodes, strict=True)
        if name not in direct and name not in refused
    ]


def circle_faults(rule: Rule, direct: Mapping[str, tuple[str, ...]]) -> list[Fault]:
    """The fault of a rule that supersedes itself, directly or through others."""
    if rule.id not in beaten_by(rule.id, direct):
        return []
    return [_at(rule, "supersedes", f'"{rule.id}" supersedes itself, directly or through others')]


def _at(rule: Rule, key: str, message: str) -> Fault:
    return rule.sheet.fault_at(message, rule.places[key])
