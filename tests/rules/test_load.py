"""The catalog from its folders: all faults at once, an operator's own rules, rules switched off."""

from pathlib import Path

import pytest

from rules.fault import RuleFaults
from rules.load import load_catalog
from rules.rule import Catalog
from rules.runbook import anchor
from tests.rules.words import SUBJECTS, rule_text, write_rule


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    folder = tmp_path / "catalog"
    for name in ("truck-broken", "truck-dented", "truck-old"):
        write_rule(folder, name)
    return folder


@pytest.fixture
def operator(tmp_path: Path) -> Path:
    folder = tmp_path / "operator"
    folder.mkdir()
    return folder


def ids(catalog: Catalog) -> list[str]:
    return [rule.id for rule in catalog.rules]


def said(catalog: Catalog, folder: Path) -> list[str]:
    return [str(fault).splitlines()[0].replace(f"{folder}/", "") for fault in catalog.faults]


def refused(folder: Path, runbooks: Path | None = None) -> list[str]:
    with pytest.raises(RuleFaults) as caught:
        load_catalog(folder, subjects=SUBJECTS, runbooks=runbooks)
    assert str(caught.value) == "\n".join(str(fault) for fault in caught.value.faults)
    return [str(fault).splitlines()[0].replace(f"{folder}/", "") for fault in caught.value.faults]


def test_shipped_rules_sorted(shipped: Path) -> None:
    catalog = load_catalog(shipped, subjects=SUBJECTS)
    assert ids(catalog) == ["truck-broken", "truck-dented", "truck-old"]
    assert catalog.faults == ()
    assert all(rule.shipped for rule in catalog.rules)
    found = catalog.find("truck-old")
    assert found is not None
    assert found.subject == "truck"
    assert catalog.find("x") is None


def test_all_faults_of_all_shipped_files_at_once(shipped: Path) -> None:
    write_rule(shipped, "truck-dented", when="truck.dentd", severity="bad")
    write_rule(shipped, "truck-broken", supersedes="[truck-odl, truck-dented]")
    write_rule(shipped, "truck-old", "garage")
    (shipped / "truck" / "torn.yaml").write_text("id: [", "utf-8")
    assert refused(shipped) == [
        'garage/truck-old.yaml:1:5: the id "truck-old" is taken by truck/truck-old.yaml',
        'garage/truck-old.yaml:2:10: a rule about "truck" stands in the folder "garage"',
        "truck/torn.yaml:2:1: not YAML: did not find expected node content",
        'truck/truck-broken.yaml:15:14: there is no rule "truck-odl"; did you mean "truck-old"?',
        "truck/truck-dented.yaml:3:11: severity must be one of critical, high, medium, low, info",
        'truck/truck-dented.yaml:5:13: truck has no fact "dentd"',
        'truck/truck-old.yaml:1:5: the id "truck-old" is taken by garage/truck-old.yaml',
    ]


def test_circle_of_superseding(shipped: Path) -> None:
    write_rule(shipped, "truck-broken", supersedes="[truck-dented]")
    write_rule(shipped, "truck-dented", supersedes="[truck-old]")
    write_rule(shipped, "truck-old", supersedes="[truck-broken]")
    faults = refused(shipped)
    assert len(faults) == 3
    assert 'truck-old.yaml:15:13: "truck-old" supersedes itself' in faults[2]


def test_rule_outside_its_folder(shipped: Path) -> None:
    (shipped / "loose.yaml").write_text(rule_text("loose"), "utf-8")
    assert refused(shipped) == ['loose.yaml:2:10: a rule about "truck" stands in the folder "catalog"']


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    assert "cannot be read: No such file" in refused(tmp_path / "none")[0]


def test_examples_of_shipped_rules_run_on_request(shipped: Path) -> None:
    write_rule(shipped, "truck-old", when="truck.late")
    assert ids(load_catalog(shipped, subjects=SUBJECTS)) == ["truck-broken", "truck-dented", "truck-old"]
    with pytest.raises(RuleFaults, match="but the answer is nothing"):
        load_catalog(shipped, subjects=SUBJECTS, run_examples=True)


def test_runbooks_are_checked(shipped: Path, tmp_path: Path) -> None:
    books = tmp_path / "runbooks"
    books.mkdir()
    (books / "trucks.md").write_text("# Trucks\n\n## It's (again)!\n\n```\n# not a heading\n```\n", "utf-8")
    write_rule(shipped, "truck-broken", runbook="trucks.md#its-again")
    write_rule(shipped, "truck-dented", runbook="https://wiki.example.com/dents")
    assert load_catalog(shipped, subjects=SUBJECTS, runbooks=books).faults == ()
    write_rule(shipped, "truck-dented", runbook="truks.md#trucks")
    write_rule(shipped, "truck-broken", runbook="trucks.md#it-again")
    write_rule(shipped, "truck-old", runbook="trucks.md#not-a-heading")
    assert refused(shipped, books) == [
        'truck/truck-broken.yaml:15:10: trucks.md has no heading "#it-again"; did you mean "its-again"?',
        'truck/truck-dented.yaml:15:10: there is no runbook "truks.md"; did you mean "trucks.md"?',
        'truck/truck-old.yaml:15:10: trucks.md has no heading "#not-a-heading"',
    ]


def test_anchor_of_a_heading() -> None:
    assert anchor("OOMKilled: limit too low / leak?") == "oomkilled-limit-too-low--leak"


def test_operator_rules_beside_shipped_ones(shipped: Path, operator: Path) -> None:
    (operator / "own-rule.yaml").write_text(rule_text("own-rule", supersedes="[truck-old]"), "utf-8")
    write_rule(operator, "other-rule")
    (operator / "README.md").write_text("words", "utf-8")
    catalog = load_catalog(shipped, subjects=SUBJECTS, operator=operator)
    assert catalog.faults == ()
    assert ids(catalog) == ["other-rule", "own-rule", "truck-broken", "truck-dented", "truck-old"]
    assert [rule.id for rule in catalog.rules if not rule.shipped] == ["other-rule", "own-rule"]


def test_bad_operator_files_are_refused_and_the_rest_is_in_force(shipped: Path, operator: Path) -> None:
    for name, changes in {
        "good": {},
        "misspelt": {"when": "truck.borken"},
        "wrong": {"when": "truck.late"},
        "truck-old": {},
        "fresh": {"override": "true"},
        "lonely": {"supersedes": "[truck-odl]"},
        "neighbour": {"supersedes": "[misspelt]"},
    }.items():
        (operator / f"{name}.yaml").write_text(rule_text(name, **changes), "utf-8")
    catalog = load_catalog(shipped, subjects=SUBJECTS, operator=operator)
    assert ids(catalog) == ["good", "neighbour", "truck-broken", "truck-dented", "truck-old"]
    assert said(catalog, operator) == [
        'fresh.yaml:15:11: there is no shipped rule "fresh" to override',
        'lonely.yaml:15:14: there is no rule "truck-odl"; did you mean "truck-old"?',
        'misspelt.yaml:5:13: truck has no fact "borken"; did you mean "broken"?',
        'truck-old.yaml:1:5: "truck-old" is a shipped rule; say `override: true` to replace it',
        'wrong.yaml:12:5: the example "broken" expects "default/truck is broken", but the answer is nothing',
        'wrong.yaml:14:5: the example "unseen" expects undecided, but the answer is nothing',
    ]


def test_operator_rule_overrides_a_shipped_one(shipped: Path, operator: Path) -> None:
    text = rule_text("truck-old", override="true", severity="low")
    (operator / "truck-old.yaml").write_text(text, "utf-8")
    catalog = load_catalog(shipped, subjects=SUBJECTS, operator=operator)
    assert catalog.faults == ()
    assert [(rule.id, str(rule.severity), rule.shipped) for rule in catalog.rules][-1] == (
        "truck-old",
        "low",
        False,
    )
    assert len(catalog.rules) == 3


def test_operator_rule_cannot_close_a_circle(shipped: Path, operator: Path) -> None:
    write_rule(shipped, "truck-broken", supersedes="[truck-old]")
    text = rule_text("truck-old", override="true", supersedes="[truck-broken]")
    (operator / "truck-old.yaml").write_text(text, "utf-8")
    catalog = load_catalog(shipped, subjects=SUBJECTS, operator=operator)
    assert "supersedes itself" in said(catalog, operator)[0]
    assert [rule.shipped for rule in catalog.rules] == [True, True, True]


def test_mounted_config_map(shipped: Path, operator: Path) -> None:
    version = operator / "..2026_03_01_12_00_00.123"
    version.mkdir()
    (version / "own-rule.yaml").write_text(rule_text("own-rule"), "utf-8")
    (version / "off.yaml").write_text("- truck-old\n", "utf-8")
    (operator / "..data").symlink_to(version.name)
    for name in ("own-rule.yaml", "off.yaml"):
        (operator / name).symlink_to(f"..data/{name}")
    catalog = load_catalog(shipped, subjects=SUBJECTS, operator=operator)
    assert catalog.faults == ()
    assert ids(catalog) == ["own-rule", "truck-broken", "truck-dented"]
    assert catalog.off == ("truck-old",)


def test_link_that_leads_nowhere_is_a_fault(shipped: Path, operator: Path) -> None:
    (operator / "gone.yaml").symlink_to("..data/gone.yaml")
    catalog = load_catalog(shipped, subjects=SUBJECTS, operator=operator)
    assert said(catalog, operator) == ["gone.yaml: the file cannot be read: No such file or directory"]
    assert len(catalog.rules) == 3


def test_operator_folder_that_is_not_there(shipped: Path, tmp_path: Path) -> None:
    catalog = load_catalog(shipped, subjects=SUBJECTS, operator=tmp_path / "none")
    assert "cannot be read: No such file" in str(catalog.faults[0])
    assert len(catalog.rules) == 3


def test_rules_switched_off_by_settings_and_file(shipped: Path, operator: Path) -> None:
    (operator / "off.yaml").write_text("- truck-old\n- truck-brokn\n- [x]\n", "utf-8")
    catalog = load_catalog(shipped, subjects=SUBJECTS, operator=operator, off=["truck-dented", "truck-dentd"])
    assert ids(catalog) == ["truck-broken"]
    assert catalog.off == ("truck-dented", "truck-old")
    assert said(catalog, operator) == [
        "off.yaml:3:3: text is expected here (put it in quotes)",
        'rules switched off in the settings: there is no rule "truck-dentd"; did you mean "truck-dented"?',
        'off.yaml:2:3: there is no rule "truck-brokn"; did you mean "truck-broken"?',
    ]


@pytest.mark.parametrize(
    ("text", "faults"), [("# nothing is off\n", 0), ("[]\n", 0), ("truck-old\n", 1), ("a: [", 1)]
)
def test_off_file_of_other_kinds(shipped: Path, operator: Path, text: str, faults: int) -> None:
    (operator / "off.yaml").write_text(text, "utf-8")
    catalog = load_catalog(shipped, subjects=SUBJECTS, operator=operator)
    assert len(catalog.faults) == faults
    assert catalog.off == ()


def test_superseding_a_rule_that_is_off_is_fine(shipped: Path) -> None:
    write_rule(shipped, "truck-broken", supersedes="[truck-old]")
    catalog = load_catalog(shipped, subjects=SUBJECTS, off=["truck-old"])
    assert catalog.faults == ()
    assert ids(catalog) == ["truck-broken", "truck-dented"]
