"""Label and field selectors as the API server reads them, for objects that no API server filters.

Grammar and error texts follow the API server's (v1.36); a selector that it refuses is refused here too.
"""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct


class SelectorError(ValueError):
    """The selector does not parse, or names a field that cannot be selected by; the server's words."""


class Requirement(Struct, frozen=True):
    """One requirement; operator exists, !exists, in, notin, gt or lt."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether an object with these labels meets it; notin holds where the label is absent."""
        value = labels.get(self.key)
        match self.operator:
            case "exists":
                return value is not None
            case "!exists":
                return value is None
            case "in":
                return value in self.values
            case "notin":
                return value not in self.values
        return value is not None and self._compares(value)

    def _compares(self, value: str) -> bool:
        (bound,) = self.values
        if not _INTEGER.fullmatch(value):
            return False
        return int(value) > int(bound) if self.operator == "gt" else int(value) < int(bound)


_INTEGER = re.compile(r"-?\d+")
_TOKEN = re.compile(r"\s*(==|!=|[=!(),<>]|[^\s=!(),<>]+|$)")
_SYMBOLS = frozenset({"==", "!=", "=", "!", "(", ")", ",", "<", ">", ""})
_EQUALS = {"=": "in", "==": "in", "!=": "notin"}
_SETS = frozenset({"in", "notin"})
_COMPARISONS = {">": "gt", "<": "lt"}
_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")


def parse_labels(text: str) -> tuple[Requirement, ...]:
    """Read a label selector. Raises SelectorError."""
    return _Parser(text).requirements() if text.strip() else ()


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0

    def requirements(self) -> tuple[Requirement, ...]:
        found = [self._requirement()]
        while self._peek() == ",":
            self._next()
            found.append(self._requirement())
        if self._peek():
            raise _unparsable(self._peek(), "',' or 'end of string'")
        return tuple(found)

    def _requirement(self) -> Requirement:
        if self._peek() == "!":
            self._next()
            return Requirement(self._key(), "!exists")
        key = self._key()
        operator = self._peek()
        if operator in ("", ","):
            return Requirement(key, "exists")
        self._next()
        if operator in _SETS:
            return Requirement(key, operator, self._set())
        if operator in _COMPARISONS:
            return Requirement(key, _COMPARISONS[operator], frozenset({self._number(key)}))
        if operator not in _EQUALS:
            raise _unparsable(operator, "in, notin, =, ==, !=, gt, lt")
        return Requirement(key, _EQUALS[operator], frozenset({self._value()}))

    def _key(self) -> str:
        key = self._next()
        if key in _SYMBOLS:
            raise _unparsable(key, "identifier")
        prefix, _, name = key.rpartition("/")
        if not _NAME.fullmatch(name) or "/" in prefix:
            raise SelectorError(
                f'unable to parse requirement: <nil>: Invalid value: "{key}": not a label key'
            )
        return key

    def _value(self) -> str:
        if self._peek() in ("", ","):
            return ""
        value = self._next()
        if value in _SYMBOLS:
            raise _unparsable(value, "identifier")
        if not _NAME.fullmatch(value):
            raise SelectorError(
                f'unable to parse requirement: values[0]: Invalid value: "{value}": not a label value'
            )
        return value

    def _number(self, key: str) -> str:
        value = self._value()
        if not _INTEGER.fullmatch(value):
            raise SelectorError(
                f'unable to parse requirement: values[0][{key}]: Invalid value: "{value}": no integer'
            )
        return value

    def _set(self) -> frozenset[str]:
        if (opening := self._next()) != "(":
            raise _unparsable(opening, "'('")
        values = {"" if self._peek() in (",", ")") else self._value()}
        while (symbol := self._next()) == ",":
            values.add("" if self._peek() in (",", ")") else self._value())
        if symbol != ")":
            raise _unparsable(symbol, "',' or ')'")
        return frozenset(values)

    def _peek(self) -> str:
        return self._tokens[self._at]

    def _next(self) -> str:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or not match[1]:
            break
        yield match[1]
        at = match.end()
    yield ""


def _unparsable(found: str, expected: str) -> SelectorError:
    return SelectorError(f"unable to parse requirement: found '{found}', expected: {expected}")


class FieldRequirement(Struct, frozen=True):
    """One term of a field selector."""

    field: str
    value: str
    equal: bool = True

    def matches(self, fields: Mapping[str, str]) -> bool:
        """Whether an object with these fields meets it."""
        return (fields.get(self.field, "") == self.value) == self.equal


def parse_fields(text: str) -> tuple[FieldRequirement, ...]:
    """Read a field selector; which fields there are is up to the kind. Raises SelectorError."""
    return tuple(_field_term(term, text) for term in re.split(r"(?<!\\),", text) if term)


def _field_term(term: str, text: str) -> FieldRequirement:
    match = re.match(r"(?P<field>[^=!]*?)(?P<operator>!=|==|=)(?P<value>.*)", term, re.DOTALL)
    if match is None:
        raise SelectorError(f"invalid selector: '{text}'; can't understand '{term}'")
    value = re.sub(r"\\([\\,=])", r"\1", match["value"])
    return FieldRequirement(match["field"], value, equal=match["operator"] != "!=")
