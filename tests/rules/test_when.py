"""Conditions: what they mean on complete facts, on missing facts, and what is refused where."""

from datetime import UTC, datetime

import pytest

from rules.fault import TextFault
from rules.finding import Observation
from rules.path import Unknown
from rules.truth import Truth
from rules.when import parse_condition
from tests.rules.words import SCOPE, Colour, Crate, Driver, Truck

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
FULL = Truck(
    plate="AB-12",
    colour=Colour.GREEN,
    fuel=7,
    load=62.5,
    broken=True,
    stops=("north", "south"),
    papers={"permit": "yes"},
    crates=(
        Crate(name="a", count=1, kind="bag", size=10, labels=("cold",), checked=True),
        Crate(name="b", count=5, sealed=True),
    ),
    driver=Driver(name="Kim", awake=False),
    left_at=NOON,
    notes=(Observation("dent"),),
)

ANSWERS = [
    ("truck.broken", True),
    ("not truck.broken", False),
    ("truck.late or truck.broken", True),
    ("truck.late and truck.broken", False),
    ('truck.plate == "AB-12"', True),
    ('"AB-12" == truck.plate', True),
    ('truck.plate != ""', True),
    ('"B-1" in truck.plate', True),
    ('"X" not in truck.plate', True),
    ('truck.colour == "green"', True),
    ('truck.colour in ["red", "green"]', True),
    ('truck.colour in ("red",)', False),
    ('truck.colour not in {"red"}', True),
    ("truck.fuel > 6", True),
    ("truck.fuel >= 7 and truck.fuel <= 7", True),
    ("truck.fuel < -1", False),
    ("5 < truck.fuel < 9", True),
    ("5 < truck.fuel < 6", False),
    ("truck.load > 62", True),
    ("truck.fuel < truck.load", True),
    ("truck.fuel in [7, 8]", True),
    ('"north" in truck.stops', True),
    ("truck.plate in truck.stops", False),
    ('"permit" in truck.papers', True),
    ("len(truck.stops) == 2", True),
    ("len(truck.papers) > 1", False),
    ("len(truck.plate) == 5", True),
    ("truck.spare is None", True),
    ("truck.spare == None", True),
    ("truck.left_at is not None", True),
    ("truck.left_at < truck.due_at", False),
    ("truck.left_at == truck.left_at", True),
    ("truck.driver.awake == False", True),
    ("not truck.driver.awake", True),
    ("any(c.count > 4 for c in truck.crates)", True),
    ("any(c.count > 4 for c in truck.crates if c.sealed)", True),
    ("any(c.count > 4 for c in truck.crates if not c.sealed)", False),
    ("all(c.count > 0 for c in truck.crates)", True),
    ("all(c.sealed for c in truck.crates)", False),
    ("all(c.sealed for c in truck.crates if c.count > 4)", True),
    ('any(s == "south" for s in truck.stops)', True),
    ('any(p == "permit" for p in truck.papers)', True),
    ("any(c.checked == True for c in truck.crates)", True),
    ('any(any(l == "cold" for l in c.labels) for c in truck.crates)', True),
    ('any(c.kind == "bag" and "cold" in c.labels for c in truck.crates)', True),
    ('any(n.text == "dent" for n in truck.notes)', True),
    # Attributes of None are None; None has no order, is in nothing, has no length and no elements.
    ("truck.spare.count > 0", False),
    ("truck.spare.sealed", False),
    ("not truck.spare.sealed", True),
    ("truck.spare.count == None", True),
    ('truck.spare.name != "x"', True),
    ('"c" in truck.spare.name', False),
    ('"c" not in truck.spare.name', True),
    ("len(truck.spare.labels) == 0", True),
    ('any(l == "x" for l in truck.spare.labels)', False),
    ('all(l == "x" for l in truck.spare.labels)', True),
]


@pytest.mark.parametrize(("text", "answer"), ANSWERS)
def test_condition_on_complete_facts(text: str, answer: Truth) -> None:
    assert parse_condition(text, SCOPE).test((FULL,)) is answer


UNSEEN = Truck(
    broken=True,
    missing={"fuel": "no right to list trucks", "crates": "timed out", "driver": "gone"},
    spare=Crate(missing={"count": "cut off"}),
)
FUEL, CRATES = "truck.fuel: no right to list trucks", "truck.crates: timed out"

KLEENE = [
    ("truck.fuel > 1", (FUEL,)),
    ("not truck.fuel > 1", (FUEL,)),
    ("truck.fuel in [1]", (FUEL,)),
    ("truck.fuel == truck.load", (FUEL,)),
    ("truck.late and truck.fuel > 1", False),
    ("truck.fuel > 1 and truck.late", False),
    ("truck.broken or truck.fuel > 1", True),
    ("truck.fuel > 1 or truck.broken", True),
    ("truck.fuel > 1 or truck.late", (FUEL,)),
    ("truck.fuel > 1 and truck.broken", (FUEL,)),
    ("truck.fuel > 1 and len(truck.crates) > 0", (FUEL, CRATES)),
    ("truck.fuel > 1 or truck.fuel < 0", (FUEL,)),
    ("any(c.sealed for c in truck.crates)", (CRATES,)),
    ("all(c.sealed for c in truck.crates)", (CRATES,)),
    ("truck.driver.awake", ("truck.driver: gone",)),
    ("truck.spare.count > 0", ("truck.spare.count: cut off",)),
    ("truck.spare is not None", True),
]


@pytest.mark.parametrize(("text", "answer"), KLEENE)
def test_condition_on_missing_facts(text: str, answer: Truth | tuple[str, ...]) -> None:
    expected = Unknown(answer) if isinstance(answer, tuple) else answer
    assert parse_condition(text, SCOPE).test((UNSEEN,)) == expected


SOME = Truck(crates=(Crate(name="a", count=1), Crate(name="b", missing={"count": "cut off"}, sealed=True)))
COUNT = "truck.crates.count: cut off"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("any(c.count > 0 for c in truck.crates)", True),
        ("any(c.count > 3 for c in truck.crates)", Unknown((COUNT,))),
        ("all(c.count > 3 for c in truck.crates)", False),
        ("all(c.count > 0 for c in truck.crates)", Unknown((COUNT,))),
        ("any(c.count > 3 for c in truck.crates if not c.sealed)", False),
        ("any(c.sealed for c in truck.crates if c.count > 3)", Unknown((COUNT,))),
        ("all(c.count > 0 for c in truck.crates if not c.sealed)", True),
    ],
)
def test_walk_over_elements_with_missing_facts(text: str, answer: Truth) -> None:
    assert parse_condition(text, SCOPE).test((SOME,)) == answer


REFUSED = [
    # text, the part the caret stands under, a piece of the sentence
    ("truck.borken", "borken", 'did you mean "broken"'),
    ("trcuk.broken", "trcuk", 'did you mean "truck"'),
    ("truck.awake", "awake", 'did you mean "truck.driver.awake"'),
    ("broken", "broken", "known here: truck"),
    ("truck.missing", "missing", 'has no fact "missing"'),
    ('truck.colour == "gren"', '"gren"', 'did you mean "green"'),
    ('truck.colour in ["red", "blue"]', '"blue"', 'one of "red", "green" and never "blue"'),
    ('"blue" != truck.colour', '"blue"', 'never "blue"'),
    ('any(c.kind == "sack" for c in truck.crates)', '"sack"', 'one of "bag", "box"'),
    ("truck.plate == 3", "3", "nothing to compare"),
    ("truck.fuel == '3'", "'3'", "nothing to compare"),
    ("truck.broken == 1", "1", "nothing to compare"),
    ("truck.fuel in [1, 'a']", "'a'", "is a number and never 'a'"),
    ("truck.fuel in []", "[]", "nothing is in an empty list"),
    ("truck.colour == truck.fuel", "truck.fuel", "nothing to compare"),
    ("3 in truck.stops", "truck.stops", "nothing to compare"),
    ("truck.plate in truck.fuel", "truck.fuel", "`in` needs a list"),
    ("truck.plate > 'a'", "truck.plate", "only numbers and times"),
    ("truck.fuel > None", "None", "only numbers and times"),
    ("truck.left_at > 3", "3", "nothing to compare"),
    ("truck.plate is None", "truck.plate", 'is never None; compare with ""'),
    ("truck.fuel == None", "truck.fuel", "always has a value"),
    ("truck.broken is True", "True", "`is` compares only with None"),
    ("truck.fuel == [1, 2]", "[1, 2]", "only behind `in`"),
    ("[1] == truck.fuel", "[1]", "only behind `in`"),
    ("None in ['a']", "None", "two constants"),
    ("1 == 1", "1 == 1", "two constants"),
    ("True", "True", "always the same"),
    ("truck.broken or True", "True", "always the same"),
    ("truck.plate", "truck.plate", 'compare it: truck.plate != ""'),
    ("truck.fuel", "truck.fuel", "compare it with a value"),
    ("truck.stops", "truck.stops", "write len(truck.stops) > 0"),
    ("truck.spare", "truck.spare", "write truck.spare is not None"),
    ("not truck.left_at", "truck.left_at", "write truck.left_at is not None"),
    ("len(truck.stops)", "len(truck.stops)", "compare it: len(truck.stops) > 0"),
    ("any(c.checked for c in truck.crates)", "c.checked", "compare it: c.checked == True"),
    ("truck.crates.count > 1", "count", "use any(x.count … for x in truck.crates)"),
    ("truck.plate.upper > 1", "upper", 'is text and has no "upper"'),
    ("truck.__class__ == 1", "__class__", "underscore"),
    ("truck.fuel + 1 > 2", "truck.fuel + 1", "a fact or a constant"),
    ("truck.stops[0] == 'a'", "truck.stops[0]", "a fact or a constant"),
    ("truck.plate.upper() == 'A'", "truck.plate.upper()", "only any(), all() and len()"),
    ("open('/etc/passwd') == 1", "open", "only any(), all() and len()"),
    ("truck.plate == f'{truck}'", "f'", "a fact or a constant"),
    ("(lambda: 1) == truck.fuel", "lambda", "a fact or a constant"),
    ("(x := truck.fuel) > 1", "x := ", "a fact or a constant"),
    ("truck.fuel if truck.broken else truck.late", "truck.fuel if", "a fact or a constant"),
    ("truck.fuel == -'a'", "-'a'", "a fact or a constant"),
    ("truck.fuel == 1j", "1j", "a fact or a constant"),
    ("truck.plate == b'a'", "b'a'", "a fact or a constant"),
    ("truck.plate in ['a', truck.plate]", "truck.plate]", "a fact or a constant"),
    ("len(truck.fuel) > 1", "len(", "len() needs a list"),
    ("len() > 1", "len()", "len() takes one fact"),
    ("len('a') > truck.fuel", "'a'", "a fact is expected"),
    ("any(truck.crates)", "any(", "takes one walk"),
    ("any([c.sealed for c in truck.crates])", "any(", "takes one walk"),
    ("any(c.sealed for c in truck.crates for d in truck.crates)", "any(", "a single `for`"),
    ("any(c.sealed for c in truck.crates if c.sealed if c.count > 1)", "any(", "a single `for`"),
    ("any(c == 1 for c in truck.fuel)", "truck.fuel", "only a list can be walked"),
    ("any(truck.sealed for truck in truck.crates)", "truck in", '"truck" is taken'),
    ("any(_c.sealed for _c in truck.crates)", "_c in", "one plain name"),
    ("any(a.sealed for a, b in truck.crates)", "a, b", "one plain name"),
    (
        (
            "any(any(any(any(a.sealed for a in truck.crates) for b in truck.stops) for c in truck.stops) "
            "for d in truck.stops)"
        ),
        "truck.crates) for b",
        "walks inside walks",
    ),
    ("any(c.sealed for c in [1, 2])", "[1, 2]", "a fact is expected"),
    ("truck.broken and", None, "not a condition"),
    ("truck.broken; import os", None, "not a condition"),
    ("  ", None, "empty"),
    (" truck.broken", None, "begins with a word"),
    ("(" * 300 + "truck.broken" + ")" * 180, None, "not a condition"),
    ("not " * 25 + "truck.broken", None, "nested more than 20 deep"),
    ("truck.broken or " * 40 + "truck.late", None, "at most 500"),
    ("truck.broken\0", None, "not a condition"),
]


@pytest.mark.parametrize(("text", "under", "sentence"), REFUSED, ids=[row[0][:40] for row in REFUSED])
def test_refusal_points_at_its_place(text: str, under: str | None, sentence: str) -> None:
    with pytest.raises(TextFault) as caught:
        parse_condition(text, SCOPE)
    assert sentence in caught.value.message
    assert under is None or text[caught.value.offset :].startswith(under)


def test_place_counts_characters_not_bytes() -> None:
    with pytest.raises(TextFault) as caught:
        parse_condition('truck.plate == "Zürich, 東京" or truck.borken', SCOPE)
    assert caught.value.offset == 37


def test_condition_over_several_lines() -> None:
    condition = parse_condition("truck.broken\nand not truck.late\n", SCOPE)
    assert condition.test((FULL,)) is True
    assert condition.clause.text == "truck.broken and not truck.late"
