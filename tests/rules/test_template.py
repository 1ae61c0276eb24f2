"""Sentences and commands with facts in them."""

import subprocess
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.fault import TextFault
from rules.finding import ObjectRef, Observation
from rules.shell import Quoting, quoted, quoting_after
from rules.template import parse_template
from rules.wording import is_empty, wording
from tests.rules.words import SCOPE, Colour, Crate, Driver, Truck

FULL = Truck(
    ref=ObjectRef("Truck", "big", "yard"),
    plate="AB 12",
    colour=Colour.GREEN,
    fuel=7,
    load=62.5,
    broken=True,
    stops=("north", "south"),
    papers={"permit": "yes", "tax": "no"},
    spare=Crate(name="c", size=512 * 2**20, said=Observation("fragile")),
    driver=Driver(name="Kim", hours=11_100),
    left_at=datetime(2026, 3, 1, 12, 5, 59, tzinfo=UTC),
    notes=(Observation("dent"), Observation("rust")),
    missing={"late": "no right"},
)


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        ("{truck} runs", "yard/big runs"),
        ("{truck.plate}{truck.fuel}", "AB 127"),
        ("{truck.colour}", "green"),
        ("{truck.load} loaded", "62.5% loaded"),
        ("broken: {truck.broken}", "broken: yes"),
        ("{truck.stops}", "north, south"),
        ("{truck.papers}", "permit=yes, tax=no"),
        ("{truck.spare.size}", "512Mi"),
        ("{truck.spare.said}", "fragile"),
        ("{truck.driver.hours}", "3 h 5 min"),
        ("{truck.left_at}", "2026-03-01T12:05Z"),
        ("{truck.due_at}", "unknown"),
        ("{truck.late}", "unknown"),
        ("{truck.notes}", "dent, rust"),
        ("{truck.ref.name} in {truck.ref.namespace}", "big in yard"),
        ("{{truck}} {{{truck.fuel}}}", "{truck} {7}"),
        ("no blanks", "no blanks"),
    ],
)
def test_rendering(text: str, rendered: str) -> None:
    assert parse_template(text, SCOPE).render((FULL,)) == rendered


@pytest.mark.parametrize(
    ("text", "under", "sentence"),
    [
        ("a {truck.plat} b", "truck.plat"[6:], 'did you mean "plate"'),
        ("a {trick} b", "trick", 'did you mean "truck"'),
        ("a {truck.fuel", "{truck", "not closed"),
        ("a } b", "}", "write }} for a brace"),
        ("a {truck.fuel!r}", "truck.fuel!r", "is not the path of a fact"),
        ("a {truck.fuel:>10}", "truck.fuel:>10", "is not the path of a fact"),
        ("a {truck.stops[0]}", "truck.stops[0]", "is not the path of a fact"),
        ("a {}", "}", "is not the path of a fact"),
        ("a {truck.__class__}", "__class__", "underscore"),
        ("a {truck.crates}", "truck.crates}", "name one of its facts"),
        ("a {truck.driver}", "truck.driver}", "name one of its facts"),
        ("a {truck.plain}", "truck.plain}", "name one of its facts"),
        ("a {truck.crates.name}", "name}", "is a list"),
    ],
)
def test_refusal_points_at_its_place(text: str, under: str, sentence: str) -> None:
    with pytest.raises(TextFault) as caught:
        parse_template(text, SCOPE)
    assert sentence in caught.value.message
    assert text[caught.value.offset :].startswith(under)


def test_template_without_a_single_value_is_hollow() -> None:
    hollow = parse_template("left at {truck.due_at}, late {truck.late}", SCOPE)
    assert hollow.is_hollow((FULL,))
    assert not parse_template("{truck.due_at} {truck.fuel}", SCOPE).is_hollow((FULL,))
    assert not parse_template("nothing to fill", SCOPE).is_hollow((FULL,))


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (2**30, "bytes", "1Gi"),
        (1536 * 2**20, "bytes", "1.5Gi"),
        (38, "seconds", "38 s"),
        (725.0, "seconds", "12 min"),
        (172_800, "seconds", "2 d"),
        (0.2, "cores", "200m"),
        (2.0, "cores", "2"),
        (85.0, "percent", "85%"),
        (1.239, "", "1.24"),
        (3.0, "", "3"),
        (-4, "", "-4"),
        ((2**20, 2**30), "bytes", "1Mi, 1Gi"),
        (None, "bytes", "unknown"),
        (False, "", "no"),
        (frozenset({"b", "a"}), "", "a, b"),
    ],
)
def test_wording(value: object, unit: str, words: str) -> None:
    assert wording(value, unit) == words


def test_what_is_nothing_to_show() -> None:
    nothing: list[object] = [None, "", (), {}]
    something: list[object] = [0, 0.0, False, "x", (1,)]
    assert [is_empty(value) for value in nothing] == [True] * 4
    assert [is_empty(value) for value in something] == [False] * 5


NASTY = "x'; touch /tmp/`id` $(id) \"!"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("show {truck.plate}", "show 'AB 12'"),
        ("show {truck.ref.name}", "show big"),
        ('show "{truck.plate}"', 'show "AB 12"'),
        ("show '{truck.plate}'", "show 'AB 12'"),
        (
            "show -o jsonpath='{{.spec}}' {truck.ref.name} \"{truck.fuel}\"",
            "show -o jsonpath='{.spec}' big \"7\"",
        ),
    ],
)
def test_values_in_a_command_are_quoted(command: str, expected: str) -> None:
    assert parse_template(command, SCOPE, command=True).render((FULL,)) == expected


@pytest.mark.parametrize(
    "command", ["printf %s {truck.plate}", "printf %s '{truck.plate}'", 'printf %s "{truck.plate}"']
)
def test_a_shell_reads_a_nasty_value_as_itself(command: str) -> None:
    line = parse_template(command, SCOPE, command=True).render((Truck(plate=NASTY),))
    assert subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=True).stdout.decode() == NASTY  # noqa: S603


PRINTABLE = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=20
)


@settings(max_examples=25, deadline=None)
@given(st.lists(PRINTABLE, min_size=3, max_size=3))
def test_a_shell_reads_any_value_as_itself(values: list[str]) -> None:
    bare, single, double = (quoted(text, kind) for text, kind in zip(values, Quoting, strict=True))
    line = f"printf '%s\\0' {bare} '{single}' \"{double}\""
    run = subprocess.run(["/bin/sh", "-c", line], capture_output=True, check=True)  # noqa: S603 - what is under test
    assert run.stdout.decode().split("\0")[:-1] == values


@pytest.mark.parametrize(
    ("literal", "context"),
    [
        ("a b", Quoting.BARE),
        ("a 'b", Quoting.SINGLE),
        ('a "b', Quoting.DOUBLE),
        ("a 'b' ", Quoting.BARE),
        ("a \\'", Quoting.BARE),
        ("a \"it's", Quoting.DOUBLE),
        ("a 'say \"", Quoting.SINGLE),
        ('a "x\\"', Quoting.DOUBLE),
        ("a 'x\\' ", Quoting.BARE),
    ],
)
def test_shell_context(literal: str, context: Quoting) -> None:
    assert quoting_after(literal, Quoting.BARE) is context
