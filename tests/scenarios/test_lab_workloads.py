"""Ask the recorded cluster about its workloads: the cause first, what is unwell folded into it, no noise."""

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.settings_model import Settings
from bot.wiring.base import catalog, recorded, terminal_corridor
from handlers import HANDLERS
from handlers.contract import Question
from tests.scenarios.lab import BUNDLE, LabRow, broken, healthy, unwell

pytestmark = pytest.mark.lab

FAMILY = "workloads"
KINDS = {"Deployment": "deployment"}
BEHIND = frozenset(
    {
        "deployment-progress-deadline",
        "pods-not-created-webhook",
        "mlflow-db-refused",
        "mlflow-schema-out-of-date",
        "coredns-upstream-timeout",
    }
)
"""Causes that stand on a pod, and must say that the workload is unwell because of them."""


@pytest.fixture(scope="module")
def corridor() -> Corridor:
    book = ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab")
    return terminal_corridor(book, catalog(Settings.model_validate({})))


async def ask(
    corridor: Corridor, kind: str, name: str, namespace: str = "", *, sweep: bool = False
) -> Report:
    async def silent(_: str) -> None: ...

    handler = next(each for each in HANDLERS if each.subject == KINDS[kind])
    question = Question(name=name, namespace=namespace, sweep=sweep)
    return await corridor.ask(Command(handler=handler, question=question, asker=TERMINAL), silent)


def everything_said(report: Report) -> str:
    """What the first finding tells: summary, cause and evidence."""
    first = report.findings[0]
    return "\n".join([first.summary, first.cause, *(seen.text for seen in first.evidence)])


def explains_the_subject(report: Report) -> bool:
    return report.subject in {symptom.subject for symptom in report.findings[0].explains}


@pytest.mark.parametrize("row", [*broken(*KINDS, family=FAMILY)], ids=lambda row: row.tag)
async def test_what_is_broken_gets_its_cause_first(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row.kind, row.name, row.namespace)
    assert report.verdict in (Verdict.BROKEN, Verdict.DEGRADED)
    assert report.findings[0].rule in row.rules
    assert row.must_say in everything_said(report)
    assert explains_the_subject(report) == (row.tag in BEHIND)
    assert report.gaps == ()


@pytest.mark.parametrize("row", [*unwell(*KINDS)], ids=lambda row: f"{row.kind}-{row.name}")
async def test_what_is_unwell_is_folded_into_its_cause(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row.kind, row.name, row.namespace)
    first = report.findings[0]
    assert report.verdict is Verdict.BROKEN
    assert first.subject.kind == "Pod"
    assert explains_the_subject(report)
    assert not any(finding.subject == report.subject for finding in report.findings)
    assert first.fix
    assert first.runbook


@pytest.mark.parametrize("row", [*healthy(*KINDS)], ids=lambda row: f"{row.kind}-{row.name}")
async def test_what_is_healthy_gets_no_finding(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row.kind, row.name, row.namespace)
    assert report.verdict is Verdict.HEALTHY
    assert report.findings == ()
    assert report.checked


@pytest.mark.parametrize("row", [*unwell(*KINDS)], ids=lambda row: f"{row.kind}-{row.name}")
async def test_in_a_sweep_a_workload_says_only_that_it_is_unwell(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row.kind, row.name, row.namespace, sweep=True)
    assert {finding.subject for finding in report.findings} == {report.subject}
    assert all(finding.symptom for finding in report.findings)
    assert report.api_calls <= 8
