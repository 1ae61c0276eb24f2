"""Why a rule fired, or did not; the vocabulary and the catalog as tables."""

from pathlib import Path

from rules.docs import facts_table, rule_table
from rules.explain import Answer, explain
from rules.finding import Observation
from rules.load import load_catalog
from rules.rule import Rule
from rules.vocabulary import Kind, fields_of, walk
from tests.rules.words import SUBJECTS, Colour, Crate, Truck, write_rule


def rule(folder: Path, **changes: str) -> Rule:
    write_rule(folder, "a-rule", **changes)
    return load_catalog(folder, subjects=SUBJECTS).rules[0]


def test_every_clause_with_the_facts_it_read(tmp_path: Path) -> None:
    found = rule(
        tmp_path,
        when='truck.broken and not truck.late and (truck.fuel > 3 or truck.colour == "green") '
        "and len(truck.stops) == 0 and truck.plate != '' and truck.spare is None",
    )
    truck = Truck(broken=True, colour=Colour.GREEN, plate="AB", missing={"fuel": "no right"})
    assert explain(found, truck).lines() == [
        "✓ a-rule",
        "  ✓ all of",
        "    ✓ truck.broken   (truck.broken is yes)",
        "    ✓ not",
        "      ✗ truck.late   (truck.late is no)",
        "    ✓ at least one of",
        "      ? truck.fuel > 3   (truck.fuel is not read: truck.fuel: no right)",
        '      ✓ truck.colour == "green"   (truck.colour is "green")',
        "    ✓ len(truck.stops) == 0   (truck.stops is empty)",
        "    ✓ truck.plate != ''   (truck.plate is \"AB\")",
        "    ✓ truck.spare is None   (truck.spare is None)",
    ]


def test_each_element(tmp_path: Path) -> None:
    found = rule(tmp_path, each="crate in truck.crates", when="crate.size > 1", evidence="[crate.size]")
    crates = (Crate(name="a", size=2**20), Crate(name="b"))
    assert explain(found, Truck(crates=crates)).lines() == [
        "✓ a-rule",
        "  ✓ crate a",
        "    ✓ crate.size > 1   (crate.size is 1Mi)",
        "  ✗ crate b",
        "    ✗ crate.size > 1   (crate.size is None)",
    ]
    assert explain(found, Truck()).lines() == ["✗ a-rule", "  ✗ crate in truck.crates: there is none"]
    assert explain(found, Truck(missing={"crates": "cut"})).lines() == [
        "? a-rule",
        "  ? crate in truck.crates: not read (truck.crates: cut)",
    ]


def test_walks(tmp_path: Path) -> None:
    found = rule(tmp_path, when="any(c.count > 3 for c in truck.crates if c.sealed)")
    text = "any(c.count > 3 for c in truck.crates if c.sealed)"
    assert explain(found, Truck(crates=(Crate(name="a", count=5), Crate(name="b", sealed=True)))).lines() == [
        "✗ a-rule",
        f"  ✗ {text}",
        "    ✓ a",
        "      ✗ c.sealed   (c.sealed is no)",
        "      ✓ c.count > 3   (c.count is 5)",
        "    ✗ b",
        "      ✓ c.sealed   (c.sealed is yes)",
        "      ✗ c.count > 3   (c.count is 0)",
    ]
    assert explain(found, Truck()).lines() == ["✗ a-rule", f"  ✗ {text}", "    ✗ truck.crates is empty"]
    unseen = explain(found, Truck(missing={"crates": "cut"}))
    assert unseen.answer is Answer.UNKNOWN
    assert "not read: truck.crates: cut" in unseen.lines()[-1]
    assert explain(found, Truck(crates=(Crate(),) * 14)).lines()[-1] == "    ✗ … and 4 more"


def test_long_values_are_cut(tmp_path: Path) -> None:
    found = rule(tmp_path, when='truck.plate == "x"')
    [line] = [line for line in explain(found, Truck(plate="y" * 500)).lines() if "is " in line]
    assert len(line) < 200


def test_vocabulary() -> None:
    fields = fields_of(Crate)
    assert "missing" not in fields
    assert (fields["size"].unit, fields["size"].read, fields["size"].meaning) == (
        "bytes",
        "spec.crates.size",
        "Size",
    )
    assert fields["size"].type.optional
    assert fields["kind"].type.choices == ("bag", "box")
    assert str(fields_of(Truck)["colour"].type) == 'one of "red", "green"'
    assert str(fields["said"].type) == "group of facts, or None"
    assert {kind.type.kind for kind in fields_of(Truck).values()} >= {
        Kind.FLAG,
        Kind.TIME,
        Kind.MANY,
        Kind.TABLE,
    }
    paths = [entry.path for entry in walk("truck", Truck)]
    assert "truck.crates.count" in paths
    assert "truck.spare.said.text" in paths
    assert len(paths) == len(set(paths))


def test_facts_as_a_table() -> None:
    table = facts_table("truck", SUBJECTS).splitlines()
    assert table[0] == "| Fact | Type | Meaning | Read from |"
    assert "| `truck.crates.size` | number, or None, bytes | Size | `spec.crates.size` |" in table
    assert "| `truck.notes` | list of Observation (text, source, at) | Notes |  |" in table
    assert "| `truck.crates` | list of group of facts | Crates | `spec.crates` |" in table
    assert not any("notes.text" in line for line in table)


def test_rules_as_a_table(tmp_path: Path) -> None:
    write_rule(tmp_path, "a-rule", runbook="trucks.md#broken", guide="Trucks / Broken",
               summary="'{truck} | broken'",
               examples="""
               - {name: a, given: {broken: true}, expect: "default/truck | broken"}
               - {name: b, expect: nothing}
               - {name: c, missing: [broken], expect: undecided}
               """)  # fmt: skip
    write_rule(tmp_path, "b-rule", runbook="https://wiki.example.com/x")
    catalog = load_catalog(tmp_path, subjects=SUBJECTS)
    assert rule_table(catalog, "books/").splitlines()[2:] == [
        "| `a-rule` | high | {truck} \\| broken | Trucks / Broken | [broken](books/trucks.md#broken) |",
        "| `b-rule` | high | {truck} is broken |  | [runbook](https://wiki.example.com/x) |",
    ]


def test_observation_without_text_is_no_evidence(tmp_path: Path) -> None:
    found = rule(tmp_path, when="any(n.text == '' for n in truck.notes)")
    assert explain(found, Truck(notes=(Observation(""),))).answer is Answer.TRUE
