"""Everything read about a node → its facts."""

import re
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from handlers.extract import node_conditions as conditions
from handlers.extract.instance import labelled_instance
from handlers.extract.node_events import agent_warnings, clean_up_failure, interruption, memory_kill, newest
from handlers.extract.node_memory import first_to_move, memory_of, memory_sentence, memory_users
from handlers.extract.node_residents import (
    effect_sentence,
    missed_by,
    movable,
    residents,
    standing,
    turned_away,
)
from handlers.extract.quantity import quantity_or_none
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import NodeMetrics, PodMetrics
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.policy import PodDisruptionBudget
from rules.facts.node import ClusterNodeFacts, InstanceFacts
from rules.finding import Observation

YOUNG = 300.0
"""Seconds within which a new node is usually Ready: images of its agents are pulled in that time."""
PRESSURES = frozenset({"MemoryPressure", "DiskPressure", "PIDPressure"})
GOING = 600.0
"""Seconds that a node on its way out may be silent or not Ready: its machine ends before its object does."""
NODE_POOL = "karpenter.sh/nodepool"
NODE_GROUP = "eks.amazonaws.com/nodegroup"
_OF_PODS = (
    "network_agent",
    "pods",
    "own_pods",
    "full",
    "residents",
    "effect",
    "missed_by",
    "memory_users",
    "memory_said",
    "evict_first",
)
_OF_EVENTS = ("reclaiming", "garbage_said", "oom", "rebooted", "interrupted", "warnings")
_OF_USAGE = ("memory_users", "memory_said", "evict_first")
_MINOR = re.compile(r"v?(\d+)\.(\d+)")


class NodeReads(Struct, frozen=True, kw_only=True):
    """What was read about one node.

    Attributes:
        pods: every pod that names it, those that have ended included.
        instance: what AWS says of the machine; None where it was not asked.
        pending: pods of the whole cluster that wait; read for a cordoned node only.
        agents: pods of the network plugin on it; read when its network is not ready.
        budgets: None where they could not be read.
        missing: why something was not read: events, pods, pending, usage, node_usage, version.
    """

    node: Node
    now: datetime
    events: tuple[Event, ...] = ()
    pods: tuple[Pod, ...] = ()
    pending: tuple[Pod, ...] = ()
    agents: tuple[Pod, ...] = ()
    usage: tuple[PodMetrics, ...] = ()
    node_usage: NodeMetrics | None = None
    budgets: tuple[PodDisruptionBudget, ...] | None = ()
    version: str = ""
    instance: InstanceFacts | None = None
    missing: Mapping[str, str] = {}


def node_subject_facts(reads: NodeReads) -> ClusterNodeFacts:
    """Turn what was read into facts."""
    facts = _with_openness(_with_pressure(_state(reads), reads), reads)
    return _with_health(_with_pods(_with_events(facts, reads), reads))


def _state(reads: NodeReads) -> ClusterNodeFacts:
    """Who it is, and whether its kubelet calls it Ready."""
    node, now = reads.node, reads.now
    ready = conditions.condition_of(node, "Ready")
    kind = conditions.not_ready_kind(ready)
    age = conditions.since(node.metadata.creation_timestamp, now) or 0.0
    changed = ready.last_transition_time if ready else node.metadata.creation_timestamp
    labels, info = node.metadata.labels, node.status.node_info
    return ClusterNodeFacts(
        missing=_missing(reads),
        ref=node.ref,
        top_owner=node.ref,
        depends_on=tuple(agent.ref for agent in reads.agents),
        network_agent=reads.agents[0].ref if reads.agents else None,
        age=age,
        ready="True" if kind == "none" else "Unknown" if kind == "silent" else "False",
        not_ready_kind=kind,
        ready_said=conditions.said(node, ready) or Observation("no Ready condition", "status.conditions"),
        not_ready_for=conditions.since(changed, now) if kind != "none" else None,
        starting=kind != "none" and age < YOUNG,
        kubelet_version=info.kubelet_version,
        server_version=reads.version,
        versions_behind=_behind(info.kubelet_version, reads.version),
        pool=labels.get(NODE_POOL) or labels.get(NODE_GROUP, ""),
        claim=next((o.name for o in node.metadata.owner_references if o.kind == "NodeClaim"), ""),
        instance=reads.instance or labelled_instance(node),
    )


def _with_pressure(facts: ClusterNodeFacts, reads: NodeReads) -> ClusterNodeFacts:
    node, now = reads.node, reads.now
    pressed = [each for each in node.status.conditions if each.type in PRESSURES and each.status == "True"]
    lasts = (conditions.since(each.last_transition_time, now) for each in pressed)
    return replace(
        facts,
        memory_pressure=conditions.bad_when_true(node, "MemoryPressure"),
        disk_pressure=conditions.bad_when_true(node, "DiskPressure"),
        pid_pressure=conditions.bad_when_true(node, "PIDPressure"),
        pressure_for=max((each for each in lasts if each is not None), default=None),
        network_unavailable=conditions.bad_when_true(node, "NetworkUnavailable"),
        troubles=conditions.agent_troubles(node, now),
        detected=conditions.detected(node, now),
    )


def _with_openness(facts: ClusterNodeFacts, reads: NodeReads) -> ClusterNodeFacts:
    """Say whether new pods are let in, and if not, who decided that."""
    node, now = reads.node, reads.now
    leaving, taint = conditions.leaving(node)
    cordon, unset = conditions.cordon_taint(node), conditions.not_set_up(node.spec.taints)
    deleted = node.metadata.deletion_timestamp
    return replace(
        facts,
        cordoned=node.spec.unschedulable,
        cordoned_for=conditions.since(cordon.time_added, now) if cordon else None,
        leaving=leaving,
        leaving_said=conditions.taint_said(taint) if taint else None,
        leaving_for=conditions.since(taint.time_added if taint else deleted, now),
        going=leaving != "none" and facts.ready != "True" and (facts.not_ready_for or 0.0) <= GOING,
        not_initialized=conditions.taint_said(unset) if unset else None,
        leftover_taints=conditions.leftover_taints(node),
    )


def _with_events(facts: ClusterNodeFacts, reads: NodeReads) -> ClusterNodeFacts:
    events = reads.events
    return replace(
        facts,
        reclaiming=newest(events, "EvictionThresholdMet"),
        garbage_said=clean_up_failure(events),
        oom=memory_kill(events),
        rebooted=newest(events, "Rebooted"),
        interrupted=interruption(events) or (facts.leaving_said if facts.leaving == "interruption" else None),
        warnings=agent_warnings(events),
    )


def _with_pods(facts: ClusterNodeFacts, reads: NodeReads) -> ClusterNodeFacts:
    there, status = standing(reads.pods), reads.node.status
    own, users = movable(there), memory_users(there, reads.usage, reads.budgets)
    limit = quantity_or_none(status.allocatable.get("pods"))
    return replace(
        facts,
        memory_used=memory_of(reads.node_usage.usage) if reads.node_usage else None,
        memory_allocatable=memory_of(status.allocatable),
        memory_users=users,
        memory_said=memory_sentence(users, reads.node_usage, reads.node),
        evict_first=first_to_move(users, {_key(pod): pod.spec.priority for pod in there}),
        missed_by=missed_by(reads.node, there, reads.pending),
        turned_away=sum(turned_away(pod) for pod in reads.pending),
        pods=len(there),
        own_pods=len(own),
        pods_limit=int(limit) if limit is not None else None,
        full=limit is not None and len(there) >= limit,
        residents=residents(own),
        effect=effect_sentence(there, lost=facts.ready != "True"),
    )


def _with_health(facts: ClusterNodeFacts) -> ClusterNodeFacts:
    """Healthy is a node that takes and runs pods, or one that is new, or taken away on purpose."""
    pressed = facts.memory_pressure or facts.disk_pressure or facts.pid_pressure or facts.network_unavailable
    complaints = facts.troubles or facts.detected or any(each.kind != "other" for each in facts.warnings)
    shut = facts.cordoned and facts.leaving == "none"
    well = facts.ready == "True" or facts.starting or facts.going
    return replace(facts, healthy=well and not (pressed or complaints or shut or facts.not_initialized))


def _missing(reads: NodeReads) -> Mapping[str, str]:
    """Which facts each unread source takes with it."""
    fields = {
        "events": _OF_EVENTS,
        "pods": _OF_PODS,
        "pending": ("missed_by", "turned_away"),
        "usage": _OF_USAGE,
        "node_usage": ("memory_used",),
        "version": ("server_version", "versions_behind"),
    }
    return {
        field: reads.missing[source]
        for source in fields
        if source in reads.missing
        for field in fields[source]
    }


def _key(pod: Pod) -> tuple[str, str]:
    return pod.metadata.namespace, pod.metadata.name


def _behind(kubelet: str, server: str) -> int:
    """How many minor versions a kubelet is older; 0 where one of both is not known."""
    versions = [_MINOR.match(text) for text in (kubelet, server)]
    if not all(versions):
        return 0
    own, other = (int(found[2]) if found else 0 for found in versions)
    return other - own
