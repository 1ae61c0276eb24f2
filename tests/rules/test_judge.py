"""Facts and rules in, findings out: order, superseding, evidence, fixes, doubts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.finding import FixStep, ObjectRef, Observation, Severity, Undecided, fingerprint
from rules.judge import Judgement, judge
from rules.load import load_catalog
from rules.rule import Catalog
from tests.rules.words import SUBJECTS, Crate, Driver, Garage, Truck, write_rule

SEALED = {
    "each": "crate in truck.crates",
    "when": "crate.sealed",
    "summary": '"{crate.name} is sealed"',
    "evidence": "[crate.sealed]",
}
HEAVY = {
    "each": "crate in truck.crates",
    "when": "crate.count > 5",
    "summary": '"{crate.name} is heavy"',
    "evidence": "[crate.count]",
}
LATE = {"when": "truck.late", "evidence": "[truck.late]"}


class Kitchen:
    """Writes rules and judges by them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.joinpath("truck").mkdir()

    def rule(self, rule_id: str, **changes: str) -> "Kitchen":
        write_rule(self.folder, rule_id, **changes)
        return self

    @property
    def catalog(self) -> Catalog:
        return load_catalog(self.folder, subjects=SUBJECTS)

    def judge(self, facts: Truck | Garage) -> Judgement:
        return judge(facts, self.catalog)

    def found(self, facts: Truck | Garage) -> list[str]:
        return [f"{finding.rule}: {finding.summary}" for finding in self.judge(facts).findings]


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    return Kitchen(tmp_path)


def test_a_finding_in_full(kitchen: Kitchen) -> None:
    kitchen.rule(
        "heavy",
        **{
            **HEAVY,
            "cause": '"{crate.name} holds {crate.count} of {crate.size}"',
            "runbook": "trucks.md#heavy",
            "evidence": """
                - crate.said
                - crate.size
                - truck.notes
                - truck.plate
                - truck.broken
                - truck.stops
                - "the driver is {truck.driver.name}"
                - "left at {truck.left_at}"
                - text: "{crate.count} things"
                  source: "crate {crate.name}"
            """,
            "fix": """
                - say: Unload {crate.name}.
                  run: unload "{crate.name}" --from {truck.plate}
                  changes: crate
                - say: Wake the driver.
                  if: not truck.driver.awake
                - say: Fill up.
                  if: truck.fuel < 1
            """,
        },
    )
    at = datetime(2026, 3, 1, tzinfo=UTC)
    truck = Truck(
        ref=ObjectRef("Truck", "big", "yard"),
        top_owner=ObjectRef("Fleet", "north", "yard"),
        plate="AB 12",
        notes=tuple(Observation(f"note {n}", "log", at) for n in range(7)),
        crates=(Crate(name="a", count=9, size=2**30, said=Observation("fragile", "label")),),
        driver=Driver(awake=False),
        missing={"fuel": "no right"},
        effect="Nothing is delivered",
    )
    [finding] = kitchen.judge(truck).findings
    assert finding.summary == "a is heavy"
    assert finding.cause == "a holds 9 of 1Gi"
    assert finding.subject == truck.ref
    assert finding.effect == "Nothing is delivered"
    assert finding.runbook == "trucks.md#heavy"
    assert finding.fingerprint == fingerprint("heavy", ObjectRef("Fleet", "north", "yard"), "a")
    assert finding.fix == (
        FixStep("Unload a.", "unload \"a\" --from 'AB 12'", "", "crate"),
        FixStep("Wake the driver."),
    )
    assert finding.evidence == (
        Observation("fragile", "label"),
        Observation("Size: 1Gi", "spec.crates.size"),
        *(Observation(f"note {n}", "log", at) for n in range(5)),
        Observation("Plate: AB 12", "metadata.name"),
        Observation("Broken: no"),
        Observation("9 things", "crate a"),
    )


def test_effect_of_the_rule_goes_first(kitchen: Kitchen) -> None:
    kitchen.rule("a-rule", effect='"{truck} stands"')
    assert kitchen.judge(Truck(broken=True, effect="x")).findings[0].effect == "default/truck stands"


def test_unread_effect_is_left_out(kitchen: Kitchen) -> None:
    kitchen.rule("a-rule")
    assert kitchen.judge(Truck(broken=True, effect="x", missing={"effect": "y"})).findings[0].effect == ""


def test_order(kitchen: Kitchen) -> None:
    kitchen.rule("z-worst", severity="critical", confidence="possible")
    kitchen.rule("c-unsure", confidence="possible")
    kitchen.rule("b-plain").rule("a-plain")
    kitchen.rule("d-special", supersedes="[x-late, y-late]")
    kitchen.rule("e-special", supersedes="[x-late]")
    kitchen.rule("x-late", **LATE).rule("y-late", **LATE)
    kitchen.rule("f-minor", severity="info")
    ids = [finding.rule for finding in kitchen.judge(Truck(broken=True)).findings]
    assert ids == ["z-worst", "d-special", "e-special", "a-plain", "b-plain", "c-unsure", "f-minor"]


def test_one_finding_for_each_element_in_their_order(kitchen: Kitchen) -> None:
    kitchen.rule("sealed", **SEALED)
    truck = Truck(crates=(Crate(name="z", sealed=True), Crate(name="m"), Crate(name="a", sealed=True)))
    assert kitchen.found(truck) == ["sealed: z is sealed", "sealed: a is sealed"]
    first, second = kitchen.judge(truck).findings
    assert first.fingerprint != second.fingerprint


def test_elements_that_are_text(kitchen: Kitchen) -> None:
    kitchen.rule("stop", each="stop in truck.stops", when='stop != "home"', summary='"stops at {stop}"')
    findings = kitchen.judge(Truck(stops=("home", "north"))).findings
    assert [finding.summary for finding in findings] == ["stops at north"]
    assert findings[0].fingerprint == fingerprint("stop", Truck().top_owner, "north")


def test_discriminator_of_the_rule(kitchen: Kitchen) -> None:
    kitchen.rule("a-rule", discriminator='"{truck.plate}"')
    [finding] = kitchen.judge(Truck(broken=True, plate="AB")).findings
    assert finding.fingerprint == fingerprint("a-rule", Truck().top_owner, "AB")


def test_same_finding_twice_is_one(kitchen: Kitchen) -> None:
    kitchen.rule("sealed", **SEALED)
    assert len(kitchen.found(Truck(crates=(Crate(sealed=True), Crate(sealed=True))))) == 1


def test_superseded_findings_are_dropped(kitchen: Kitchen) -> None:
    kitchen.rule("a-rule", supersedes="[b-rule]").rule("b-rule", supersedes="[c-rule]", when="truck.late")
    kitchen.rule("c-rule", when="truck.fuel == 0")
    assert kitchen.found(Truck(broken=True, late=True)) == ["a-rule: default/truck is broken"]
    # b-rule is not there, and a-rule still beats what b-rule would have beaten
    assert kitchen.found(Truck(broken=True)) == ["a-rule: default/truck is broken"]
    assert kitchen.found(Truck(late=True)) == ["b-rule: default/truck is broken"]
    assert kitchen.found(Truck(fuel=0)) == ["c-rule: default/truck is broken"]


def test_an_element_supersedes_its_own_and_the_subject(kitchen: Kitchen) -> None:
    kitchen.rule("heavy", **HEAVY, supersedes="[sealed, broken]").rule("sealed", **SEALED).rule("broken")
    truck = Truck(broken=True, crates=(Crate(name="a", count=9, sealed=True), Crate(name="b", sealed=True)))
    assert kitchen.found(truck) == ["heavy: a is heavy", "sealed: b is sealed"]


def test_the_subject_supersedes_every_element(kitchen: Kitchen) -> None:
    kitchen.rule("broken", supersedes="[sealed]").rule("sealed", **SEALED)
    crates = (Crate(name="a", sealed=True), Crate(name="b", sealed=True))
    assert kitchen.found(Truck(broken=True, crates=crates)) == ["broken: default/truck is broken"]


def test_undecided_rules_name_what_they_lack(kitchen: Kitchen) -> None:
    kitchen.rule("heavy", **HEAVY).rule("low", severity="low", when="truck.fuel < 3 or truck.late")
    crates = (
        Crate(name="a", missing={"count": "cut"}),
        Crate(name="b", missing={"count": "cut"}),
        Crate(count=9),
    )
    judged = kitchen.judge(Truck(crates=crates, missing={"fuel": "no right", "late": "too slow"}))
    assert [finding.rule for finding in judged.findings] == ["heavy"]
    assert judged.undecided == (
        Undecided("heavy", ("truck.crates.count: cut",)),
        Undecided("low", ("truck.fuel: no right", "truck.late: too slow"), Severity.LOW),
    )


def test_a_list_that_was_not_read_leaves_its_rules_undecided(kitchen: Kitchen) -> None:
    kitchen.rule("sealed", **SEALED)
    judged = kitchen.judge(Truck(missing={"crates": "no right"}))
    assert judged == Judgement((), (Undecided("sealed", ("truck.crates: no right",)),))


def test_superseded_doubts_are_dropped(kitchen: Kitchen) -> None:
    kitchen.rule("broken", supersedes="[late]").rule("late", **LATE)
    assert kitchen.judge(Truck(broken=True, missing={"late": "x"})).undecided == ()
    assert len(kitchen.judge(Truck(missing={"late": "x"})).undecided) == 1


def test_a_doubt_about_another_element_stays(kitchen: Kitchen) -> None:
    kitchen.rule("heavy", **HEAVY, supersedes="[sealed]").rule("sealed", **SEALED)
    crates = (Crate(name="a", count=9), Crate(name="b", missing={"sealed": "x"}))
    judged = kitchen.judge(Truck(crates=crates))
    assert [(one.rule, one.missing) for one in judged.undecided] == [("sealed", ("truck.crates.sealed: x",))]


def test_rules_of_other_subjects_are_not_asked(kitchen: Kitchen) -> None:
    kitchen.rule("broken")
    write_rule(kitchen.folder, "open", "garage", subject="garage", when="garage.open",
               summary='"{garage} is open"',
               evidence="[garage.open]")  # fmt: skip
    assert kitchen.found(Garage()) == ["open: default/object is open"]
    assert kitchen.found(Truck(broken=True)) == ["broken: default/truck is broken"]


def test_judging_is_deterministic(kitchen: Kitchen) -> None:
    kitchen.rule("heavy", **HEAVY, supersedes="[broken]").rule("sealed", **SEALED).rule("broken")
    truck = Truck(
        broken=True, crates=tuple(Crate(name=f"c{n}", count=n, sealed=n % 2 == 0) for n in range(9))
    )
    assert len({str(judge(truck, kitchen.catalog)) for _ in range(5)}) == 1


class BigTruck(Truck, frozen=True, kw_only=True):
    """A subject's facts with more of them."""


def test_a_subclass_of_the_facts_is_judged_too(kitchen: Kitchen) -> None:
    kitchen.rule("broken")
    assert kitchen.found(BigTruck(broken=True)) == ["broken: default/truck is broken"]


def test_rules_of_a_more_general_subject_stand_beside_the_own_ones(tmp_path: Path) -> None:
    write_rule(tmp_path, "broken")
    write_rule(
        tmp_path,
        "big-broken",
        in_="bigtruck",
        subject="bigtruck",
        when="bigtruck.broken",
        summary='"{bigtruck} is broken and big"',
        evidence="[bigtruck.broken]",
        supersedes="[broken]",
        examples="""
            - {name: broken, given: {broken: true}, expect: default/truck is broken and big}
            - {name: whole, expect: nothing}
            - {name: unseen, missing: [broken], expect: undecided}
        """,
    )
    catalog = load_catalog(tmp_path, subjects={**SUBJECTS, "bigtruck": BigTruck}, run_examples=True)
    assert [rule.id for rule in catalog.rules_for(BigTruck())] == ["big-broken", "broken"]
    assert [rule.id for rule in catalog.rules_for(Truck())] == ["broken"]
    assert [finding.rule for finding in judge(BigTruck(broken=True), catalog).findings] == ["big-broken"]
