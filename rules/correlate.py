"""Many findings over the graph of what depends on what → the few causes behind them."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from rules.facts.base import SubjectFacts
from rules.finding import Finding, ObjectRef, Severity, Symptom
from rules.judge import Judgement

FARTHEST = 6
"""Steps from a symptom to its cause: Ingress, Service, pod, claim, driver's pod, node."""
NEAREST = 2
"""Steps over which one rule supersedes another's finding: farther off, the same words are another trouble."""

Beats = Mapping[str, frozenset[str]]
"""Rule id → the ids it supersedes, of its own subject and of others."""


class Judged(Struct, frozen=True):
    """One object's facts, and what the rules say of it."""

    facts: SubjectFacts
    judgement: Judgement


class _Link(Struct, frozen=True):
    """A finding that may be folded into another, and how well the two fit; the smallest `order` is best."""

    into: int
    order: tuple[int, ...]


def correlate(
    judged: Sequence[Judged], beats: Beats, *, once_per_object: bool = False
) -> tuple[Finding, ...]:
    """Fold findings that only follow from others into those; what is left are causes.

    A finding is folded into one about an object it depends on (through up to `FARTHEST` others) when it is a
    symptom, and into one linked closely with it, in either direction, whose rule supersedes its own. The same
    cause of several pods of one owner (the same fingerprint) is told once.

    Args:
        judged: each object once; the order is kept among causes.
        beats: rule id → ids it supersedes.
        once_per_object: fold what else is wrong with an object into its first finding.
    """
    findings = [one for each in judged for one in each.judgement.findings]
    folder = _Folder(findings, _Reach(judged), beats)
    parents: dict[int, int] = {}
    for index in range(len(findings)):
        links = sorted(folder.links(index), key=lambda link: link.order)
        into = next((link.into for link in links if _root(link.into, parents) != index), None)
        if into is not None:
            parents[index] = into
    if once_per_object:
        _join_objects(findings, parents)
    return _heads(findings, parents)


class _Reach:
    """How far each object's trouble lies from another's, following what depends on what."""

    def __init__(self, judged: Iterable[Judged]) -> None:
        self._next: dict[ObjectRef, list[ObjectRef]] = {}
        self._before: dict[ObjectRef, list[ObjectRef]] = {}
        for each in judged:
            for ref in each.facts.depends_on:
                self._link(each.facts.ref, ref)
            if each.facts.top_owner != each.facts.ref:
                self._link(each.facts.top_owner, each.facts.ref)
        self._known: dict[ObjectRef, dict[ObjectRef, int]] = {}

    def distances(self, start: ObjectRef) -> Mapping[ObjectRef, int]:
        """Every object that can be reached, with the number of steps; the object itself is 0 away."""
        if start not in self._known:
            self._known[start] = _walk(start, self._next, FARTHEST)
        return self._known[start]

    def near(self, start: ObjectRef) -> Mapping[ObjectRef, int]:
        """Every object within `NEAREST` steps, in one direction or the other."""
        found = _walk(start, self._before, NEAREST)
        for ref, steps in _walk(start, self._next, NEAREST).items():
            found[ref] = min(steps, found.get(ref, steps))
        return found

    def _link(self, ref: ObjectRef, depends_on: ObjectRef) -> None:
        self._next.setdefault(ref, []).append(depends_on)
        self._before.setdefault(depends_on, []).append(ref)


def _walk(
    start: ObjectRef, edges: Mapping[ObjectRef, Sequence[ObjectRef]], farthest: int
) -> dict[ObjectRef, int]:
    found = {start: 0}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if found[here] == farthest:
            continue
        for there in edges.get(here, ()):
            if there not in found:
                found[there] = found[here] + 1
                waiting.append(there)
    return found


class _Folder:
    """Which findings each finding may be folded into."""

    def __init__(self, findings: Sequence[Finding], reach: _Reach, beats: Beats) -> None:
        self._findings = findings
        self._reach = reach
        self._of_object: dict[ObjectRef, list[int]] = {}
        self._first: dict[str, int] = {}
        for index, finding in enumerate(findings):
            self._of_object.setdefault(finding.subject, []).append(index)
            self._first.setdefault(finding.fingerprint, index)
        rules = {finding.rule for finding in findings}
        self._winners = {loser: {rule for rule in rules if loser in beats.get(rule, ())} for loser in rules}

    def links(self, index: int) -> Iterable[_Link]:
        """Every finding this one may be folded into."""
        one = self._findings[index]
        first = self._first[one.fingerprint]
        if first != index:
            yield _Link(first, (0, 0, 0, first))
        yield from self._winning(one)
        if one.symptom:
            yield from self._below(one)

    def _winning(self, one: Finding) -> Iterable[_Link]:
        winners = self._winners[one.rule]
        for ref, steps in self._reach.near(one.subject).items() if winners else ():
            for index in self._of_object.get(ref, ()) if ref != one.subject else ():
                if self._findings[index].rule in winners:
                    yield _Link(index, (1, steps, 0, index))

    def _below(self, one: Finding) -> Iterable[_Link]:
        for ref, steps in self._reach.distances(one.subject).items():
            for index in self._of_object.get(ref, ()) if ref != one.subject else ():
                if _may_cause(self._findings[index], one):
                    yield _Link(index, _downward(self._findings[index], steps, index))


def _may_cause(other: Finding, one: Finding) -> bool:
    """Whether a finding is grave enough to be the cause: what is merely noticed is none."""
    return other.severity.rank <= max(one.severity.rank, Severity.MEDIUM.rank)


def _downward(other: Finding, steps: int, index: int) -> tuple[int, ...]:
    return (3 if other.symptom else 2, steps, other.severity.rank, index)


def _root(index: int, parents: Mapping[int, int]) -> int:
    while index in parents:
        index = parents[index]
    return index


def _join_objects(findings: Sequence[Finding], parents: dict[int, int]) -> None:
    """Put all that is wrong with an object where its first finding stands: it is told in one place."""
    first: dict[ObjectRef, int] = {}
    for index, finding in enumerate(findings):
        main = first.setdefault(finding.subject, index)
        if main != index and index not in _above(main, parents):
            parents[index] = main


def _above(index: int, parents: Mapping[int, int]) -> list[int]:
    """What a finding is folded into, and what that is folded into, up to the cause."""
    path = []
    while index in parents:
        index = parents[index]
        path.append(index)
    return path


def _heads(findings: Sequence[Finding], parents: Mapping[int, int]) -> tuple[Finding, ...]:
    folded: dict[int, list[Finding]] = {}
    for index in parents:
        folded.setdefault(_root(index, parents), []).append(findings[index])
    return tuple(
        replace(finding, explains=_symptoms(finding, folded.get(index, ())))
        for index, finding in enumerate(findings)
        if index not in parents
    )


def _symptoms(head: Finding, folded: Collection[Finding]) -> tuple[Symptom, ...]:
    """What a cause explains, by kind, namespace and name; of another object only what is gravest is told."""
    ranked = sorted(folded, key=lambda one: (one.severity.rank, one.rule))
    made: dict[tuple[ObjectRef, str], Symptom] = {}
    for one in ranked:
        own = one.subject == head.subject
        if own and one.rule == head.rule:
            continue
        made.setdefault((one.subject, one.rule if own else ""), _symptom(one))
    return tuple(sorted(made.values(), key=_by_object))


def _symptom(one: Finding) -> Symptom:
    return Symptom(
        rule=one.rule,
        severity=one.severity,
        fingerprint=one.fingerprint,
        subject=one.subject,
        summary=one.summary,
        owner=one.owner,
    )


def _by_object(symptom: Symptom) -> tuple[str, str, str, str]:
    subject = symptom.subject
    return subject.kind, subject.namespace, subject.name, symptom.rule
