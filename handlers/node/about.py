"""What is said beside a node's findings: its state, its context line, what was checked, its memory table."""

from collections.abc import Iterable

from handlers.contract import Row, Table
from handlers.extract.node import NodeReads
from handlers.extract.node_conditions import bad_when_true, condition_of
from handlers.sources.objects.node import Node
from rules.facts.node import ClusterNodeFacts, MemoryUser
from rules.finding import ObjectRef
from rules.units import bytes_in_words, seconds_in_words

_ROWS = 10
_MUCH = 0.8
"""Share of the node's memory from which on its users are shown without being asked for."""


def symptom(node: Node) -> str:
    """The STATUS column of kubectl, and the pressures it does not show."""
    ready = condition_of(node, "Ready")
    words = "Ready" if ready and ready.status == "True" else "NotReady"
    shut = ",SchedulingDisabled" if node.spec.unschedulable else ""
    pressures = [
        kind for kind in ("MemoryPressure", "DiskPressure", "PIDPressure") if bad_when_true(node, kind)
    ]
    return ", ".join((words + shut, *pressures))


def about(facts: ClusterNodeFacts, note: str) -> tuple[str, ...]:
    """Short pieces: how it was found, pool, machine, age, pods."""
    return tuple(piece for piece in _pieces(facts, note) if piece)


def _pieces(facts: ClusterNodeFacts, note: str) -> Iterable[str]:
    machine, capacity = facts.instance, "spot" if facts.instance.spot else ""
    yield note
    yield f"pool {facts.pool}" if facts.pool else ""
    yield " ".join(filter(None, (machine.kind, capacity, machine.zone, machine.id)))
    yield f"age {seconds_in_words(facts.age)}"
    yield f"{facts.pods} pods" if "pods" not in facts.missing else ""
    if facts.leaving != "none":
        yield f"being taken away ({facts.leaving})"


def checked(facts: ClusterNodeFacts, reads: NodeReads) -> tuple[str, ...]:
    """What was looked at, for an answer that says "healthy"."""
    return tuple(_checked(facts, reads))


def _checked(facts: ClusterNodeFacts, reads: NodeReads) -> Iterable[str]:
    conditions, taints = reads.node.status.conditions, reads.node.spec.taints
    yield f"{len(conditions)} conditions (Ready {facts.ready}) and {len(taints)} taints"
    if "events" not in reads.missing:
        yield f"{len(reads.events)} events"
    if "pods" not in reads.missing:
        yield f"{facts.pods} pods on it" + (f" of {facts.pods_limit}" if facts.pods_limit else "")
    if facts.memory_used is not None and facts.memory_allocatable:
        share = 100 * facts.memory_used / facts.memory_allocatable
        yield f"memory in use: {bytes_in_words(facts.memory_used)} ({share:.0f} %)"
    if reads.version:
        yield f"kubelet {facts.kubelet_version} beside API server {facts.server_version}"


def tables(facts: ClusterNodeFacts) -> tuple[Table, ...]:
    """The pods that use more memory than they asked for, where the node has little left."""
    users = [user for user in facts.memory_users if user.over]
    shown, total = users[:_ROWS], len(users)
    if not shown or not _is_about_memory(facts):
        return ()
    return (
        Table(
            title="pods by memory over their request",
            columns=("pod", "owner", "used", "requested", "over", "keep"),
            rows=tuple(_row(user) for user in shown),
            note=f"{len(shown)} of {total} pods" if total > len(shown) else "",
        ),
    )


def _is_about_memory(facts: ClusterNodeFacts) -> bool:
    used, total = facts.memory_used, facts.memory_allocatable
    return bool(facts.memory_pressure or facts.oom or (used and total and used / total > _MUCH))


def _row(user: MemoryUser) -> Row:
    amounts = (bytes_in_words(user.used), bytes_in_words(user.requested), bytes_in_words(user.over))
    cells = (f"{user.namespace}/{user.name}", user.owner, *amounts, user.kept_because)
    return Row(cells, (ObjectRef("Pod", user.name, user.namespace),))
