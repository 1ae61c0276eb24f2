"""The semaphore or mutex a workflow waits for, and who holds it."""

import re
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from handlers.extract.workflow import standing
from handlers.sources.objects.argo import Workflow
from rules.facts.workflow import LockFacts, LockKind
from rules.finding import ObjectRef, Observation
from rules.units import seconds_in_words

_WAITING = re.compile(r"Waiting for (?P<name>\S+) lock")
_ENDED = frozenset({"Succeeded", "Failed", "Error"})


class Wait(Struct, frozen=True, kw_only=True):
    """A lock that is waited for; holders are "namespace/workflow" or "namespace/workflow/node"."""

    kind: LockKind
    name: str
    holders: tuple[str, ...] = ()

    @property
    def holding(self) -> tuple[ObjectRef, ...]:
        """The workflows behind its holders, each once."""
        own = self.name.split("/")[0]
        parts = [holder.split("/") for holder in self.holders if holder]
        refs = [
            ObjectRef("Workflow", part[1], part[0]) if len(part) > 1 else ObjectRef("Workflow", part[0], own)
            for part in parts
        ]
        return tuple(dict.fromkeys(refs))


def lock_waited_for(workflow: Workflow, message: str = "") -> Wait | None:
    """The lock in its status, or in its message or a step's, where a controller left the status out."""
    status = workflow.status.synchronization
    for semaphore in status.semaphore.waiting if status and status.semaphore else ():
        return Wait(kind="semaphore", name=semaphore.semaphore, holders=semaphore.holders)
    for mutex in status.mutex.waiting if status and status.mutex else ():
        return Wait(kind="mutex", name=mutex.mutex, holders=(mutex.holder,) if mutex.holder else ())
    said = _WAITING.search(workflow.status.message) or _WAITING.search(message)
    if said is None:
        return None
    return Wait(kind="mutex" if "/Mutex/" in said["name"] else "semaphore", name=said["name"])


def lock_facts(
    wait: Wait, holders: Mapping[ObjectRef, Workflow | None], now: datetime, missing: Mapping[str, str]
) -> LockFacts:
    """Facts of the lock; `holders` are the workflows that were read, None for one that is not there."""
    parts = wait.name.split("/")
    limited = wait.kind == "semaphore" and len(parts) == 4  # noqa: PLR2004 - ns/ConfigMap/name/key
    first = next(iter(wait.holding), None)
    read = holders.get(first) if first else None
    stands = standing(read, now) if read else None
    return LockFacts(
        kind=wait.kind,
        name=wait.name,
        config=parts[2] if limited else "",
        key=parts[3] if limited else "",
        holders=tuple(str(ref) for ref in wait.holding),
        held=_held(wait.holding),
        holder=first.name if first else "",
        holder_namespace=first.namespace if first else "",
        holder_gone=first is not None and first in holders and _over(read),
        holder_stuck=bool(stands and stands.trouble),
        holder_said=_said(first, read, now) if first in holders else None,
        missing=missing,
    )


def _held(holders: tuple[ObjectRef, ...]) -> str:
    return f"held by {', '.join(map(str, holders))}" if holders else "and nothing says who holds it"


def _over(workflow: Workflow | None) -> bool:
    return workflow is None or workflow.status.phase in _ENDED


def _said(ref: ObjectRef | None, workflow: Workflow | None, now: datetime) -> Observation | None:
    if ref is None:
        return None
    if workflow is None:
        return Observation(f"Workflow {ref} holds it and does not exist any more", "workflows")
    stands = standing(workflow, now)
    began = workflow.status.started_at or workflow.metadata.creation_timestamp
    since = f" since {seconds_in_words((now - began).total_seconds())}" if began else ""
    why = " ".join((stands.node.message if stands.node else workflow.status.message).split())
    text = f"Workflow {ref} holds it and is {stands.phase}{since}" + (f": {why}" if why else "")
    return Observation(text[:600], "status of the holder", began)
