"""Karpenter's controller log: one JSON object a line, with the objects it is about as fields."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from rules.finding import Observation

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_FAULTS = frozenset({"ERROR", "WARN", "PANIC", "FATAL"})
_CHARACTERS = 500


class _Named(Struct, frozen=True):
    name: str = ""
    namespace: str = ""


class _Line(Struct, frozen=True):
    level: str = ""
    time: datetime | None = None
    message: str = ""
    error: str = ""
    node_pool: _Named = msgspec.field(default_factory=_Named, name="NodePool")
    node_claim: _Named = msgspec.field(default_factory=_Named, name="NodeClaim")
    node_class: _Named = msgspec.field(default_factory=_Named, name="EC2NodeClass")
    pod: _Named = msgspec.field(default_factory=_Named, name="Pod")


_DECODER = msgspec.json.Decoder(_Line)


class ControllerLine(Struct, frozen=True, kw_only=True):
    """One line of the controller.

    Attributes:
        at: when it was written; None where the line does not say.
        fault: whether it is an error or a warning.
        pool, claim, node_class: names of the objects it is about, as far as it names them.
        pod: `namespace/name` of the pod it is about; Karpenter leaves the random suffix on.
        source: the pod that wrote it.
    """

    at: datetime | None = None
    fault: bool = False
    message: str = ""
    error: str = ""
    pool: str = ""
    claim: str = ""
    node_class: str = ""
    pod: str = ""
    source: str = ""

    @property
    def text(self) -> str:
        """The message with its error."""
        return f"{self.message}: {self.error}" if self.error else self.message

    @property
    def observed(self) -> Observation:
        """The line as evidence."""
        text = self.text if len(self.text) <= _CHARACTERS else f"{self.text[:_CHARACTERS].rstrip()} …"
        return Observation(text, self.source, self.at)


def controller_lines(text: str, source: str) -> tuple[ControllerLine, ...]:
    """Read a log; lines that are no JSON object of the known form are left out."""
    return tuple(_lines(text, source))


def newest_lines(lines: Iterable[ControllerLine]) -> tuple[ControllerLine, ...]:
    """The lines of all replicas, newest first."""
    return tuple(sorted(lines, key=lambda line: line.at or _LONG_AGO, reverse=True))


def faults(lines: Iterable[ControllerLine], most: int = 3) -> tuple[Observation, ...]:
    """Different errors among these lines, each once, in the order given."""
    found: dict[tuple[str, str], ControllerLine] = {}
    for line in lines:
        if line.fault:
            found.setdefault((line.message, line.error), line)
    return tuple(line.observed for line in list(found.values())[:most])


def _lines(text: str, source: str) -> Iterator[ControllerLine]:
    for raw in text.splitlines():
        if not raw.lstrip().startswith("{"):
            continue
        try:
            line = _DECODER.decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        yield _made(line, source)


def _made(line: _Line, source: str) -> ControllerLine:
    pod = line.pod
    at = line.time.replace(tzinfo=UTC) if line.time and line.time.tzinfo is None else line.time
    return ControllerLine(
        at=at,
        fault=line.level.upper() in _FAULTS,
        message=line.message,
        error=line.error,
        pool=line.node_pool.name,
        claim=line.node_claim.name,
        node_class=line.node_class.name,
        pod=f"{pod.namespace}/{pod.name}" if pod.name else "",
        source=source,
    )
