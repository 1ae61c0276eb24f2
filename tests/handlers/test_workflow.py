"""`diagnose workflow` and `cronworkflow` over HTTP: what fails is said, and never looks like fine."""

from pathlib import Path

import pytest

from handlers.contract import Evidence, NameAmbiguous, NameInvalid, NameNotFound, Question, Sources
from handlers.look import Look
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from handlers.workflow import CRONWORKFLOW, CRONWORKFLOW_SWEEP, WORKFLOW
from rules.facts.workflow import CronWorkflowFacts, WorkflowFacts
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import NOW, Json, ago
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster

NAMESPACE = "/api/v1/namespaces/argo"
FLOWS = "/apis/argoproj.io/v1alpha1/namespaces/argo/workflows"
FAULTS = {
    "403": Fault.recorded("403-nodes.http"),
    "500": Fault(status=500),
    "hang": Fault.hang(),
    "no JSON": Fault.answer(b"{"),
}


async def ask(
    cluster: Cluster, name: str, namespace: str = "argo", *, sweep: bool = False
) -> tuple[Evidence, WorkflowFacts]:
    question = Question(name=name, namespace=namespace, sweep=sweep, deadline=20)
    evidence = await WORKFLOW.gather(question, Sources(cluster=cluster), told)
    assert isinstance(evidence.facts, WorkflowFacts)
    return evidence, evidence.facts


async def ask_cron(cluster: Cluster, name: str, *, sweep: bool = False) -> tuple[Evidence, CronWorkflowFacts]:
    question = Question(name=name, namespace="argo", sweep=sweep, deadline=20)
    evidence = await CRONWORKFLOW.gather(question, Sources(cluster=cluster), told)
    assert isinstance(evidence.facts, CronWorkflowFacts)
    return evidence, evidence.facts


async def test_a_failed_step_is_told_with_the_log_of_its_last_attempt(cluster: Cluster) -> None:
    evidence, facts = await ask(cluster, "train-churn-k3r8w")
    assert facts.step.pod == "train-churn-k3r8w-train-5005"
    assert facts.step.error is not None
    assert "could not convert" in facts.step.error.text
    assert [one.ref.name for one in evidence.related] == ["train-churn-k3r8w-train-5005"]
    assert any("train-churn-k3r8w-train-5005_main" in exhibit.filename for exhibit in evidence.exhibits)


@pytest.mark.parametrize(("name", "logs"), [("train-churn-k3r8w", True), ("train-vision-c6p0h", False)])
async def test_in_a_look_at_everything_a_log_is_read_only_where_the_reason_stands_in_it(
    server: ApiServer, connect: Connect, name: str, *, logs: bool
) -> None:
    evidence, _ = await ask(connect(server), name, sweep=True)
    assert evidence.related == ()
    assert any(seen.path.endswith("/log") for seen in server.requests) is logs


async def test_a_healthy_workflow_costs_one_request(server: ApiServer, connect: Connect) -> None:
    evidence, _ = await ask(connect(server), "train-iris-x7k2p")
    assert evidence.healthy
    assert evidence.api_calls == 1


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_pods_that_cannot_be_listed_are_a_gap(
    server: ApiServer, connect: Connect, fault: Fault
) -> None:
    server.fail(f"{NAMESPACE}/pods", fault)
    evidence, facts = await ask(connect(server, timeout=fault.patience), "train-churn-k3r8w")
    assert {gap.source for gap in evidence.gaps} == {"pods of the workflow"}
    assert facts.problem == "exit"
    assert facts.step.pod_gone is None


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_a_controller_whose_configuration_cannot_be_read_is_not_taken_for_a_wrong_one(
    server: ApiServer, connect: Connect, fault: Fault
) -> None:
    server.fail(f"{NAMESPACE}/configmaps", fault)
    evidence, facts = await ask(connect(server, timeout=fault.patience), "sensor-import-5j1qd")
    assert "answers" in facts.controller.missing
    assert "configuration of the workflow controller" in {gap.source for gap in evidence.gaps}


async def test_a_service_account_that_may_not_be_read_is_not_taken_for_a_missing_one(
    server: ApiServer, connect: Connect
) -> None:
    server.fail(f"{NAMESPACE}/serviceaccounts", FAULTS["403"])
    _, facts = await ask(connect(server), "hourly-scoring-m2f8s")
    assert facts.account_exists
    assert "account_exists" in facts.missing


async def test_a_holder_that_cannot_be_read_is_not_taken_for_gone(
    server: ApiServer, connect: Connect
) -> None:
    server.fail(f"{FLOWS}/train-xgb-7h5lm", FAULTS["403"])
    _, facts = await ask(connect(server), "train-ranker-w4n6v")
    assert facts.lock.holder == "train-xgb-7h5lm"
    assert "holder_gone" in facts.lock.missing


async def test_workflows_that_may_not_be_read_are_no_answer(server: ApiServer, connect: Connect) -> None:
    server.fail("/apis/argoproj.io", FAULTS["403"])
    with pytest.raises(SourceError):
        await ask(connect(server), "train-iris-x7k2p")


async def test_a_name_that_begins_several_is_asked_back(cluster: Cluster) -> None:
    with pytest.raises(NameAmbiguous) as asked:
        await ask(cluster, "train")
    assert len(asked.value.candidates) > 3


async def test_names_that_cannot_be_and_that_are_not(cluster: Cluster) -> None:
    with pytest.raises(NameInvalid):
        await ask(cluster, "Not_A_Name")
    with pytest.raises(NameNotFound, match="No Workflow"):
        await ask(cluster, "nothing-like-that")


def cron(**fields: object) -> Json:
    spec: Json = {"schedules": ["0 8 * * *"], "concurrencyPolicy": "Forbid"}
    return thing("CronWorkflow", "daily", "argo", "argoproj.io/v1alpha1", spec=spec, **fields)


def child(name: str, phase: str, *, made: float = 3600, **status: object) -> Json:
    labels = {"workflows.argoproj.io/cron-workflow": "daily"}
    metadata = {"labels": labels, "creationTimestamp": ago(made)}
    ended = {"finishedAt": ago(60)} if phase in {"Succeeded", "Failed"} else {}
    states = {"phase": phase, **ended, **status}
    return thing("Workflow", name, "argo", "argoproj.io/v1alpha1", metadata=metadata, status=states)


async def test_the_last_workflow_of_a_cron_explains_it(tmp_path: Path, connect: Connect) -> None:
    failed = child("daily-2", "Failed", made=100, message="template x not found")
    folder = write_cluster(tmp_path, cron(), child("daily-1", "Succeeded"), failed)
    async with ApiServer(folder) as server:
        evidence, facts = await ask_cron(connect(server), "daily")
    assert facts.last_failed
    assert facts.failed_in_a_row == 1
    assert [one.ref.name for one in evidence.related] == ["daily-2"]
    assert not evidence.healthy


async def test_a_stuck_workflow_blocks_the_next(tmp_path: Path, connect: Connect) -> None:
    started = cron(status={"active": [{"name": "daily-1", "namespace": "argo"}]})
    folder = write_cluster(tmp_path, started, child("daily-1", ""))
    async with ApiServer(folder) as server:
        _, facts = await ask_cron(connect(server), "daily")
        _, swept = await ask_cron(connect(server), "daily", sweep=True)
    assert (facts.blocked, facts.blocker) == (True, "daily-1")
    assert swept.blocked


async def test_a_cron_whose_workflows_may_not_be_read_is_not_called_well(
    tmp_path: Path, connect: Connect
) -> None:
    async with ApiServer(write_cluster(tmp_path, cron())) as server:
        server.fail(FLOWS, FAULTS["403"])
        evidence, facts = await ask_cron(connect(server), "daily")
    assert "last_failed" in facts.missing
    assert evidence.gaps


@pytest.mark.parametrize(
    ("status", "spec", "missed"),
    [
        ({"lastScheduledTime": ago(26 * 3600)}, {}, True),
        ({"lastScheduledTime": ago(7000)}, {}, False),
        ({"lastScheduledTime": ago(26 * 3600)}, {"suspend": True}, False),
        ({"lastScheduledTime": ago(26 * 3600)}, {"when": "{{= false }}"}, False),
        ({"lastScheduledTime": ago(26 * 3600), "phase": "Stopped"}, {}, False),
        ({"lastScheduledTime": ago(26 * 3600), "active": [{"name": "daily-1"}]}, {}, False),
        ({}, {}, False),
    ],
)
async def test_a_due_time_at_which_nothing_was_started(
    tmp_path: Path, connect: Connect, status: Json, spec: Json, *, missed: bool
) -> None:
    daily = cron(status=status)
    daily["spec"] |= spec
    async with ApiServer(write_cluster(tmp_path, daily)) as server:
        cluster = connect(server, now=NOW)
        _, facts = await ask_cron(cluster, "daily")
        async with Look(Sources(cluster=cluster), 5, told) as look:
            swept = await CRONWORKFLOW_SWEEP.suspects(look, "argo")
    assert (facts.missed_by is not None) is missed
    assert bool(swept) is missed
    assert facts.controllers == (0 if missed else 1)


async def test_a_cron_with_a_bad_schedule_is_swept(tmp_path: Path, connect: Connect) -> None:
    bad = cron(status={"conditions": [{"type": "SpecError", "status": "True", "message": "malformed"}]})
    async with ApiServer(write_cluster(tmp_path, bad)) as server:
        cluster = connect(server)
        async with Look(Sources(cluster=cluster), 5, told) as look:
            assert [ref.name for ref in await CRONWORKFLOW_SWEEP.suspects(look, "")] == ["daily"]
        _, facts = await ask_cron(cluster, "daily")
    assert facts.spec_error is not None
    assert not facts.healthy


def pending(name: str, **status: object) -> Json:
    metadata = {"creationTimestamp": ago(3600)}
    return thing("Workflow", name, "argo", "argoproj.io/v1alpha1", metadata=metadata, status=status)


WAITS = {"phase": "Pending", "message": "Waiting for argo/ConfigMap/locks/train lock. Lock status: 0/1"}
HELD = {"semaphore": {"waiting": [{"semaphore": "argo/ConfigMap/locks/train", "holders": ["argo/gone"]}]}}


async def test_a_lock_whose_holder_is_gone_is_told_from_one_that_is_held(
    tmp_path: Path, connect: Connect
) -> None:
    waits = pending("waits", **WAITS, synchronization=HELD)
    async with ApiServer(write_cluster(tmp_path, waits)) as server:
        _, facts = await ask(connect(server), "waits")
    assert (facts.lock.holder, facts.lock.holder_gone) == ("gone", True)
    assert facts.controller.pods == 0


async def test_without_a_controller_a_workflow_is_not_taken_up(tmp_path: Path, connect: Connect) -> None:
    async with ApiServer(write_cluster(tmp_path, pending("new"))) as server:
        evidence, facts = await ask(connect(server), "new")
    assert (facts.problem, facts.controller.pods, facts.controller.answers) == ("not_picked_up", 0, True)
    assert evidence.symptom == "not picked up"


async def test_a_container_of_a_container_set_is_looked_up_in_the_pod_around_it(
    tmp_path: Path, connect: Connect
) -> None:
    nodes = {
        "flow-1": {"id": "flow-1", "name": "flow", "type": "Pod", "phase": "Failed", "templateName": "set"},
        "flow-2": {
            "id": "flow-2",
            "name": "flow.b",
            "displayName": "b",
            "type": "Container",
            "phase": "Failed",
            "boundaryID": "flow-1",
            "message": "b: Error (exit code 4)",
        },
    }
    marks = {"workflows.argoproj.io/node-id": "flow-1"}
    labels = {"workflows.argoproj.io/workflow": "flow"}
    own = thing("Pod", "flow-set-1", "argo", metadata={"annotations": marks, "labels": labels})
    folder = write_cluster(tmp_path, pending("flow", phase="Failed", nodes=nodes), own)
    async with ApiServer(folder) as server:
        _, facts = await ask(connect(server), "flow")
    assert (facts.step.name, facts.step.pod, facts.step.exit_code) == ("b", "flow-set-1", 4)


async def test_the_name_of_its_cron_finds_a_workflow(tmp_path: Path, connect: Connect) -> None:
    async with ApiServer(write_cluster(tmp_path, child("nightly-abc", "Succeeded"))) as server:
        evidence, facts = await ask(connect(server), "daily")
    assert facts.ref.name == "nightly-abc"
    assert str(facts.top_owner) == "argo/daily"
    assert "asked as daily" in evidence.about
