"""The node under a pod, and a deletion that does not end."""

from collections.abc import Iterable
from datetime import datetime

from handlers.extract.events import observed, with_reason
from handlers.sources.objects.event import Event
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from rules.facts.pod import NodeFacts, TerminationFacts
from rules.finding import Observation
from rules.units import seconds_in_words

PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")
STUCK_AFTER = 60.0
"""Seconds past the grace period after which a deletion counts as stuck; unmounting takes some."""


def node_facts(name: str, node: Node | None, now: datetime) -> NodeFacts:
    """Read the node of a pod; `node` is None when the object is gone."""
    if not name:
        return NodeFacts()
    if node is None:
        return NodeFacts(name=name, exists=False, ready="Unknown")
    ready = next((c for c in node.status.conditions if c.type == "Ready"), None)
    status = ready.status if ready and ready.status in {"True", "False"} else "Unknown"
    pressed = [c for c in node.status.conditions if c.type in PRESSURES and c.status == "True"]
    since = ready.last_transition_time if ready else None
    said = f"{ready.reason}: {ready.message}" if ready else "no Ready condition"
    return NodeFacts(
        name=name,
        ready="True" if status == "True" else "False" if status == "False" else "Unknown",
        said=Observation(said, f"node {name} condition Ready={status}", since),
        not_ready_for=(now - since).total_seconds() if since and status != "True" else None,
        pressure=tuple(c.type for c in pressed),
        pressure_said=next(
            (
                Observation(
                    f"{c.reason}: {c.message}", f"node {name} condition {c.type}", c.last_transition_time
                )
                for c in pressed
            ),
            None,
        ),
        cordoned=node.spec.unschedulable,
        architecture=node.status.node_info.architecture or node.metadata.labels.get("kubernetes.io/arch", ""),
        cni_down=bool(
            ready
            and status != "True"
            and ("cni plugin" in ready.message or "NetworkPluginNotReady" in ready.message)
        ),
    )


def termination_facts(pod: Pod, events: Iterable[Event], now: datetime) -> TerminationFacts:
    """Read a deletion; the deletion timestamp of a pod includes its grace period already (API conventions)."""
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
