"""What a look costs: how many requests, how many at once, and how much of a large pod is read."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from handlers.sources.kubernetes import KubernetesCluster
from rules.facts.pod import PodFacts
from tests.bench.diagnosing import measure
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import NOW, Json, ago, end, pod_json, running, waiting
from tests.handlers.conftest import Connect, ask
from tests.handlers.extract.scheduling_lab import pods
from tests.handlers.small_cluster import thing, write_cluster

Serve = Callable[[Path], Awaitable[ApiServer]]
MOST_REQUESTS = 12


def healthy_ones() -> list[tuple[str, str]]:
    """One pod of each owner whose containers are all ready."""
    ready = [
        p for p in pods() if p.status.container_statuses and all(s.ready for s in p.status.container_statuses)
    ]
    by_owner = {(p.metadata.namespace, str(p.metadata.controller)): p.metadata for p in ready}
    return [(meta.namespace, meta.name) for meta in by_owner.values()]


async def test_a_healthy_pod_costs_twelve_requests_at_most(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    costs: dict[str, int] = {}
    for namespace, name in healthy_ones():
        before = len(server.requests)
        evidence = await ask(cluster, name, namespace)
        costs[name] = evidence.api_calls
        assert len(server.requests) - before == evidence.api_calls
    assert len(costs) > 50
    assert max(costs.values()) <= MOST_REQUESTS


@pytest.mark.parametrize(
    ("name", "namespace"), [("fraud-scorer", "mlops"), ("session-store-0", ""), ("sklearn-iris", "")]
)
async def test_no_request_is_made_twice(
    server: ApiServer, cluster: KubernetesCluster, name: str, namespace: str
) -> None:
    await ask(cluster, name, namespace)
    asked = [(seen.path, *sorted(seen.query.items())) for seen in server.requests]
    assert len(asked) == len(set(asked))


async def test_reads_go_out_together_and_take_less_than_half_of_their_sum() -> None:
    found = await measure(delay=0.03)
    assert found.requests <= MOST_REQUESTS
    assert found.ratio < 0.5


async def test_as_many_requests_as_allowed_are_in_flight(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    server.fail("/", Fault.slow(0.02))
    await ask(cluster, "fraud-scorer-59f7f69dff-zwcc5", "mlops")
    assert server.most_in_flight == 8


async def test_unscheduled_pods_read_the_nodes_and_placed_ones_do_not(
    server: ApiServer, cluster: KubernetesCluster
) -> None:
    await ask(cluster, "fraud-scorer", "mlops")
    assert not any(seen.path == "/api/v1/nodes" for seen in server.requests)
    await ask(cluster, "onnx-bench", "mlops")
    assert any(seen.path == "/api/v1/nodes" for seen in server.requests)


def crowd(count: int, **status: Json) -> Json:
    loop = waiting("CrashLoopBackOff", last=end(1))
    return pod_json(*({**loop, **status, "name": f"c{n:02}"} for n in range(count)), ready=False)


async def test_of_fifty_failing_containers_some_logs_are_read_and_the_rest_named(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, crowd(50)))
    evidence = await ask(connect(server, now=NOW), "p", "ns")
    logs = [seen for seen in server.requests if seen.path.endswith("/log")]
    assert len(logs) == 12
    gap = next(gap for gap in evidence.gaps if gap.source == "logs of 44 more containers")
    assert gap.reason == "only 12 logs of one pod are read"
    assert isinstance(evidence.facts, PodFacts)
    unread = [container.name for container in evidence.facts.containers if "log" in container.missing]
    assert set(unread) >= {f"c{n:02}" for n in range(6, 50)}


async def test_of_fifty_working_containers_two_logs_are_read(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    statuses = [running(f"c{n}") for n in range(50)]
    server = await serve(write_cluster(tmp_path, pod_json(*statuses, ready=True)))
    evidence = await ask(connect(server, now=NOW), "p", "ns")
    assert len([seen for seen in server.requests if seen.path.endswith("/log")]) == 2
    assert evidence.healthy


async def test_events_of_an_earlier_pod_of_the_same_name_are_not_read(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    killing = {
        "reason": "Killing",
        "message": "Container app failed liveness probe",
        "lastTimestamp": ago(60),
    }
    old = thing("Event", "old", involvedObject={"kind": "Pod", "name": "p", "uid": "u-earlier"}, **killing)
    own = thing("Event", "own", involvedObject={"kind": "Pod", "name": "p", "uid": "u-p"}, **killing)
    crashed = pod_json(running(last=end(137, ended=58), restarts=1), ready=True)
    for events, killed in (((old,), "none"), ((old, own), "liveness")):
        server = await serve(write_cluster(tmp_path / killed, crashed, *events))
        facts = (await ask(connect(server, now=NOW), "p", "ns")).facts
        assert isinstance(facts, PodFacts)
        assert facts.containers[0].killed_by_probe == killed


REFUSED = "ConnectionRefusedError: cannot connect to {}: [Errno 111] Connection refused\r\n"
SELECTOR = {"app": "gateway"}


def gateway(namespace: str) -> Json:
    return thing("Service", "gateway", namespace, spec={"selector": SELECTOR, "ports": [{"port": 80}]})


def piece(namespace: str, *ready: bool) -> Json:
    endpoints = [
        {"addresses": [f"10.0.0.{n}"], "conditions": {"ready": each}} for n, each in enumerate(ready)
    ]
    labels = {"kubernetes.io/service-name": "gateway"}
    return thing(
        "EndpointSlice",
        "g-1",
        namespace,
        "discovery.k8s.io/v1",
        metadata={"labels": labels},
        endpoints=endpoints,
    )


def backend(namespace: str) -> Json:
    return pod_json(
        waiting("ContainerCreating"),
        phase="Pending",
        meta={"name": "g", "namespace": namespace, "uid": "g", "labels": SELECTOR},
    )


@pytest.mark.parametrize(
    ("said", "extra", "host", "objects"),
    [
        (
            "Service ns/gateway has 2 endpoints, none ready",
            1,
            "gateway:80",
            [gateway("ns"), piece("ns", False, False)],
        ),
        (
            "Service ns/gateway has no endpoints: no pod carries app=gateway",
            2,
            "gateway.ns.svc:80",
            [gateway("ns")],
        ),
        (
            "Service ns/gateway has no endpoints: none of its 1 pod has an address",
            2,
            "gateway:80",
            [gateway("ns"), backend("ns")],
        ),
        (
            "Service ops/gateway has 1 endpoint, all ready",
            2,
            "gateway.ops:80",
            [gateway("ops"), piece("ops", True)],
        ),
        ("Service ops/gateway does not exist", 2, "gateway.ops.svc.cluster.local:80", []),
        ("Service ns/gateway does not exist", 0, "gateway.ns.svc:80", []),
        ("None", 2, "gateway.ops:80", []),
        ("None", 0, "gateway:80", []),
        ("None", 0, "api.example.com:443", [gateway("ns")]),
    ],
)
async def test_a_service_that_a_log_names_is_looked_up(  # noqa: PLR0913, PLR0917 - expectation and fixtures
    tmp_path: Path, serve: Serve, connect: Connect, said: str, extra: int, host: str, objects: list[Json]
) -> None:
    crashed = pod_json(waiting("CrashLoopBackOff", last=end(1)), ready=False)
    logs = {"ns/p/app": "", "ns/p/app-previous": REFUSED.format(host)}
    server = await serve(write_cluster(tmp_path / "a", crashed, *objects, logs=logs))
    facts = (await ask(connect(server, now=NOW), "p", "ns")).facts
    assert isinstance(facts, PodFacts)
    assert str(facts.dependency.said) == said
    without = await serve(
        write_cluster(tmp_path / "b", crashed, *objects, logs=logs | {"ns/p/app-previous": "bye\n"})
    )
    assert str((await ask(connect(without, now=NOW), "p", "ns")).facts)
    assert len(server.requests) - len(without.requests) == extra


async def test_a_service_that_cannot_be_read_is_unknown(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    crashed = pod_json(waiting("CrashLoopBackOff", last=end(1)), ready=False)
    logs = {"ns/p/app-previous": REFUSED.format("gateway.ns.svc:80"), "ns/p/app": ""}
    server = await serve(write_cluster(tmp_path, crashed, gateway("ns"), logs=logs))
    cluster = connect(server, now=NOW)

    async def look() -> PodFacts:
        facts = (await ask(cluster, "p", "ns")).facts
        assert isinstance(facts, PodFacts)
        return facts

    server.deny("list", "endpointslices")
    assert set((await look()).dependency.missing) == {"ready", "total", "said"}
    server.deny("list", "services")
    assert "dependency" in (await look()).missing
    server.deny("get", "pods/log")
    unread = await look()
    assert unread.missing["dependency"].startswith("log of app")


async def test_a_service_elsewhere_that_may_not_be_read_is_unknown(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    crashed = pod_json(waiting("CrashLoopBackOff", last=end(1)), ready=False)
    for host, missing in (
        ("gateway.ops.svc:80", {"exists", "ready", "total", "said"}),
        ("gateway.ops:80", set()),
    ):
        logs = {"ns/p/app-previous": REFUSED.format(host), "ns/p/app": ""}
        server = await serve(write_cluster(tmp_path / host, crashed, gateway("ops"), logs=logs))
        server.fail("/api/v1/namespaces/ops/services", Fault.recorded("403-nodes.http"))
        facts = (await ask(connect(server, now=NOW), "p", "ns")).facts
        assert isinstance(facts, PodFacts)
        assert set(facts.dependency.missing) == missing
