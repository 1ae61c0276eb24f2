"""Comparisons: whether the two sides can be compared at all, and the test that compares them."""

import ast
import operator
from collections.abc import Callable, Container
from typing import Any

from rules.fault import TextFault, did_you_mean
from rules.operand import Constant, Operand
from rules.path import Scene, Unknown
from rules.truth import Test, Truth, both
from rules.vocabulary import FactType, Kind

_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_COMPARABLE = {Kind.CHOICE: Kind.TEXT}
_ORDERED = (Kind.NUMBER, Kind.TIME)


def comparison(left: Operand, op: ast.cmpop, right: Operand) -> Test:
    """The test of one comparison.

    Raises:
        TextFault: it could never be true, never be false, or compares what has nothing in common.
    """
    if left.path is None and right.path is None:
        raise TextFault("this compares two constants; one side must be a fact", left.offset)
    if isinstance(op, ast.In | ast.NotIn):
        return _membership(left, right, negated=isinstance(op, ast.NotIn))
    if right.type is None and not right.is_none:
        raise TextFault("a list of constants stands only behind `in` and `not in`", right.offset)
    if left.type is None and not left.is_none:
        raise TextFault("a list of constants stands only behind `in` and `not in`", left.offset)
    if isinstance(op, ast.Is | ast.IsNot):
        return _identity(left, right, negated=isinstance(op, ast.IsNot))
    if type(op) in _ORDER:
        return _ordered(left, right, _ORDER[type(op)])
    return _equality(left, right, negated=isinstance(op, ast.NotEq))


def _identity(left: Operand, right: Operand, *, negated: bool) -> Test:
    if not right.is_none:
        raise TextFault("`is` compares only with None; use == or !=", right.offset)
    return _equality(left, right, negated=negated)


def _equality(left: Operand, right: Operand, *, negated: bool) -> Test:
    if left.is_none or right.is_none:
        _check_none(right if left.is_none else left)
    else:
        _check_alike(left, right)
    return _binary(left, right, operator.ne if negated else operator.eq)


def _ordered(left: Operand, right: Operand, compare: Callable[[Any, Any], bool]) -> Test:
    for side in (left, right):
        if side.type is None or side.type.kind not in _ORDERED:
            described = side.type.described if side.type else "None"
            raise TextFault(
                f"{side.text} is {described}; only numbers and times can be smaller or greater", side.offset
            )
    _check_alike(left, right)
    return _binary(left, right, lambda a, b: a is not None and b is not None and compare(a, b))


def _membership(left: Operand, right: Operand, *, negated: bool) -> Test:
    if right.type is None and not right.is_none:
        _check_listed(left, right)
        return _binary(left, right, _outside if negated else _inside)
    container = right.type
    if container is None or container.kind not in (Kind.TEXT, Kind.MANY, Kind.TABLE):
        described = container.described if container else "None"
        raise TextFault(f"{right.text} is {described}; `in` needs a list, a table or text", right.offset)
    within = FactType(kind=Kind.TEXT) if container.kind is Kind.TEXT else container.item
    if left.type is not None and within is not None:
        _check_types(left, left.type, right, within)
        _check_choices(left, right, within)
    return _binary(left, right, _outside if negated else _inside)


def _inside(item: object, container: Container[object] | None) -> bool:
    return item is not None and container is not None and item in container


def _outside(item: object, container: Container[object] | None) -> bool:
    return not _inside(item, container)


def _check_none(side: Operand) -> None:
    if side.type is not None and not side.type.optional:
        advice = 'compare with ""' if side.type.kind is Kind.TEXT else "it always has a value"
        raise TextFault(f"{side.text} ({side.type.described}) is never None; {advice}", side.offset)


def _check_listed(left: Operand, right: Operand) -> None:
    if left.type is None:
        raise TextFault("None is never in a list of constants", left.offset)
    if not right.constants:
        raise TextFault("nothing is in an empty list", right.offset)
    for constant, place in zip(right.constants, right.places, strict=True):
        _check_constant(left, left.type, constant, place)
    _check_choices(right, left, left.type)


def _check_constant(left: Operand, kind: FactType, constant: Constant, place: int) -> None:
    expected = _COMPARABLE.get(kind.kind, kind.kind)
    found = _kind_of(constant)
    if found is not expected and not (constant is None and kind.optional):
        raise TextFault(f"{left.text} is {kind.described} and never {constant!r}", place)


def _kind_of(constant: Constant) -> Kind:
    if isinstance(constant, bool):
        return Kind.FLAG
    if isinstance(constant, int | float):
        return Kind.NUMBER
    return Kind.TEXT if isinstance(constant, str) else Kind.OTHER


def _check_alike(left: Operand, right: Operand) -> None:
    if left.type is None or right.type is None:
        raise TextFault("None has no order", (left if left.type is None else right).offset)
    _check_types(left, left.type, right, right.type)
    _check_choices(right, left, left.type)
    _check_choices(left, right, right.type)


def _check_types(left: Operand, of_left: FactType, right: Operand, of_right: FactType) -> None:
    kinds = [_COMPARABLE.get(side.kind, side.kind) for side in (of_left, of_right)]
    if Kind.OTHER in kinds or (kinds[0] is kinds[1] and of_left.group is of_right.group):
        return
    raise TextFault(
        f"{left.text} ({of_left.described}) and {right.text} ({of_right.described}) have nothing to compare",
        right.offset,
    )


def _check_choices(side: Operand, fact: Operand, kind: FactType) -> None:
    """Refuse a constant that a choice can never be."""
    for constant, place in zip(side.constants, side.places, strict=True):
        if kind.choices and constant is not None and constant not in kind.choices:
            hint = did_you_mean(str(constant), kind.choices)
            raise TextFault(f'{fact.text} is {kind.described} and never "{constant}"{hint}', place)


def _binary(left: Operand, right: Operand, compare: Callable[[Any, Any], bool]) -> Test:
    if right.path is None:
        return _against_constant(left.read, right.read(()), compare)
    read_left, read_right = left.read, right.read

    def test(scene: Scene) -> Truth:
        first, second = read_left(scene), read_right(scene)
        unknown = [value for value in (first, second) if isinstance(value, Unknown)]
        return both(*unknown) if unknown else compare(first, second)

    return test


def _against_constant(
    read: Callable[[Scene], object], constant: object, compare: Callable[[Any, Any], bool]
) -> Test:
    def test(scene: Scene) -> Truth:
        value = read(scene)
        return value if isinstance(value, Unknown) else compare(value, constant)

    return test
