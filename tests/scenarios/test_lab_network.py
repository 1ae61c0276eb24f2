"""Ask the recorded cluster about every Service, Ingress and APIService that its makers tell of."""

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.wiring.base import recorded, terminal_corridor
from handlers.apiservice import APISERVICE, APISERVICE_SWEEP
from handlers.contract import Handler, Question, Sources
from handlers.ingress import INGRESS, INGRESS_SWEEP
from handlers.look import Look
from handlers.service import SERVICE, SERVICE_SWEEP
from handlers.sweep import Sweep
from rules.finding import Finding, ObjectRef
from tests.scenarios.lab import BUNDLE, LabRow, broken, healthy, unwell
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab

HANDLERS: dict[str, Handler] = {"Service": SERVICE, "Ingress": INGRESS, "APIService": APISERVICE}
SWEEPS: dict[str, Sweep] = {
    "Service": SERVICE_SWEEP,
    "Ingress": INGRESS_SWEEP,
    "APIService": APISERVICE_SWEEP,
}
BROKEN = [*broken(*HANDLERS, family="network")]
UNWELL = [*unwell(*HANDLERS)]
HEALTHY = [*healthy(*HANDLERS)]
READ_ANYWAY = {"Ingress"}
"""Kinds that are diagnosed without a sign on the lists, for a controller's log alone may tell."""


@pytest.fixture(scope="module")
def book() -> ClusterBook:
    return ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab")


@pytest.fixture(scope="module")
def corridor(book: ClusterBook) -> Corridor:
    return terminal_corridor(book, shipped_rules())


async def silent(_: str) -> None: ...


async def ask(corridor: Corridor, row: LabRow, *, sweep: bool = False) -> Report:
    question = Question(name=row.name, namespace=row.namespace, sweep=sweep)
    return await corridor.ask(Command(handler=HANDLERS[row.kind], question=question, asker=TERMINAL), silent)


def told(finding: Finding) -> str:
    return "\n".join([finding.summary, finding.cause, *(seen.text for seen in finding.evidence)])


def about(finding: Finding) -> set[ObjectRef]:
    return {finding.subject, *(symptom.subject for symptom in finding.explains)}


@pytest.mark.parametrize("row", BROKEN, ids=lambda row: row.tag)
async def test_what_is_broken_gets_its_cause_first(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row)
    first = report.findings[0]
    assert report.verdict in (Verdict.BROKEN, Verdict.DEGRADED)
    assert first.rule in row.rules
    assert ObjectRef(row.kind, row.name, row.namespace) in about(first)
    assert row.must_say in told(first)
    assert len(first.summary) <= 280
    assert first.fix
    assert first.runbook


@pytest.mark.parametrize("row", UNWELL, ids=lambda row: f"{row.kind}-{row.name}")
async def test_what_is_unwell_is_folded_into_its_cause(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row)
    subject = ObjectRef(row.kind, row.name, row.namespace)
    first = report.findings[0]
    assert first.subject != subject
    assert subject in about(first)


@pytest.mark.parametrize("row", HEALTHY, ids=lambda row: f"{row.kind}-{row.name}")
async def test_what_is_fine_is_called_healthy(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row)
    assert report.verdict is Verdict.HEALTHY
    assert report.findings == ()
    assert report.checked


@pytest.mark.parametrize(
    "row",
    [*BROKEN, *UNWELL],
    ids=lambda row: f"{row.kind}-{row.name}",
)
async def test_one_of_many_is_judged_on_its_own(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row, sweep=True)
    assert {finding.subject for finding in report.findings} == {ObjectRef(row.kind, row.name, row.namespace)}


@pytest.mark.parametrize("kind", SWEEPS)
async def test_lists_tell_which_are_unwell(kind: str, book: ClusterBook) -> None:
    sources = await book.sources("")
    assert isinstance(sources, Sources)
    async with Look(sources, 20.0, silent) as look:
        found = set(await SWEEPS[kind].suspects(look, ""))
    rows = [row for row in (*BROKEN, *UNWELL) if row.kind == kind]
    assert {ObjectRef(kind, row.name, row.namespace) for row in rows} <= found
    fine = {ObjectRef(kind, row.name, row.namespace) for row in HEALTHY if row.kind == kind}
    assert kind in READ_ANYWAY or not found & fine


async def test_pods_that_a_load_balancer_refuses_lead_to_their_ingress(corridor: Corridor) -> None:
    row = LabRow("alb-target-unhealthy", "Service", "mlops", "checkout-scorer")
    first = (await ask(corridor, row)).findings[0]
    assert first.rule == "alb-target-unhealthy"
    assert {ref.kind for ref in about(first)} == {"Ingress", "Service", "Pod"}
    assert "/healthz" in first.cause
