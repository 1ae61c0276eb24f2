"""Kleene's three-valued logic: true, false, or unknown with the facts that were missing."""

from collections.abc import Callable, Iterable

from rules.path import Scene, Unknown

Truth = bool | Unknown
Test = Callable[[Scene], Truth]


def both(*unknown: Unknown) -> Unknown:
    """One Unknown with the missing facts of all, each once."""
    return Unknown(tuple(dict.fromkeys(reason for one in unknown for reason in one.missing)))


def conjunction(truths: Iterable[Truth]) -> Truth:
    """False if any is false; else unknown if any is; else true."""
    unknown: list[Unknown] = []
    for truth in truths:
        if truth is False:
            return False
        if truth is not True:
            unknown.append(truth)
    return both(*unknown) if unknown else True


def disjunction(truths: Iterable[Truth]) -> Truth:
    """True if any is true; else unknown if any is; else false."""
    unknown: list[Unknown] = []
    for truth in truths:
        if truth is True:
            return True
        if truth is not False:
            unknown.append(truth)
    return both(*unknown) if unknown else False


def negation(truth: Truth) -> Truth:
    """The other one; unknown stays unknown."""
    return truth if isinstance(truth, Unknown) else not truth


def all_of(tests: tuple[Test, ...]) -> Test:
    """A test that is the conjunction of several."""

    def test(scene: Scene) -> Truth:
        unknown: Unknown | None = None
        for one in tests:
            truth = one(scene)
            if truth is False:
                return False
            if truth is not True:
                unknown = both(unknown, truth) if unknown else truth
        return unknown or True

    return test


def any_of(tests: tuple[Test, ...]) -> Test:
    """A test that is the disjunction of several."""
    return lambda scene: disjunction(test(scene) for test in tests)
