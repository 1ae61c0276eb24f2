"""The examples inside a rule file: read into facts, judged, compared with what they expect."""

import re
from collections.abc import Mapping

import msgspec
from yaml.nodes import MappingNode, Node, SequenceNode

from rules.facts.base import Facts, SubjectFacts
from rules.fault import Fault, did_you_mean
from rules.judge import Judgement, judge_rule
from rules.rule import Example, Rule
from rules.vocabulary import FactType, Kind, fields_of
from rules.yaml_places import Sheet

NOTHING, UNDECIDED = ("nothing",), ("undecided",)
_INDEX = re.compile(r"\[(\d+)\]|\.(\w+)")


def check_examples(rule: Rule) -> list[Fault]:
    """The faults of a rule's examples: facts that do not exist or do not fit, and unexpected answers."""
    return [fault for example in rule.examples for fault in check_example(rule, example)]


def check_example(rule: Rule, example: Example) -> list[Fault]:
    """The faults of one example."""
    sheet = Sheet(example.sheet.file, example.sheet.text)
    facts = read_facts(rule, example, sheet)
    if facts is not None:
        _compare(example, judge_rule(rule, facts), sheet)
    return sheet.faults


def read_facts(rule: Rule, example: Example, sheet: Sheet) -> SubjectFacts | None:
    """The facts an example gives; None when they have faults, which are then on the sheet."""
    if example.given is not None:
        _check_names(example.given, FactType(kind=Kind.GROUP, group=rule.facts), rule.subject, sheet)
    data = sheet.value(example.given) if example.given else {}
    if sheet.faults or not isinstance(data, dict):
        return None
    for node in example.missing:
        _mark_missing(data, node, rule, sheet)
    return None if sheet.faults else _converted(data, rule, example, sheet)


def _check_names(node: Node, kind: FactType, path: str, sheet: Sheet) -> None:
    """Refuse names of facts that do not exist, at every depth."""
    if isinstance(node, SequenceNode) and kind.item is not None:
        for element in node.value:
            _check_names(element, kind.item, path, sheet)
    if kind.group is None:
        return
    if not isinstance(node, MappingNode):
        if not node.tag.endswith(":null"):
            sheet.fault(f"{path} is a group of facts: a mapping is expected here", node)
        return
    known = fields_of(kind.group)
    for key, value in node.value:
        found = known.get(str(key.value))
        if found is None:
            sheet.fault(f'{path} has no fact "{key.value}"{did_you_mean(str(key.value), known)}', key)
        else:
            _check_names(value, found.type, f"{path}.{key.value}", sheet)


def _mark_missing(data: dict[str, object], node: Node, rule: Rule, sheet: Sheet) -> None:
    """Note a fact as missing in the group that holds it ("containers.0.log")."""
    *above, last = sheet.string(node).removeprefix(f"{rule.subject}.").split(".")
    group: object = data
    kind: FactType | None = FactType(kind=Kind.GROUP, group=rule.facts)
    for part in above:
        group, kind = _inner(group, kind, part)
    holder = kind.group if kind else None
    if holder is None or not isinstance(group, dict) or not issubclass(holder, Facts):
        sheet.fault("this is not the path of a fact that can be missing (like containers.0.log)", node)
    elif last not in fields_of(holder):
        sheet.fault(f'there is no fact "{last}" there{did_you_mean(last, fields_of(holder))}', node)
    else:
        group.setdefault("missing", {})[last] = "not read"


def _inner(group: object, kind: FactType | None, part: str) -> tuple[object, FactType | None]:
    if isinstance(group, list) and kind and part.isdigit() and int(part) < len(group):
        return group[int(part)], kind.item
    if isinstance(group, dict) and kind and kind.group and part in fields_of(kind.group):
        return group.setdefault(part, {}), fields_of(kind.group)[part].type
    return None, None


def _converted(data: Mapping[str, object], rule: Rule, example: Example, sheet: Sheet) -> SubjectFacts | None:
    try:
        return msgspec.convert(data, rule.facts)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        sheet.fault(f"this does not fit the fact: {message}", _at(example.given or example.place, path))
    return None


def _at(node: Node, path: str) -> Node:
    """The node behind msgspec's path of a value (".containers[0].name`")."""
    for index, key in _INDEX.findall(path):
        if isinstance(node, SequenceNode) and index:
            node = node.value[int(index)]
        elif isinstance(node, MappingNode):
            node = next((value for name, value in node.value if name.value == key), node)
    return node


def _compare(example: Example, judgement: Judgement, sheet: Sheet) -> None:
    summaries = tuple(finding.summary for finding in judgement.findings)
    found = summaries or (UNDECIDED if judgement.undecided else NOTHING)
    if found == example.expect:
        return
    told = "; ".join(reason for one in judgement.undecided for reason in one.missing)
    because = f" ({told})" if found == UNDECIDED else ""
    expected = f'the example "{example.name}" expects {_named(example.expect)}'
    sheet.fault(f"{expected}, but the answer is {_named(found)}{because}", example.place)


def _named(answer: tuple[str, ...]) -> str:
    return answer[0] if answer in (NOTHING, UNDECIDED) else "\n        ".join(f'"{one}"' for one in answer)
