"""Ask the recorded cluster about its nodes and what supplies them, as its makers say they stand."""

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.wiring.base import recorded, terminal_corridor
from handlers import HANDLERS
from handlers.contract import Question, Sources
from handlers.identity import SERVICEACCOUNT_SWEEP
from handlers.karpenter import EC2NODECLASS_SWEEP, NODECLAIM_SWEEP, NODEPOOL_SWEEP
from handlers.look import Look
from handlers.node import NODE_SWEEP
from handlers.sources.recorded import RecordedCluster
from handlers.sweep import Sweep
from rules.finding import Symptom
from tests.scenarios.lab import BUNDLE, LabRow, broken, healthy
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab
SWEEPS: dict[str, Sweep] = {
    "Node": NODE_SWEEP,
    "NodePool": NODEPOOL_SWEEP,
    "NodeClaim": NODECLAIM_SWEEP,
    "EC2NodeClass": EC2NODECLASS_SWEEP,
}
KINDS = tuple(SWEEPS)
BROKEN = [*broken(*KINDS, family="nodes")]
HEALTHY = [*healthy(*KINDS)]


@pytest.fixture(scope="module")
def corridor() -> Corridor:
    book = ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab")
    return terminal_corridor(book, shipped_rules())


async def silent(_: str) -> None: ...


async def ask(corridor: Corridor, row: LabRow, *, sweep: bool = False) -> Report:
    handler = next(each for each in HANDLERS if each.subject == row.kind.lower())
    question = Question(name=row.name, namespace=row.namespace, sweep=sweep)
    return await corridor.ask(Command(handler=handler, question=question, asker=TERMINAL), silent)


def said(report: Report) -> str:
    """What the first finding tells: summary, cause and evidence."""
    first = report.findings[0]
    return "\n".join([first.summary, first.cause, *(seen.text for seen in first.evidence)])


def is_about(explained: tuple[Symptom, ...], row: LabRow) -> bool:
    return any((s.subject.kind, s.subject.name) == (row.kind, row.name) for s in explained)


def test_every_row_of_these_kinds_is_asked() -> None:
    assert len(BROKEN) == 12
    assert len(HEALTHY) == 2


@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row.tag)
async def test_what_is_broken_gets_its_cause_first(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row)
    first = report.findings[0]
    assert report.verdict in (Verdict.BROKEN, Verdict.DEGRADED)
    assert first.rule in row.rules
    assert row.must_say in said(report)
    assert (first.subject.kind, first.subject.name) == (row.kind, row.name) or is_about(first.explains, row)
    assert len(first.summary) <= 200
    assert first.fix
    assert first.effect
    assert first.runbook
    assert all("AWS is not configured" in gap.reason for gap in report.gaps)


@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row.tag)
async def test_one_of_many_is_told_from_its_own_facts(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row, sweep=True)
    first = report.findings[0]
    assert first.subject.kind == row.kind
    assert first.rule in row.rules
    assert report.exhibits == ()


@pytest.mark.parametrize("row", HEALTHY, ids=lambda row: row.name)
async def test_what_only_looks_noisy_is_called_healthy(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row)
    assert report.verdict is Verdict.HEALTHY
    assert report.findings == ()
    assert report.checked


ACCOUNTS = [
    LabRow("", "ServiceAccount", "mlops", "feature-reader", ("service-account-no-role",), "Unable to locate"),
    LabRow(
        "", "ServiceAccount", "mlops", "embedding-writer", ("service-account-audience",), "token audience"
    ),
    LabRow(
        "",
        "ServiceAccount",
        "mlops",
        "dataset-exporter",
        ("pod-irsa-older-than-annotation",),
        "assumed-role/mlops-platform-dev-karpenter-node/",
    ),
    LabRow(
        "",
        "ServiceAccount",
        "mlflow",
        "mlflow",
        ("pod-irsa-older-than-annotation",),
        "assumed-role/mlops-platform-dev-karpenter-node/",
    ),
]


@pytest.mark.parametrize("row", ACCOUNTS, ids=lambda row: row.name)
async def test_a_service_account_gets_the_cause_first(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row)
    first = report.findings[0]
    assert report.verdict is Verdict.BROKEN
    assert first.rule in row.rules
    assert row.must_say in said(report)
    assert first.subject.kind == row.kind or is_about(first.explains, row)
    assert len(report.findings) == 1
    assert first.fix
    assert first.effect


@pytest.mark.parametrize(("namespace", "name"), [("monitoring", "loki"), ("mlops", "default")])
async def test_a_service_account_that_works_says_which_rungs_hold(
    namespace: str, name: str, corridor: Corridor
) -> None:
    report = await ask(corridor, LabRow("", "ServiceAccount", namespace, name))
    assert report.verdict is Verdict.HEALTHY
    assert any("run as it" in rung for rung in report.checked)


async def test_the_sweep_of_service_accounts_goes_by_facts_alone() -> None:
    cluster = RecordedCluster.open(BUNDLE, "lab")
    async with Look(Sources(cluster=cluster), 20.0, silent) as look:
        found = {str(ref) for ref in await SERVICEACCOUNT_SWEEP.suspects(look, "")}
        there = {str(ref) for ref in await SERVICEACCOUNT_SWEEP.suspects(look, "mlflow")}
    assert found == {"mlops/embedding-writer", "mlops/dataset-exporter", "mlflow/mlflow"}
    assert there == {"mlflow/mlflow"}


@pytest.mark.parametrize("kind", KINDS)
async def test_sweeps_find_what_is_broken_and_nothing_healthy(kind: str) -> None:
    cluster = RecordedCluster.open(BUNDLE, "lab")
    async with Look(Sources(cluster=cluster), 20.0, silent) as look:
        found = {ref.name for ref in await SWEEPS[kind].suspects(look, "")}
    assert {row.name for row in BROKEN if row.kind == kind} <= found
    assert not {row.name for row in HEALTHY if row.kind == kind} & found
