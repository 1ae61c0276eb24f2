"""Facts about a pod: every word a rule about pods may say."""

from typing import Annotated, Literal

from rules.facts.base import Facts, SubjectFacts, fact
from rules.facts.container import ContainerFacts
from rules.facts.identity import IdentityFacts
from rules.facts.scheduling import SchedulingFacts
from rules.finding import ObjectRef, Observation

Phase = Literal["Pending", "Running", "Succeeded", "Failed", "Unknown"]
EvictionKind = Literal[
    "none",
    "node_memory",
    "node_disk",
    "node_pids",
    "node_condition",
    "empty_dir_limit",
    "ephemeral_storage_limit",
    "unknown",
]
VolumeProblem = Literal[
    "none",
    "multi_attach",
    "attach_limit",
    "attach_failed",
    "secret_missing",
    "configmap_missing",
    "key_missing",
    "driver_missing",
    "access_denied",
    "mount_timeout",
    "wrong_type",
    "unknown",
]
SandboxProblem = Literal["none", "no_ip_address", "cni_not_ready", "cni_agent_down", "unknown"]
RefusalKind = Literal[
    "none",
    "quota",
    "quota_needs_limits",
    "limit_range",
    "pod_security",
    "service_account",
    "webhook_down",
    "webhook_denied",
    "priority_class",
    "unknown",
]
DisruptionReason = Literal[
    "none",
    "TerminationByKubelet",
    "DeletionByTaintManager",
    "DeletionByPodGC",
    "PreemptionByScheduler",
    "EvictionByEvictionAPI",
    "other",
]


class NodeFacts(Facts, frozen=True, kw_only=True):
    """The node under a pod."""

    name: Annotated[str, fact("Name of the node", read="spec.nodeName")] = ""
    exists: Annotated[bool, fact("Whether the node object is still there")] = True
    ready: Annotated[Literal["True", "False", "Unknown"], fact("Its Ready condition")] = "True"
    said: Annotated[Observation | None, fact("Reason and message of that condition")] = None
    not_ready_for: Annotated[float | None, fact("Time since it is not ready", unit="seconds")] = None
    pressure: Annotated[tuple[str, ...], fact("Pressure conditions that are True")] = ()
    pressure_said: Annotated[Observation | None, fact("Message of the first pressure condition")] = None
    cordoned: Annotated[bool, fact("Whether it is unschedulable")] = False
    architecture: Annotated[str, fact("CPU architecture", read="status.nodeInfo")] = ""
    cni_down: Annotated[
        bool, fact("Whether it is not ready because its network plugin is not initialized")
    ] = False


class TerminationFacts(Facts, frozen=True, kw_only=True):
    """A pod that is being deleted."""

    deleting: Annotated[bool, fact("Whether it has a deletion timestamp")] = False
    overdue: Annotated[
        float, fact("Time since it should have been gone (grace included)", unit="seconds")
    ] = 0.0
    stuck: Annotated[bool, fact("Whether it is overdue by more than a minute")] = False
    finalizers: Annotated[tuple[str, ...], fact("Finalizers that hold it", read="metadata.finalizers")] = ()
    since: Annotated[Observation | None, fact("When it should have been gone, in a sentence")] = None
    kill_failed: Annotated[
        Observation | None, fact("The kubelet's failure to stop it", read="FailedKillPod")
    ] = None


class EvictionFacts(Facts, frozen=True, kw_only=True):
    """A pod that a kubelet evicted."""

    kind: Annotated[EvictionKind, fact("What ran short")] = "none"
    said: Annotated[Observation | None, fact("The kubelet's message", read="status.message")] = None
    container: Annotated[str, fact("Container that used most, as the kubelet says")] = ""
    used: Annotated[int | None, fact("What that container used", unit="bytes")] = None
    requested: Annotated[int | None, fact("What it had requested", unit="bytes")] = None
    volume: Annotated[str, fact("emptyDir volume over its limit")] = ""
    limit: Annotated[int | None, fact("The limit that was exceeded", unit="bytes")] = None
    own_fault: Annotated[
        bool, fact("Whether the pod exceeded a limit of its own or its request many times")
    ] = False


class VolumeFacts(Facts, frozen=True, kw_only=True):
    """Why a volume cannot be attached or mounted."""

    problem: Annotated[VolumeProblem, fact("The kind of failure")] = "none"
    volume: Annotated[str, fact("The volume")] = ""
    name: Annotated[str, fact("The Secret, ConfigMap or driver that is missing")] = ""
    holders: Annotated[tuple[str, ...], fact("Pods that hold the volume elsewhere")] = ()
    holder_node: Annotated[str, fact("Node of the pod that holds it")] = ""
    said: Annotated[
        Observation | None, fact("What attach or mount said", read="FailedMount, FailedAttachVolume")
    ] = None


class SandboxFacts(Facts, frozen=True, kw_only=True):
    """Why the pod's network cannot be set up."""

    problem: Annotated[SandboxProblem, fact("The kind of failure")] = "none"
    said: Annotated[Observation | None, fact("What the runtime said", read="FailedCreatePodSandBox")] = None
    failures: Annotated[int, fact("How often it failed")] = 0


class CreationFacts(Facts, frozen=True, kw_only=True):
    """Pods of the same owner that were refused and never made."""

    refused: Annotated[RefusalKind, fact("Why the API server refuses new pods of this owner")] = "none"
    said: Annotated[Observation | None, fact("The refusal", read="event FailedCreate, ReplicaFailure")] = None
    wanted: Annotated[int, fact("Pods the owner wants")] = 0
    existing: Annotated[int, fact("Pods the owner has")] = 0
    name: Annotated[str, fact("The quota, service account, webhook or class that refuses")] = ""
    requested: Annotated[str, fact("What one pod asks of the quota")] = ""
    used: Annotated[str, fact("What is used of the quota")] = ""
    limited: Annotated[str, fact("What the quota allows")] = ""


class SiblingFacts(Facts, frozen=True, kw_only=True):
    """The other pods of the same owner."""

    total: Annotated[int, fact("Pods of the owner, this one included")] = 1
    unhealthy: Annotated[int, fact("How many of them are not healthy, this one included")] = 0
    alike: Annotated[int, fact("How many show the same symptom, this one included")] = 0
    sentence: Annotated[str, fact("That, in words (3 of 4 pods of Deployment x, same symptom)")] = ""


class ChangeFacts(Facts, frozen=True, kw_only=True):
    """The newest rollout of the owner."""

    recent: Annotated[bool, fact("Whether a rollout began within 24 h before the trouble")] = False
    this_revision: Annotated[bool, fact("Whether this pod belongs to the newest revision")] = True
    previous_works: Annotated[bool, fact("Whether pods of the previous revision are ready")] = False
    diff: Annotated[
        Observation | None, fact("What it changed, and when; None when it is old or not this pod's")
    ] = None
    previous_revision: Annotated[str, fact("Number of the revision before, or empty")] = ""
    rolling_out: Annotated[bool, fact("Whether a rollout is under way within its deadline")] = False


class DependencyFacts(Facts, frozen=True, kw_only=True):
    """The Service of this cluster that a failing container cannot reach, as its log names it."""

    service: Annotated[str, fact("Name of the Service; empty when the log names none of this cluster")] = ""
    namespace: Annotated[str, fact("Its namespace")] = ""
    exists: Annotated[bool, fact("Whether there is such a Service")] = True
    ready: Annotated[int, fact("Its endpoints that take traffic", read="EndpointSlice")] = 0
    total: Annotated[int, fact("Its endpoints", read="EndpointSlice")] = 0
    container: Annotated[str, fact("Container whose log names it")] = ""
    said: Annotated[Observation | None, fact("How that Service stands, in a sentence")] = None


class PodFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one pod."""

    ref: Annotated[ObjectRef, fact("The pod")] = ObjectRef("Pod", "pod", "default")
    top_owner: Annotated[ObjectRef, fact("The controller at the top")] = ObjectRef(
        "Deployment", "app", "default"
    )
    owner: Annotated[str, fact("The top owner in words (Deployment app)")] = "Deployment app"
    owner_path: Annotated[str, fact("The top owner as kubectl takes it (deployment/app)")] = "deployment/app"
    template_owner: Annotated[
        str, fact("What to edit to change its pods: the InferenceService, or owner")
    ] = "Deployment app"
    inference_service: Annotated[
        str, fact("InferenceService whose controller writes the owner, or empty")
    ] = ""
    editable: Annotated[
        bool, fact("Whether kubectl can change the owner's template, and nothing changes it back")
    ] = True
    exists: Annotated[bool, fact("Whether there is a pod at all; false when its owner could make none")] = (
        True
    )
    phase: Annotated[Phase, fact("Phase", read="status.phase")] = "Running"
    status: Annotated[str, fact("The STATUS column of kubectl")] = "Running"
    age: Annotated[float, fact("Time since creation", unit="seconds")] = 3600.0
    healthy: Annotated[bool, fact("Does what it should: ready (or ended well), not failing, not stuck")] = (
        True
    )
    starting: Annotated[bool, fact("Young enough that not being ready is normal")] = False
    ready: Annotated[bool, fact("Its Ready condition", read="status.conditions")] = True
    restart_policy: Annotated[Literal["Always", "OnFailure", "Never"], fact("restartPolicy")] = "Always"
    scheduled: Annotated[bool, fact("Whether a node was chosen")] = True
    disruption: Annotated[DisruptionReason, fact("Who ended it", read="condition DisruptionTarget")] = "none"
    disruption_said: Annotated[Observation | None, fact("Message of that condition")] = None
    rejected: Annotated[
        str, fact("Why the kubelet refused it (OutOfcpu, NodeAffinity, NodeShutdown), or empty")
    ] = ""
    rejected_said: Annotated[Observation | None, fact("The kubelet's message", read="status.message")] = None
    ended: Annotated[bool, fact("Whether it is over: nothing in it starts again (Failed or Succeeded)")] = (
        False
    )
    deadline_exceeded: Annotated[bool, fact("Whether it ran longer than activeDeadlineSeconds")] = False
    containers: Annotated[tuple[ContainerFacts, ...], fact("All containers, init containers first")] = ()
    gates_failing: Annotated[tuple[str, ...], fact("Readiness gates that are not True")] = ()
    gate: Annotated[Observation | None, fact("Reason and message of the first of them")] = None
    gate_is_alb: Annotated[bool, fact("Whether that gate is an ALB target group's health")] = False
    scheduling: Annotated[SchedulingFacts, fact("Why no node takes it")] = SchedulingFacts()
    node: Annotated[NodeFacts, fact("The node under it")] = NodeFacts()
    termination: Annotated[TerminationFacts, fact("Deletion")] = TerminationFacts()
    eviction: Annotated[EvictionFacts, fact("Eviction")] = EvictionFacts()
    volume: Annotated[VolumeFacts, fact("Attach and mount")] = VolumeFacts()
    sandbox: Annotated[SandboxFacts, fact("Network set-up")] = SandboxFacts()
    creation: Annotated[CreationFacts, fact("Pods that were never made")] = CreationFacts()
    identity: Annotated[IdentityFacts, fact("AWS identity")] = IdentityFacts()
    dependency: Annotated[DependencyFacts, fact("A Service it cannot reach")] = DependencyFacts()
    siblings: Annotated[SiblingFacts, fact("Pods of the same owner")] = SiblingFacts()
    change: Annotated[ChangeFacts, fact("The newest rollout")] = ChangeFacts()
    effect: Annotated[str, fact("Whether something is still served, in a sentence; empty when unknown")] = ""
