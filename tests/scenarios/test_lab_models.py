"""Ask the recorded cluster about every InferenceService, and compare with what its makers say is wrong."""

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.wiring.base import recorded, terminal_corridor
from handlers.contract import Question, Sources
from handlers.inferenceservice import INFERENCESERVICE, INFERENCESERVICE_SWEEP
from handlers.look import Look
from handlers.sources.recorded import RecordedCluster
from tests.scenarios.lab import BUNDLE, LabRow, broken, healthy
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab
KIND = "InferenceService"
BROKEN = [*broken(KIND, family="models")]
HEALTHY = [*healthy(KIND)]


@pytest.fixture(scope="module")
def corridor() -> Corridor:
    book = ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab")
    return terminal_corridor(book, shipped_rules())


async def silent(_: str) -> None:
    """Hear of progress."""


async def ask(corridor: Corridor, row: LabRow, *, sweep: bool = False) -> Report:
    question = Question(name=row.name, namespace=row.namespace, sweep=sweep)
    return await corridor.ask(Command(handler=INFERENCESERVICE, question=question, asker=TERMINAL), silent)


def everything_said(report: Report) -> str:
    """What the first finding tells: summary, cause and evidence."""
    first = report.findings[0]
    return "\n".join([first.summary, first.cause, *(seen.text for seen in first.evidence)])


def test_every_broken_model_of_the_lab_has_a_rule() -> None:
    assert len(BROKEN) == 12


@pytest.mark.parametrize("sweep", [False, True], ids=["asked", "swept"])
@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row.tag)
async def test_broken_model_gets_its_cause_first(row: LabRow, sweep: bool, corridor: Corridor) -> None:
    report = await ask(corridor, row, sweep=sweep)
    assert report.verdict in (Verdict.BROKEN, Verdict.DEGRADED)
    assert report.findings[0].rule in row.rules
    assert report.findings[0].subject.kind == KIND
    assert row.must_say in everything_said(report)
    assert report.gaps == ()


@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row.tag)
async def test_one_cause_is_told_and_it_can_be_acted_on(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row)
    first = report.findings[0]
    assert [finding.rule for finding in report.findings] == [first.rule]
    assert len(first.summary) <= 200, first.summary
    assert first.fix
    assert all("unknown" not in f"{step.say} {step.run}" for step in first.fix), first.fix
    assert first.fix[0].changes == ""
    assert first.effect
    assert first.runbook


@pytest.mark.parametrize("row", HEALTHY, ids=lambda row: row.name)
async def test_healthy_model_is_called_healthy_and_says_what_was_checked(
    row: LabRow, corridor: Corridor
) -> None:
    report = await ask(corridor, row)
    assert report.verdict is Verdict.HEALTHY
    assert report.findings == ()
    assert report.checked


async def test_a_sweep_looks_at_every_model_that_is_not_stopped() -> None:
    cluster = RecordedCluster.open(BUNDLE)
    async with Look(Sources(cluster=cluster), 20.0, silent) as look:
        found = {ref.name for ref in await INFERENCESERVICE_SWEEP.suspects(look, "")}
    assert {row.name for row in BROKEN} < found
    assert "speech-demo" not in found


async def test_requests_that_get_503_while_the_model_loads_are_told(corridor: Corridor) -> None:
    report = await ask(corridor, LabRow("predict-503", KIND, "mlops", "image-classifier"))
    assert "3 of the last 3 requests were answered 503" in everything_said(report)
    assert "Service image-classifier-predictor serves nothing" in report.findings[0].effect
    assert "model still loading after 35 min" in report.about
