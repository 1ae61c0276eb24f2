"""Ask the recorded cluster about its workloads: the cause first, what is unwell folded into it, no noise."""

import pytest

from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.report import Report, Verdict
from bot.wiring.base import recorded, terminal_corridor
from handlers import HANDLERS
from handlers.autoscaler import HPA_SWEEP
from handlers.contract import Question
from handlers.look import Look
from handlers.workload.cronjob import CRONJOB_SWEEP
from handlers.workload.daemonset import DAEMONSET_SWEEP
from handlers.workload.deployment import DEPLOYMENT_SWEEP
from handlers.workload.job import JOB_SWEEP
from handlers.workload.statefulset import STATEFULSET_SWEEP
from tests.scenarios.lab import BUNDLE, LabRow, broken, healthy, unwell
from tests.shipped import shipped_rules

pytestmark = pytest.mark.lab

FAMILY = "workloads"
KINDS = {
    "Deployment": "deployment",
    "StatefulSet": "statefulset",
    "DaemonSet": "daemonset",
    "Job": "job",
    "CronJob": "cronjob",
    "HorizontalPodAutoscaler": "hpa",
}
BEHIND = frozenset(
    {
        "deployment-progress-deadline",
        "pods-not-created-webhook",
        "mlflow-db-refused",
        "mlflow-schema-out-of-date",
        "coredns-upstream-timeout",
        "job-backoff-limit",
        "hpa-custom-metrics-down",
    }
)
"""Causes that stand on a pod, and must say that the workload is unwell because of them."""


@pytest.fixture(scope="module")
def corridor() -> Corridor:
    book = ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab")
    return terminal_corridor(book, shipped_rules())


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


@pytest.mark.parametrize(
    ("kind", "namespace", "name", "rule"),
    [
        ("StatefulSet", "mlops", "session-store", "pod-terminating-finalizer"),
        ("StatefulSet", "monitoring", "alertmanager", "pod-node-unknown"),
        ("DaemonSet", "kube-system", "aws-node", "pod-aws-node-ipamd-down"),
        ("DaemonSet", "kube-system", "ebs-csi-node", "pod-node-unknown"),
        ("DaemonSet", "kube-system", "kube-proxy", "pod-node-unknown"),
    ],
)
async def test_sets_are_folded_into_the_cause_of_their_pods(
    kind: str, namespace: str, name: str, rule: str, corridor: Corridor
) -> None:
    report = await ask(corridor, kind, name, namespace)
    assert report.findings[0].rule == rule
    assert explains_the_subject(report)


@pytest.mark.parametrize(
    ("kind", "namespace", "name"),
    [
        ("StatefulSet", "monitoring", "loki"),
        ("DaemonSet", "kube-system", "nvidia-device-plugin-daemonset"),
        ("Job", "mlops", "snapshot-registry-29395080"),
        ("CronJob", "mlops", "snapshot-registry"),
    ],
)
async def test_sets_and_jobs_that_are_well_are_called_healthy(
    kind: str, namespace: str, name: str, corridor: Corridor
) -> None:
    report = await ask(corridor, kind, name, namespace)
    assert report.verdict is Verdict.HEALTHY
    assert report.findings == report.also_noticed == ()


SWEEPS_OF = {
    "Deployment": DEPLOYMENT_SWEEP,
    "StatefulSet": STATEFULSET_SWEEP,
    "DaemonSet": DAEMONSET_SWEEP,
    "Job": JOB_SWEEP,
    "CronJob": CRONJOB_SWEEP,
    "HorizontalPodAutoscaler": HPA_SWEEP,
}
LOOKS_WELL = {("mlflow", "mlflow")}
"""Its pods are ready and its trouble stands in a log, which no list tells."""


async def suspected() -> set[tuple[str, str, str]]:
    """What the sweeps suspect in the whole lab, by kind, namespace and name."""

    async def silent(_: str) -> None: ...

    sources = await ClusterBook({"lab": recorded(BUNDLE, "lab")}, "lab").sources("lab")
    async with Look(sources, 20.0, silent) as look:
        found = [ref for sweep in SWEEPS_OF.values() for ref in await sweep.suspects(look, "")]
    return {(ref.kind, ref.namespace, ref.name) for ref in found}


async def test_sweeps_suspect_whatever_is_broken_or_unwell() -> None:
    found = await suspected()
    rows = [*broken(*SWEEPS_OF, family=FAMILY), *unwell(*SWEEPS_OF)]
    wanted = {
        (row.kind, row.namespace, row.name) for row in rows if (row.namespace, row.name) not in LOOKS_WELL
    }
    assert wanted - found == set()
    assert ("StatefulSet", "mlops", "session-store") in found
    assert ("DaemonSet", "kube-system", "aws-node") in found


async def test_sweeps_leave_what_is_healthy_alone() -> None:
    found = await suspected()
    assert {(row.kind, row.namespace, row.name) for row in healthy(*SWEEPS_OF)} & found == set()


@pytest.mark.parametrize("row", [*broken(*KINDS, family=FAMILY), *unwell(*KINDS)], ids=lambda row: row.name)
async def test_answers_are_short_and_their_commands_complete(row: LabRow, corridor: Corridor) -> None:
    report = await ask(corridor, row.kind, row.name, row.namespace, sweep=True)
    for finding in report.findings:
        assert len(finding.summary) <= 200, finding.summary
        assert finding.fix[0].run
        assert not finding.fix[0].changes
        assert not any("unknown" in step.run or "{" in step.say for step in finding.fix)
        assert all("unknown" not in part for part in (finding.summary, finding.cause, finding.effect))
