"""One rule file: what is read, and every refusal with its place and caret."""

from pathlib import Path

import pytest

from rules.fault import Fault
from rules.finding import Confidence, Severity
from rules.rule import Rule
from rules.rule_file import read_rule
from rules.yaml_places import Sheet
from tests.rules.words import SUBJECTS, rule_text


def read(text: str, *, shipped: bool = True) -> tuple[Rule | None, list[Fault]]:
    sheet = Sheet("catalog/truck/a-rule.yaml", text)
    return read_rule(sheet, SUBJECTS, shipped=shipped), sheet.faults


def refused(text: str) -> str:
    rule, faults = read(text)
    assert rule is None
    return "\n".join(str(fault) for fault in faults)


def test_a_full_rule() -> None:
    text = rule_text(
        "a-rule",
        each="crate in truck.crates",
        when="crate.sealed and crate.count > 0",
        summary='"{crate.name} of {truck} is sealed"',
        supersedes="[b-rule, c-rule]",
        effect="Nobody can open {crate.name}",
        runbook="runbooks/crates.md#sealed",
        references="[https://example.com/x]",
        guide="Trucks / Sealed crates",
        discriminator='"{crate.name}/{crate.kind}"',
        evidence="""
            - crate.said
            - "holds {crate.count}"
            - text: "{crate.labels}"
              source: spec.labels
        """,
        fix="""
            - say: Open {crate.name}.
              run: open {crate.name}
              changes: crate
            - say: Look inside.
              show: |
                crate: {crate.name}
              if: crate.count > 3
        """,
    )
    rule, faults = read(text)
    assert faults == []
    assert rule is not None
    assert (rule.id, rule.subject, rule.severity) == ("a-rule", "truck", Severity.HIGH)
    assert rule.confidence is Confidence.CONFIRMED
    assert rule.each is not None
    assert rule.each.name == "crate"
    assert rule.supersedes == ("b-rule", "c-rule")
    assert rule.runbook == "crates.md#sealed"
    assert [step.changes for step in rule.fix] == ["crate", ""]
    assert [len(example.expect) for example in rule.examples] == [1, 1, 1]


REFUSED = [
    ({"id": "A_Rule"}, "1:5: an id is made of small letters"),
    ({"id": "other"}, '1:5: the id "other" must be the name of the file ("a-rule")'),
    ({"id": "[x]"}, "1:5: text is expected here"),
    ({"subject": "trukc"}, '2:10: there is no subject "trukc"; did you mean "truck"?'),
    ({"subject": "moon"}, '2:10: there is no subject "moon"; known: truck, garage'),
    (
        {"severity": "hihg"},
        '3:11: severity must be one of critical, high, medium, low, info; did you mean "high"?',
    ),
    ({"confidence": "sure"}, "4:13: confidence must be one of"),
    ({"when": "truck.borken"}, '5:13: truck has no fact "borken"; did you mean "broken"?'),
    ({"when": '"truck.borken"'}, "5:14: truck has no"),
    ({"when": "''"}, "5:7: this is empty"),
    ({"when": "true"}, "5:7: text is expected here"),
    ({"summary": '"{truck.plat} is"'}, '6:18: truck has no fact "plat"; did you mean "plate"?'),
    ({"summary": "{truck}"}, "6:10: text is expected here (put it in quotes)"),
    ({"cause": '"it {truck.driver} is"'}, "7:13: truck.driver is a group of facts; name one of its facts"),
    ({"evidence": "[truck.brken]"}, '8:18: truck has no fact "brken"; did you mean "broken"?'),
    ({"evidence": "[truck.crates]"}, "8:12: truck.crates is a list of group of facts; name one of its facts"),
    ({"evidence": "[]"}, "8:11: a finding needs evidence"),
    ({"evidence": "truck.broken"}, "8:11: a list is expected here"),
    ({"evidence": "[{txt: a}]"}, '8:13: the evidence has no key "txt"; did you mean "text"?'),
    ({"evidence": "[{source: a}]"}, '8:12: the evidence lacks "text"'),
    ({"fix": "[]"}, "9:6: a finding needs a fix"),
    ({"fix": "[{sya: a}]"}, '9:8: the step has no key "sya"; did you mean "say"?'),
    ({"fix": "[{say: a, run: '{truck.x}'}]"}, '9:29: truck has no fact "x"'),
    ({"fix": "[{say: a, if: truck.fuel}]"}, "9:20: truck.fuel is a number and no condition by itself"),
    ({"fix": "[mend]"}, "9:7: the step must be a mapping"),
    ({"each": "crate of truck.crates"}, "15:7: `each` is written like: container in pod.containers"),
    ({"each": "crate in truck.driver"}, "15:16: truck.driver is a group of facts, not a list"),
    ({"each": "truck in truck.crates"}, '15:7: "truck" cannot name the element'),
    ({"each": "c in truck.craets"}, '15:18: truck has no fact "craets"; did you mean "crates"?'),
    ({"supersedes": "x"}, "15:13: a list is expected here"),
    ({"runbook": "crates.md"}, "15:10: a runbook is named like pod-pending.md#untolerated-taint"),
    ({"references": "[http://x]"}, "15:14: a reference is an https URL"),
    ({"discriminator": '"{crate}"'}, '15:18: there is nothing called "crate" here'),
    ({"wehn": "x"}, '15:1: the rule has no key "wehn"; did you mean "when"?'),
    ({"override": "true"}, '15:1: the rule has no key "override"'),
    ({"examples": "[]"}, "11:11: an example is lacking that expects: finding, nothing, undecided"),
    ({"examples": "[{name: a, expect: nothing}]"}, "an example is lacking that expects: finding, undecided"),
    (
        {"examples": "[{nme: a, expect: nothing}]"},
        '11:13: the example has no key "nme"; did you mean "name"?',
    ),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED, ids=[said[:45] for _, said in REFUSED])
def test_refusals(changes: dict[str, str], said: str) -> None:
    assert said in refused(rule_text("a-rule", **changes)).replace("catalog/truck/a-rule.yaml:", "")


def test_the_caret_stands_under_the_fault() -> None:
    assert refused(rule_text("a-rule", when="truck.broken and truck.lat")) == (
        'catalog/truck/a-rule.yaml:5:30: truck has no fact "lat"; did you mean "late"?\n'
        "    when: truck.broken and truck.lat\n"
        "                                 ^"
    )


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        (">-\n  truck.broken\n  and truck.lat", 7, 13),
        (">\n    truck.broken and\n    truck.late and truck.lat", 7, 26),
        ("|\n  truck.broken and (\n    truck.lat)", 7, 11),
        ("truck.broken\n  and truck.lat", 6, 13),
        ('"truck.broken\n  and truck.lat"', 6, 13),
        ("'truck.plate == ''a'' or truck.lat'", 5, 38),
        ('"truck.plate == \\"a\\" or truck.lat"', 5, 38),
    ],
)
def test_place_inside_every_kind_of_yaml_text(written: str, line: int, column: int) -> None:
    text = rule_text("a-rule").replace("when: truck.broken", f"when: {written}")
    _, faults = read(text)
    assert [(fault.line, fault.column) for fault in faults] == [(line, column)]
    assert faults[0].source[column - 1 :].startswith("lat")


def test_all_faults_of_a_file_at_once() -> None:
    text = rule_text("a-rule", severity="hihg", when="truck.borken", cause="'{x}'", colour="red")
    assert sorted(fault.line for fault in read(text)[1]) == [3, 5, 7, 15]


def test_absent_keys() -> None:
    said = refused("id: a-rule\nwhen:\n")
    for key in (
        "subject",
        "severity",
        "confidence",
        "when",
        "summary",
        "cause",
        "evidence",
        "fix",
        "examples",
    ):
        assert f'the rule lacks "{key}"' in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("# only words\n", "the file is empty"),
        ("- a\n", "the rule must be a mapping"),
        ("a: [1, 2\nb: x\n", "not YAML: "),
        ("a: b: c\n", ":1:5: not YAML: mapping values are not allowed"),
        ("a: 1\n---\nb: 2\n", "not YAML: but found another document"),
        ("a: \x01\n", "not YAML: "),
        ("id: &x a\nwhen: *x\n", ":2:7: aliases are not allowed"),
        ("[" * 50_000, "nested more than 30 deep"),
        ("- " * 20_000, "nested more than 30 deep"),
        ("id: a\nid: b\n", ':2:1: the key "id" stands twice'),
        ("? [a]\n: b\n", "has no key"),
        ("id: !!python/object:os.system x\n", "text is expected here"),
    ],
)
def test_yaml_that_is_refused(text: str, said: str) -> None:
    assert said in refused(text)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_bytes(b"#" * 70_000)
    (tmp_path / "latin.yaml").write_bytes(b"id: \xe9")
    (tmp_path / "folder.yaml").mkdir()
    said = {
        name: str(Sheet.open(tmp_path / name).faults[0])
        for name in ("large.yaml", "latin.yaml", "folder.yaml")
    }
    assert "larger than 64 KB" in said["large.yaml"]
    assert "not UTF-8 (byte 4)" in said["latin.yaml"]
    assert "cannot be read: Is a directory" in said["folder.yaml"]
    assert "cannot be read: No such file" in str(Sheet.open(tmp_path / "none").faults[0])


def test_an_operator_may_say_override() -> None:
    rule, faults = read(rule_text("a-rule", override="true"), shipped=False)
    assert faults == []
    assert rule is not None
    assert rule.override
    assert "true or false is expected" in str(
        read(rule_text("a-rule", override="maybe"), shipped=False)[1][0]
    )
