"""A cluster's memory as JSON lines, to keep or to take along: a header, then a cause or sweep a line."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from bot.changes import History, Remembered, Sweep
from bot.digest.fields import whole
from bot.errors import UsageError
from bot.render.door import utc
from bot.render.parcel import without_secrets

FORMAT: Final = 1
FUTURE: Final = timedelta(days=1)
"""How far clocks may differ; looks at what claims to be of next year would teach nothing until then."""
_SHOWN = 5
"""How many faults of a file are told."""
_ADVICE = "Nothing was imported. Mend the file or export it anew, then import it again."
L = TypeVar("L", bound=Struct)


class Header(Struct, frozen=True, kw_only=True):
    """The first line.

    Attributes:
        mlops_history: version of the format.
        cluster: the name under which the cluster is remembered.
        exported_at: when the memory was read.
        causes: how many causes follow; with `sweeps`, it shows a file that was cut short.
        sweeps: how many sweeps follow.
    """

    mlops_history: int
    cluster: str
    exported_at: datetime
    causes: int
    sweeps: int


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Any further line: one of both."""

    cause: Remembered | None = None
    sweep: Sweep | None = None


class Imported(Struct, frozen=True, kw_only=True):
    """What a file holds."""

    header: Header
    history: History


def written(history: History, cluster: str, now: datetime) -> Iterator[bytes]:
    """The lines of a memory, each with its end; every secret is taken out."""
    counts = {"causes": len(history.causes), "sweeps": len(history.sweeps)}
    yield _line(Header(mlops_history=FORMAT, cluster=cluster, exported_at=utc(now), **counts))
    for _, cause in sorted(history.causes.items()):
        yield _line(Line(cause=cause))
    for sweep in history.sweeps:
        yield _line(Line(sweep=sweep))


def read(content: bytes, now: datetime) -> Imported:
    """The memory that lines hold, without secrets, whoever wrote them.

    Raises:
        UsageError: not all lines are good; the sentence names the number of each bad one.
    """
    lines = [
        (number, line) for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1)
    ]
    lines = [(number, line) for number, line in lines if line.strip()]
    if not lines:
        raise UsageError("The file is empty.", "Name one that `mlops history export` wrote.")
    header = _header(*lines[0])
    return Imported(header=header, history=_history(header, lines[1:], utc(now)))


def _line(value: Struct) -> bytes:
    return msgspec.json.encode(without_secrets(value)) + b"\n"


def _header(number: int, line: bytes) -> Header:
    try:
        header = whole(msgspec.json.decode(line, type=Header))
    except (msgspec.MsgspecError, OverflowError) as error:
        raise UsageError(
            f"Line {number} is not the header of an exported history: {error}.",
            "Name a file that `mlops history export` wrote.",
        ) from error
    if header.mlops_history != FORMAT:
        raise UsageError(
            f"The file has format {header.mlops_history}, and this version reads format {FORMAT}.",
            "Import it with the version that exported it.",
        )
    return header


def _history(header: Header, lines: list[tuple[int, bytes]], now: datetime) -> History:
    causes: dict[str, Remembered] = {}
    sweeps: dict[datetime, Sweep] = {}
    faults: list[str] = []
    for number, line in lines:
        one = _read(line, now)
        if isinstance(one, Remembered) and one.fingerprint not in causes:
            causes[one.fingerprint] = one
        elif isinstance(one, Sweep) and one.at not in sweeps:
            sweeps[one.at] = one
        else:
            faults.append(f"line {number}: {one if isinstance(one, str) else 'stands there twice'}")
    _refuse(faults)
    if (len(causes), len(sweeps)) != (header.causes, header.sweeps):
        raise UsageError(
            f"The file was cut short: it announces {header.causes} causes and {header.sweeps} sweeps, "
            f"and holds {len(causes)} and {len(sweeps)}.",
            _ADVICE,
        )
    return History(causes=causes, sweeps=tuple(sweeps[at] for at in sorted(sweeps)))


def _read(line: bytes, now: datetime) -> Remembered | Sweep | str:
    """What a line holds; a text says why it is not good."""
    try:
        both = msgspec.json.decode(line, type=Line)
        if both.cause and not both.sweep:
            return _plausible(whole(both.cause), both.cause.last_seen, both.cause.resolved_at, now=now)
        if both.sweep and not both.cause:
            return _plausible(whole(both.sweep), both.sweep.at, now=now)
    except (msgspec.MsgspecError, OverflowError) as error:
        return str(error)
    return "holds neither one cause nor one sweep"


def _plausible(value: L, *times: datetime | None, now: datetime) -> L | str:
    if any(utc(at) > now + FUTURE for at in times if at):
        return "is of the future"
    return without_secrets(value)


def _refuse(faults: list[str]) -> None:
    if not faults:
        return
    more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
    listed = "".join(f"\n- {fault}" for fault in [*faults[:_SHOWN], *more])
    raise UsageError(f"The file is not a whole history:{listed}", _ADVICE)
