"""Facts and rules in; findings and what could not be told out. Deterministic."""

from collections.abc import Iterable

from msgspec import Struct

from rules.facts.base import SubjectFacts
from rules.finding import Finding, Undecided
from rules.path import Scene, Unknown
from rules.rule import Catalog, Rule
from rules.write_up import element_name, write_up


class Judgement(Struct, frozen=True):
    """What the rules say of one subject: causes, most causal first, and rules that lacked facts."""

    findings: tuple[Finding, ...] = ()
    undecided: tuple[Undecided, ...] = ()


class _Match(Struct, frozen=True):
    """A rule that is true, of the subject (element None) or of one element."""

    rule: Rule
    element: str | None
    scene: Scene


class _Doubt(Struct, frozen=True):
    """A rule that is neither true nor false."""

    rule: Rule
    element: str | None
    missing: tuple[str, ...]


def judge(facts: SubjectFacts, catalog: Catalog) -> Judgement:
    """Judge the facts by every rule about them.

    Findings are sorted by severity, confidence, how many other rules the rule supersedes, id, and order of
    the elements. What a present finding supersedes, directly or through others, is dropped: everything
    for a finding about the subject, the subject's and its own element's for a finding about an element.
    """
    matches, doubts = _apply(catalog.rules_for(facts), facts)
    beats = catalog.beats
    standing = [match for match in matches if not _is_beaten(match, matches, catalog)]
    open_doubts = [doubt for doubt in doubts if not _is_beaten(doubt, matches, catalog)]
    standing.sort(key=lambda match: _order(match.rule, len(beats.get(match.rule.id, ()))))
    open_doubts.sort(key=lambda doubt: _order(doubt.rule, len(beats.get(doubt.rule.id, ()))))
    findings = (write_up(match.rule, facts, match.scene) for match in standing)
    return Judgement(_each_once(findings), _merged(open_doubts))


def judge_rule(rule: Rule, facts: SubjectFacts) -> Judgement:
    """Judge the facts by one rule alone."""
    matches, doubts = _apply((rule,), facts)
    return Judgement(tuple(write_up(rule, facts, match.scene) for match in matches), _merged(doubts))


def _apply(rules: Iterable[Rule], facts: SubjectFacts) -> tuple[list[_Match], list[_Doubt]]:
    matches: list[_Match] = []
    doubts: list[_Doubt] = []
    plain: Scene = (facts,)
    for rule in rules:
        scenes = rule.scenes(facts) if rule.each else (plain,)
        if isinstance(scenes, Unknown):
            doubts.append(_Doubt(rule, None, scenes.missing))
            continue
        test = rule.when.clause.test
        for scene in scenes:
            truth = test(scene)
            if truth is True:
                matches.append(_Match(rule, element_name(scene), scene))
            elif truth is not False:
                doubts.append(_Doubt(rule, element_name(scene), truth.missing))
    return matches, doubts


def _is_beaten(one: _Match | _Doubt, matches: list[_Match], catalog: Catalog) -> bool:
    return any(
        one.rule.id in catalog.beats.get(other.rule.id, ()) and _touches(other.element, one.element)
        for other in matches
    )


def _touches(winner: str | None, loser: str | None) -> bool:
    return winner is None or loser is None or winner == loser


def _order(rule: Rule, beaten: int) -> tuple[int, int, int, str]:
    return (rule.severity.rank, rule.confidence.rank, -beaten, rule.id)


def _each_once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple({(one.fingerprint, one.summary): one for one in findings}.values())


def _merged(doubts: Iterable[_Doubt]) -> tuple[Undecided, ...]:
    missing: dict[str, dict[str, None]] = {}
    rules: dict[str, Rule] = {}
    for doubt in doubts:
        rules[doubt.rule.id] = doubt.rule
        missing.setdefault(doubt.rule.id, {}).update(dict.fromkeys(doubt.missing))
    return tuple(Undecided(rule, tuple(reasons), rules[rule].severity) for rule, reasons in missing.items())
