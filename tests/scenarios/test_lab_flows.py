"""Ask the recorded cluster about its workflows and MLflow servers, and compare with what is wrong in it."""

from typing import Any

import pytest

from bot.ask import Corridor
from bot.clusters import Beside, ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.wiring.base import recorded, terminal_corridor
from handlers.contract import Handler, Question
from handlers.look import Look
from handlers.mlflow import MLFLOW, MLFLOW_SWEEP
from handlers.sweep import Sweep
from handlers.workflow import WORKFLOW, WORKFLOW_SWEEP
from rules.finding import ObjectRef, Severity
from tests.fakes.aws import AwsFront, Moto
from tests.scenarios.lab import BUNDLE, LabRow, broken, healthy, unwell
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def corridor() -> Corridor:
    book = ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab")
    return terminal_corridor(book, shipped_rules())


async def ask(corridor: Corridor, handler: Handler, name: str, namespace: str) -> Report:
    async def silent(_: str) -> None: ...

    question = Question(name=name, namespace=namespace)
    return await corridor.ask(Command(handler=handler, question=question, asker=TERMINAL), silent)


def said(report: Report) -> str:
    first = report.findings[0]
    return "\n".join([first.summary, first.cause, *(seen.text for seen in first.evidence)])


@pytest.mark.parametrize("row", [*broken("Workflow", family="flows")], ids=lambda row: row.tag)
async def test_a_broken_workflow_gets_its_cause_first(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, WORKFLOW, row.name, row.namespace)
    assert report.verdict in (Verdict.BROKEN, Verdict.DEGRADED)
    assert report.findings[0].rule in row.rules
    assert report.findings[0].subject == ObjectRef("Workflow", row.name, row.namespace)
    assert row.must_say in said(report)
    assert report.gaps == ()
    assert len(report.findings[0].summary) <= 200


def test_every_broken_workflow_of_the_lab_is_asked() -> None:
    assert len([*broken("Workflow", family="flows")]) == 11


@pytest.mark.parametrize("row", [*healthy("Workflow")], ids=lambda row: row.name)
async def test_a_workflow_that_only_looks_noisy_is_healthy(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, WORKFLOW, row.name, row.namespace)
    assert report.verdict is Verdict.HEALTHY
    assert (report.findings, report.also_noticed, report.gaps) == ((), (), ())


@pytest.mark.parametrize(
    "row",
    [row for row in unwell("Pod") if row.tag.startswith("wf-")],
    ids=lambda row: row.name,
)
async def test_the_pod_of_a_step_is_folded_into_its_workflow(row: LabRow, corridor: Corridor) -> None:
    workflow = next(one for one in broken("Workflow", family="flows") if one.tag == row.tag)
    report = await ask(corridor, WORKFLOW, workflow.name, workflow.namespace)
    behind = {finding.subject for finding in report.findings if finding.subject.kind == "Pod"}
    assert ObjectRef("Pod", row.name, row.namespace) not in behind
    # Of several attempts the last one is diagnosed.
    if row.name != "train-churn-k3r8w-train-5003":
        explained = {symptom.subject for symptom in report.findings[0].explains}
        assert ObjectRef("Pod", row.name, row.namespace) in explained


SERVERS = [*broken("Deployment", "Service", family="flows")]


@pytest.mark.parametrize("row", SERVERS, ids=lambda row: row.tag)
async def test_a_broken_mlflow_server_gets_its_cause_first(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, MLFLOW, "", row.namespace)
    assert report.verdict is Verdict.BROKEN
    assert report.findings[0].rule in row.rules
    assert report.findings[0].subject == ObjectRef("MLflow", row.name, row.namespace)
    assert row.must_say in said(report)
    assert [finding.subject.kind for finding in report.findings] == ["MLflow"]
    assert {symptom.subject.kind for symptom in report.findings[0].explains} == {"Pod"}
    assert {gap.reason for gap in report.gaps} == {"AWS is not configured for this cluster"}


@pytest.mark.parametrize(
    "row", [row for row in unwell("Pod") if "mlflow" in row.tag], ids=lambda row: row.name
)
async def test_the_pods_of_mlflow_are_folded_into_its_finding(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, MLFLOW, "mlflow", row.namespace)
    assert ObjectRef("Pod", row.name, row.namespace) in {one.subject for one in report.findings[0].explains}


async def test_an_mlflow_server_beside_broken_ones_is_healthy(corridor: Corridor) -> None:
    report = await ask(corridor, MLFLOW, "", "mlflow-staging")
    assert report.verdict is Verdict.HEALTHY
    assert (report.findings, report.also_noticed) == ((), ())


async def test_without_a_namespace_every_server_of_the_platform_is_judged(corridor: Corridor) -> None:
    report = await ask(corridor, MLFLOW, "", "")
    assert [str(finding.subject) for finding in report.findings] == ["mlops/mlflow", "mlflow/mlflow"]
    assert "also judged: mlflow/mlflow" in report.about


async def swept(sweep: Sweep) -> set[str]:
    sources = await ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab").sources("lab")

    async def silent(_: str) -> None: ...

    async with Look(sources, 20, silent) as look:
        return {str(ref) for ref in await sweep.suspects(look, "")}


async def test_a_look_at_everything_finds_the_broken_workflows_and_no_other() -> None:
    assert await swept(WORKFLOW_SWEEP) == {
        f"{row.namespace}/{row.name}" for row in broken("Workflow", family="flows")
    }


async def test_a_look_at_everything_asks_every_mlflow_server() -> None:
    assert await swept(MLFLOW_SWEEP) == {
        "mlflow/mlflow",
        "mlops/mlflow",
        "team-vision/mlflow",
        "mlflow-staging/mlflow",
    }


RDS = "mlops-platform-dev-mlflow"


async def test_with_an_account_the_stopped_instance_is_the_cause(moto: Moto, aws_front: AwsFront) -> None:
    rds: Any = moto.client("rds")
    rds.create_db_instance(DBInstanceIdentifier=RDS, DBInstanceClass="db.t3.micro", Engine="postgres")
    rds.stop_db_instance(DBInstanceIdentifier=RDS)
    beside = {"lab": Beside(aws=aws_front.account())}
    book = ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab", beside)
    asked = terminal_corridor(book, shipped_rules())
    report = await ask(asked, MLFLOW, "", "mlops")
    first = report.findings[0]
    assert first.rule == "mlflow-rds-stopped"
    assert first.severity is Severity.CRITICAL
    assert "is stopped" in first.summary
    assert "Connection refused" in said(report)
    assert {symptom.rule for symptom in first.explains} == {"pod-log-database-refused"}
    # The bucket is not there either: that is a cause of its own, told after it.
    assert [finding.rule for finding in report.findings] == ["mlflow-rds-stopped", "mlflow-s3-bucket-missing"]
    assert report.gaps == ()
