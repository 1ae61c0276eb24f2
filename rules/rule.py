"""A rule as it is after loading: checked, compiled, ready to be judged; and the catalog of all of them."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from yaml.nodes import Node

from rules.facts.base import SubjectFacts
from rules.fault import Fault
from rules.finding import Confidence, Severity
from rules.path import FactPath, Scene, Scope, Unknown
from rules.template import Template
from rules.when import Condition
from rules.yaml_places import Sheet


class Each(Struct, frozen=True):
    """`each: container in pod.containers`: the rule is judged once for every element."""

    text: str
    name: str
    path: FactPath


class EvidenceItem(Struct, frozen=True, kw_only=True):
    """One line of evidence: a fact, or a sentence with the source it names."""

    path: FactPath | None = None
    template: Template | None = None
    source: Template | None = None


class FixItem(Struct, frozen=True, kw_only=True):
    """One step of a fix; left out when its condition is not true."""

    say: Template
    run: Template | None = None
    show: Template | None = None
    changes: str = ""
    condition: Condition | None = None


class Example(Struct, frozen=True, kw_only=True):
    """One example inside a rule file, as written; `check_examples` reads and judges it.

    Attributes:
        expect: "nothing", "undecided", or the summaries of the expected findings.
        given: the facts as YAML, or None for the defaults; `missing` are the paths that could not be read.
        place: where the example stands in the file.
    """

    name: str
    expect: tuple[str, ...]
    given: Node | None
    missing: tuple[Node, ...]
    place: Node
    sheet: Sheet


class Rule(Struct, frozen=True, kw_only=True):
    """One cause the catalog knows.

    Attributes:
        facts: the class of facts it is judged on; `scope` the names it may use.
        effect: None when the subject's own `effect` is taken.
        runbook: `file.md#anchor` in the runbooks, a URL, or empty.
        guide: "Section / Row" of the on-call guide, or empty.
        discriminator: tells several findings of one rule apart; None for the element's name.
        file: where it was read; `shipped` is False for an operator's own.
        symptom: it only says that something is unwell; a cause found behind it takes its place.
        override: an operator's rule that takes the place of the shipped one of its id.
        places: the value of each key, for faults found across files.
    """

    id: str
    subject: str
    facts: type[SubjectFacts]
    scope: Scope
    severity: Severity
    confidence: Confidence
    each: Each | None = None
    when: Condition
    supersedes: tuple[str, ...] = ()
    summary: Template
    cause: Template
    effect: Template | None = None
    evidence: tuple[EvidenceItem, ...] = ()
    fix: tuple[FixItem, ...] = ()
    runbook: str = ""
    references: tuple[str, ...] = ()
    guide: str = ""
    discriminator: Template | None = None
    examples: tuple[Example, ...] = ()
    file: str = ""
    shipped: bool = True
    override: bool = False
    symptom: bool = False
    sheet: Sheet
    places: Mapping[str, Node]

    def scenes(self, facts: SubjectFacts) -> Iterable[Scene] | Unknown:
        """What the rule is judged on: the facts, or the facts with each element in turn."""
        scene: Scene = (facts,)
        if self.each is None:
            return (scene,)
        found = self.each.path.read(scene)
        if isinstance(found, Unknown):
            return found
        return [(facts, element) for element in found] if isinstance(found, Iterable) else ()


class Catalog(Struct, frozen=True, kw_only=True):
    """All rules that are in force.

    Attributes:
        rules: sorted by subject, then id.
        faults: the operator's files and settings that were refused.
        off: shipped rules that are switched off.
        subjects: subject → the facts of its rules.
        beats: rule id → all ids it supersedes, directly or through others.
        of_facts: class of facts → its rules, for `judge`.
    """

    rules: tuple[Rule, ...] = ()
    faults: tuple[Fault, ...] = ()
    off: tuple[str, ...] = ()
    subjects: Mapping[str, type[SubjectFacts]] = {}
    beats: Mapping[str, frozenset[str]] = {}
    of_facts: Mapping[type[SubjectFacts], tuple[Rule, ...]] = {}

    @classmethod
    def of(
        cls,
        rules: Iterable[Rule],
        subjects: Mapping[str, type[SubjectFacts]],
        faults: Iterable[Fault] = (),
        off: Iterable[str] = (),
    ) -> "Catalog":
        """Sort the rules and work out which beats which."""
        ordered = tuple(sorted(rules, key=lambda rule: (rule.subject, rule.id)))
        direct = {rule.id: rule.supersedes for rule in ordered}
        return cls(
            rules=ordered,
            faults=tuple(faults),
            off=tuple(off),
            subjects=subjects,
            beats={rule.id: beaten_by(rule.id, direct) for rule in ordered},
            of_facts={kind: tuple(r for r in ordered if r.facts is kind) for kind in subjects.values()},
        )

    def find(self, rule_id: str) -> Rule | None:
        """The rule of that id, if it is in force."""
        return next((rule for rule in self.rules if rule.id == rule_id), None)

    def rules_for(self, facts: SubjectFacts) -> tuple[Rule, ...]:
        """The rules about these facts: those of their own subject and of the more general ones above it."""
        return tuple(rule for kind in type(facts).__mro__ for rule in self.of_facts.get(kind, ()))


def beaten_by(rule_id: str, direct: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """All ids a rule supersedes, directly or through others; contains itself when it is part of a circle."""
    beaten: set[str] = set()
    waiting = list(direct.get(rule_id, ()))
    while waiting:
        one = waiting.pop()
        if one not in beaten:
            beaten.add(one)
            waiting.extend(direct.get(one, ()))
    return frozenset(beaten)
