from typing import Any

import msgspec
import pytest

from handlers.extract.selectors_match import (
    matches_labels,
    matches_node,
    matches_requirement,
    requirement_text,
)
from handlers.sources.objects.meta import LabelSelector, LabelSelectorRequirement
from handlers.sources.objects.placement import NodeSelector

LABELS = {"zone": "a", "size": "8", "word": "many"}


@pytest.mark.parametrize(
    ("key", "operator", "values", "holds"),
    [
        ("zone", "In", ("a", "b"), True),
        ("zone", "In", ("c",), False),
        ("none", "In", ("a",), False),
        ("zone", "NotIn", ("c",), True),
        ("none", "NotIn", ("a",), True),
        ("zone", "NotIn", ("a",), False),
        ("zone", "Exists", (), True),
        ("none", "Exists", (), False),
        ("none", "DoesNotExist", (), True),
        ("zone", "DoesNotExist", (), False),
        ("size", "Gt", ("4",), True),
        ("size", "Gt", ("8",), False),
        ("size", "Lt", ("16",), True),
        ("size", "Lt", ("8",), False),
        ("word", "Gt", ("4",), False),
        ("size", "Gt", ("x",), False),
        ("size", "Gt", ("1", "2"), False),
        ("none", "Gt", ("4",), False),
        ("zone", "Near", ("a",), False),
    ],
)
def test_operators(key: str, operator: str, values: tuple[str, ...], *, holds: bool) -> None:
    requirement = LabelSelectorRequirement(key=key, operator=operator, values=values)
    assert matches_requirement(requirement, LABELS) is holds


def test_no_selector_takes_nothing_and_an_empty_one_everything() -> None:
    assert not matches_labels(None, LABELS)
    assert matches_labels(LabelSelector(), {})


def test_both_parts_of_a_selector_must_hold() -> None:
    expressions = [{"key": "size", "operator": "Exists"}]
    selector = msgspec.convert({"matchLabels": {"zone": "a"}, "matchExpressions": expressions}, LabelSelector)
    assert matches_labels(selector, LABELS)
    assert not matches_labels(selector, {"zone": "a"})
    assert not matches_labels(selector, {"size": "8"})


def _terms(*terms: dict[str, Any]) -> NodeSelector:
    return msgspec.convert({"nodeSelectorTerms": list(terms)}, NodeSelector)


ZONE_B = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["b"]}]}
BY_NAME = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}


def test_one_term_is_enough() -> None:
    assert matches_node(_terms(ZONE_B, BY_NAME), "n1", LABELS)
    assert not matches_node(_terms(ZONE_B, BY_NAME), "n2", LABELS)


def test_all_parts_of_one_term_must_hold() -> None:
    assert not matches_node(_terms({**ZONE_B, **BY_NAME}), "n1", LABELS)


def test_no_affinity_takes_every_node_and_empty_terms_none() -> None:
    assert matches_node(None, "n1", {})
    assert not matches_node(_terms(), "n1", LABELS)
    assert not matches_node(_terms({}), "n1", LABELS)


@pytest.mark.parametrize(
    ("operator", "values", "text"),
    [
        ("In", ("a",), "k=a"),
        ("In", ("a", "b"), "k in (a, b)"),
        ("NotIn", ("a",), "k not in (a)"),
        ("Exists", (), "k exists"),
        ("DoesNotExist", (), "k does not exist"),
        ("Gt", ("4",), "k > 4"),
        ("Lt", ("4",), "k < 4"),
    ],
)
def test_expressions_in_words(operator: str, values: tuple[str, ...], text: str) -> None:
    assert requirement_text(LabelSelectorRequirement(key="k", operator=operator, values=values)) == text
