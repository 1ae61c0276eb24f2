"""Ask the recorded cluster about every pod it lists, and compare with what its makers say is wrong."""

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.wiring.base import recorded, terminal_corridor
from handlers.contract import Question
from handlers.pod import POD
from tests.scenarios.lab import BUNDLE, Row, broken_pods, healthy_pods, unwell_pods
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def corridor() -> Corridor:
    book = ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab")
    return terminal_corridor(book, shipped_rules())


async def ask(corridor: Corridor, name: str, namespace: str = "") -> Report:
    async def silent(_: str) -> None: ...

    return await corridor.ask(
        Command(handler=POD, question=Question(name=name, namespace=namespace), asker=TERMINAL), silent
    )


def everything_said(report: Report) -> str:
    """What the first finding tells: summary, cause and evidence."""
    first = report.findings[0]
    return "\n".join([first.summary, first.cause, *(seen.text for seen in first.evidence)])


@pytest.mark.parametrize("row", [*broken_pods()], ids=lambda row: row.tag)
async def test_broken_pod_gets_its_cause_first(row: Row, corridor: Corridor) -> None:
    report = await ask(corridor, row.name, row.namespace)
    assert report.verdict in (Verdict.BROKEN, Verdict.DEGRADED)
    assert report.findings[0].rule == row.rule
    assert row.must_say in everything_said(report)
    assert report.gaps == ()


@pytest.mark.parametrize("row", [*unwell_pods()], ids=lambda row: row.name)
async def test_unwell_pod_points_at_what_makes_it_so(row: Row, corridor: Corridor) -> None:
    report = await ask(corridor, row.name, row.namespace)
    assert report.verdict is Verdict.BROKEN
    assert report.findings[0].rule == row.rule
    assert row.must_say in everything_said(report)


@pytest.mark.parametrize("row", [*healthy_pods()], ids=lambda row: row.name)
async def test_healthy_pod_is_called_healthy_and_says_what_was_checked(row: Row, corridor: Corridor) -> None:
    report = await ask(corridor, row.name, row.namespace)
    assert report.verdict is Verdict.HEALTHY
    assert report.findings == ()
    assert report.checked


async def test_native_sidecar_is_no_finding_even_on_a_lost_node(corridor: Corridor) -> None:
    report = await ask(corridor, "otel-collector", "monitoring")
    assert [finding.rule for finding in report.findings] == ["pod-node-unknown"]
    assert "token-refresher" not in everything_said(report)


@pytest.mark.parametrize("row", [*broken_pods(), *unwell_pods()], ids=lambda row: row.name)
async def test_answers_are_short_and_end_with_something_to_do(row: Row, corridor: Corridor) -> None:
    report = await ask(corridor, row.name, row.namespace)
    first = report.findings[0]
    assert len(first.summary) <= 280, first.summary
    assert first.fix
    assert all("unknown" not in step.run for step in first.fix), [step.run for step in first.fix]
    assert first.effect
    assert first.runbook


@pytest.mark.parametrize(
    ("owner", "namespace", "rule", "said"),
    [
        ("ner-service", "team-nlp", "pod-not-created-webhook-down", "image-policy.kserve.example.com"),
        ("defect-detector", "team-vision", "", "team-vision-quota"),
    ],
)
async def test_pods_that_were_never_made_are_found_from_their_owner(
    owner: str, namespace: str, rule: str, said: str, corridor: Corridor
) -> None:
    report = await ask(corridor, owner, namespace)
    assert report.verdict in (Verdict.BROKEN, Verdict.DEGRADED)
    assert said in everything_said(report)
    assert not rule or report.findings[0].rule == rule
