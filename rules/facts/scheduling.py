"""Facts about why a pod has no node, computed from the pod, the nodes and what stands on them."""

from datetime import datetime
from typing import Annotated

from rules.facts.base import Facts, fact
from rules.facts.node_fit import (
    Blocker,
    CordonedNodes,
    HostPortConflict,
    LabelMismatch,
    PodAffinityMismatch,
    ResourceShortage,
    SchedulerReason,
    SpreadMismatch,
    TaintMismatch,
    UnreadyNodes,
    VolumeZoneMismatch,
)
from rules.facts.node_supply import AutoscalerFacts, AutoscalerVerdict, KarpenterFacts, KarpenterVerdict
from rules.facts.pod_claim import ClaimFacts
from rules.finding import Observation


class SchedulingFacts(Facts, frozen=True, kw_only=True):
    """Why a pod has no node; of a pod that has one, every field is its default.

    `blocker` is the one thing that, if it changed, would most plausibly let the pod run. It is weighed
    over the nodes the pod's own node rules allow, so that an obstacle on nodes that would refuse the pod
    anyway is never named.
    """

    unscheduled: Annotated[bool, fact("Whether it has no node yet", read="spec.nodeName")] = False
    unscheduled_for: Annotated[float, fact("Time since it was made", unit="seconds")] = 0.0
    unschedulable: Annotated[
        bool, fact("Whether the scheduler said that no node takes it", read="condition PodScheduled")
    ] = False
    since: Annotated[datetime | None, fact("When it said so first", read="condition PodScheduled")] = None
    scheduling_gated: Annotated[bool, fact("Whether gates hold it back", read="spec.schedulingGates")] = False
    scheduling_gates: Annotated[tuple[str, ...], fact("Those gates", read="spec.schedulingGates")] = ()
    scheduler_name: Annotated[str, fact("Scheduler it is meant for", read="spec.schedulerName")] = ""
    scheduler_known: Annotated[
        bool, fact("Whether that scheduler is the default one, reports events, or has placed other pods")
    ] = False
    scheduler_silent: Annotated[
        bool, fact("Whether no scheduler said or did anything about it for a minute or longer")
    ] = False
    schedulers_seen: Annotated[tuple[str, ...], fact("Schedulers that have placed pods here")] = ()
    scheduler_message: Annotated[
        Observation | None,
        fact("What the scheduler said, in full", read="condition PodScheduled, its events"),
    ] = None
    scheduler_reasons: Annotated[tuple[SchedulerReason, ...], fact("That message, taken apart")] = ()
    nominated_node: Annotated[
        str, fact("Node where pods are being preempted for it", read="status.nominatedNodeName")
    ] = ""

    blocker: Annotated[Blocker, fact("The one obstacle to name")] = "none"
    blocker_said: Annotated[Observation | None, fact("That obstacle in a sentence, with its figures")] = None
    nodes_said: Annotated[Observation | None, fact("What stands in the way on how many nodes")] = None

    nodes_total: Annotated[int, fact("Nodes of the cluster")] = 0
    nodes_open: Annotated[int, fact("Nodes that would take it as things stand")] = 0
    nodes_matching: Annotated[int, fact("Nodes its node selector and node affinity allow")] = 0
    nodes_open_but_for_cpu: Annotated[int, fact("Nodes that lack only free CPU")] = 0
    nodes_open_but_for_memory: Annotated[int, fact("Nodes that lack only free memory")] = 0
    nodes_open_but_for_ephemeral_storage: Annotated[int, fact("Nodes that lack only scratch space")] = 0
    nodes_open_but_for_extended_resource: Annotated[int, fact("Nodes that lack only such a resource")] = 0
    nodes_open_but_for_pod_count: Annotated[int, fact("Nodes that only have their number of pods")] = 0
    nodes_open_but_for_taints: Annotated[int, fact("Nodes on which only taints stand in the way")] = 0
    nodes_open_but_for_node_selector: Annotated[int, fact("Nodes that only lack selected labels")] = 0
    nodes_open_but_for_node_affinity: Annotated[int, fact("Nodes that only fail node affinity")] = 0
    nodes_open_but_for_pod_affinity: Annotated[int, fact("Nodes that only lack required pods")] = 0
    nodes_open_but_for_pod_anti_affinity: Annotated[int, fact("Nodes that only have pods to avoid")] = 0
    nodes_open_but_for_topology_spread: Annotated[int, fact("Nodes that only break the spread")] = 0
    nodes_open_but_for_host_ports: Annotated[int, fact("Nodes on which only a port is taken")] = 0
    nodes_open_but_for_volume_zone: Annotated[int, fact("Nodes that only cannot reach its volume")] = 0
    nodes_open_but_for_cordon: Annotated[int, fact("Nodes that are only cordoned")] = 0
    nodes_open_but_for_not_ready: Annotated[int, fact("Nodes that are only unwell")] = 0

    resource: Annotated[ResourceShortage, fact("The resource that is short, when the blocker is one")] = (
        ResourceShortage()
    )
    shortages: Annotated[tuple[ResourceShortage, ...], fact("Every resource short on the nearest node")] = ()
    labels: Annotated[LabelMismatch, fact("Node labels it requires in vain")] = LabelMismatch()
    taints: Annotated[TaintMismatch, fact("Taints that keep it off nodes with room")] = TaintMismatch()
    host_port: Annotated[HostPortConflict, fact("The host port that is taken")] = HostPortConflict()
    pod_affinity: Annotated[PodAffinityMismatch, fact("Required pods that are not there")] = (
        PodAffinityMismatch()
    )
    pod_anti_affinity: Annotated[PodAffinityMismatch, fact("Pods it must avoid, or that avoid it")] = (
        PodAffinityMismatch()
    )
    spread: Annotated[SpreadMismatch, fact("The spread constraint that fails")] = SpreadMismatch()
    volume: Annotated[VolumeZoneMismatch, fact("The volume that is out of reach")] = VolumeZoneMismatch()
    cordoned: Annotated[CordonedNodes, fact("Cordoned nodes that would take it")] = CordonedNodes()
    unready: Annotated[UnreadyNodes, fact("Unwell nodes that would take it")] = UnreadyNodes()

    claim: Annotated[ClaimFacts, fact("The claim it waits for")] = ClaimFacts()
    claims: Annotated[tuple[ClaimFacts, ...], fact("All its claims")] = ()

    karpenter_verdict: Annotated[KarpenterVerdict, fact("What Karpenter decided about it")] = "none"
    karpenter: Annotated[KarpenterFacts, fact("Karpenter's reasons")] = KarpenterFacts()
    autoscaler_verdict: Annotated[AutoscalerVerdict, fact("What cluster-autoscaler decided about it")] = (
        "none"
    )
    autoscaler: Annotated[AutoscalerFacts, fact("cluster-autoscaler's reasons")] = AutoscalerFacts()
