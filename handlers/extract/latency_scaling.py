"""Whether an autoscaler gives a workload the replicas it needs (texts of podautoscaler, Kubernetes 1.36)."""

import re

from handlers.extract.events import plain
from handlers.sources.objects.autoscaler import HorizontalPodAutoscaler, Metric, MetricTarget
from handlers.sources.objects.meta import Condition
from rules.facts.latency import ScalingFacts, ScalingProblem
from rules.finding import ObjectRef, Observation

_NO_REQUEST = re.compile(r"missing request for (\w+)(?: in container (\S+))?")
_METRIC = re.compile(r"unable to get (?:external )?metric ([^\s:]+)")
_API = re.compile(r"(resource|custom|external) metrics API")
_SERVICES = {
    "resource": "v1beta1.metrics.k8s.io",
    "custom": "v1beta1.custom.metrics.k8s.io",
    "external": "v1beta1.external.metrics.k8s.io",
}


def scaling_facts(autoscaler: HorizontalPodAutoscaler) -> ScalingFacts:
    """Judge an autoscaler by its conditions; at its minimum, or switched off at zero, is no fault."""
    limited, active = _condition(autoscaler, "ScalingLimited"), _condition(autoscaler, "ScalingActive")
    able = _condition(autoscaler, "AbleToScale")
    at_max = limited is not None and limited.status == "True" and limited.reason == "TooManyReplicas"
    problem, telling = _problem(active, able)
    told = telling or (limited if at_max else None)
    text = told.message if told else ""
    request, metric = _NO_REQUEST.search(text), _METRIC.search(text)
    target, maximum = autoscaler.spec.scale_target_ref, autoscaler.spec.max_replicas
    return ScalingFacts(
        at_max=at_max,
        problem=problem,
        target=f"{target.kind.lower()}/{target.name}",
        current=autoscaler.status.current_replicas,
        maximum=maximum,
        suggested=-(-maximum * 3 // 2),
        load=_load(autoscaler),
        container=(request[2] or "") if request else "",
        metric=metric[1] if metric else (request[1] if request else ""),
        said=_said(told) if told else None,
    )


def metrics_api(autoscaler: HorizontalPodAutoscaler) -> ObjectRef | None:
    """The aggregated API an autoscaler misses its metric from; None when it misses none."""
    active = _condition(autoscaler, "ScalingActive")
    found = _API.search(active.message) if active and active.status == "False" else None
    return ObjectRef("APIService", _SERVICES[found[1]]) if found else None


def _condition(autoscaler: HorizontalPodAutoscaler, kind: str) -> Condition | None:
    return next((each for each in autoscaler.status.conditions if each.type == kind), None)


def _problem(active: Condition | None, able: Condition | None) -> tuple[ScalingProblem, Condition | None]:
    if able is not None and able.status == "False" and able.reason == "FailedGetScale":
        return "target_missing", able
    if active is None or active.status != "False" or active.reason == "ScalingDisabled":
        return "none", None
    if _NO_REQUEST.search(active.message):
        return "no_request", active
    down = (
        "no known available metric versions",
        "could not find the requested",
        "unable to handle the request",
    )
    if any(sign in active.message for sign in down):
        return "api_down", active
    no_figures = "no metrics returned" in active.message or "did not receive metrics" in active.message
    return ("no_metrics" if no_figures or _METRIC.search(active.message) else "unknown"), active


def _said(told: Condition) -> Observation:
    text = f"{told.reason}: {plain(told.message)}"
    return Observation(text, f"condition {told.type}={told.status}", told.last_transition_time)


def _load(autoscaler: HorizontalPodAutoscaler) -> str:
    """Each metric beside its target, as far as there are figures ("cpu 99% of 70%")."""
    wanted = {_name(metric): metric for metric in autoscaler.spec.metrics}
    pieces = []
    for metric in autoscaler.status.current_metrics:
        source, goal = metric.source, wanted.get(_name(metric))
        if source and goal and goal.source:
            pieces.append(f"{_name(metric)} {_value(source.current)} of {_value(goal.source.target)}")
    return ", ".join(pieces)


def _name(metric: Metric) -> str:
    source = metric.source
    return (source.name or source.metric.name) if source else ""


def _value(target: MetricTarget) -> str:
    if target.average_utilization is not None:
        return f"{target.average_utilization}%"
    value = target.average_value if target.average_value is not None else target.value
    return "unknown" if value is None else str(value)
