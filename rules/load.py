"""The catalog from its folders: the shipped rules, and an operator's own beside, over or instead of them."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from rules.examples import check_examples
from rules.facts.base import SubjectFacts
from rules.fault import Fault, RuleFaults
from rules.neighbours import (
    circle_faults,
    files_by_id,
    misplaced,
    overriding_faults,
    supersede_faults,
    superseded_by_id,
    told_twice,
)
from rules.rule import Catalog, Rule
from rules.rule_file import Subjects, read_rule
from rules.runbook import Runbooks
from rules.switched_off import Off, named_in_settings, read_off, switched_off
from rules.yaml_places import Sheet

SHIPPED = Path(__file__).parent / "catalog"
OFF_FILE = "off"
EXAMPLES = "examples:"
"""The line at which a shipped rule's examples begin; they stand last."""


class _Folder(Struct, frozen=True):
    """What one folder holds; `refused` are ids of files that have faults."""

    rules: tuple[Rule, ...] = ()
    refused: tuple[str, ...] = ()
    off: tuple[Off, ...] = ()
    faults: tuple[Fault, ...] = ()


def load_catalog(  # noqa: PLR0913 - each is a setting of its own
    folder: Path | None = None,
    *,
    subjects: Mapping[str, type[SubjectFacts]],
    runbooks: Path | None = None,
    operator: Path | None = None,
    off: Collection[str] = (),
    run_examples: bool = False,
    quick: bool = False,
) -> Catalog:
    """Read all rules; faults of operator files are in the catalog, the rest of their files is in force.

    Args:
        folder: the shipped rules, `<subject>/<id>.yaml`; the package's own by default.
        subjects: subject → the facts its rules are checked against.
        runbooks: the folder of runbooks; without it their anchors are not checked.
        operator: an operator's rules, flat (a mounted ConfigMap) or by subject, and `off.yaml`.
        off: ids of shipped rules that are switched off.
        run_examples: judge the examples of shipped rules too; those of operator rules always are.
        quick: leave the examples of shipped rules unread: half of the time, and they passed their tests.

    Raises:
        RuleFaults: a shipped rule has a fault; all faults of all files are in it.
    """
    library = Runbooks(runbooks)
    found = _read(folder or SHIPPED, subjects, shipped=True, quick=quick and not run_examples)
    shipped = _shipped(found, library, run_examples=run_examples)
    if quick:
        # Where every key stands is of use for faults only, and takes more memory than the rules themselves.
        shipped = tuple(replace(rule, places={}, sheet=Sheet(rule.file, "")) for rule in shipped)
    own = _operated(operator, subjects, library, shipped) if operator else _Folder()
    switched, off_faults = switched_off((*named_in_settings(off), *own.off), (*shipped, *own.rules))
    replaced = {rule.id for rule in own.rules}
    rules = [rule for rule in shipped if rule.id not in replaced] + list(own.rules)
    in_force = (rule for rule in rules if rule.id not in switched)
    return Catalog.of(in_force, subjects, (*own.faults, *off_faults), sorted(switched))


def _shipped(found: _Folder, library: Runbooks, *, run_examples: bool) -> tuple[Rule, ...]:
    faults = list(found.faults)
    files, direct = files_by_id(found.rules), superseded_by_id(found.rules)
    for rule in found.rules:
        faults += told_twice(rule, files) + misplaced(rule)
        faults += _common_faults(rule, direct, found.refused, library)
        faults += check_examples(rule) if run_examples else []
    if faults:
        raise RuleFaults(sorted(faults, key=_place))
    return found.rules


def _operated(folder: Path, subjects: Subjects, library: Runbooks, shipped: tuple[Rule, ...]) -> _Folder:
    found = _read(folder, subjects, shipped=False)
    good: list[Rule] = []
    faults = list(found.faults)
    files, direct = files_by_id(found.rules), superseded_by_id((*shipped, *found.rules))
    for rule in found.rules:
        wrong = told_twice(rule, files) + overriding_faults(rule, shipped)
        wrong += _common_faults(rule, direct, found.refused, library) + check_examples(rule)
        faults += wrong
        good += [] if wrong else [rule]
    return _Folder(tuple(good), found.refused, found.off, tuple(sorted(faults, key=_place)))


def _common_faults(
    rule: Rule, direct: Mapping[str, tuple[str, ...]], refused: tuple[str, ...], library: Runbooks
) -> list[Fault]:
    return library.faults(rule) + supersede_faults(rule, direct, refused) + circle_faults(rule, direct)


def _place(fault: Fault) -> tuple[str, int, int]:
    return (fault.file, fault.line, fault.column)


def _read(folder: Path, subjects: Subjects, *, shipped: bool, quick: bool = False) -> _Folder:
    rules: list[Rule] = []
    refused: list[str] = []
    faults: list[Fault] = []
    off: list[Off] = []
    try:
        paths = sorted(_files(folder))
    except OSError as error:
        return _Folder(faults=(Fault(file=str(folder), message=f"cannot be read: {error.strerror}"),))
    for path in paths:
        sheet = Sheet.open(path, until=EXAMPLES if quick else "")
        if path.stem == OFF_FILE and path.parent == folder and not shipped:
            off += read_off(sheet)
        elif (rule := read_rule(sheet, subjects, shipped=shipped, quick=quick)) is not None:
            rules.append(rule)
        else:
            refused.append(path.stem)
        faults += sheet.faults
    return _Folder(tuple(rules), tuple(refused), tuple(off), tuple(faults))


def _files(folder: Path) -> Iterator[Path]:
    """YAML files of a folder and of the folders in it; a ConfigMap's own `..data` links are skipped."""
    for entry in folder.iterdir():
        if entry.name.startswith("."):
            continue
        inside = entry.iterdir() if entry.is_dir() else (entry,)
        yield from (file for file in inside if file.suffix in (".yaml", ".yml") and file.name[0] != ".")
