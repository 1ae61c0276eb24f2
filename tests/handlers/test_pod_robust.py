"""Whatever fails after the pod was read, there is an answer, and it says what it lacks."""

import asyncio
from typing import Any

import pytest

from handlers.contract import Evidence, Question, Sources
from handlers.pod import gather
from handlers.sources.kubernetes import KubernetesCluster
from rules.facts.pod import PodFacts
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.conftest import Connect, ask

NAME = "fraud-scorer-59f7f69dff-zwcc5"
NAMESPACE = "/api/v1/namespaces/mlops"
POD = f"{NAMESPACE}/pods/{NAME}"

FAULTS = {
    "401": Fault.recorded("401-bad-token.http"),
    "403": Fault.recorded("403-nodes.http"),
    "404": Fault.answer(b"404 page not found\n", "text/plain", 404),
    "410": Fault.recorded("410-expired-continue.http"),
    "429": Fault(status=429),
    "500": Fault(status=500),
    "503": Fault.recorded("503-aggregated-api.http"),
    "hang": Fault.hang(),
    "cut": Fault.cut(),
    "cut chunked": Fault.cut(chunked=True),
    "reset": Fault.reset(),
    "web page": Fault.html(),
    "no JSON": Fault.answer(b"{"),
    "another kind": Fault.answer(b'{"kind":"Secret"}'),
}
SOURCES = {
    "events": f"{NAMESPACE}/events",
    "rollout": "/apis/apps/v1/namespaces/mlops/replicasets",
    "owner": "/apis/apps/v1/namespaces/mlops/deployments",
    "siblings": f"{NAMESPACE}/pods",
    "node": "/api/v1/nodes",
    "services": f"{NAMESPACE}/services",
    "service account": f"{NAMESPACE}/serviceaccounts",
    "usage": "/apis/metrics.k8s.io",
    "endpoints": "/apis/discovery.k8s.io",
    "log of app": f"{POD}/log",
}
UNHURT = Fault(times=0)


async def look(server: ApiServer, connect: Connect, patience: float = 0.3) -> tuple[Evidence, PodFacts]:
    """Diagnose the pod; only it can be read for sure."""
    evidence = await ask(connect(server, timeout=patience), NAME, "mlops")
    assert isinstance(evidence.facts, PodFacts)
    return evidence, evidence.facts


def hurt(server: ApiServer, path: str, fault: Fault) -> None:
    server.fail(path, fault)
    if path != SOURCES["log of app"]:
        server.fail(POD, UNHURT)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_with_nothing_but_the_pod_there_is_an_answer(
    server: ApiServer, connect: Connect, fault: Fault
) -> None:
    server.fail("/", fault)
    server.fail(POD, UNHURT)
    server.fail(f"{POD}/log", fault)
    evidence, facts = await look(server, connect)
    sources = {gap.source for gap in evidence.gaps}
    assert sources >= {
        "events",
        "rollout",
        "owner",
        "siblings",
        "node",
        "services",
        "service account",
        "usage",
    }
    assert evidence.symptom == "CrashLoopBackOff"
    assert facts.containers[0].crashed
    assert facts.containers[0].exit_code == 1
    assert {"change", "creation", "siblings", "effect", "volume", "sandbox"} <= facts.missing.keys()
    assert facts.node.missing
    assert all(gap.reason for gap in evidence.gaps)


@pytest.mark.parametrize("fault", ["403", "429", "cut", "hang"])
@pytest.mark.parametrize("source", SOURCES)
async def test_one_source_that_fails_is_one_gap(
    server: ApiServer, connect: Connect, source: str, fault: str
) -> None:
    hurt(server, SOURCES[source], FAULTS[fault])
    evidence, facts = await look(server, connect, patience=0.8)
    assert {gap.source.removesuffix(" (previous run)") for gap in evidence.gaps} == {source}
    assert facts.containers[0].crashed


async def test_answers_full_of_nulls_are_read(server: ApiServer, connect: Connect) -> None:
    server.fail("/", Fault.nulls())
    for path in (SOURCES["log of app"], SOURCES["usage"]):
        server.fail(path, UNHURT)
    evidence, facts = await look(server, connect)
    assert evidence.gaps == ()
    assert facts.containers[0].crashed


async def test_an_absent_object_is_an_answer_and_no_gap(server: ApiServer, connect: Connect) -> None:
    for path in (SOURCES["node"], SOURCES["owner"], f"{SOURCES['service account']}/default"):
        server.fail(path, Fault.recorded("404-pod.http"))
    evidence, facts = await look(server, connect)
    assert evidence.gaps == ()
    assert not facts.node.exists
    assert not facts.identity.account_exists
    assert facts.change.recent


async def test_a_pod_that_is_deleted_meanwhile_leaves_a_gap_where_its_log_was(
    server: ApiServer, connect: Connect
) -> None:
    server.fail(f"{POD}/log", Fault.recorded("404-log-no-pod.http"))
    evidence, facts = await look(server, connect)
    assert [(gap.source, gap.reason) for gap in evidence.gaps] == [
        ("log of app (previous run)", "the pod or its log is gone"),
        ("log of app", "the pod or its log is gone"),
    ]
    assert "signature" in facts.containers[0].missing


async def test_a_log_that_does_not_exist_yet_is_no_gap(server: ApiServer, connect: Connect) -> None:
    server.fail(f"{POD}/log", Fault.recorded("400-log-waiting.http"))
    evidence, facts = await look(server, connect)
    assert evidence.gaps == ()
    assert evidence.exhibits == ()
    assert facts.containers[0].missing == {}


async def test_a_previous_log_that_was_thrown_away_is_a_gap_not_an_empty_log(
    server: ApiServer, connect: Connect
) -> None:
    server.fail(
        "/api/v1/namespaces/mlops/pods/fraud-scorer-59f7f69dff-zwcc5/log",
        Fault.recorded("400-log-no-previous.http"),
    )
    evidence = await ask(connect(server), "fraud-scorer-59f7f69dff-zwcc5", "mlops")
    assert any(gap.source == "log of app (previous run)" for gap in evidence.gaps)
    assert isinstance(evidence.facts, PodFacts)
    assert "log" in evidence.facts.containers[0].missing


async def test_one_deadline_for_the_whole_question(server: ApiServer, connect: Connect) -> None:
    for source in ("events", "node"):
        server.fail(SOURCES[source], Fault.hang())
    cluster = connect(server, timeout=60)
    began = asyncio.get_running_loop().time()
    evidence = await ask(cluster, NAME, "mlops", deadline=0.5)
    assert 0.5 <= asyncio.get_running_loop().time() - began < 3
    assert {(gap.source, gap.reason) for gap in evidence.gaps} == {
        ("events", "no answer within the question's 0.5 s"),
        ("node", "no answer within the question's 0.5 s"),
    }
    assert isinstance(evidence.facts, PodFacts)
    assert evidence.facts.change.recent


async def test_a_question_that_is_given_up_leaves_nothing_running(
    server: ApiServer, connect: Connect
) -> None:
    for path in SOURCES.values():
        server.fail(path, Fault.hang())
    server.fail(POD, UNHURT)
    cluster = connect(server, timeout=60)
    before = asyncio.all_tasks()
    asked = asyncio.create_task(ask(cluster, NAME, "mlops", deadline=60))
    await server.wait_for_requests(8)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    ours = [task for task in asyncio.all_tasks() - before if "handlers" in str(task.get_coro())]
    assert ours == []


async def test_progress_is_told_source_by_source(cluster: KubernetesCluster) -> None:
    heard: list[str] = []

    async def progress(what: str) -> None:
        heard.append(what)

    await gather(Question(name=NAME, namespace="mlops"), Sources(cluster=cluster), progress)
    assert heard[0] == "pod"
    assert {"events", "node", "rollout", "log of app", "log of app (previous run)"} <= set(heard)


async def test_the_account_is_looked_up_among_others_when_it_is_missing(
    server: ApiServer, connect: Connect
) -> None:
    server.fail(f"{NAMESPACE}/serviceaccounts/default", Fault.recorded("404-pod.http"))
    _, facts = await look(server, connect)
    assert not facts.identity.account_exists
    assert any(seen.path == f"{NAMESPACE}/serviceaccounts" for seen in server.requests)


@pytest.mark.parametrize("owner", ["session-store-0", "backfill-features-20261121-r75fc", "aws-node-9slrf"])
async def test_owners_of_other_kinds_may_be_unreadable_too(
    server: ApiServer, cluster: KubernetesCluster, owner: str
) -> None:
    for group in ("apps", "batch"):
        server.fail(f"/apis/{group}", Fault(status=500))
    evidence = await ask(cluster, owner)
    assert [gap.source for gap in evidence.gaps] == ["owner"]
    facts: Any = evidence.facts
    assert set(facts.missing) == {"creation"}
