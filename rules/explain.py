"""Why a rule fired, or did not: clause by clause, with the facts each clause read."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from rules.clause import Clause, Joint
from rules.facts.base import SubjectFacts
from rules.path import FactPath, Scene, Unknown
from rules.rule import Rule
from rules.truth import Truth, disjunction
from rules.wording import wording
from rules.write_up import element_name

MOST_ELEMENTS = 10
"""Elements of one list that are explained."""
LONGEST_VALUE = 120

_HEADS = {Joint.AND: "all of", Joint.OR: "at least one of", Joint.NOT: "not"}


class Answer(StrEnum):
    """The outcome of a clause; the value is the mark in front of its line."""

    TRUE = "✓"
    FALSE = "✗"
    UNKNOWN = "?"

    @classmethod
    def of(cls, truth: Truth) -> "Answer":
        """The answer for a truth."""
        if isinstance(truth, Unknown):
            return cls.UNKNOWN
        return cls.TRUE if truth else cls.FALSE


class Reading(Struct, frozen=True):
    """A fact that was read, and its value in words."""

    path: str
    value: str


class Step(Struct, frozen=True, kw_only=True):
    """One clause as it was judged.

    Attributes:
        text: the clause as written, or what joins its parts ("all of").
        readings: the facts a single clause read.
        parts: the clauses it is made of; for any() and all() one for each element.
    """

    text: str
    answer: Answer
    readings: tuple[Reading, ...] = ()
    parts: tuple["Step", ...] = ()

    def lines(self, depth: int = 0) -> Iterable[str]:
        """This clause and its parts, indented."""
        facts = ", ".join(f"{reading.path} is {reading.value}" for reading in self.readings)
        yield f"{'  ' * depth}{self.answer} {self.text}{f'   ({facts})' if facts else ''}"
        for part in self.parts:
            yield from part.lines(depth + 1)


class Explanation(Struct, frozen=True, kw_only=True):
    """How one rule was judged on one subject; `steps` has one entry, or one for each element."""

    rule: str
    answer: Answer
    steps: tuple[Step, ...]

    def lines(self) -> list[str]:
        """Plain text, one clause a line, marked ✓ true, ✗ false, ? could not tell."""
        return [f"{self.answer} {self.rule}", *(line for step in self.steps for line in step.lines(1))]


def explain(rule: Rule, facts: SubjectFacts) -> Explanation:
    """Judge one rule and keep every step of it."""
    scenes = rule.scenes(facts)
    if isinstance(scenes, Unknown):
        return Explanation(rule=rule.id, answer=Answer.UNKNOWN, steps=(_unread(rule, scenes),))
    found = list(scenes)
    clause = rule.when.clause
    answer = Answer.of(disjunction(clause.test(scene) for scene in found))
    if rule.each is None:
        return Explanation(rule=rule.id, answer=answer, steps=(_step(clause, found[0]),))
    shown = tuple(_element(f"{rule.each.name} {element_name(scene)}", (clause,), scene) for scene in found)
    none = Step(text=f"{rule.each.text}: there is none", answer=Answer.FALSE)
    return Explanation(rule=rule.id, answer=answer, steps=shown or (none,))


def _unread(rule: Rule, unknown: Unknown) -> Step:
    text = rule.each.text if rule.each else ""
    return Step(text=f"{text}: not read ({'; '.join(unknown.missing)})", answer=Answer.UNKNOWN)


def _element(title: str, clauses: tuple[Clause, ...], scene: Scene) -> Step:
    judged = tuple(_step(clause, scene) for clause in clauses)
    return Step(text=title, answer=judged[-1].answer, parts=judged)


def _step(clause: Clause, scene: Scene) -> Step:
    answer = Answer.of(clause.test(scene))
    if clause.joint is Joint.SINGLE:
        readings = tuple(_reading(path, scene) for path in clause.paths)
        return Step(text=clause.text, answer=answer, readings=readings)
    if clause.joint in (Joint.ANY, Joint.ALL):
        return Step(text=clause.text, answer=answer, parts=tuple(_walked(clause, scene)))
    parts = tuple(_step(part, scene) for part in clause.parts)
    return Step(text=_HEADS[clause.joint], answer=answer, parts=parts)


def _walked(clause: Clause, scene: Scene) -> Iterable[Step]:
    path = clause.paths[0]
    found = path.read(scene)
    if isinstance(found, Unknown) or not isinstance(found, Iterable):
        answer = Answer.UNKNOWN if isinstance(found, Unknown) else Answer.FALSE
        yield Step(text=path.text, answer=answer, readings=(_reading(path, scene),))
        return
    elements = list(found)
    for index, element in enumerate(elements[:MOST_ELEMENTS]):
        inner = (*scene, element)
        yield _element(element_name((scene, element)) or f"element {index + 1}", clause.parts, inner)
    if not elements:
        yield Step(text=f"{path.text} is empty", answer=Answer.FALSE)
    elif len(elements) > MOST_ELEMENTS:
        more = len(elements) - MOST_ELEMENTS
        yield Step(text=f"… and {more} more", answer=Answer.of(clause.test(scene)))


def _reading(path: FactPath, scene: Scene) -> Reading:
    value = path.read(scene)
    if isinstance(value, Unknown):
        return Reading(path.text, "not read: " + "; ".join(value.missing))
    if value is None:
        return Reading(path.text, "None")
    text = f'"{value}"' if isinstance(value, str) else wording(value, path.unit)
    short = text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
    return Reading(path.text, short or "empty")
