"""Conditions against Python's own eval, and the laws of three-valued logic."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.path import Unknown
from rules.truth import Truth, both, conjunction, disjunction, negation
from rules.when import parse_condition
from tests.rules.words import SCOPE, Colour, Crate, Truck

SMALL = st.integers(-2, 2)
WORDS = st.sampled_from(["", "a", "ab", "b"])
COLOURS = st.sampled_from(["red", "green"])


def listed(values: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=3).map(repr)


def flat(subject: str, number: str, word: str, flag: str) -> st.SearchStrategy[str]:
    order = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
    same = st.sampled_from(["==", "!="])
    within = st.sampled_from(["in", "not in"])
    return st.one_of(
        st.just(f"{subject}.{flag}"),
        st.builds(lambda op, n: f"{subject}.{number} {op} {n}", order, SMALL),
        st.builds(lambda op, n: f"{n} {op} {subject}.{number} < 2", order, SMALL),
        st.builds(lambda op, w: f"{subject}.{word} {op} {w!r}", same, WORDS),
        st.builds(lambda op, w: f"{w!r} {op} {subject}.{word}", within, WORDS),
        st.builds(lambda op, ns: f"{subject}.{number} {op} {ns}", within, listed(SMALL)),
    )


ABOUT_TRUCK = st.one_of(
    flat("truck", "fuel", "plate", "broken"),
    st.builds(lambda w: f"truck.colour == {w!r}", COLOURS),
    st.builds(lambda w: f"{w!r} in truck.stops", WORDS),
    st.builds(lambda n: f"len(truck.stops) > {n}", SMALL),
    st.sampled_from(["truck.spare is None", "truck.spare is not None", "truck.fuel > truck.load"]),
)
ABOUT_CRATE = flat("c", "count", "name", "sealed")


def grown(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        parts.map(lambda a: f"not ({a})"),
        st.builds(lambda a, b: f"({a} and {b})", parts, parts),
        st.builds(lambda a, b: f"({a} or {b})", parts, parts),
    )


INNER = st.recursive(ABOUT_CRATE, grown, max_leaves=2)
WALKS = st.one_of(
    st.builds(lambda w, a: f"{w}({a} for c in truck.crates)", st.sampled_from(["any", "all"]), INNER),
    st.builds(
        lambda w, a, f: f"{w}({a} for c in truck.crates if {f})",
        st.sampled_from(["any", "all"]),
        INNER,
        INNER,
    ),
)
CONDITIONS = st.recursive(st.one_of(ABOUT_TRUCK, WALKS), grown, max_leaves=3).filter(
    lambda text: len(text) <= 500
)
CRATES = st.builds(Crate, name=WORDS, count=SMALL, sealed=st.booleans())
TRUCKS = st.builds(
    Truck,
    plate=WORDS,
    colour=st.sampled_from(Colour),
    fuel=SMALL,
    load=SMALL.map(float),
    broken=st.booleans(),
    stops=st.lists(WORDS, max_size=3).map(tuple),
    crates=st.lists(CRATES, max_size=3).map(tuple),
    spare=st.none() | CRATES,
)
FORGETTABLE = st.sets(
    st.sampled_from(["plate", "colour", "fuel", "load", "broken", "stops", "crates", "spare"])
)


@settings(max_examples=250, deadline=None)
@given(CONDITIONS, TRUCKS)
def test_agrees_with_python_on_complete_facts(text: str, truck: Truck) -> None:
    expected = eval(text, {"truck": truck, "any": any, "all": all, "len": len})  # noqa: S307 - the oracle; the text is our own
    assert parse_condition(text, SCOPE).test((truck,)) is expected


@settings(max_examples=250, deadline=None)
@given(CONDITIONS, TRUCKS, FORGETTABLE, TRUCKS)
def test_an_answer_without_some_facts_holds_whatever_they_are(
    text: str, truck: Truck, forgotten: set[str], other: Truck
) -> None:
    condition = parse_condition(text, SCOPE)
    answer = condition.test((msgspec.structs.replace(truck, missing=dict.fromkeys(forgotten, "x")),))
    filled = msgspec.structs.replace(truck, **{name: getattr(other, name) for name in forgotten})
    if isinstance(answer, Unknown):
        assert answer.missing
        assert {reason.split(":")[0].removeprefix("truck.") for reason in answer.missing} <= forgotten
    else:
        assert condition.test((filled,)) is answer


TRUTHS = st.one_of(st.booleans(), st.sampled_from("xyz").map(lambda name: Unknown((name,))))


def known(truth: Truth) -> bool | None:
    return None if isinstance(truth, Unknown) else truth


@given(TRUTHS, TRUTHS, TRUTHS)
def test_kleene_laws(a: Truth, b: Truth, c: Truth) -> None:
    assert negation(negation(a)) == a
    assert known(conjunction((a, b))) == known(conjunction((b, a)))
    assert known(negation(conjunction((a, b)))) == known(disjunction((negation(a), negation(b))))
    assert known(conjunction((a, conjunction((b, c))))) == known(conjunction((a, b, c)))
    left = conjunction((a, disjunction((b, c))))
    right = disjunction((conjunction((a, b)), conjunction((a, c))))
    assert known(left) == known(right)
    assert conjunction((a, True)) == a
    assert disjunction((a, False)) == a


def test_missing_facts_are_named_once() -> None:
    assert both(Unknown(("a", "b")), Unknown(("b", "c"))) == Unknown(("a", "b", "c"))
