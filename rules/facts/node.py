"""Facts about a node itself: what its kubelet, its agents, its pods and its machine say."""

from typing import Annotated, Literal

from rules.facts.base import Facts, SubjectFacts, fact
from rules.finding import ObjectRef, Observation

NotReadyKind = Literal["none", "silent", "cni", "runtime", "pleg", "shutting_down", "other"]
"""Why a node is not Ready; silent: its kubelet has stopped reporting."""
WarningKind = Literal[
    "bandwidth",
    "packets",
    "connections",
    "addresses",
    "volume_io",
    "network",
    "process_ids",
    "kubelet",
    "clock",
    "other",
]
LeavingKind = Literal["none", "karpenter", "autoscaler", "deleted", "interruption"]


class AgentWarning(Facts, frozen=True, kw_only=True):
    """One kind of warning of the EKS node monitoring agent, of the last hour."""

    name: Annotated[str, fact("Its code (BandwidthInExceeded)", read="event message before the colon")] = ""
    kind: Annotated[WarningKind, fact("What ran short or went wrong")] = "other"
    times: Annotated[int, fact("How often it was reported")] = 1
    said: Annotated[Observation | None, fact("The newest of them")] = None


class NodeTrouble(Facts, frozen=True, kw_only=True):
    """A condition by which an agent on the node says that something is broken there."""

    name: Annotated[str, fact("Type of the condition", read="status.conditions")] = ""
    code: Annotated[str, fact("Its reason (IPAMDNotReady, NvidiaDoubleBitError)")] = ""
    lasts: Annotated[float | None, fact("Time since it is so", unit="seconds")] = None
    said: Annotated[Observation | None, fact("Reason and message of the condition")] = None


class MemoryUser(Facts, frozen=True, kw_only=True):
    """A pod on the node, by what it uses of the node's memory."""

    name: Annotated[str, fact("Name of the pod")] = ""
    namespace: Annotated[str, fact("Its namespace")] = ""
    owner: Annotated[str, fact("Its top owner in words (Deployment app)")] = ""
    used: Annotated[int, fact("Its working set", unit="bytes", read="metrics.k8s.io pods")] = 0
    requested: Annotated[int, fact("What it has requested", unit="bytes", read="spec.containers")] = 0
    over: Annotated[int, fact("Used beyond the request", unit="bytes")] = 0
    kept_because: Annotated[
        str, fact("Why it should not be evicted first (DaemonSet, static, budget, priority); or empty")
    ] = ""

    sentence: Annotated[str, fact("The pod, what it uses and what it requested, in words")] = ""

    def __str__(self) -> str:
        return self.sentence or f"{self.namespace}/{self.name}"


class InstanceFacts(Facts, frozen=True, kw_only=True):
    """The EC2 instance under the node."""

    id: Annotated[str, fact("Instance id", read="spec.providerID")] = ""
    kind: Annotated[str, fact("Instance type", read="label node.kubernetes.io/instance-type")] = ""
    zone: Annotated[str, fact("Availability zone", read="label topology.kubernetes.io/zone")] = ""
    region: Annotated[str, fact("AWS region", read="label topology.kubernetes.io/region")] = ""
    spot: Annotated[bool, fact("Whether it is spot capacity", read="capacity type labels")] = False
    asked: Annotated[bool, fact("Whether AWS was asked about it, and answered")] = False
    exists: Annotated[bool, fact("Whether AWS still knows it", read="ec2:DescribeInstances")] = True
    state: Annotated[str, fact("Its state (running, stopped, terminated)", read="ec2:DescribeInstances")] = ""
    said: Annotated[Observation | None, fact("Its state and why it changed, in a sentence")] = None
    impaired: Annotated[
        Observation | None, fact("Status checks that fail", read="ec2:DescribeInstanceStatus")
    ] = None


class ClusterNodeFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one node."""

    ref: Annotated[ObjectRef, fact("The node")] = ObjectRef("Node", "node")
    top_owner: Annotated[ObjectRef, fact("The node itself")] = ObjectRef("Node", "node")
    age: Annotated[float, fact("Time since it joined", unit="seconds")] = 86_400.0
    healthy: Annotated[bool, fact("Ready, open, without pressure, and no agent complains")] = True
    ready: Annotated[Literal["True", "False", "Unknown"], fact("Its Ready condition")] = "True"
    not_ready_kind: Annotated[NotReadyKind, fact("Why it is not Ready")] = "none"
    ready_said: Annotated[Observation | None, fact("Reason and message of the Ready condition")] = None
    not_ready_for: Annotated[float | None, fact("Time since it is not Ready", unit="seconds")] = None
    starting: Annotated[bool, fact("Young enough (5 minutes) that not being Ready is normal")] = False
    not_initialized: Annotated[
        Observation | None, fact("Taint of a node that was never set up fully", read="spec.taints")
    ] = None
    memory_pressure: Annotated[Observation | None, fact("MemoryPressure, when True")] = None
    disk_pressure: Annotated[Observation | None, fact("DiskPressure, when True")] = None
    pid_pressure: Annotated[Observation | None, fact("PIDPressure, when True")] = None
    pressure_for: Annotated[float | None, fact("Time since the oldest pressure", unit="seconds")] = None
    network_unavailable: Annotated[Observation | None, fact("NetworkUnavailable, when True")] = None
    reclaiming: Annotated[
        Observation | None, fact("The kubelet evicts to win something back", read="EvictionThresholdMet")
    ] = None
    garbage_said: Annotated[
        Observation | None,
        fact("Image clean-up that does not free enough", read="FreeDiskSpaceFailed, ImageGCFailed"),
    ] = None
    memory_used: Annotated[int | None, fact("Working set of all of it", unit="bytes", read="NodeMetrics")] = (
        None
    )
    memory_allocatable: Annotated[int | None, fact("Memory pods may use", unit="bytes")] = None
    memory_users: Annotated[
        tuple[MemoryUser, ...], fact("Pods by memory beyond their request, the largest first")
    ] = ()
    memory_said: Annotated[
        Observation | None, fact("Memory in use, and the pods most over their request", read="metrics.k8s.io")
    ] = None
    evict_first: Annotated[
        MemoryUser | None,
        fact("The pod to move first: most over its request, and nothing speaks against it"),
    ] = None
    oom: Annotated[
        Observation | None,
        fact("A process the kernel killed for lack of memory", read="SystemOOM, OOMKilling"),
    ] = None
    rebooted: Annotated[Observation | None, fact("A reboot of the last hour", read="event Rebooted")] = None
    interrupted: Annotated[
        Observation | None, fact("Notice that AWS takes the machine back", read="events, taints")
    ] = None
    cordoned: Annotated[bool, fact("Whether no new pods are let in", read="spec.unschedulable")] = False
    cordoned_for: Annotated[float | None, fact("Time since then, by its taint", unit="seconds")] = None
    leaving: Annotated[LeavingKind, fact("Who takes it away on purpose, if anybody does")] = "none"
    leaving_said: Annotated[Observation | None, fact("What says so")] = None
    leaving_for: Annotated[float | None, fact("Time since it is being taken away", unit="seconds")] = None
    going: Annotated[
        bool, fact("Whether it is being taken away and not Ready for that reason (up to 10 minutes)")
    ] = False
    missed_by: Annotated[tuple[str, ...], fact("Pending pods that this node could take if it were open")] = ()
    turned_away: Annotated[
        int, fact("Pending pods of which the scheduler says that closed nodes refuse them, among others")
    ] = 0
    troubles: Annotated[
        tuple[NodeTrouble, ...], fact("Conditions of the EKS node monitoring agent that are False")
    ] = ()
    detected: Annotated[
        tuple[NodeTrouble, ...], fact("Conditions of the node problem detector that are True")
    ] = ()
    warnings: Annotated[tuple[AgentWarning, ...], fact("What the EKS node monitoring agent warns of")] = ()
    leftover_taints: Annotated[
        tuple[str, ...], fact("Taints whose reason has passed, that still keep pods away", read="spec.taints")
    ] = ()
    network_agent: Annotated[
        ObjectRef | None, fact("The network plugin's pod on it, looked for when its network is not ready")
    ] = None
    pods: Annotated[int, fact("Pods on it that have not ended")] = 0
    own_pods: Annotated[int, fact("Those of them that belong to no DaemonSet")] = 0
    pods_limit: Annotated[int | None, fact("Pods it may hold", read="status.allocatable")] = None
    full: Annotated[bool, fact("Whether it holds as many pods as it may")] = False
    residents: Annotated[str, fact("Whose pods stand on it, in words")] = ""
    kubelet_version: Annotated[str, fact("Version of its kubelet", read="status.nodeInfo")] = ""
    server_version: Annotated[str, fact("Version of the API server")] = ""
    versions_behind: Annotated[
        int, fact("Minor versions its kubelet is older than the API server; negative: newer")
    ] = 0
    pool: Annotated[str, fact("Its NodePool or node group", read="metadata.labels")] = ""
    claim: Annotated[str, fact("Its NodeClaim, or empty", read="metadata.ownerReferences")] = ""
    instance: Annotated[InstanceFacts, fact("Its EC2 instance")] = InstanceFacts()
    effect: Annotated[str, fact("What stands on it and how it does, in a sentence")] = ""
