"""The generated files of the chart are what the code and the comments say."""

import re

import pytest
import yaml

from tests.helm.engine import CHART
from tests.tools.chart import GENERATED
from tests.tools.chart_values import values_of

VALUES = list(values_of((CHART / "values.yaml").read_text("utf-8")))


@pytest.mark.parametrize("name", GENERATED)
def test_it_is_up_to_date(name: str) -> None:
    assert (CHART / name).read_text("utf-8") == GENERATED[name](), "run `make docs`"


def test_every_value_has_its_meaning_and_is_used() -> None:
    templates = "".join(path.read_text("utf-8") for path in (CHART / "templates").rglob("*.*"))
    paths = [value.path for value in VALUES]
    assert len(paths) > 80
    assert [value.path for value in VALUES if not value.meaning.endswith((".", "`", "by hand"))] == []
    assert [path for path in paths if not re.search(rf"\.{path.split('.')[-1]}\b", templates)] == []


def test_the_readme_names_them_all() -> None:
    readme = (CHART / "README.md").read_text("utf-8")
    assert [value.path for value in VALUES if f"`{value.path}`" not in readme] == []


def test_no_value_is_without_a_comment() -> None:
    """What hides below a value with a comment is part of its default, as resources and lists are."""
    values = yaml.safe_load((CHART / "values.yaml").read_text("utf-8"))
    known = {value.path: value for value in VALUES}
    missing = []

    def walk(part: dict[str, object], prefix: str) -> None:
        for key, below in part.items():
            value = known.get(f"{prefix}{key}")
            if value is None or not value.meaning:
                missing.append(f"{prefix}{key}")
            elif value.is_section and isinstance(below, dict):
                walk(below, f"{prefix}{key}.")

    walk(values, "")
    assert missing == []
