"""Ask the recorded cluster about claims, namespaces, latency, figures and events."""

from collections.abc import Mapping

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.wiring.base import recorded, terminal_corridor
from handlers.contract import Handler, NameNotFound, Question, Sources
from handlers.events import EVENTS
from handlers.health import HEALTH
from handlers.latency import LATENCY
from handlers.look import Look
from handlers.namespace import NAMESPACE, NAMESPACE_SWEEP
from handlers.sources.recorded import RecordedCluster
from handlers.sweep import Sweep
from handlers.top import TOP_NODES, TOP_PODS
from handlers.volume import PERSISTENTVOLUMECLAIM, PERSISTENTVOLUMECLAIM_SWEEP
from rules.finding import Finding, ObjectRef
from tests.scenarios.lab import BUNDLE, LabRow, broken, healthy
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def corridor() -> Corridor:
    book = ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab")
    return terminal_corridor(book, shipped_rules())


async def silent(_: str) -> None: ...


async def ask(  # noqa: PLR0913 - the parts of a question
    corridor: Corridor,
    handler: Handler,
    name: str = "",
    namespace: str = "",
    *,
    sweep: bool = False,
    options: Mapping[str, str] | None = None,
) -> Report:
    question = Question(name=name, namespace=namespace, sweep=sweep, options=options or {})
    return await corridor.ask(Command(handler=handler, question=question, asker=TERMINAL), silent)


def everything_said(report: Report) -> str:
    """What the first finding tells: summary, cause and evidence."""
    first = report.findings[0]
    return "\n".join([first.summary, first.cause, *(seen.text for seen in first.evidence)])


async def suspected(sweep: Sweep, namespace: str = "") -> tuple[ObjectRef, ...]:
    cluster = RecordedCluster.open(BUNDLE, "lab")
    async with Look(Sources(cluster=cluster), 20, silent) as look:
        found = await sweep.suspects(look, namespace)
        assert look.gaps == ()
        return found


@pytest.mark.parametrize("row", [*broken("PersistentVolumeClaim", family="series")], ids=lambda row: row.tag)
@pytest.mark.parametrize("sweep", [False, True])
async def test_broken_claims_get_their_cause_first(row: LabRow, corridor: Corridor, sweep: bool) -> None:
    report = await ask(corridor, PERSISTENTVOLUMECLAIM, row.name, row.namespace, sweep=sweep)
    assert report.verdict is Verdict.BROKEN
    assert report.findings[0].rule in row.rules
    assert row.must_say in everything_said(report)
    assert len(report.findings) == 1
    assert len(report.findings[0].summary) <= 200
    assert report.findings[0].effect
    assert report.gaps == ()


@pytest.mark.parametrize("row", [*broken("PersistentVolumeClaim", family="series")], ids=lambda row: row.tag)
async def test_a_claims_cause_explains_the_pod_that_waits_for_it(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, PERSISTENTVOLUMECLAIM, row.name, row.namespace)
    (explained,) = report.findings[0].explains
    assert explained.subject.kind == "Pod"
    assert explained.rule.startswith("pod-pending-pvc")


@pytest.mark.parametrize("row", [*healthy("PersistentVolumeClaim")], ids=lambda row: row.name)
async def test_healthy_claims_are_called_healthy(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, PERSISTENTVOLUMECLAIM, row.name, row.namespace)
    assert report.verdict is Verdict.HEALTHY
    assert report.findings == ()
    assert report.checked


@pytest.mark.parametrize(("name", "namespace"), [("label-studio-data", "mlops"), ("training-cache", "argo")])
async def test_a_claim_that_does_not_exist_is_a_cause_when_a_pod_waits_for_it(
    name: str, namespace: str, corridor: Corridor
) -> None:
    report = await ask(corridor, PERSISTENTVOLUMECLAIM, name, namespace)
    assert report.verdict is Verdict.BROKEN
    assert [one.rule for one in report.findings] == ["pvc-not-found"]
    assert [one.rule for one in report.findings[0].explains] == ["pod-pending-pvc-not-found"]


async def test_every_bound_claim_is_healthy(corridor: Corridor) -> None:
    for name in ("labeling-data", "session-store-data-session-store-0"):
        report = await ask(corridor, PERSISTENTVOLUMECLAIM, name, "mlops")
        assert report.verdict is Verdict.HEALTHY
        assert report.findings == report.also_noticed == ()


async def test_a_sweep_suspects_the_broken_claims_and_no_other() -> None:
    refs = await suspected(PERSISTENTVOLUMECLAIM_SWEEP)
    assert {ref.name for ref in refs} == {
        row.name for row in broken("PersistentVolumeClaim", family="series")
    }
    assert await suspected(PERSISTENTVOLUMECLAIM_SWEEP, "feature-store") == ()


SLOW = [*broken("HorizontalPodAutoscaler", "Deployment", "Node", family="series")]


def told(finding: Finding) -> str:
    return "\n".join([finding.summary, finding.cause, *(seen.text for seen in finding.evidence)])


@pytest.mark.parametrize("row", SLOW, ids=lambda row: row.tag)
async def test_every_cause_of_slowness_is_found_in_its_namespace(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, LATENCY, "mlops")
    assert report.verdict is Verdict.DEGRADED
    assert report.overview
    (found,) = (
        one for one in report.findings if (one.subject.kind, one.subject.name) == (row.kind, row.name)
    )
    assert found.rule in row.rules
    assert row.must_say in told(found)
    assert len(found.summary) <= 200
    assert found.effect


@pytest.mark.parametrize("row", [row for row in SLOW if row.kind == "Deployment"], ids=lambda row: row.tag)
async def test_one_workload_alone(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, LATENCY, row.name, row.namespace)
    assert report.subject == ObjectRef(row.kind, row.name, row.namespace)
    assert report.findings[0].rule in row.rules
    assert report.findings[0].subject == report.subject
    assert {one.subject.name for one in report.findings} == {row.name}
    assert [line.cells[0] for line in report.tables[0].rows] == [row.name]


async def test_a_model_that_is_well_is_not_called_slow(corridor: Corridor) -> None:
    report = await ask(corridor, LATENCY, "sklearn-iris", "mlops")
    assert report.subject == ObjectRef("InferenceService", "sklearn-iris", "mlops")
    assert [one.subject.kind for one in report.findings] in ([], ["Node"])
    assert "sklearn-iris-predictor" in [line.cells[0] for line in report.tables[0].rows]


async def test_without_a_name_the_models_namespace_is_meant_and_prometheus_is_a_gap(
    corridor: Corridor,
) -> None:
    report = await ask(corridor, LATENCY)
    assert report.subject == ObjectRef("Namespace", "mlops")
    assert [gap.reason for gap in report.gaps] == ["no Prometheus is configured for this cluster"]
    assert report.tables[0].columns[-1] == "worst finding"
    assert report.tables[0].note.endswith("containers")


async def test_top_names_the_node_that_is_nearly_out_of_memory(corridor: Corridor) -> None:
    report = await ask(corridor, TOP_NODES)
    assert report.said.startswith("Node ip-10-0-1-88.eu-west-1.compute.internal uses most memory (98%)")
    assert "98.5% of its memory" in report.tables[0].rows[0].cells[-1]
    assert len(report.tables[0].rows) == 12
    assert [one.rule for one in report.findings] == ["top-unwell"]
    assert "2 NotReady" in everything_said(report)
    assert report.findings[0].summary.startswith("Node ip-10-0-1-88")


async def test_top_pods_of_a_namespace_by_cpu(corridor: Corridor) -> None:
    report = await ask(corridor, TOP_PODS, "", "mlops", options={"sort-by": "cpu", "limit": "3"})
    assert report.tables[0].rows[0].cells[1].startswith("llm-chat-predictor-")
    assert report.tables[0].note == "3 of 109 pods"
    assert report.findings[0].fix[0].run == "mlops health -n mlops"


async def test_events_fold_thousands_of_repeats_into_a_page(corridor: Corridor) -> None:
    report = await ask(corridor, EVENTS)
    (table,) = report.tables
    assert len(table.rows) == 30
    assert "repeats folded" in table.note
    assert "1 known harmless warning left out" in table.note
    text = report.exhibits[0].text
    for said in (
        "gp3-fast",
        "BandwidthInExceeded",
        "missing request for cpu",
        "3 Pods mlops/stream-scorer-…",
    ):
        assert said in text


async def test_events_of_one_claim(corridor: Corridor) -> None:
    report = await ask(corridor, EVENTS, "dataset-cache", "mlops")
    assert "gp3-fast" in "".join(cell for line in report.tables[0].rows for cell in line.cells)


async def test_a_quota_that_refuses_names_who_is_refused(corridor: Corridor) -> None:
    report = await ask(corridor, NAMESPACE, "team-vision")
    assert report.verdict is Verdict.BROKEN
    assert report.findings[0].rule == "ns-quota-refuses"
    assert "ReplicaSet defect-detector" in report.findings[0].summary
    assert report.tables[0].rows[0].cells[:2] == ("team-vision-quota", "requests.cpu")


async def test_a_namespace_full_of_broken_pods_is_not_called_healthy(corridor: Corridor) -> None:
    report = await ask(corridor, NAMESPACE, "mlops")
    assert report.verdict is Verdict.DEGRADED
    assert report.findings[0].rule == "ns-pods-unwell"
    assert [one.rule for one in report.also_noticed] == ["ns-quota-nearly"]
    assert report.gaps == ()


async def test_a_quiet_namespace_is_healthy_and_no_namespace_of_the_lab_is_suspected(
    corridor: Corridor,
) -> None:
    report = await ask(corridor, NAMESPACE, "mlflow-staging")
    assert report.verdict is Verdict.HEALTHY
    assert await suspected(NAMESPACE_SWEEP) == ()


@pytest.mark.parametrize(
    "handler", [HEALTH, TOP_PODS, EVENTS, LATENCY], ids=lambda one: one.usage.split(" [")[0]
)
async def test_a_namespace_that_is_misspelt_is_not_called_quiet(handler: Handler, corridor: Corridor) -> None:
    with pytest.raises(NameNotFound) as caught:
        await ask(corridor, handler, "", "mlosp")
    assert "mlops" in [one.ref.name for one in caught.value.near]
