"""Autoscalers: what their conditions say, and the traps (at the minimum, scaled to zero, just made)."""

from typing import Any

import pytest

from handlers.extract.replica_scaling import HpaReads, hpa_facts, is_troubled, trouble_of
from handlers.sources.objects.apiservice import APIService
from handlers.sources.objects.autoscaler import HorizontalPodAutoscaler
from rules.facts.hpa import HpaFacts, ScalingProblem
from rules.finding import ObjectRef
from tests.handlers.build import NOW, Json, make
from tests.handlers.workload_build import condition, crashing, meta

CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 70}}}
COMPUTE = "the HPA was unable to compute the replica count: "


def hpa(*conditions: Json, age: float = 7200, **parts: Any) -> HorizontalPodAutoscaler:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "web"}, "minReplicas": 2, "maxReplicas": 4}
    return make(
        HorizontalPodAutoscaler,
        metadata=meta(age=age),
        spec={**spec, "metrics": [CPU], **parts.pop("spec", {})},
        status={"currentReplicas": 4, "desiredReplicas": 4, "conditions": list(conditions), **parts},
    )


def facts(item: HorizontalPodAutoscaler, **more: Any) -> HpaFacts:
    return hpa_facts(HpaReads(item=item, now=NOW, **more))


AT_MAXIMUM = condition("ScalingLimited", "True", "TooManyReplicas", "more than the maximum replica count")
AT_MINIMUM = condition("ScalingLimited", "True", "TooFewReplicas", "less than the minimum replica count")
SCALED_TO_ZERO = condition("ScalingActive", "False", "ScalingDisabled", "scaling is disabled")


def test_at_its_maximum() -> None:
    current = [{"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 99}}}]
    found = facts(hpa(AT_MAXIMUM, currentMetrics=current))
    assert found.at_maximum
    assert not found.healthy
    assert str(found.usage) == "cpu at 99%, target 70%"
    assert found.suggested_maximum == 6


WAITING = condition("AbleToScale", "False", "BackoffBoth", "still within the forbidden windows")


@pytest.mark.parametrize(
    "trap", [AT_MINIMUM, SCALED_TO_ZERO, WAITING], ids=["at its minimum", "scaled to zero", "waiting"]
)
def test_traps_are_no_faults(trap: Json) -> None:
    assert not is_troubled(hpa(trap))
    assert facts(hpa(trap)).healthy


@pytest.mark.parametrize(
    ("kind", "reason", "message", "expected"),
    [
        (
            "AbleToScale",
            "FailedGetScale",
            'unable to get the target\'s current scale: deployments.apps "web" not found',
            "target_missing",
        ),
        ("AbleToScale", "FailedUpdateScale", "unable to update the target scale: conflict", "scale_failed"),
        (
            "ScalingActive",
            "FailedGetResourceMetric",
            "unable to fetch metrics from resource metrics API: could not find the requested resource",
            "resource_metrics_down",
        ),
        (
            "ScalingActive",
            "FailedGetPodsMetric",
            "unable to get metric queue_lag: no known available metric versions found",
            "custom_metrics_down",
        ),
        (
            "ScalingActive",
            "FailedGetExternalMetric",
            "unable to get external metric ns/depth/nil: currently unable to handle the request",
            "external_metrics_down",
        ),
        (
            "ScalingActive",
            "FailedGetPodsMetric",
            "unable to get metric queue_lag: no metrics returned from custom metrics API",
            "metric_missing",
        ),
        (
            "ScalingActive",
            "FailedGetResourceMetric",
            "did not receive metrics for targeted pods (pods might be unready)",
            "pods_unready",
        ),
        ("ScalingActive", "AmbiguousSelector", "pods by selector app=web are controlled by", "selector"),
        ("ScalingActive", "InvalidMetricSourceType", "unknown metric source type", "invalid_metric"),
        ("ScalingActive", "SomethingNew", "words", "unknown"),
    ],
)
def test_problems(kind: str, reason: str, message: str, expected: ScalingProblem) -> None:
    found = trouble_of(hpa(condition(kind, "False", reason, COMPUTE + message)))
    assert found.problem == expected
    assert reason in str(found.said)


def test_container_without_a_request_is_named() -> None:
    text = COMPUTE + "failed to get cpu utilization: missing request for cpu in container app of Pod web-1"
    found = facts(hpa(condition("ScalingActive", "False", "FailedGetResourceMetric", text)))
    assert (found.problem, found.metric, found.container, found.pod) == ("no_request", "cpu", "app", "web-1")


@pytest.mark.parametrize(
    ("message", "metric"),
    [
        ("unable to get metric queue_lag: no metrics returned", "queue_lag"),
        ("unable to get external metric ns/depth/nil: no metrics", "depth"),
        ("failed to get memory utilization: no metrics returned", "memory"),
        ("something else", ""),
    ],
)
def test_name_of_the_metric(message: str, metric: str) -> None:
    assert (
        trouble_of(hpa(condition("ScalingActive", "False", "FailedGetPodsMetric", message))).metric == metric
    )


DOWN = condition(
    "ScalingActive",
    "False",
    "FailedGetPodsMetric",
    "unable to get metric lag: unable to fetch metrics from custom metrics API",
)


def test_api_that_should_answer_and_the_pods_behind_it_are_depended_on() -> None:
    api = make(
        APIService,
        metadata={"name": "v1beta1.custom.metrics.k8s.io"},
        spec={"service": {"name": "adapter", "namespace": "ns"}},
        status={"conditions": [condition("Available", "False", "MissingEndpoints", "no addresses")]},
    )
    found = facts(hpa(DOWN), api=api, api_pods=(crashing("adapter-1"),))
    assert found.depends_on[:2] == (
        ObjectRef("APIService", "v1beta1.custom.metrics.k8s.io"),
        ObjectRef("Pod", "adapter-1", "ns"),
    )
    assert "MissingEndpoints: no addresses" in str(found.api_said)
    assert str(found.api_pods) == "0 of 1 pods behind Service ns/adapter are ready"


def test_api_that_does_not_exist_and_api_that_could_not_be_read() -> None:
    assert str(facts(hpa(DOWN)).api_said) == "APIService v1beta1.custom.metrics.k8s.io does not exist"
    unread = facts(hpa(DOWN), missing={"api": "apiservices: forbidden"})
    assert unread.api_said is None
    assert unread.missing == {"api_said": "apiservices: forbidden"}


def test_just_made_and_without_room() -> None:
    assert facts(hpa(DOWN, age=20)).healthy
    assert facts(hpa(spec={"minReplicas": 4})).fixed
