"""Facts about a horizontal pod autoscaler: every word a rule about one may say."""

from typing import Annotated, Literal

from rules.facts.base import SubjectFacts, fact
from rules.finding import ObjectRef, Observation

ScalingProblem = Literal[
    "none",
    "target_missing",
    "scale_failed",
    "no_request",
    "resource_metrics_down",
    "custom_metrics_down",
    "external_metrics_down",
    "metric_missing",
    "pods_unready",
    "selector",
    "invalid_metric",
    "unknown",
]


class HpaFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one HorizontalPodAutoscaler."""

    ref: Annotated[ObjectRef, fact("The autoscaler")] = ObjectRef("HorizontalPodAutoscaler", "app", "default")
    top_owner: Annotated[ObjectRef, fact("What owns it; itself without an owner")] = ObjectRef(
        "HorizontalPodAutoscaler", "app", "default"
    )
    healthy: Annotated[bool, fact("Whether it can scale, and has room to")] = True
    starting: Annotated[bool, fact("Young enough that no metric yet is normal")] = False
    age: Annotated[float, fact("Time since creation", unit="seconds")] = 3600.0
    inference_service: Annotated[str, fact("InferenceService whose controller writes it, or empty")] = ""
    target: Annotated[str, fact("What it scales, in words (Deployment app)")] = "Deployment app"
    target_path: Annotated[str, fact("That as kubectl takes it (deployment/app)")] = "deployment/app"
    target_selector: Annotated[str, fact("Label selector of its pods as kubectl takes it, or empty")] = ""
    minimum: Annotated[int, fact("Fewest replicas", read="spec.minReplicas")] = 1
    maximum: Annotated[int, fact("Most replicas", read="spec.maxReplicas")] = 10
    fixed: Annotated[bool, fact("Whether its minimum is its maximum")] = False
    suggested_maximum: Annotated[int, fact("Half as many again as the maximum, to try")] = 15
    current: Annotated[int, fact("Replicas there are", read="status.currentReplicas")] = 1
    desired: Annotated[int, fact("Replicas it wants", read="status.desiredReplicas")] = 1
    disabled: Annotated[bool, fact("Whether its target is scaled to zero, which switches it off")] = False
    problem: Annotated[ScalingProblem, fact("Why it cannot scale", read="status.conditions")] = "none"
    said: Annotated[Observation | None, fact("The condition that says so")] = None
    at_maximum: Annotated[
        bool, fact("Whether it wants more replicas than it may have", read="condition ScalingLimited")
    ] = False
    limited_said: Annotated[Observation | None, fact("What the condition ScalingLimited says")] = None
    usage: Annotated[
        Observation | None, fact("Measured against target, for each metric (cpu at 99%, target 70%)")
    ] = None
    metric: Annotated[str, fact("The metric that cannot be had, or empty")] = ""
    container: Annotated[str, fact("The container without a request, or empty")] = ""
    pod: Annotated[str, fact("The pod of that container, or empty")] = ""
    api_service: Annotated[str, fact("The APIService that should answer for its metrics, or empty")] = ""
    api_said: Annotated[Observation | None, fact("How that APIService stands, or that it does not exist")] = (
        None
    )
    api_pods: Annotated[Observation | None, fact("How the pods behind that APIService stand")] = None
    effect: Annotated[str, fact("How many replicas do the work, in a sentence")] = ""
