"""Rules an operator switches off, in `off.yaml` or in the settings."""

from collections.abc import Collection, Iterable

from msgspec import Struct

from rules.fault import Fault, did_you_mean
from rules.rule import Rule
from rules.yaml_places import Sheet


class Off(Struct, frozen=True):
    """An id that is to be off; `place` is a fault without a message yet."""

    rule: str
    place: Fault


def read_off(sheet: Sheet) -> list[Off]:
    """The ids of an `off.yaml`, which is a list of them; faults are noted on the sheet."""
    nodes = sheet.items(sheet.root())
    return [Off(name, sheet.fault_at("", node)) for node in nodes if (name := sheet.string(node))]


def named_in_settings(ids: Iterable[str]) -> list[Off]:
    """The ids that the settings switch off."""
    return [Off(name, Fault(file="rules switched off in the settings", message="")) for name in ids]


def switched_off(wanted: Iterable[Off], rules: Collection[Rule]) -> tuple[set[str], list[Fault]]:
    """The ids that are off, and the faults of ids that no rule has."""
    known = {rule.id for rule in rules}
    off, faults = set[str](), list[Fault]()
    for one in wanted:
        if one.rule in known:
            off.add(one.rule)
        else:
            faults.append(_unknown(one, known))
    return off, faults


def _unknown(one: Off, known: Collection[str]) -> Fault:
    message = f'there is no rule "{one.rule}"{did_you_mean(one.rule, known)}'
    place = one.place
    return Fault(file=place.file, line=place.line, column=place.column, message=message, source=place.source)
