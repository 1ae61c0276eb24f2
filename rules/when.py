"""The condition of a rule: a small part of Python's expressions, checked against the facts and made a test.

    condition   comparison | fact | condition and condition | condition or condition | not condition
                | any(condition for x in fact if condition) | all(…)
    comparison  operand (== | != | < | <= | > | >= | in | not in | is | is not) operand …
    operand     fact | len(fact) | constant | [constant, …]

A condition is true, false, or unknown when it depends on a fact that could not be read. An attribute of
None is None; None is neither smaller nor greater than anything and in no list; a walked None has no elements.
"""

import ast
import itertools
import warnings
from collections.abc import Callable, Iterable, Sized

from msgspec import Struct

from rules.clause import Clause, Joint
from rules.comparison import comparison
from rules.fault import TextFault
from rules.operand import Operand, Source, fact_path, operand
from rules.path import FactPath, Scene, Scope, Unknown
from rules.truth import Test, Truth, all_of, any_of, conjunction, disjunction, negation
from rules.vocabulary import Kind

LONGEST = 500
DEEPEST = 20
MOST_NAMES = 4
"""The subject, the element, a walk, and a walk inside it."""


class Condition(Struct, frozen=True):
    """A checked condition; `text` is as written."""

    text: str
    clause: Clause

    def test(self, scene: Scene) -> Truth:
        """True, False, or Unknown with the facts that were missing."""
        return self.clause.test(scene)


def parse_condition(text: str, scope: Scope) -> Condition:
    """Check a condition against the facts and compile it.

    Raises:
        TextFault: it is not a condition, names no fact, or compares what cannot be compared.
    """
    source = Source(" ".join(text.split("\n")).rstrip())
    return Condition(text.strip(), _clause(_parsed(source.text), scope, source))


def _parsed(text: str) -> ast.expr:
    if not text.strip():
        raise TextFault("the condition is empty")
    if len(text) > LONGEST:
        raise TextFault(f"the condition has {len(text)} characters; at most {LONGEST} are allowed", LONGEST)
    if text[0].isspace():
        raise TextFault("a condition begins with a word, not with a space")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        raise TextFault(f"this is not a condition ({error.msg})", max((error.offset or 1) - 1, 0)) from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise TextFault("this is not a condition (nested too deeply, or a null character)") from error
    return _shallow(tree.body)


def _shallow(tree: ast.expr) -> ast.expr:
    level: list[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return tree
    raise TextFault(f"the condition is nested more than {DEEPEST} deep")


def _clause(node: ast.expr, scope: Scope, source: Source) -> Clause:
    if isinstance(node, ast.BoolOp):
        return _joined(node, scope, source)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        part = _clause(node.operand, scope, source)
        test = part.test
        text = source.segment(node)
        return Clause(text=text, joint=Joint.NOT, parts=(part,), test=lambda scene: negation(test(scene)))
    if isinstance(node, ast.Compare):
        return _compared(node, scope, source)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("any", "all"):
        return _quantified(node, node.func.id, scope, source)
    return _bare(node, scope, source)


def _joined(node: ast.BoolOp, scope: Scope, source: Source) -> Clause:
    parts = tuple(_clause(value, scope, source) for value in node.values)
    joint, join = (Joint.AND, all_of) if isinstance(node.op, ast.And) else (Joint.OR, any_of)
    test = join(tuple(part.test for part in parts))
    return Clause(text=source.segment(node), joint=joint, parts=parts, test=test)


def _compared(node: ast.Compare, scope: Scope, source: Source) -> Clause:
    sides = [operand(side, scope, source) for side in (node.left, *node.comparators)]
    pairs = zip(itertools.pairwise(sides), node.ops, strict=True)
    tests = tuple(comparison(left, op, right) for (left, right), op in pairs)
    test = tests[0] if len(tests) == 1 else all_of(tests)
    return Clause(text=source.segment(node), paths=_paths(sides), test=test)


def _paths(sides: Iterable[Operand]) -> tuple[FactPath, ...]:
    return tuple(side.path for side in sides if side.path is not None)


def _bare(node: ast.expr, scope: Scope, source: Source) -> Clause:
    found = operand(node, scope, source) if not isinstance(node, ast.Constant) else None
    if found is None or found.path is None or found.type is None:
        raise source.fault(
            f"{source.segment(node)} is always the same; a condition must depend on a fact", node
        )
    declared_optional = bool(found.path.field and found.path.field.type.optional)
    if found.type.kind is not Kind.FLAG or declared_optional:
        raise source.fault(
            f"{found.text} is {found.type.described} and no condition by itself; {_advice(found)}", node
        )
    read = found.read

    def test(scene: Scene) -> Truth:
        value = read(scene)
        return value if isinstance(value, Unknown) else bool(value)

    return Clause(text=found.text, paths=(found.path,), test=test)


def _advice(found: Operand) -> str:
    text, kind = found.text, found.type
    if kind is None or text.startswith("len("):
        return f"compare it: {text} > 0"
    if kind.kind is Kind.FLAG:
        return f"compare it: {text} == True"
    if kind.optional:
        return f"write {text} is not None"
    if kind.kind in (Kind.MANY, Kind.TABLE):
        return f"write len({text}) > 0"
    return f'compare it: {text} != ""' if kind.kind is Kind.TEXT else "compare it with a value"


def _quantified(node: ast.Call, word: str, scope: Scope, source: Source) -> Clause:
    generator = _generator(node, word, source)
    loop = generator.generators[0]
    path, inner = _loop(loop, scope, source)
    body = _clause(generator.elt, inner, source)
    filters = tuple(_clause(test, inner, source) for test in loop.ifs)
    elements = _elements(path.read)
    tests = tuple(part.test for part in filters)
    joint, test = (
        (Joint.ANY, _some(elements, all_of((*tests, body.test)) if tests else body.test))
        if word == "any"
        else (Joint.ALL, _every(elements, _implied(all_of(tests), body.test) if tests else body.test))
    )
    return Clause(
        text=source.segment(node),
        joint=joint,
        paths=(path,),
        parts=(*filters, body),
        elements=path.read,
        test=test,
    )


def _generator(node: ast.Call, word: str, source: Source) -> ast.GeneratorExp:
    only = node.args[0] if len(node.args) == 1 and not node.keywords else None
    if not isinstance(only, ast.GeneratorExp):
        raise source.fault(f"{word}() takes one walk: {word}(… for x in fact)", node)
    loop = only.generators[0]
    if len(only.generators) > 1 or len(loop.ifs) > 1 or loop.is_async:
        raise source.fault(f"{word}() takes a single `for` with at most one `if`", node)
    return only


def _loop(loop: ast.comprehension, scope: Scope, source: Source) -> tuple[FactPath, Scope]:
    path = fact_path(loop.iter, scope, source)
    if path.type.kind not in (Kind.MANY, Kind.TABLE) or path.type.item is None:
        raise source.fault(f"{path.text} is {path.type.described}; only a list can be walked", loop.iter)
    if not isinstance(loop.target, ast.Name) or loop.target.id.startswith("_"):
        raise source.fault("the walk needs one plain name: for x in …", loop.target)
    if len(scope.names) >= MOST_NAMES:
        raise source.fault("walks inside walks inside walks are too slow; a new fact is needed", loop.iter)
    if loop.target.id in scope.names:
        raise source.fault(f'"{loop.target.id}" is taken; use another name', loop.target)
    return path, scope.add(loop.target.id, path.type.item, path.origin)


Elements = Callable[[Scene], "Iterable[object] | Unknown"]


def _elements(read: Callable[[Scene], object]) -> Elements:
    def elements(scene: Scene) -> Iterable[object] | Unknown:
        found = read(scene)
        if isinstance(found, Unknown):
            return found
        return found if isinstance(found, Iterable) and isinstance(found, Sized) else ()

    return elements


def _some(elements: Elements, test: Test) -> Test:
    def some(scene: Scene) -> Truth:
        found = elements(scene)
        return found if isinstance(found, Unknown) else disjunction(test((*scene, one)) for one in found)

    return some


def _every(elements: Elements, test: Test) -> Test:
    def every(scene: Scene) -> Truth:
        found = elements(scene)
        return found if isinstance(found, Unknown) else conjunction(test((*scene, one)) for one in found)

    return every


def _implied(condition: Test, then: Test) -> Test:
    return any_of((lambda scene: negation(condition(scene)), then))
