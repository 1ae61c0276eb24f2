"""The generated parts of the documentation are what the code says."""

import re
import textwrap
from pathlib import Path

from rules.facts import SUBJECTS
from rules.load import load_catalog
from tests.architecture.tree import ROOT
from tests.tools.docs import README, RULES, rules_page, with_parts


def test_readme_is_generated_from_the_code() -> None:
    text = README.read_text("utf-8")
    assert with_parts(text) == text, "run `make docs`"


def test_the_page_of_rules_is_generated_from_the_rules() -> None:
    assert RULES.read_text("utf-8") == rules_page(), "run `make docs`"


def test_the_rule_that_contributing_shows_loads_as_it_stands(tmp_path: Path) -> None:
    shown = re.search(r"```yaml\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.DOTALL)
    assert shown
    (tmp_path / "my-port-in-use.yaml").write_text(textwrap.dedent(shown[1]), "utf-8")
    catalog = load_catalog(subjects=SUBJECTS, operator=tmp_path, runbooks=ROOT / "rules" / "runbooks")
    assert catalog.faults == ()
    assert catalog.find("my-port-in-use") is not None
