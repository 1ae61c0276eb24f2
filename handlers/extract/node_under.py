"""The node under a pod, and a deletion that does not end."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from handlers.extract.events import observed, plain, with_reason
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from rules.facts.pod import NodeFacts, TerminationFacts
from rules.finding import Observation
from rules.units import seconds_in_words

_KNOWN = frozenset({"name", "missing"})
_NO_CNI = ("cni plugin", "NetworkPluginNotReady")
PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")
STUCK_AFTER = 60.0
"""Seconds past the grace period after which a deletion counts as stuck; unmounting takes some."""


def node_facts(name: str, node: Node | None, now: datetime, *, missing: str = "") -> NodeFacts:
    """Read the node of a pod; None means gone, unless `missing` says why it was not read."""
    if not name:
        return NodeFacts()
    if missing:
        return NodeFacts(
            name=name, missing={f: missing for f in NodeFacts.__struct_fields__ if f not in _KNOWN}
        )
    if node is None:
        return NodeFacts(name=name, exists=False, ready="Unknown")
    ready = next((c for c in node.status.conditions if c.type == "Ready"), None)
    pressed = [c for c in node.status.conditions if c.type in PRESSURES and c.status == "True"]
    status, since = _ready(ready), ready.last_transition_time if ready else None
    return NodeFacts(
        name=name,
        ready=status,
        said=_said(name, ready),
        not_ready_for=(now - since).total_seconds() if since and status != "True" else None,
        pressure=tuple(c.type for c in pressed),
        pressure_said=_said(name, pressed[0]) if pressed else None,
        cordoned=node.spec.unschedulable,
        architecture=node.status.node_info.architecture or node.metadata.labels.get("kubernetes.io/arch", ""),
        cni_down=status != "True" and _lacks_cni(ready),
    )


def _ready(condition: Condition | None) -> Literal["True", "False", "Unknown"]:
    if condition is None or condition.status not in {"True", "False"}:
        return "Unknown"
    return "True" if condition.status == "True" else "False"


def _said(name: str, condition: Condition | None) -> Observation:
    if condition is None:
        return Observation("no Ready condition", f"node {name}")
    source = f"node {name} condition {condition.type}={condition.status}"
    text = f"{condition.reason}: {plain(condition.message)}"
    return Observation(text, source, condition.last_transition_time)


def _lacks_cni(condition: Condition | None) -> bool:
    return condition is not None and any(mark in condition.message for mark in _NO_CNI)


def termination_facts(pod: Pod, events: Iterable[Event], now: datetime) -> TerminationFacts:
    """Read a deletion; the deletion timestamp of a pod includes its grace period already."""
    deleted = pod.metadata.deletion_timestamp
    if deleted is None:
        return TerminationFacts()
    overdue = (now - deleted).total_seconds()
    failed = with_reason(events, "FailedKillPod", "FailedPreStopHook", "ExceededGracePeriod")
    when = (
        f"should have been gone {seconds_in_words(overdue)} ago"
        if overdue > 0
        else f"has {seconds_in_words(-overdue)} of its grace period left"
    )
    return TerminationFacts(
        deleting=True,
        overdue=max(0.0, overdue),
        stuck=overdue > STUCK_AFTER,
        finalizers=pod.metadata.finalizers,
        since=Observation(f"deleted, and {when}", "metadata.deletionTimestamp", deleted),
        kill_failed=observed(failed[0]) if failed else None,
    )
