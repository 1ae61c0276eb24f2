"""What stands left and right of a comparison: facts, constants, and lists of constants."""

import ast
from collections.abc import Callable, Sized
from typing import Any

from msgspec import Struct

from rules.fault import TextFault
from rules.path import FactPath, Scene, Scope, Unknown, resolve
from rules.vocabulary import FactType, Kind

Constant = str | int | float | bool | None


class Operand(Struct, frozen=True, kw_only=True):
    """One side of a comparison.

    Attributes:
        text: as written; `offset` is where it begins in the condition.
        type: None for the constant None and for a list of constants.
        constants: the constants it consists of, and the `places` where they begin; empty for a fact.
        path: the fact it reads; None for constants.
        read: takes a scene and gives the value or an Unknown.
    """

    text: str
    offset: int
    type: FactType | None
    constants: tuple[Constant, ...] = ()
    places: tuple[int, ...] = ()
    path: FactPath | None = None
    read: Callable[[Scene], object]

    @property
    def is_none(self) -> bool:
        """Whether it is the constant None."""
        return self.constants == (None,) and self.type is None


class Source(Struct, frozen=True):
    """The text of a condition; turns nodes into text and offsets."""

    text: str

    def offset(self, node: ast.expr) -> int:
        """Where a node begins, in characters."""
        return len(self.text.encode()[: node.col_offset].decode())

    def segment(self, node: ast.expr) -> str:
        """The text of a node, as written, with its whitespace made single."""
        raw = self.text.encode()[node.col_offset : node.end_col_offset].decode()
        return " ".join(raw.split())

    def fault(self, message: str, node: ast.expr) -> TextFault:
        """A fault placed at a node."""
        return TextFault(message, self.offset(node))


_CONSTANT_KINDS = {bool: Kind.FLAG, int: Kind.NUMBER, float: Kind.NUMBER, str: Kind.TEXT}


def operand(node: ast.expr, scope: Scope, source: Source) -> Operand:
    """One side of a comparison.

    Raises:
        TextFault: it is neither a fact, nor len() of one, nor a constant.
    """
    if isinstance(node, ast.Name | ast.Attribute):
        return _fact(node, scope, source)
    if isinstance(node, ast.Call):
        return _length(node, scope, source)
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        values = tuple(_constant(element, source) for element in node.elts)
        return _fixed(node, source, None, values, frozenset(values))
    value = _constant(node, source)
    kind = None if value is None else FactType(kind=_CONSTANT_KINDS[type(value)])
    return _fixed(node, source, kind, (value,), value)


def fact_path(node: ast.expr, scope: Scope, source: Source) -> FactPath:
    """The path a chain of attributes names.

    Raises:
        TextFault: the node is something else, or names no fact.
    """
    parts: list[tuple[str, int]] = []
    current = node
    while isinstance(current, ast.Attribute):
        end = len(source.text.encode()[: current.end_col_offset].decode())
        parts.append((current.attr, end - len(current.attr)))
        current = current.value
    if not isinstance(current, ast.Name):
        raise source.fault(f"a fact is expected here (like pod.node.name), not {source.segment(node)}", node)
    return resolve([(current.id, source.offset(current)), *reversed(parts)], scope)


def _fact(node: ast.expr, scope: Scope, source: Source) -> Operand:
    path = fact_path(node, scope, source)
    return Operand(
        text=source.segment(node), offset=source.offset(node), type=path.type, path=path, read=path.read
    )


def _length(node: ast.Call, scope: Scope, source: Source) -> Operand:
    if not (isinstance(node.func, ast.Name) and node.func.id == "len"):
        raise source.fault(
            f"only any(), all() and len() can be called, not {source.segment(node.func)}", node
        )
    if len(node.args) != 1 or node.keywords:
        raise source.fault("len() takes one fact", node)
    path = fact_path(node.args[0], scope, source)
    if path.type.kind not in (Kind.MANY, Kind.TABLE, Kind.TEXT):
        raise source.fault(f"len() needs a list, a table or text; {path.text} is {path.type.described}", node)
    kind = FactType(kind=Kind.NUMBER)
    text, offset = source.segment(node), source.offset(node)
    return Operand(text=text, offset=offset, type=kind, path=path, read=_count(path.read))


def _count(read: Callable[[Scene], object]) -> Callable[[Scene], object]:
    def count(scene: Scene) -> object:
        value = read(scene)
        if isinstance(value, Unknown):
            return value
        return len(value) if isinstance(value, Sized) else 0

    return count


def _constant(node: ast.expr, source: Source) -> Constant:
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)
    inner = node.operand if isinstance(node, ast.UnaryOp) and negative else node
    value: Any = inner.value if isinstance(inner, ast.Constant) else ...
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if not (value is None or isinstance(value, str | bool) or numeric) or (negative and not numeric):
        raise source.fault(f"a fact or a constant is expected here, not {source.segment(node)}", node)
    constant: Constant = -value if negative else value
    return constant


def _fixed(
    node: ast.expr, source: Source, kind: FactType | None, constants: tuple[Constant, ...], value: object
) -> Operand:
    listed = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else [node]
    return Operand(
        text=source.segment(node),
        offset=source.offset(node),
        type=kind,
        constants=constants,
        places=tuple(source.offset(one) for one in listed),
        read=lambda _scene: value,
    )
