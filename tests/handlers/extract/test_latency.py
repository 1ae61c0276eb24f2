"""What makes answers slow, from made objects: the autoscaler's texts, models without requests, idle nodes."""

from typing import Any

import pytest

from handlers.extract.latency_model import ModelSeries, model_facts
from handlers.extract.latency_node import node_load
from handlers.extract.latency_scaling import metrics_api, scaling_facts
from handlers.extract.latency_workload import slow_probes, throttle_facts, workloads
from handlers.sources.objects.autoscaler import HorizontalPodAutoscaler
from handlers.sources.objects.metrics import NodeMetrics, PodMetrics
from handlers.sources.objects.node import Node
from rules.facts.latency import ScalingProblem
from rules.finding import ObjectRef
from tests.handlers.build import Json, event, make, pod, running

UNABLE = "the HPA was unable to compute the replica count: "
TEXTS: list[tuple[str, str, ScalingProblem, str, str]] = [
    (
        "FailedGetResourceMetric",
        "failed to get cpu utilization: missing request for cpu in container app of Pod x-7dc7f88cc5-6cxfh",
        "no_request",
        "cpu",
        "",
    ),
    (
        "FailedGetResourceMetric",
        (
            "failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch "
            "metrics from resource metrics API: the server could not find the requested resource "
            "(get pods.metrics.k8s.io)"
        ),
        "api_down",
        "",
        "v1beta1.metrics.k8s.io",
    ),
    (
        "FailedGetPodsMetric",
        (
            "unable to get metric queue_lag: unable to fetch metrics from custom metrics API: no known "
            "available metric versions found"
        ),
        "api_down",
        "queue_lag",
        "v1beta1.custom.metrics.k8s.io",
    ),
    (
        "FailedGetExternalMetric",
        (
            "unable to get external metric ns/sqs_length/nil: unable to fetch metrics from external "
            "metrics API: the server is currently unable to handle the request"
        ),
        "api_down",
        "ns/sqs_length/nil",
        "v1beta1.external.metrics.k8s.io",
    ),
    (
        "FailedGetResourceMetric",
        "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)",
        "no_metrics",
        "",
        "",
    ),
    (
        "FailedGetResourceMetric",
        "failed to get cpu utilization: no metrics returned from resource metrics API",
        "no_metrics",
        "",
        "v1beta1.metrics.k8s.io",
    ),
    ("AmbiguousSelector", "pods by selector x are controlled by multiple HPAs", "unknown", "", ""),
    ("ScalingDisabled", "scaling is disabled since the replica count of the target is zero", "none", "", ""),
]


def autoscaler(*conditions: Json, **more: Any) -> HorizontalPodAutoscaler:
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": "app"}, "maxReplicas": 5, **more.pop("spec", {})}
    status = {"currentReplicas": 2, "conditions": list(conditions), **more}
    return make(
        HorizontalPodAutoscaler, metadata={"name": "app", "namespace": "ns"}, spec=spec, status=status
    )


@pytest.mark.parametrize(("reason", "message", "problem", "metric", "api"), TEXTS)
def test_why_an_autoscaler_cannot_compute(
    reason: str, message: str, problem: ScalingProblem, metric: str, api: str
) -> None:
    told = {"type": "ScalingActive", "status": "False", "reason": reason, "message": UNABLE + message}
    one = autoscaler(told)
    found = scaling_facts(one)
    assert (found.problem, found.metric) == (problem, metric)
    assert metrics_api(one) == (ObjectRef("APIService", api) if api else None)
    assert (found.said is None) is (problem == "none")


def test_an_autoscaler_at_its_maximum_says_its_load() -> None:
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    queue = {"metric": {"name": "lag"}, "target": {"type": "AverageValue", "averageValue": "100"}}
    one = autoscaler(
        {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas", "message": "x"},
        spec={"metrics": [{"type": "Resource", "resource": cpu}, {"type": "Pods", "pods": queue}]},
        currentMetrics=[
            {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 99}}},
            {"type": "Pods", "pods": {"metric": {"name": "lag"}, "current": {"averageValue": "250"}}},
            {"type": ""},
        ],
    )
    found = scaling_facts(one)
    assert found.at_max
    assert found.load == "cpu 99% of 70%, lag 250 of 100"
    assert (found.target, found.maximum, found.suggested) == ("deployment/app", 5, 8)


def test_an_autoscaler_without_any_status_yet_is_no_trouble() -> None:
    found = scaling_facts(autoscaler())
    assert (found.at_max, found.problem, found.load, found.said) == (False, "none", "", None)


def test_a_model_without_requests_has_no_shares() -> None:
    key = ("ns", "iris")
    idle = model_facts(ModelSeries(rate={key: 0.0}), key)
    assert (idle.rate, idle.errors, idle.not_ok, idle.said) == (0, None, None, None)
    well = model_facts(ModelSeries(p50={key: 0.0123}, p99={key: 0.31}, rate={key: 4.0}, ok={key: 4.0}), key)
    assert (well.p50, well.p99, well.errors, well.not_ok) == (12, 310, 0, 0)
    assert str(well.said) == "p50 12 ms, p99 310 ms, 5xx 0 %, not 2xx 0 %"
    unknown = model_facts(ModelSeries(p99={key: 1.0}), key)
    assert (unknown.rate, unknown.errors) == (None, None)


def test_a_node_without_figures_is_unknown_and_only_slowing_warnings_count() -> None:
    node = make(Node, metadata={"name": "n1"}, status={"allocatable": {"cpu": "4", "memory": "8Gi"}})
    about = {"kind": "Node", "name": "n1", "uid": "n1"}
    events = [
        event("NetworkingReady", "BandwidthInExceeded: up", type="Warning", involvedObject=about),
        event("KernelReady", "AppCrash: x", type="Warning", involvedObject=about),
        event(
            "NetworkingReady",
            "PPSExceeded: up",
            type="Warning",
            involvedObject={**about, "name": "n2", "uid": "n2"},
        ),
    ]
    found = node_load(node, None, events, 3)
    assert (found.cpu, found.memory, found.said) == (None, None, None)
    assert [one.name for one in found.warnings] == ["BandwidthInExceeded"]
    used = make(NodeMetrics, metadata={"name": "n1"}, usage={"cpu": "3900000000n", "memory": "1Gi"})
    assert node_load(node, used, (), 3).cpu == 97.5


def test_the_container_at_its_limit_is_found_among_several() -> None:
    spec = {"resources": {"limits": {"cpu": "200m"}}}
    members = [
        pod(running("app", spec=spec), running("proxy"), meta={"name": name, "uid": name})
        for name in ("a", "b")
    ]
    usage = [
        make(
            PodMetrics,
            metadata={"name": "a", "namespace": "ns"},
            containers=[
                {"name": "app", "usage": {"cpu": "199m", "memory": "1Mi"}},
                {"name": "proxy", "usage": {"cpu": "900m", "memory": "1Mi"}},
            ],
        )
    ]
    (one, other) = workloads(members, usage, {("ns", "b", "app"): 0.3})
    full, held = throttle_facts(one), throttle_facts(other)
    assert (full.name, full.pods, full.measured, full.suggested) == ("app", 1, 1, "400m")
    assert (held.name, held.pods, held.measured, held.periods) == ("app", 0, 0, 30)
    assert str(held.periods_said) == "container app of b was held back in 30 % of its periods"
    unread = throttle_facts(one, "usage: forbidden", "Prometheus: slow")
    assert {"pods", "measured", "periods"} <= set(unread.missing)


def test_only_probes_without_an_answer_in_time_count() -> None:
    one = pod(meta={"name": "p", "uid": "u-p"})
    events = [
        event("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", count=50),
        event("Unhealthy", 'Liveness probe failed: Get "http://x": context deadline exceeded', count=4),
        event("Unhealthy", "Liveness probe failed: i/o timeout", involvedObject={"uid": "another"}),
    ]
    found = slow_probes((one,), events)
    assert (found.times, found.pods) == (4, 1)
