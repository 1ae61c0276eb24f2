"""A look at the whole recorded cluster, compared row by row with what its makers say of it."""

import asyncio
from collections.abc import Iterable

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.wiring.base import recorded, terminal_corridor
from handlers.contract import Question
from handlers.health import HEALTH
from rules.finding import Finding, ObjectRef
from tests.scenarios.lab import BUNDLE, LabRow, every_broken, healthy, unwell
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab

BOTH = {("Pod", "monitoring", "otel-collector-6df8b6df8c-f2bqq")}
"""In the list of what is fine for its sidecar, and in that of what is unwell for its lost node."""
KINDS = ("Pod", "Service", "Deployment")
FINE = (
    "CronJob",
    "Deployment",
    "HorizontalPodAutoscaler",
    "InferenceService",
    "Ingress",
    "Node",
    "PersistentVolumeClaim",
    "Pod",
    "Service",
    "Workflow",
)


async def look(namespace: str = "") -> Report:
    async def silent(_: str) -> None: ...

    book = ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab")
    corridor: Corridor = terminal_corridor(book, shipped_rules())
    question = Question(name="", namespace=namespace, deadline=60.0)
    return await corridor.ask(Command(handler=HEALTH, question=question, asker=TERMINAL), silent)


@pytest.fixture(scope="module")
def report() -> Report:
    return asyncio.run(look())


def objects(cause: Finding) -> set[ObjectRef]:
    """What a cause is told of: its subject, and everything it explains."""
    return {cause.subject, *(symptom.subject for symptom in cause.explains)}


def owners(cause: Finding) -> set[ObjectRef | None]:
    return {cause.owner, *(symptom.owner for symptom in cause.explains)}


def telling_of(row: LabRow, causes: Iterable[Finding]) -> list[Finding]:
    """The causes under which a row's object stands, or else that of what it owns."""
    ref = ObjectRef(row.kind, row.name, row.namespace)
    every = list(causes)
    direct = [cause for cause in every if ref in objects(cause)]
    return direct or [cause for cause in every if ref in owners(cause)]


@pytest.mark.parametrize("row", [*every_broken()], ids=lambda row: row.tag)
def test_what_is_broken_is_told_exactly_once(row: LabRow, report: Report) -> None:
    assert len(telling_of(row, report.findings)) == 1


@pytest.mark.parametrize("row", [*unwell(*KINDS)], ids=lambda row: f"{row.kind}-{row.name}")
def test_what_is_unwell_stands_under_what_makes_it_so(row: LabRow, report: Report) -> None:
    (cause,) = (each for each in every_broken() if each.tag == row.tag)
    assert telling_of(row, report.findings) == telling_of(cause, report.findings)


@pytest.mark.parametrize("row", [*healthy(*FINE)], ids=lambda row: f"{row.kind}-{row.name}")
def test_what_is_fine_is_not_told_of(row: LabRow, report: Report) -> None:
    if (row.kind, row.namespace, row.name) in BOTH:
        assert [cause.rule for cause in telling_of(row, report.findings)] == ["node-silent"]
    else:
        assert telling_of(row, [*report.findings, *report.also_noticed]) == []


def test_nothing_is_told_that_the_lab_does_not_know(report: Report) -> None:
    rows = [*every_broken(), *unwell(*KINDS)]
    known = {id(cause) for row in rows for cause in telling_of(row, report.findings)}
    assert [cause.summary for cause in report.findings if id(cause) not in known] == []


def test_an_object_stands_in_one_place(report: Report) -> None:
    told = [ref for cause in report.findings for ref in objects(cause)]
    assert len(told) == len(set(told))


def test_everything_could_be_read_and_judged(report: Report) -> None:
    assert report.verdict is Verdict.BROKEN
    assert report.gaps == ()
    assert report.undecided == ()


def test_causes_that_explain_most_come_first_among_equals(report: Report) -> None:
    high = [len(cause.explains) for cause in report.findings if cause.severity == "high"]
    assert high == sorted(high, reverse=True)
    assert report.findings[0].rule == "node-silent"


def test_every_cause_says_what_to_do(report: Report) -> None:
    assert [cause.rule for cause in report.findings if not cause.fix or not cause.summary] == []
    assert [cause.summary for cause in report.findings if len(cause.summary) > 280] == []


async def test_one_namespace_tells_of_itself_alone() -> None:
    report = await look("feature-store")
    spaces = {ref.namespace for cause in report.findings for ref in objects(cause)}
    assert spaces == {"feature-store"}
    assert {cause.rule for cause in report.findings} >= {"pod-image-rate-limit", "pod-volume-multi-attach"}


def test_figures_stand_beside_the_causes(report: Report) -> None:
    nodes, pods, events = report.tables
    assert nodes.columns[-1] == pods.columns[-1] == "worst finding"
    assert len(pods.rows) == len(events.rows) == 10
    (scorer,) = (row.cells for row in pods.rows if row.cells[1] == "xgb-scorer-7db6b78694-cq8ct")
    assert "OOM-killed again" in scorer[-1]
