"""The same cluster seen by a bot that may not see everything: nothing broken is called healthy."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.wiring.base import terminal_corridor
from handlers.contract import Question
from handlers.pod import POD
from handlers.sources.cluster import Cluster
from handlers.sources.errors import Forbidden, NotServed
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.network import EndpointSlice, Service
from handlers.sources.objects.node import Node
from handlers.sources.recorded import RecordedCluster
from tests.scenarios.lab import BUNDLE, broken_pods, healthy_pods, unwell_pods
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab
LOGS = "logs"
Hidden = type[KubernetesObject] | str


class Blindfolded:
    """The recorded cluster, without the right to read some of it."""

    def __init__(self, hidden: Hidden, *, served: bool = True) -> None:
        self._cluster = RecordedCluster.open(BUNDLE, "lab")
        self._hidden = hidden
        self._served = served

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._cluster, name)
        return self._guarded(name, found) if name in {"get", "list", "log", "pages"} else found

    def _guarded(self, name: str, read: Callable[..., Any]) -> Callable[..., Any]:
        def guard(*arguments: Any, **options: Any) -> Any:
            what = LOGS if name == "log" else arguments[0]
            if what is self._hidden:
                raise self._refusal()
            return read(*arguments, **options)

        async def awaited(*arguments: Any, **options: Any) -> Any:
            return await guard(*arguments, **options)

        return guard if name == "pages" else awaited

    def _refusal(self) -> Exception:
        plural = self._hidden if isinstance(self._hidden, str) else self._hidden.resource.plural
        return Forbidden(plural, "get", plural) if self._served else NotServed(plural, "is not served")


def corridor(hidden: Hidden, *, served: bool = True) -> Corridor:
    async def connect() -> Cluster:
        blind: Any = Blindfolded(hidden, served=served)
        cluster: Cluster = blind
        return cluster

    return terminal_corridor(ClusterBook({"lab": connect}, "lab"), shipped_rules())


async def ask(way: Corridor, name: str, namespace: str) -> Report:
    async def silent(_: str) -> None: ...

    question = Question(name=name, namespace=namespace)
    return await way.ask(Command(handler=POD, question=question, asker=TERMINAL), silent)


@pytest.mark.parametrize("hidden", [LOGS, Event, Node, Service, EndpointSlice], ids=str)
async def test_what_is_broken_is_never_called_healthy(hidden: Hidden) -> None:
    way = corridor(hidden)
    for row in [*broken_pods(), *unwell_pods()]:
        report = await ask(way, row.name, row.namespace)
        assert report.verdict is not Verdict.HEALTHY, (row.name, hidden)
        if report.verdict is Verdict.UNKNOWN:
            assert report.undecided or report.gaps, row.name


async def test_a_crash_is_told_even_when_no_log_may_be_read() -> None:
    report = await ask(corridor(LOGS), "fraud-scorer", "mlops")
    assert report.verdict is Verdict.BROKEN
    assert report.findings[0].rule == "pod-crashing"
    assert "exit code 1" in report.findings[0].summary
    assert any("log of app" in gap.source for gap in report.gaps)


async def test_a_pod_that_does_not_start_is_told_even_when_no_event_may_be_read() -> None:
    report = await ask(corridor(Event), "kafka-bridge", "mlops")
    assert [finding.rule for finding in report.findings] == ["pod-not-started"]


async def test_a_running_pod_whose_log_may_not_be_read_is_not_called_healthy() -> None:
    for row in healthy_pods():
        report = await ask(corridor(LOGS), row.name, row.namespace)
        ended = report.symptom == "Completed"
        assert report.verdict is (Verdict.HEALTHY if ended else Verdict.UNKNOWN), row.name


async def test_a_cluster_without_metrics_server_still_has_healthy_pods() -> None:
    for row in healthy_pods():
        report = await ask(corridor(PodMetrics, served=False), row.name, row.namespace)
        assert report.verdict is Verdict.HEALTHY
        assert report.symptom == "Completed" or any(gap.source == "usage" for gap in report.gaps)


async def test_no_effect_is_claimed_where_services_may_not_be_read() -> None:
    report = await ask(corridor(Service), "fraud-scorer", "mlops")
    assert report.findings[0].rule == "pod-crashloop-app-error"
    assert report.findings[0].effect == ""
