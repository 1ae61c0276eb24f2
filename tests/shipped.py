"""The shipped rules, read once: they do not change, and reading them takes half a second each time."""

from functools import cache

from rules.facts import SUBJECTS
from rules.load import load_catalog
from rules.rule import Catalog


@cache
def shipped_rules() -> Catalog:
    """The rules in force where no setting says otherwise."""
    return load_catalog(subjects=SUBJECTS, quick=True)
