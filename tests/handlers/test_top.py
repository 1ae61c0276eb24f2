"""Who uses most, in small clusters: sorted, marked, and honest where nothing is measured."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from handlers.contract import Evidence, Handler, Question, QuestionError, Sources
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from handlers.top import TOP_NODES, TOP_PODS
from rules.judge import judge
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import NOW, Json, pod_json, running, waiting
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster
from tests.shipped import shipped_rules

Serve = Callable[[Path], Awaitable[ApiServer]]
READY = [{"type": "Ready", "status": "True"}]


def node(name: str, *conditions: Json) -> Json:
    status = {"allocatable": {"cpu": "4", "memory": "8Gi"}, "conditions": list(conditions) or READY}
    return thing("Node", name, status=status)


def pod(name: str, state: Json | None = None, **resources: Json) -> Json:
    one = {**(state or running()), "spec": {"resources": resources}}
    return pod_json(one, ready=state is None, meta={"name": name, "uid": f"u-{name}"})


def usage(folder: Path, **figures: tuple[str, str]) -> None:
    """What metrics-server says of pods (by name) and nodes (names that begin with n)."""
    items: dict[str, list[Json]] = {"pod-metrics/ns": [], "node-metrics/nodes": []}
    for name, (cpu, memory) in figures.items():
        used = {"cpu": cpu, "memory": memory}
        if name.startswith("n"):
            items["node-metrics/nodes"].append({"metadata": {"name": name}, "usage": used})
        else:
            containers = [{"name": "app", "usage": used}]
            items["pod-metrics/ns"].append(
                {"metadata": {"name": name, "namespace": "ns"}, "containers": containers}
            )
    for place, found in items.items():
        file = folder / f"{place}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(msgspec.json.encode({"items": found}))


async def ask(handler: Handler, cluster: Cluster, namespace: str = "", **options: str) -> Evidence:
    return await handler.gather(
        Question(name="", namespace=namespace, options=options), Sources(cluster=cluster), told
    )


def names(evidence: Evidence, column: int) -> list[str]:
    return [row.cells[column] for row in evidence.tables[0].rows]


def rules_of(evidence: Evidence) -> list[str]:
    facts = (evidence.facts, *evidence.related)
    return [one.rule for each in facts for one in judge(each, shipped_rules()).findings]


async def test_nodes_are_sorted_by_what_was_asked_and_the_unwell_are_marked(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    usage(tmp_path, n1=("3900m", "1Gi"), n2=("1", "7900Mi"))
    pressed = node("n2", *READY, {"type": "MemoryPressure", "status": "True"})
    objects = (node("n1"), pressed, node("n3", {"type": "Ready", "status": "Unknown"}))
    cluster = connect(await serve(write_cluster(tmp_path, *objects)), now=NOW)
    by_memory = await ask(TOP_NODES, cluster)
    assert names(by_memory, 0) == ["n2", "n1", "n3"]
    assert names(by_memory, 1) == ["Ready,MemoryPressure", "Ready", "NotReady"]
    assert by_memory.headline.startswith("Node n2 uses most memory (96%)")
    assert rules_of(by_memory) == ["top-unwell", "top-node-memory", "top-node-cpu"]
    assert names(await ask(TOP_NODES, cluster, **{"sort-by": "cpu"}), 0) == ["n1", "n2", "n3"]
    assert names(by_memory, 2) == ["1", "3.9", "-"]


async def test_pods_are_sorted_and_cut_and_a_limit_counts_when_every_container_has_one(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    usage(tmp_path, a=("900m", "100Mi"), b=("10m", "950Mi"), c=("10m", "20Mi"))
    objects = (
        pod("a", limits={"cpu": "1"}),
        pod("b", limits={"memory": "1Gi"}),
        pod("c", waiting("CrashLoopBackOff")),
        pod_json(phase="Succeeded", meta={"name": "over", "uid": "u-over"}),
    )
    cluster = connect(await serve(write_cluster(tmp_path, *objects)), now=NOW)
    evidence = await ask(TOP_PODS, cluster, "ns", limit="2")
    assert names(evidence, 1) == ["b", "a"]
    assert evidence.tables[0].note == "2 of 3 pods"
    assert evidence.headline.startswith("Pod ns/b uses most memory (93%): memory 950Mi of 1Gi")
    assert rules_of(evidence) == ["top-unwell", "top-pod-memory", "top-pod-cpu"]
    every = await ask(TOP_PODS, cluster, "ns")
    assert names(every, 2)[-1] == "✗ CrashLoopBackOff"


async def test_without_metrics_server_requests_alone_are_told_and_nothing_is_called_well(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    objects = (
        pod("small", requests={"memory": "1Gi"}),
        pod("large", requests={"memory": "4Gi"}),
        node("node-1"),
    )
    server = await serve(write_cluster(tmp_path, *objects))
    server.fail("/apis/metrics.k8s.io", Fault.answer(b"404 page not found\n", "text/plain", 404))
    cluster = connect(server, now=NOW)
    pods = await ask(TOP_PODS, cluster, "ns")
    assert names(pods, 1) == ["large", "small"]
    nodes = await ask(TOP_NODES, cluster)
    assert names(nodes, 7) == ["5Gi"]
    for evidence in (pods, nodes):
        assert not evidence.healthy
        assert evidence.headline.startswith("No usage figures")
        assert [gap.source.partition(" ")[0] for gap in evidence.gaps] == ["usage"]


FAULTS = [Fault.recorded("403-nodes.http"), Fault.hang(), Fault.html(), Fault.cut()]


@pytest.mark.parametrize("fault", FAULTS)
async def test_usage_that_cannot_be_read_is_a_gap(
    fault: Fault, tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, pod("a"), node("node-1")))
    server.fail("/apis/metrics.k8s.io", fault)
    cluster = connect(server, now=NOW, timeout=fault.patience)
    for handler in (TOP_PODS, TOP_NODES):
        evidence = await ask(handler, cluster)
        assert len(evidence.gaps) == 1
        assert not evidence.healthy


@pytest.mark.parametrize("fault", FAULTS)
async def test_without_a_list_there_is_no_answer(
    fault: Fault, tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, pod("a"), node("node-1")))
    server.fail("/api/v1", fault)
    cluster = connect(server, now=NOW, timeout=fault.patience)
    for handler in (TOP_PODS, TOP_NODES):
        with pytest.raises(SourceError):
            await ask(handler, cluster)


@pytest.mark.parametrize("limit", ["0", "101", "many", "-3", "1e2", ""])
async def test_a_limit_that_is_none(limit: str, tmp_path: Path, serve: Serve, connect: Connect) -> None:
    cluster = connect(await serve(write_cluster(tmp_path, pod("a"))), now=NOW)
    with pytest.raises(QuestionError, match="from 1 to 100"):
        await ask(TOP_PODS, cluster, limit=limit)
