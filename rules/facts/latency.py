"""Facts about what can make answers slow: each object that may, with what was measured of it."""

from typing import Annotated, Literal

from rules.facts.base import Facts, SubjectFacts, fact
from rules.facts.node import AgentWarning
from rules.finding import ObjectRef, Observation

LatencyRole = Literal["scope", "workload", "autoscaler", "node", "model"]
ScalingProblem = Literal["none", "no_request", "api_down", "no_metrics", "target_missing", "unknown"]


class ThrottleFacts(Facts, frozen=True, kw_only=True):
    """CPU use of the container of a workload that is nearest to its limit."""

    name: Annotated[str, fact("The container, or empty")] = ""
    pods: Annotated[int, fact("Pods in which it uses 95 % of its limit or more", read="metrics.k8s.io")] = 0
    measured: Annotated[int, fact("Pods in which its use was measured")] = 0
    words: Annotated[str, fact("Who uses the limit up (all 4 pods use, its pod uses)")] = ""
    limit: Annotated[float | None, fact("Its CPU limit", unit="cores", read="resources.limits.cpu")] = None
    suggested: Annotated[str, fact("A first higher limit to try: twice the present one")] = ""
    said: Annotated[Observation | None, fact("Use against limit, in a sentence")] = None
    periods: Annotated[
        float | None,
        fact(
            "Share of 100 ms periods in which the kernel held it back, in its worst pod, last 5 min",
            unit="percent",
            read="container_cpu_cfs_throttled_periods_total",
        ),
    ] = None
    periods_said: Annotated[Observation | None, fact("That, in a sentence")] = None


class SlowProbeFacts(Facts, frozen=True, kw_only=True):
    """Probes that got no answer in time: the first sign of slowness that a cluster shows by itself."""

    times: Annotated[int, fact("How often, as far as events reach", read="event Unhealthy")] = 0
    pods: Annotated[int, fact("In how many pods")] = 0
    said: Annotated[Observation | None, fact("The newest of them")] = None


class ScalingFacts(Facts, frozen=True, kw_only=True):
    """A HorizontalPodAutoscaler against what it scales."""

    at_max: Annotated[bool, fact("Whether it wants more replicas than it may", read="ScalingLimited")] = False
    problem: Annotated[ScalingProblem, fact("Why it cannot compute, or none", read="ScalingActive")] = "none"
    target: Annotated[str, fact("What it scales (deployment/app), as kubectl takes it")] = ""
    current: Annotated[int, fact("Replicas there are", read="status.currentReplicas")] = 0
    maximum: Annotated[int, fact("Replicas there may be", read="spec.maxReplicas")] = 0
    suggested: Annotated[int, fact("A first higher maximum to try: half as much again")] = 0
    load: Annotated[str, fact("Each metric against its target (cpu 99 % of 70 %)")] = ""
    container: Annotated[str, fact("Container without a request, as the condition names it")] = ""
    metric: Annotated[str, fact("Metric that cannot be read")] = ""
    said: Annotated[Observation | None, fact("Reason and message of the condition")] = None


class NodeLoadFacts(Facts, frozen=True, kw_only=True):
    """How loaded a node is that carries pods of the question."""

    cpu: Annotated[float | None, fact("CPU in use of what pods may have", unit="percent")] = None
    memory: Annotated[float | None, fact("Memory in use of what pods may have", unit="percent")] = None
    said: Annotated[Observation | None, fact("That, in a sentence", read="metrics.k8s.io")] = None
    pods: Annotated[int, fact("Pods of the question that run on it")] = 0
    warnings: Annotated[
        tuple[AgentWarning, ...], fact("Limits of the machine that are exceeded, by the EKS node agent")
    ] = ()


class ModelLatencyFacts(Facts, frozen=True, kw_only=True):
    """What a model server says of its requests over the last five minutes."""

    p50: Annotated[float | None, fact("Half of the answers are faster", unit="milliseconds")] = None
    p99: Annotated[float | None, fact("99 of 100 answers are faster", unit="milliseconds")] = None
    rate: Annotated[float | None, fact("Requests a second")] = None
    errors: Annotated[float | None, fact("Answers with a 5xx status", unit="percent")] = None
    not_ok: Annotated[float | None, fact("Answers that are not 2xx", unit="percent")] = None
    said: Annotated[Observation | None, fact("That, in a sentence", read="rest_server_requests_total")] = None


class LatencyFacts(SubjectFacts, frozen=True, kw_only=True):
    """One object that may make answers slow; `role` says which parts tell of it."""

    ref: Annotated[ObjectRef, fact("The object")] = ObjectRef("Deployment", "app", "default")
    top_owner: Annotated[ObjectRef, fact("The object")] = ObjectRef("Deployment", "app", "default")
    role: Annotated[LatencyRole, fact("What the object is here")] = "workload"
    title: Annotated[str, fact("The object in words (Deployment app)")] = "Deployment app"
    path: Annotated[str, fact("The object as kubectl takes it (deployment/app)")] = "deployment/app"
    template: Annotated[str, fact("What to edit to change its pods: the InferenceService, or itself")] = (
        "Deployment app"
    )
    editable: Annotated[bool, fact("Whether kubectl can change its template for good")] = True
    scaled: Annotated[bool, fact("Whether a HorizontalPodAutoscaler scales it")] = False
    throttle: Annotated[ThrottleFacts, fact("CPU use against limit")] = ThrottleFacts()
    probes: Annotated[SlowProbeFacts, fact("Probes without an answer in time")] = SlowProbeFacts()
    scaling: Annotated[ScalingFacts, fact("The autoscaler")] = ScalingFacts()
    node: Annotated[NodeLoadFacts, fact("Load of the node")] = NodeLoadFacts()
    model: Annotated[ModelLatencyFacts, fact("Latency and errors, as the model server says")] = (
        ModelLatencyFacts()
    )
    effect: Annotated[str, fact("What it slows down, in a sentence; empty when unknown")] = ""
