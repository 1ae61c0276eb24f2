"""An autoscaler's facts: whether it can scale, why not, and whether it is at its maximum."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract.events import plain
from handlers.extract.owner import INFERENCE_SERVICE
from handlers.extract.pod_status import looks_healthy
from handlers.sources.objects.apiservice import APIService
from handlers.sources.objects.autoscaler import HorizontalPodAutoscaler, Metric, MetricSource, MetricTarget
from handlers.sources.objects.meta import Condition, Quantity
from handlers.sources.objects.pod import Pod
from rules.facts.hpa import HpaFacts, ScalingProblem
from rules.finding import ObjectRef, Observation

STARTING = 120.0
"""Seconds after creation in which there may be no metrics yet."""
_NO_REQUEST = re.compile(r"missing request for (\S+) in container (\S+) of Pod (\S+)")
_METRIC = re.compile(
    r"unable to get external metric [^/\s]*/([^/\s]+)|unable to get metric ([^\s:]+)"
    r"|failed to get (\w+) utilization"
)
_UNREACHABLE = re.compile(
    r"unable to fetch metrics from|could not find the requested resource|currently unable to handle"
    r"|no known available metric versions|the server was unable|service unavailable"
)
_APIS: Mapping[str, tuple[ScalingProblem, str]] = {
    "Resource": ("resource_metrics_down", "v1beta1.metrics.k8s.io"),
    "ContainerResource": ("resource_metrics_down", "v1beta1.metrics.k8s.io"),
    "Pods": ("custom_metrics_down", "v1beta1.custom.metrics.k8s.io"),
    "Object": ("custom_metrics_down", "v1beta1.custom.metrics.k8s.io"),
    "External": ("external_metrics_down", "v1beta1.external.metrics.k8s.io"),
}
"""Type of metric → what is wrong when its API does not answer, and who answers for it."""
_REASONS: Mapping[str, str] = {
    "FailedGetResourceMetric": "Resource",
    "FailedGetContainerResourceMetric": "ContainerResource",
    "FailedGetPodsMetric": "Pods",
    "FailedGetObjectMetric": "Object",
    "FailedGetExternalMetric": "External",
}


class Trouble(Struct, frozen=True, kw_only=True):
    """Why an autoscaler cannot scale; `api` is the APIService of the metric it lacks."""

    problem: ScalingProblem = "none"
    said: Observation | None = None
    metric: str = ""
    container: str = ""
    pod: str = ""
    api: str = ""


class HpaReads(Struct, frozen=True, kw_only=True):
    """What was read around an autoscaler.

    Attributes:
        target_selector: of the pods of what it scales.
        target_pods: those pods, where they matter.
        api: the APIService of the metric it lacks; None when it does not exist or does not matter.
        api_pods: pods behind that APIService.
        missing: "api" → why it could not be read.
    """

    item: HorizontalPodAutoscaler
    now: datetime
    target_selector: str = ""
    target_pods: tuple[Pod, ...] = ()
    api: APIService | None = None
    api_pods: tuple[Pod, ...] = ()
    missing: Mapping[str, str] = {}


def hpa_facts(reads: HpaReads) -> HpaFacts:
    """Join what was read about an autoscaler."""
    item, trouble = reads.item, trouble_of(reads.item)
    spec, status, target = item.spec, item.status, item.spec.scale_target_ref
    age = _seconds_since(item.metadata.creation_timestamp, reads.now)
    limited = condition(item, "ScalingLimited")
    starting = age < STARTING
    return HpaFacts(
        missing={"api_said": reads.missing["api"]} if "api" in reads.missing else {},
        ref=item.ref,
        top_owner=_owner(item),
        depends_on=_links(reads, trouble),
        healthy=starting or not is_troubled(item),
        starting=starting,
        age=age,
        inference_service=_inference_service(item),
        target=f"{target.kind} {target.name}",
        target_path=f"{target.kind.lower()}/{target.name}",
        target_selector=reads.target_selector,
        minimum=1 if spec.min_replicas is None else spec.min_replicas,
        maximum=spec.max_replicas,
        fixed=spec.max_replicas == (1 if spec.min_replicas is None else spec.min_replicas),
        suggested_maximum=spec.max_replicas + max(1, spec.max_replicas // 2),
        current=status.current_replicas,
        desired=status.desired_replicas,
        disabled=_is_disabled(item),
        problem=trouble.problem,
        said=trouble.said,
        at_maximum=is_at_maximum(item),
        limited_said=_said(limited) if limited and limited.status == "True" else None,
        usage=usage(item),
        metric=trouble.metric,
        container=trouble.container,
        pod=trouble.pod,
        api_service=trouble.api,
        api_said=_api_said(reads, trouble),
        api_pods=_api_pods(reads),
        effect=f"{target.kind} {target.name} runs {_replicas(status.current_replicas)}"
        + (", and their number does not follow the load" if trouble.problem != "none" else ""),
    )


def is_troubled(item: HorizontalPodAutoscaler) -> bool:
    """Whether it cannot scale, or would scale further and may not."""
    return trouble_of(item).problem != "none" or is_at_maximum(item)


def is_at_maximum(item: HorizontalPodAutoscaler) -> bool:
    """Whether it wants more replicas than its maximum; at its minimum it is merely idle."""
    limited = condition(item, "ScalingLimited")
    return limited is not None and limited.status == "True" and limited.reason == "TooManyReplicas"


def trouble_of(item: HorizontalPodAutoscaler) -> Trouble:
    """Why it cannot scale: its target is not there, or a metric cannot be had."""
    able, active = condition(item, "AbleToScale"), condition(item, "ScalingActive")
    if able is not None and able.status == "False" and not able.reason.startswith("Backoff"):
        gone = able.reason == "FailedGetScale" and "not found" in able.message
        return Trouble(problem="target_missing" if gone else "scale_failed", said=_said(able))
    if active is None or active.status != "False" or active.reason == "ScalingDisabled":
        return Trouble()
    return _without_metric(active)


def _without_metric(active: Condition) -> Trouble:
    text, kind = active.message, _REASONS.get(active.reason, "")
    request = _NO_REQUEST.search(text)
    if request:
        metric, container, pod = request.groups()
        return Trouble(problem="no_request", said=_said(active), metric=metric, container=container, pod=pod)
    found = _METRIC.search(text)
    metric = next((group for group in found.groups() if group), "") if found else ""
    problem, api = _problem(active, kind)
    return Trouble(problem=problem, said=_said(active), metric=metric, api=api)


def _problem(active: Condition, kind: str) -> tuple[ScalingProblem, str]:
    text = active.message
    if active.reason in {"AmbiguousSelector", "InvalidSelector"}:
        return "selector", ""
    if active.reason == "InvalidMetricSourceType":
        return "invalid_metric", ""
    if kind and _UNREACHABLE.search(text):
        return _APIS[kind]
    if "did not receive metrics for" in text:
        return "pods_unready", ""
    if kind:
        return "metric_missing", _APIS[kind][1]
    return "unknown", ""


def condition(item: HorizontalPodAutoscaler, kind: str) -> Condition | None:
    """Its condition of that type."""
    return next((each for each in item.status.conditions if each.type == kind), None)


def usage(item: HorizontalPodAutoscaler) -> Observation | None:
    """What was measured against what is aimed at, for each metric."""
    targets = {_name(each): _source(each).target for each in item.spec.metrics}
    parts = [
        f"{_name(each)} at {_value(_source(each).current)}, target {_value(targets[_name(each)])}"
        for each in item.status.current_metrics
        if _name(each) in targets
    ]
    return Observation("; ".join(parts), f"status of {item.metadata.name}") if parts else None


def _replicas(count: int) -> str:
    return f"{count} replica{'s' if count != 1 else ''}"


def _source(metric: Metric) -> MetricSource:
    """The one source that is set; an empty one in a status without figures."""
    return metric.source or MetricSource()


def _name(metric: Metric) -> str:
    return _source(metric).name or _source(metric).metric.name


def _value(value: MetricTarget) -> str:
    if value.average_utilization is not None:
        return f"{value.average_utilization}%"
    known: Iterable[Quantity | None] = (value.average_value, value.value)
    return next((str(each) for each in known if each is not None), "unknown")


def _is_disabled(item: HorizontalPodAutoscaler) -> bool:
    active = condition(item, "ScalingActive")
    return active is not None and active.reason == "ScalingDisabled"


def _said(found: Condition) -> Observation:
    text = f"{found.reason}: {plain(found.message)}"
    return Observation(text, f"condition {found.type}", found.last_transition_time)


def _api_said(reads: HpaReads, trouble: Trouble) -> Observation | None:
    if not trouble.api or "api" in reads.missing:
        return None
    if reads.api is None:
        return Observation(f"APIService {trouble.api} does not exist", "apiservices")
    available = next((each for each in reads.api.status.conditions if each.type == "Available"), None)
    if available is None or available.status == "True":
        return None
    text = f"APIService {trouble.api}: {available.reason}: {plain(available.message)}"
    return Observation(text, "condition Available", available.last_transition_time)


def _api_pods(reads: HpaReads) -> Observation | None:
    service = reads.api.spec.service if reads.api else None
    if service is None:
        return None
    healthy = sum(looks_healthy(pod) for pod in reads.api_pods)
    behind = f"pods behind Service {service.namespace}/{service.name} are ready"
    return Observation(f"{healthy} of {len(reads.api_pods)} {behind}", "pods")


def _links(reads: HpaReads, trouble: Trouble) -> tuple[ObjectRef, ...]:
    item, target = reads.item, reads.item.spec.scale_target_ref
    api = [ObjectRef("APIService", trouble.api)] if trouble.api else []
    return (
        *api,
        *_unhealthy_first(reads.api_pods),
        ObjectRef(target.kind, target.name, item.metadata.namespace),
        *_unhealthy_first(reads.target_pods),
    )


def _unhealthy_first(pods: Sequence[Pod]) -> list[ObjectRef]:
    return [pod.ref for pod in sorted(pods, key=looks_healthy)]


def _owner(item: HorizontalPodAutoscaler) -> ObjectRef:
    owner = item.metadata.controller
    return ObjectRef(owner.kind, owner.name, item.metadata.namespace) if owner else item.ref


def _inference_service(item: HorizontalPodAutoscaler) -> str:
    owner = item.metadata.controller
    if owner and owner.kind == "InferenceService":
        return owner.name
    return item.metadata.labels.get(INFERENCE_SERVICE, "")


def _seconds_since(then: datetime | None, now: datetime) -> float:
    return max(0.0, (now - then).total_seconds()) if then else 0.0
