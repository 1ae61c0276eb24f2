"""What makes answers slow, in small clusters: with figures over time, without any, with sources that fail."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from handlers.contract import Evidence, NameInvalid, NameNotFound, Question, Sources
from handlers.latency.answer import gather
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from handlers.sources.prometheus import Prometheus as Door
from rules.facts.latency import LatencyFacts
from rules.judge import judge
from tests.fakes.kubernetes import ApiServer, Fault
from tests.fakes.prometheus import Prometheus
from tests.handlers.build import NOW, Json, ago, pod_json, running
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster
from tests.shipped import shipped_rules

Serve = Callable[[Path], Awaitable[ApiServer]]
MODEL = {"namespace": "ns", "inference_service": "iris"}


def model_pod(name: str = "iris-predictor-5f7f5-aaaaa") -> Json:
    owner = {"kind": "ReplicaSet", "name": "iris-predictor-5f7f5", "controller": True, "uid": "u-rs"}
    labels = {"pod-template-hash": "5f7f5", "serving.kserve.io/inferenceservice": "iris"}
    resources = {"requests": {"cpu": "100m"}, "limits": {"cpu": "1", "memory": "1Gi"}}
    return pod_json(
        running("kserve-container", spec={"resources": resources}),
        ready=True,
        meta={"name": name, "uid": f"u-{name}", "labels": labels, "ownerReferences": [owner]},
    )


NODE = thing("Node", "node-1", status={"allocatable": {"cpu": "4", "memory": "8Gi"}})
NAMESPACE = thing("Namespace", "ns")


def autoscaler(*conditions: Json) -> Json:
    return thing(
        "HorizontalPodAutoscaler",
        "iris",
        version="autoscaling/v2",
        spec={"scaleTargetRef": {"kind": "Deployment", "name": "iris-predictor"}, "maxReplicas": 3},
        status={"currentReplicas": 3, "conditions": list(conditions)},
    )


def usage(folder: Path, cpu: str, node_cpu: str = "1", memory: str = "1Gi") -> None:
    """What metrics-server says, where a bundle keeps it."""
    pods = thing(
        "PodMetrics",
        "iris-predictor-5f7f5-aaaaa",
        containers=[{"name": "kserve-container", "usage": {"cpu": cpu, "memory": "100Mi"}}],
    )
    nodes = thing("NodeMetrics", "node-1", usage={"cpu": node_cpu, "memory": memory})
    nodes["metadata"].pop("namespace", None)
    for place, item in (("pod-metrics/ns", pods), ("node-metrics/nodes", nodes)):
        file = folder / f"{place}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.encode({"items": [item]}))


async def look_at(cluster: Cluster, name: str = "", namespace: str = "", **more: Any) -> Evidence:
    sources = Sources(cluster=cluster, series=more.pop("series", None))
    return await gather(Question(name=name, namespace=namespace, **more), sources, told)


def found(evidence: Evidence) -> set[tuple[str, str]]:
    """Every finding: its rule, and the kind of its subject."""
    return {
        (one.rule, one.subject.kind)
        for facts in (evidence.facts, *evidence.related)
        for one in judge(facts, shipped_rules()).findings
    }


def undecided(evidence: Evidence) -> set[str]:
    return {
        one.rule
        for facts in (evidence.facts, *evidence.related)
        for one in judge(facts, shipped_rules()).undecided
    }


async def test_a_model_whose_server_says_that_it_is_slow_and_fails(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    usage(tmp_path, "200m")
    cluster = connect(await serve(write_cluster(tmp_path, model_pod(), NODE, NAMESPACE)), now=NOW)
    async with Prometheus() as server:
        server.know(
            "histogram_quantile(0.99", (MODEL, "1.25"), ({**MODEL, "inference_service": "idle"}, "NaN")
        )
        server.know("histogram_quantile(0.5", (MODEL, "0.05"))
        server.know('status_code=~"5.."', (MODEL, "1"))
        server.know('status_code=~"2.."', (MODEL, "9"))
        server.know("rest_server_requests_total", (MODEL, "10"))
        pod = {"namespace": "ns", "pod": "iris-predictor-5f7f5-aaaaa", "container": "kserve-container"}
        server.know("throttled_periods", (pod, "0.42"))
        series = Door(server.url)
        evidence = await look_at(cluster, "iris", "ns", series=series)
        await series.close()
        assert all('namespace=~"ns"' in query for query in server.queries)
    assert found(evidence) == {
        ("latency-model-slow", "InferenceService"),
        ("latency-model-errors", "InferenceService"),
        ("latency-cpu-held-back", "Deployment"),
    }
    assert isinstance(evidence.facts, LatencyFacts)
    model = evidence.facts.model
    assert (model.p50, model.p99, model.rate, model.errors, model.not_ok) == (50, 1250, 10, 10, 10)
    assert evidence.gaps == ()
    assert [table.rows[0].cells[0] for table in evidence.tables] == ["iris-predictor", "iris"]


async def test_a_workload_at_its_limit_and_a_busy_node(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    usage(tmp_path, "999m", node_cpu="3900m", memory="7900Mi")
    cluster = connect(await serve(write_cluster(tmp_path, model_pod(), NODE, NAMESPACE)), now=NOW)
    evidence = await look_at(cluster, "ns")
    assert found(evidence) == {
        ("latency-cpu-throttled", "Deployment"),
        ("latency-node-busy", "Node"),
        ("latency-node-memory", "Node"),
    }


SCALING: dict[str, tuple[set[tuple[str, str]], Json]] = {
    "at the maximum": (
        {("latency-autoscaler-at-max", "HorizontalPodAutoscaler")},
        {"type": "ScalingLimited", "status": "True", "reason": "TooManyReplicas"},
    ),
    "at the minimum": (set(), {"type": "ScalingLimited", "status": "True", "reason": "TooFewReplicas"}),
    "switched off": (set(), {"type": "ScalingActive", "status": "False", "reason": "ScalingDisabled"}),
    "no figures": (
        {("latency-autoscaler-no-metrics", "HorizontalPodAutoscaler")},
        {
            "type": "ScalingActive",
            "status": "False",
            "reason": "FailedGetResourceMetric",
            "message": "failed to get cpu utilization: did not receive metrics for targeted pods",
        },
    ),
    "metrics-server is away": (
        {("latency-autoscaler-api-down", "HorizontalPodAutoscaler")},
        {
            "type": "ScalingActive",
            "status": "False",
            "reason": "FailedGetResourceMetric",
            "message": "unable to fetch metrics from resource metrics API: the server is currently unable to "
            "handle the request (get pods.metrics.k8s.io)",
        },
    ),
    "nothing to scale": (
        {("latency-autoscaler-target-missing", "HorizontalPodAutoscaler")},
        {"type": "AbleToScale", "status": "False", "reason": "FailedGetScale", "message": "not found"},
    ),
    "something else": (
        {("latency-autoscaler-cannot-compute", "HorizontalPodAutoscaler")},
        {"type": "ScalingActive", "status": "False", "reason": "AmbiguousSelector", "message": "x"},
    ),
}


@pytest.mark.parametrize(("rules", "condition"), SCALING.values(), ids=SCALING)
async def test_autoscalers(
    rules: set[tuple[str, str]], condition: Json, tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    usage(tmp_path, "200m")
    objects = (model_pod(), NODE, NAMESPACE, autoscaler({"lastTransitionTime": ago(60), **condition}))
    cluster = connect(await serve(write_cluster(tmp_path, *objects)), now=NOW)
    assert found(await look_at(cluster, "ns")) == rules


@pytest.mark.parametrize("served", [True, False])
async def test_with_no_figures_at_all_nothing_is_called_well(
    served: bool, tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, model_pod(), NODE, NAMESPACE))
    if not served:
        server.fail("/apis/metrics.k8s.io", Fault.answer(b"404 page not found\n", "text/plain", 404))
    evidence = await look_at(connect(server, now=NOW), "ns")
    assert found(evidence) == set()
    assert not evidence.healthy
    assert evidence.headline.startswith("No figures about namespace ns")
    assert {gap.source for gap in evidence.gaps} >= {"usage of pods"}


FAULTS = {
    "forbidden": Fault.recorded("403-nodes.http"),
    "hangs": Fault.hang(),
    "is cut off": Fault.cut(),
    "is a web page": Fault.html(),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_whatever_fails_leaves_gaps_and_undecided_rules(
    fault: Fault, tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, model_pod(), NODE, NAMESPACE))
    server.fail("/", fault)
    for path in ("/api/v1/namespaces/ns/pods", "/api/v1/nodes"):
        server.fail(path, Fault(times=0))
    async with Prometheus() as prometheus:
        prometheus.fail(503, "starting", "text/plain")
        series = Door(prometheus.url)
        evidence = await look_at(
            connect(server, now=NOW, timeout=fault.patience), "iris", "ns", series=series
        )
        await series.close()
    assert {gap.source for gap in evidence.gaps} == {
        "usage of pods",
        "usage of nodes",
        "autoscalers",
        "events",
        "events of nodes",
        "throttled periods",
        "latency and errors of models",
    }
    assert not evidence.healthy
    assert undecided(evidence) >= {
        "latency-cpu-throttled",
        "latency-cpu-held-back",
        "latency-probe-timeouts",
        "latency-node-busy",
        "latency-model-slow",
    }


async def test_names_that_mean_nothing(tmp_path: Path, serve: Serve, connect: Connect) -> None:
    server = await serve(write_cluster(tmp_path, model_pod(), NODE, NAMESPACE))
    cluster = connect(server, now=NOW)
    with pytest.raises(NameNotFound) as caught:
        await look_at(cluster, "iris-predictr", "ns")
    assert [one.ref.name for one in caught.value.near] == ["iris-predictor"]
    with pytest.raises(NameInvalid):
        await look_at(cluster, "Iris!")
    server.fail("/api/v1/namespaces/ns/pods", FAULTS["forbidden"])
    with pytest.raises(SourceError):
        await look_at(cluster, "iris", "ns")


async def test_a_prefix_of_a_workload_will_do(tmp_path: Path, serve: Serve, connect: Connect) -> None:
    cluster = connect(await serve(write_cluster(tmp_path, model_pod(), NODE, NAMESPACE)), now=NOW)
    assert (await look_at(cluster, "iris-pre")).subject.name == "iris-predictor"


async def test_a_prometheus_that_knows_nothing_of_these_pods_is_a_gap(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    usage(tmp_path, "200m")
    cluster = connect(await serve(write_cluster(tmp_path, model_pod(), NODE, NAMESPACE)), now=NOW)
    async with Prometheus() as server:
        series = Door(server.url)
        evidence = await look_at(cluster, "ns", series=series)
        await series.close()
    assert [gap.source for gap in evidence.gaps] == ["throttled periods", "latency and errors of models"]
    assert all("Prometheus has no" in gap.reason for gap in evidence.gaps)
