"""The components of the recorded platform, and a look at everything with blind spots."""

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.wiring.base import terminal_corridor
from handlers.contract import Handler, Question
from handlers.health import HEALTH
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from handlers.status import STATUS
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.conftest import Connect
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab


def corridor(cluster: Cluster) -> Corridor:
    async def connect() -> Cluster:
        return cluster

    book = ClusterBook({"lab": connect}, "lab")
    return terminal_corridor(book, shipped_rules())


async def ask(
    handler: Handler, server: ApiServer, connect: Connect, namespace: str = "", deadline: float = 30.0
) -> Report:
    async def silent(_: str) -> None: ...

    question = Question(name="", namespace=namespace, deadline=deadline)
    command = Command(handler=handler, question=question, asker=TERMINAL)
    return await corridor(connect(server, timeout=2.0)).look(command, silent)


async def test_every_component_stands_with_its_worst_finding(server: ApiServer, connect: Connect) -> None:
    report = await ask(STATUS, server, connect)
    (table,) = report.tables
    rows = {(row.cells[0], row.cells[1]): row.cells for row in table.rows}
    coredns = rows["CoreDNS", "Deployment kube-system/coredns"]
    assert coredns[2:4] == ("1/2", "v1.13.1-eksbuild.1")
    assert "upstream" in coredns[-1]
    assert rows["Karpenter", "Deployment karpenter/karpenter"][2] == "2/2"
    assert {name for name, _ in rows} >= {"models", "MLflow", "KServe controller", "Prometheus"}
    assert "Argo CD" in table.note


async def test_what_a_lost_node_took_down_is_told_as_one(server: ApiServer, connect: Connect) -> None:
    report = await ask(STATUS, server, connect, "argo")
    (cause,) = report.findings
    assert cause.rule == "node-silent"
    assert {s.subject.name for s in cause.explains if s.subject.kind == "Component"} == {
        "Argo Workflows controller",
        "Argo Workflows server",
    }


async def test_components_that_cannot_be_listed_are_not_called_well(
    server: ApiServer, connect: Connect
) -> None:
    server.fail("/apis/apps/v1/deployments", Fault.recorded("403-nodes.http"))
    report = await ask(STATUS, server, connect, "karpenter")
    assert report.verdict is not Verdict.HEALTHY
    assert any(gap.source == "deployments" for gap in report.gaps)


@pytest.mark.parametrize(
    "denied",
    [
        "/api/v1/nodes",
        "/api/v1/events",
        "/apis/apps/v1/deployments",
        "/api/v1/services",
        "/apis/discovery.k8s.io",
    ],
)
async def test_health_without_a_right_says_so_and_still_tells_the_rest(
    denied: str, server: ApiServer, connect: Connect
) -> None:
    server.fail(denied, Fault.recorded("403-nodes.http"))
    report = await ask(HEALTH, server, connect)
    assert report.verdict is Verdict.BROKEN
    assert report.gaps
    assert len(report.findings) > 40


async def test_health_without_pods_is_no_answer(server: ApiServer, connect: Connect) -> None:
    server.fail("/api/v1/pods", Fault.recorded("403-nodes.http"))
    with pytest.raises(SourceError, match="no right"):
        await ask(HEALTH, server, connect)


async def test_health_of_a_calm_namespace_is_healthy_and_says_what_was_looked_at(
    server: ApiServer, connect: Connect
) -> None:
    report = await ask(HEALTH, server, connect, "mlflow-staging")
    assert report.verdict is Verdict.HEALTHY
    assert report.said.startswith("namespace mlflow-staging is healthy")
    assert report.checked


async def test_health_without_logs_is_not_called_healthy(server: ApiServer, connect: Connect) -> None:
    server.deny("get", "pods/log")
    report = await ask(HEALTH, server, connect, "mlflow-staging")
    assert report.verdict is Verdict.UNKNOWN
    assert any("log" in gap.source for gap in report.gaps)


async def test_health_ends_at_its_deadline_with_what_is_there(server: ApiServer, connect: Connect) -> None:
    server.fail("/apis/serving.kserve.io", Fault(delay=60.0))
    report = await ask(HEALTH, server, connect, deadline=6.0)
    assert report.took_ms < 12_000
    assert any("inferenceservices" in gap.source for gap in report.gaps)
