"""One YAML file becomes one Rule; every fault of it is noted with its place."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from yaml.nodes import MappingNode, Node, SequenceNode

from rules.facts.base import SubjectFacts
from rules.fault import TextFault, did_you_mean
from rules.finding import Confidence, Severity
from rules.path import Scope, parse_path
from rules.rule import Each, EvidenceItem, Example, FixItem, Rule
from rules.template import Template, parse_shown, parse_template
from rules.vocabulary import Kind
from rules.when import parse_condition
from rules.yaml_places import Sheet

REQUIRED = (
    "id",
    "subject",
    "severity",
    "confidence",
    "when",
    "summary",
    "cause",
    "evidence",
    "fix",
    "examples",
)
OPTIONAL = ("each", "symptom", "supersedes", "effect", "runbook", "references", "guide", "discriminator")
OPERATOR_ONLY = ("override",)
NOTHING, UNDECIDED = "nothing", "undecided"

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EACH = re.compile(r"\s*(?P<name>\w+)\s+in\s+(?P<path>\S+)\s*", re.ASCII)
_RUNBOOK = re.compile(r"(?:https://\S+|[\w.-]+\.md#[\w-]+)")
Value = TypeVar("Value")
Choice = TypeVar("Choice", bound=StrEnum)
Subjects = Mapping[str, type[SubjectFacts]]


def read_rule(sheet: Sheet, subjects: Subjects, *, shipped: bool, quick: bool = False) -> Rule | None:
    """Read, check and compile one file; None when it has faults, which are then on the sheet.

    With `quick` its examples were left out.
    """
    root = sheet.root()
    if root is None and not sheet.faults:
        sheet.fault("the file is empty")
    if root is None:
        return None
    known = (*REQUIRED, *OPTIONAL, *(() if shipped else OPERATOR_ONLY))
    required = REQUIRED[:-1] if quick else REQUIRED
    fields = sheet.fields(root, known, required, "the rule")
    reader = _Reader(sheet, fields)
    rule = reader.rule(subjects, shipped=shipped) if fields else None
    return None if sheet.faults else rule


class _Reader:
    """Reads the keys of one rule; a fault is noted and reading goes on."""

    def __init__(self, sheet: Sheet, fields: dict[str, Node]) -> None:
        self.sheet = sheet
        self.fields = fields

    def rule(self, subjects: Subjects, *, shipped: bool) -> Rule | None:
        rule_id, subject = self._id(), self._subject(subjects)
        severity = self._choice("severity", Severity)
        confidence = self._choice("confidence", Confidence)
        if not subject:
            return None
        plain = Scope.of(subject, subjects[subject])
        each, scope = self._each(plain)
        when = self._checked(self.fields.get("when"), lambda text: parse_condition(text, scope))
        summary, cause = (self._template(self.fields.get(key), scope) for key in ("summary", "cause"))
        evidence, fix, examples = self._evidence(scope), self._fix(scope), self._examples()
        discriminator = self._template(self.fields.get("discriminator"), scope)
        effect = self._template(self.fields.get("effect"), scope)
        if not (when and summary and cause and severity and confidence):
            return None
        return Rule(
            id=rule_id,
            subject=subject,
            facts=subjects[subject],
            scope=scope,
            severity=severity,
            confidence=confidence,
            each=each,
            when=when,
            supersedes=self._strings("supersedes"),
            summary=summary,
            cause=cause,
            effect=effect,
            evidence=evidence,
            fix=fix,
            runbook=self._runbook(),
            references=self._references(),
            guide=self.sheet.string(self.fields.get("guide")),
            discriminator=discriminator,
            examples=examples,
            file=self.sheet.file,
            shipped=shipped,
            override=self.sheet.flag(self.fields.get("override")),
            symptom=self.sheet.flag(self.fields.get("symptom")),
            sheet=self.sheet,
            places=self.fields,
        )

    def _id(self) -> str:
        node = self.fields.get("id")
        found, stem = self.sheet.string(node), Path(self.sheet.file).stem
        if found and not _ID.fullmatch(found):
            self.sheet.fault("an id is made of small letters, digits and single dashes", node)
        elif found and found != stem:
            self.sheet.fault(f'the id "{found}" must be the name of the file ("{stem}")', node)
        return found

    def _subject(self, subjects: Subjects) -> str:
        node = self.fields.get("subject")
        found = self.sheet.string(node)
        if found and found not in subjects:
            hint = did_you_mean(found, subjects) or f"; known: {', '.join(subjects)}"
            self.sheet.fault(f'there is no subject "{found}"{hint}', node)
            return ""
        return found

    def _choice(self, key: str, kind: type[Choice]) -> Choice | None:
        node = self.fields.get(key)
        found = self.sheet.string(node)
        values = [str(member.value) for member in kind]
        if found in values:
            return kind(found)
        if found:
            self.sheet.fault(f"{key} must be one of {', '.join(values)}{did_you_mean(found, values)}", node)
        return None

    def _checked(self, node: Node | None, parse: Callable[[str], Value]) -> Value | None:
        text = self.sheet.string(node)
        if node is None or not text.strip():
            if node is not None and node.tag.endswith(":str"):
                self.sheet.fault("this is empty", node)
            return None
        try:
            return parse(text)
        except TextFault as fault:
            self.sheet.fault_inside(fault, node)
        return None

    def _template(self, node: Node | None, scope: Scope, *, command: bool = False) -> Template | None:
        return self._checked(node, lambda text: parse_template(text.rstrip(), scope, command=command))

    def _each(self, scope: Scope) -> tuple[Each | None, Scope]:
        node = self.fields.get("each")
        each = self._checked(node, lambda text: _parse_each(text, scope))
        if each is None or each.path.type.item is None:
            return None, scope
        return each, scope.add(each.name, each.path.type.item, each.path.origin)

    def _evidence(self, scope: Scope) -> tuple[EvidenceItem, ...]:
        nodes = self.sheet.items(self.fields.get("evidence"))
        if not nodes and "evidence" in self.fields:
            self.sheet.fault("a finding needs evidence: name at least one fact", self.fields["evidence"])
        return tuple(self._evidence_item(node, scope) for node in nodes)

    def _evidence_item(self, node: Node, scope: Scope) -> EvidenceItem:
        if isinstance(node, MappingNode):
            fields = self.sheet.fields(node, ("text", "source"), ("text",), "the evidence")
            text, source = (self._template(fields.get(key), scope) for key in ("text", "source"))
            return EvidenceItem(template=text, source=source)
        if "{" in self.sheet.string(node):
            return EvidenceItem(template=self._template(node, scope))
        return EvidenceItem(path=self._checked(node, lambda text: parse_shown(text, scope)))

    def _fix(self, scope: Scope) -> tuple[FixItem, ...]:
        nodes = self.sheet.items(self.fields.get("fix"))
        if not nodes and "fix" in self.fields:
            self.sheet.fault("a finding needs a fix: say at least one step", self.fields["fix"])
        return tuple(step for node in nodes if (step := self._fix_item(node, scope)) is not None)

    def _fix_item(self, node: Node, scope: Scope) -> FixItem | None:
        fields = self.sheet.fields(node, ("say", "run", "show", "changes", "if"), ("say",), "the step")
        say = self._template(fields.get("say"), scope)
        return (
            None
            if say is None
            else FixItem(
                say=say,
                run=self._template(fields.get("run"), scope, command=True),
                show=self._template(fields.get("show"), scope),
                changes=self.sheet.string(fields.get("changes")),
                condition=self._checked(fields.get("if"), lambda text: parse_condition(text, scope)),
            )
        )

    def _strings(self, key: str) -> tuple[str, ...]:
        return tuple(self.sheet.string(node) for node in self.sheet.items(self.fields.get(key)))

    def _runbook(self) -> str:
        node = self.fields.get("runbook")
        found = self.sheet.string(node).removeprefix("runbooks/")
        if found and not _RUNBOOK.fullmatch(found):
            self.sheet.fault(
                "a runbook is named like pod-pending.md#untolerated-taint, or is an https URL", node
            )
        return found

    def _references(self) -> tuple[str, ...]:
        for node in self.sheet.items(self.fields.get("references")):
            if not self.sheet.string(node).startswith("https://"):
                self.sheet.fault("a reference is an https URL", node)
        return self._strings("references")

    def _examples(self) -> tuple[Example, ...]:
        nodes = self.sheet.items(self.fields.get("examples"))
        found = tuple(self._example(node) for node in nodes)
        kinds = {
            one.expect[0] if one.expect[:1] in ((NOTHING,), (UNDECIDED,)) else "finding" for one in found
        }
        lacking = [kind for kind in ("finding", NOTHING, UNDECIDED) if kind not in kinds]
        if lacking and "examples" in self.fields:
            self.sheet.fault(
                f"an example is lacking that expects: {', '.join(lacking)}", self.fields["examples"]
            )
        return found

    def _example(self, node: Node) -> Example:
        fields = self.sheet.fields(
            node, ("name", "given", "missing", "expect"), ("name", "expect"), "the example"
        )
        expect = fields.get("expect")
        texts = expect.value if isinstance(expect, SequenceNode) else [expect] if expect else []
        return Example(
            name=self.sheet.string(fields.get("name")),
            expect=tuple(self.sheet.string(text) for text in texts),
            given=fields.get("given"),
            missing=tuple(self.sheet.items(fields.get("missing"))),
            place=node,
            sheet=self.sheet,
        )


def _parse_each(text: str, scope: Scope) -> Each:
    match = _EACH.fullmatch(text)
    if match is None:
        raise TextFault("`each` is written like: container in pod.containers")
    name, path = match["name"], parse_path(match["path"], scope, match.start("path"))
    if path.type.kind is not Kind.MANY:
        raise TextFault(f"{path.text} is {path.type.described}, not a list", match.start("path"))
    if name in scope.names or name.startswith("_"):
        raise TextFault(f'"{name}" cannot name the element; use another name', match.start("name"))
    return Each(text.strip(), name, path)
