"""Every row of the on-call guide's tables has its rules, and the generated guide is what is checked in."""

import csv
from pathlib import Path

import pytest

from rules.guide import SECTIONS, NotInLibrary, guide_page
from rules.rule import Catalog
from tests.shipped import shipped_rules
from tests.tools.docs import GUIDE, guide

ROWS = Path(__file__).parent / "guide_rows.tsv"


def rows() -> list[dict[str, str]]:
    with ROWS.open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def named(row: dict[str, str]) -> str:
    return " / ".join(filter(None, (row["section"], row["row"])))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return shipped_rules()


@pytest.mark.parametrize("row", rows(), ids=named)
def test_a_row_of_the_guide_has_its_rules(row: dict[str, str], catalog: Catalog) -> None:
    wanted = row["rules"].split()
    assert wanted, "name at least one rule"
    known = {rule.id: rule.guide for rule in catalog.rules}
    assert {rule: known.get(rule, "no such rule") for rule in wanted} == dict.fromkeys(wanted, named(row))


def test_no_rule_names_a_row_that_the_guide_does_not_have(catalog: Catalog) -> None:
    sections = {section for _, sections in SECTIONS for section in sections}
    known = {named(row) for row in rows()} | sections
    assert {rule.id: rule.guide for rule in catalog.rules if rule.guide and rule.guide not in known} == {}


def test_the_guide_that_is_checked_in_is_the_generated_one() -> None:
    assert GUIDE.read_text("utf-8") == guide(), "run `make docs`"


def test_every_rule_stands_in_the_guide_once(catalog: Catalog) -> None:
    page = guide_page(catalog)
    assert [rule.id for rule in catalog.rules if page.count(f"(`{rule.id}`)") != 1] == []


def test_one_section_alone(catalog: Catalog) -> None:
    page = guide_page(catalog, "prediction")
    assert "## Prediction Errors" in page
    assert "Pod Stuck" not in page


def test_an_unknown_section_is_answered_with_the_nearest(catalog: Catalog) -> None:
    with pytest.raises(NotInLibrary, match="Workflow Failed"):
        guide_page(catalog, "Workflow Failde")
