"""What the AWS load balancer controller says of one Ingress in its log and of its target groups; pure.

The controller writes JSON (zap): errors of its reconcilers carry controller, namespace and name. A
TargetGroupBinding is named k8s-<namespace>-<service>-<hash>, eight letters or digits of each.
"""

import re
from collections.abc import Collection, Iterable
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from handlers.extract.events import newest_first, observed
from handlers.sources.objects.event import Event
from rules.finding import Observation

_NOT_NAMED = re.compile(r"[^A-Za-z0-9]")
_PART = 8
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_YEAR_5000 = 95_617_584_000
_LONGEST = 100_000
"""Characters of a line; longer ones are models, not errors."""


class _Line(Struct, frozen=True):
    """A line of the log, as far as it is read."""

    level: str = ""
    ts: datetime | float | None = None
    controller: str = ""
    namespace: str = ""
    name: str = ""
    error: str = ""


def binding_prefix(namespace: str, service: str) -> str:
    """How the names of the TargetGroupBindings of a Service begin."""
    parts = (_NOT_NAMED.sub("", text)[:_PART] for text in (namespace, service))
    return f"k8s-{'-'.join(parts)}-"


def binding_failure(events: Iterable[Event], namespace: str, services: Collection[str]) -> Observation | None:
    """The newest warning about a target group of these Services that came after its last success."""
    prefixes = tuple(binding_prefix(namespace, service) for service in services)
    own = [e for e in newest_first(events) if e.involved_object.name.startswith(prefixes)]
    newest = {event.involved_object.name: event for event in reversed(own)}
    failed = newest_first(event for event in newest.values() if event.type == "Warning")
    if not failed:
        return None
    said, name = observed(failed[0]), failed[0].involved_object.name
    return Observation(said.text, f"{said.source} of TargetGroupBinding {name}", said.at)


def newest_failure(
    logs: Iterable[str], names: Collection[tuple[str, str]], namespace: str, services: Collection[str]
) -> Observation | None:
    """The newest error about an Ingress or about the target groups of its Services.

    Args:
        logs: of every pod of the controller.
        names: namespace and name of the Ingress; an IngressGroup has a name and no namespace.
        namespace: of its Services.
        services: their names.
    """
    prefixes = tuple(binding_prefix(namespace, service) for service in services)
    lines = (line for log in logs for line in map(_read, log.splitlines()) if line is not None)
    found = [
        Observation(line.error, f"log of the load balancer controller ({line.controller})", _moment(line.ts))
        for line in lines
        if _is_about(line, names, namespace, prefixes)
    ]
    return max(found, key=lambda said: said.at or _LONG_AGO, default=None)


def _moment(written: datetime | float | None) -> datetime | None:
    """The time of a line; older releases write seconds since 1970."""
    if isinstance(written, datetime):
        return written if written.tzinfo else written.replace(tzinfo=UTC)
    return datetime.fromtimestamp(written, UTC) if written and written < _YEAR_5000 else None


def _read(line: str) -> _Line | None:
    if '"error"' not in line or len(line) > _LONGEST:
        return None
    try:
        return msgspec.json.decode(line, type=_Line)
    except msgspec.MsgspecError:
        return None


def _is_about(
    line: _Line, names: Collection[tuple[str, str]], namespace: str, prefixes: tuple[str, ...]
) -> bool:
    if line.level != "error" or not line.error:
        return False
    if line.controller == "ingress":
        return (line.namespace, line.name) in names
    bound = line.controller.lower() == "targetgroupbinding" and line.namespace == namespace
    return bound and line.name.startswith(prefixes)
