"""A checked condition as a tree of clauses, each with its own text and test."""

from collections.abc import Callable
from enum import StrEnum

from msgspec import Struct

from rules.path import FactPath, Scene
from rules.truth import Test


class Joint(StrEnum):
    """How a clause is made of its parts."""

    AND = "and"
    OR = "or"
    NOT = "not"
    ANY = "any"
    ALL = "all"
    SINGLE = "single"


class Clause(Struct, frozen=True, kw_only=True):
    """One clause.

    Attributes:
        text: as written.
        joint: SINGLE for a comparison or a bare fact; the others have parts.
        paths: the facts a SINGLE clause reads; for ANY and ALL the list that is walked.
        parts: the clauses it joins; for ANY and ALL the body, judged once for each element.
        test: takes a scene, gives true, false or unknown.
    """

    text: str
    joint: Joint = Joint.SINGLE
    paths: tuple[FactPath, ...] = ()
    parts: tuple["Clause", ...] = ()
    elements: Callable[[Scene], object] | None = None
    test: Test
