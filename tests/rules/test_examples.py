"""The examples inside a rule file: given facts, missing facts, and what is expected of them."""

import pytest

from rules.examples import check_examples
from rules.rule_file import read_rule
from rules.yaml_places import Sheet
from tests.rules.words import SUBJECTS, rule_text

REST = """
- {name: none, given: {crates: []}, expect: nothing}
- {name: unseen, missing: [crates], expect: undecided}
"""
EACH = {
    "each": "crate in truck.crates",
    "when": "crate.sealed and crate.count > 0",
    "summary": '"{crate.name} of {truck}"',
}


def faults(example: str) -> list[str]:
    text = rule_text("a-rule", **EACH, examples=f"- {example}\n{REST.strip()}")
    sheet = Sheet("a-rule.yaml", text)
    rule = read_rule(sheet, SUBJECTS, shipped=True)
    assert rule is not None, sheet.faults
    found = check_examples(rule)
    assert all(fault.file == "a-rule.yaml" for fault in found)
    assert check_examples(rule) == found
    return [f"{fault.source[fault.column - 1 :][:12]} | {fault.message}" for fault in found]


FULL = "{name: f, given: {crates: [{sealed: true, count: 1}]}, expect: crate of default/truck}"
FOUND = f"\n- {FULL}"


@pytest.mark.parametrize(
    "example",
    [
        FULL,
        "{name: a, given: {crates: [{sealed: true, count: 2}, {}]}, expect: [crate of default/truck]}",
        """{name: a, given: {ref: {kind: Truck, name: x, namespace: y}, crates: [
          {name: c, sealed: true, count: 1}, {name: d, sealed: true, count: 1}]},
          expect: [c of y/x, d of y/x]}""",
        "{name: a, given: {crates: [{sealed: true}]}, missing: [crates.0.count], expect: undecided}",
        "{name: a, given: {crates: [{sealed: true}]}, missing: [truck.crates.0.count], expect: undecided}",
        "{name: a, given: {crates: [{}]}, missing: [crates.0.count], expect: nothing}",
        """{name: a, given: {left_at: 2026-03-01T12:00:00Z, due_at: '2026-03-01T12:00:00Z', spare: null,
          driver: {name: Kim}, colour: green, papers: {a: b}},
          missing: [driver.awake, spare], expect: nothing}""",
    ],
)
def test_examples_that_hold(example: str) -> None:
    assert faults(example + FOUND) == []


@pytest.mark.parametrize(
    ("example", "said"),
    [
        (
            "{name: a, given: {crtes: []}, expect: nothing}",
            'crtes: []},  | truck has no fact "crtes"; did you mean "crates"?',
        ),
        (
            "{name: a, given: {crates: [{}, {cont: 1}]}, expect: nothing}",
            'cont: 1}]},  | truck.crates has no fact "cont"; did you mean "count"?',
        ),
        (
            "{name: a, given: {missing: {fuel: x}}, expect: nothing}",
            'missing: {fu | truck has no fact "missing"',
        ),
        (
            "{name: a, given: {driver: Kim}, expect: nothing}",
            "Kim}, expect | truck.driver is a group of facts: a mapping is expected here",
        ),
        (
            "{name: a, given: {crates: [{}, {count: many}]}, expect: nothing}",
            "many}]}, exp | this does not fit the fact: Expected `int`, got `str`",
        ),
        (
            "{name: a, given: {colour: blue}, expect: nothing}",
            "blue}, expec | this does not fit the fact: Invalid enum value 'blue'",
        ),
        (
            "{name: a, given: {left_at: 2026-77-01}, expect: nothing}",
            "{left_at: 20 | this value cannot be read",
        ),
        (
            "{name: a, missing: [feul], expect: nothing}",
            'feul], expec | there is no fact "feul" there; did you mean "fuel"?',
        ),
        (
            "{name: a, missing: [crates.0.count], expect: nothing}",
            "crates.0.cou | this is not the path of a fact that can be missing",
        ),
        (
            "{name: a, missing: [ref.name], expect: nothing}",
            "ref.name], e | this is not the path of a fact that can be missing",
        ),
        (
            "{name: a, given: [1], expect: nothing}",
            "[1], expect: | truck is a group of facts: a mapping is expected here",
        ),
        (
            "{name: a, given: {crates: [{sealed: true, count: 1}]}, expect: nothing}",
            '{name: a, gi | the example "a" expects nothing, but the answer is "crate of default/truck"',
        ),
        (
            "{name: a, missing: [crates], expect: nothing}",
            '{name: a, mi | the example "a" expects nothing, but the answer is undecided',
        ),
        (
            "{name: a, expect: undecided}",
            '{name: a, ex | the example "a" expects undecided, but the answer is nothing',
        ),
        (
            "{name: a, given: {crates: [{sealed: true, count: 1}]}, expect: crate of truck}",
            '{name: a, gi | the example "a" expects "crate of truck", but the answer is "crate of',
        ),
    ],
)
def test_examples_that_do_not_hold(example: str, said: str) -> None:
    found = faults(example + FOUND)
    assert len(found) == 1
    assert found[0].startswith(said)
