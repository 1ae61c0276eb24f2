"""The memory of one cluster as the named fields of one record, each decoded by itself; pure.

A snooze stands in a field of its own, so that putting a cause to sleep and learning of it at the same moment
do not undo each other.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.changes import History, Remembered, Sweep
from bot.render.door import utc
from rules.finding import Severity

CAUSE, SNOOZE, SWEEP = "cause:", "snooze:", "sweep:"
S = TypeVar("S", bound=Struct)
_CAUSE: Final = msgspec.json.Decoder(Remembered)
_SWEEP: Final = msgspec.json.Decoder(Sweep)


class Snooze(Struct, frozen=True, kw_only=True):
    """A cause is not told before `until`, unless it grows worse than `severity`; `by` is a Slack user id."""

    until: datetime
    by: str = ""
    severity: Severity | None = None


class Changes(Struct, frozen=True, kw_only=True):
    """What has to be written so that a record holds another history: fields by name, and names to drop."""

    values: Mapping[str, bytes] = {}
    drop: frozenset[str] = frozenset()


class Decoded(Struct, frozen=True, kw_only=True):
    """A history, and the names of the fields that could not be read."""

    history: History
    unreadable: tuple[str, ...] = ()


def decoded(fields: Mapping[str, bytes]) -> Decoded:
    """A history from its fields; those of another version, and what is none of ours, are left out."""
    values = {name: _read(name, value) for name, value in fields.items()}
    causes = {one.fingerprint: one for one in values.values() if isinstance(one, Remembered)}
    for name, one in values.items():
        mark = name.removeprefix(SNOOZE)
        if isinstance(one, Snooze) and mark in causes:
            causes[mark] = with_snooze(causes[mark], one)
    sweeps = sorted((one for one in values.values() if isinstance(one, Sweep)), key=lambda one: one.at)
    return Decoded(
        history=History(causes=causes, sweeps=tuple(sweeps)),
        unreadable=tuple(name for name, one in values.items() if one is None),
    )


def changes(before: History, after: History) -> Changes:
    """What differs; fields that neither history knows stay as they are."""
    old, new = _values(before), _values(after)
    return Changes(
        values={name: msgspec.json.encode(one) for name, one in new.items() if old.get(name) != one},
        drop=frozenset(old.keys() - new.keys()),
    )


def put_to_sleep(fingerprint: str, snooze: Snooze) -> Changes:
    """What puts a cause to sleep, whatever is learnt of it at the same moment."""
    return Changes(values={SNOOZE + fingerprint: msgspec.json.encode(snooze)})


def woken(fingerprint: str) -> Changes:
    """What ends its sleep."""
    return Changes(drop=frozenset({SNOOZE + fingerprint}))


def with_snooze(cause: Remembered, snooze: Snooze) -> Remembered:
    """The cause put to sleep."""
    return replace(cause, snoozed_until=snooze.until, snoozed_by=snooze.by, snoozed_severity=snooze.severity)


def whole(value: S) -> S:
    """A value whose times are all in UTC: without a zone they could not be compared."""
    times = {
        name: utc(one)
        for name in value.__struct_fields__
        if isinstance(one := getattr(value, name), datetime)
    }
    return replace(value, **times)


def _values(history: History) -> dict[str, Struct]:
    return dict(_named(history))


def _named(history: History) -> Iterator[tuple[str, Struct]]:
    for mark, cause in history.causes.items():
        yield CAUSE + mark, replace(cause, snoozed_until=None, snoozed_by="", snoozed_severity=None)
        if cause.snoozed_until is not None:
            yield (
                SNOOZE + mark,
                Snooze(until=cause.snoozed_until, by=cause.snoozed_by, severity=cause.snoozed_severity),
            )
    for sweep in history.sweeps:
        yield SWEEP + utc(sweep.at).isoformat(), sweep


def _read(name: str, value: bytes) -> Struct | None:
    """One field; None when it cannot be read, or is not what its name says."""
    try:
        if name.startswith(CAUSE):
            cause = whole(_CAUSE.decode(value))
            return cause if CAUSE + cause.fingerprint == name else None
        if name.startswith(SNOOZE):
            return whole(msgspec.json.decode(value, type=Snooze))
        sweep = whole(_SWEEP.decode(value))
        return sweep if SWEEP + sweep.at.isoformat() == name else None
    except (msgspec.MsgspecError, OverflowError):
        return None
