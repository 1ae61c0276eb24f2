"""`diagnose inferenceservice` over the local API server: found by any name, and an answer whatever fails."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from handlers.contract import Evidence, NameNotFound, Question, Sources
from handlers.inferenceservice import INFERENCESERVICE, INFERENCESERVICE_SWEEP
from handlers.look import Look
from handlers.sources.cluster import Cluster
from handlers.sources.errors import Forbidden, NotServed
from rules.facts.inferenceservice import InferenceServiceFacts
from rules.judge import judge
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import NOW, Json, ago
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster
from tests.shipped import shipped_rules

SERVING = "/apis/serving.kserve.io"
NAMESPACE = "/api/v1/namespaces/mlops"
Serve = Callable[[Path], Awaitable[ApiServer]]


async def ask(
    cluster: Cluster, name: str, namespace: str = "mlops", *, sweep: bool = False, deadline: float = 20.0
) -> tuple[Evidence, InferenceServiceFacts]:
    question = Question(name=name, namespace=namespace, sweep=sweep, deadline=deadline)
    evidence = await INFERENCESERVICE.gather(question, Sources(cluster=cluster), told)
    assert isinstance(evidence.facts, InferenceServiceFacts)
    return evidence, evidence.facts


async def test_it_is_found_by_what_people_call_it(server: ApiServer, connect: Connect) -> None:
    cluster = connect(server)
    for name in ("credit-risk", "credit-risk-predictor", "credit"):
        evidence, facts = await ask(cluster, name)
        assert facts.ref.name == "credit-risk"
        assert evidence.symptom == "Ready False"
    with pytest.raises(NameNotFound) as error:
        await ask(cluster, "credit-rsik")
    assert error.value.near[0].ref.name == "credit-risk"
    assert error.value.near[0].state == "Ready False"


async def test_the_pods_behind_are_diagnosed_too_and_shown(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server), "credit-risk")
    assert [related.ref.kind for related in evidence.related] == ["Pod"]
    assert facts.depends_on[0] == evidence.related[0].ref
    kinds = [ref.kind for ref in facts.depends_on]
    assert kinds == ["Pod", "Deployment", "Service", "HorizontalPodAutoscaler", "Ingress"]
    assert any("S3 error for" in exhibit.text for exhibit in evidence.exhibits)
    assert "4 serving runtimes" in evidence.checked


async def test_in_a_sweep_one_pod_is_read_for_the_facts_and_not_told_again(
    server: ApiServer, connect: Connect
) -> None:
    evidence, facts = await ask(connect(server), "sklearn-iris", sweep=True)
    assert evidence.related == ()
    assert evidence.exhibits == ()
    assert (facts.pods, facts.pod.healthy) == (2, True)
    logs = {seen.path for seen in server.requests if seen.path.endswith("/log")}
    assert len(logs) == 1


async def test_while_a_new_pod_starts_the_log_of_one_that_serves_is_read(
    server: ApiServer, connect: Connect
) -> None:
    evidence, facts = await ask(connect(server), "price-optimizer")
    assert facts.pod.ref.name.startswith("price-optimizer-predictor-5459f877b7")
    read = [what for what in evidence.checked if what.startswith("answers to predictions")]
    assert len(read) == 1
    assert "price-optimizer-predictor-744897f9b5" in read[0]


async def test_a_healthy_one_costs_few_requests(server: ApiServer, connect: Connect) -> None:
    evidence, _ = await ask(connect(server), "sklearn-iris")
    assert evidence.healthy
    assert not any(SERVING in seen.path and "runtimes" in seen.path for seen in server.requests)
    assert evidence.api_calls <= 20


@pytest.mark.parametrize(
    "fault",
    [Fault.recorded("403-nodes.http"), Fault.hang(), Fault.cut(), Fault.html(), Fault(status=500)],
    ids=["403", "hang", "cut", "web page", "500"],
)
async def test_with_nothing_but_the_object_there_is_an_answer(
    server: ApiServer, connect: Connect, fault: Fault
) -> None:
    server.fail("/", fault)
    server.fail(f"{SERVING}/v1beta1/namespaces/mlops/inferenceservices/object-detector", Fault(times=0))
    evidence, facts = await ask(connect(server, timeout=fault.patience), "object-detector")
    assert {gap.source for gap in evidence.gaps} >= {"pods", "deployments", "events", "servingruntimes"}
    assert {"pod", "pods", "predictions", "healthy", "runtime"} <= facts.missing.keys()
    assert not evidence.healthy
    judged = judge(facts, shipped_rules())
    assert judged.findings[0].rule == "isvc-model-not-loaded"
    assert {"isvc-download-denied", "isvc-unknown-runtime"} <= {one.rule for one in judged.undecided}


async def test_without_the_pods_a_ready_one_is_not_called_healthy(
    server: ApiServer, connect: Connect
) -> None:
    server.deny("list", "pods")
    evidence, facts = await ask(connect(server), "sklearn-iris")
    assert not evidence.healthy
    assert [gap.source for gap in evidence.gaps] == ["pods"]
    judged = judge(facts, shipped_rules())
    assert judged.findings == ()
    assert judged.undecided


async def test_runtimes_that_may_not_be_listed_leave_kserves_own_words(
    server: ApiServer, connect: Connect
) -> None:
    server.deny("list", "servingruntimes")
    evidence, facts = await ask(connect(server), "object-detector")
    assert [gap.source for gap in evidence.gaps] == ["servingruntimes"]
    assert facts.runtime.problem == "not_found"
    assert judge(facts, shipped_rules()).findings[0].rule == "isvc-unknown-runtime"


async def test_its_log_may_not_be_read(server: ApiServer, connect: Connect) -> None:
    server.deny("get", "pods/log")
    _, facts = await ask(connect(server), "credit-risk")
    judged = judge(facts, shipped_rules())
    assert judged.findings[0].rule == "isvc-download-failed"
    assert "isvc-download-denied" in {one.rule for one in judged.undecided}


async def test_without_its_log_nobody_can_say_that_predictions_are_answered(
    server: ApiServer, connect: Connect
) -> None:
    server.deny("get", "pods/log")
    _, facts = await ask(connect(server), "fraud-detector")
    assert {"predictions", "loading"} <= facts.missing.keys()
    judged = judge(facts, shipped_rules())
    assert judged.findings == ()
    assert "isvc-predict-500" in {one.rule for one in judged.undecided}


async def test_answers_full_of_nulls_are_read(server: ApiServer, connect: Connect) -> None:
    server.fail(SERVING, Fault.nulls())
    evidence, facts = await ask(connect(server), "credit-risk")
    assert evidence.gaps == ()
    assert facts.ready == "Unknown"
    assert judge(facts, shipped_rules()).findings[0].rule == "isvc-download-denied"


async def test_a_slow_api_server_has_a_deadline(server: ApiServer, connect: Connect) -> None:
    server.fail(f"{NAMESPACE}/events", Fault.hang())
    evidence, facts = await ask(connect(server, timeout=60), "object-detector", deadline=0.5)
    assert [gap.source for gap in evidence.gaps] == ["events"]
    assert facts.runtime.problem == "not_found"
    assert "reconcile_error" in facts.missing


async def test_without_the_right_to_read_it_there_is_no_answer(server: ApiServer, connect: Connect) -> None:
    server.deny("get", "inferenceservices")
    with pytest.raises(Forbidden):
        await ask(connect(server), "credit-risk")


async def test_a_cluster_without_kserve_says_so(server: ApiServer, connect: Connect) -> None:
    server.fail(SERVING, Fault.answer(b"404 page not found\n", "text/plain", 404))
    with pytest.raises(NotServed):
        await ask(connect(server), "credit-risk")


def deployment(**status: object) -> Json:
    return thing(
        "Deployment",
        "m-predictor",
        version="apps/v1",
        metadata={"labels": {"serving.kserve.io/inferenceservice": "m"}},
        spec={"replicas": 1, "selector": {"matchLabels": {"app": "m"}}, "template": {}},
        status=status,
    )


def model(**status: object) -> Json:
    return thing(
        "InferenceService",
        "m",
        version="serving.kserve.io/v1beta1",
        metadata={"creationTimestamp": ago(7200)},
        spec={"predictor": {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "s3://b/m"}}},
        status=status,
    )


async def test_pods_that_a_quota_refuses_are_told_by_the_deployment(
    tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    said = 'pods "m-1" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5'
    failing = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": said}
    bundle = write_cluster(
        tmp_path,
        model(conditions=[{"type": "Ready", "status": "False"}]),
        deployment(conditions=[failing]),
    )
    evidence, facts = await ask(connect(await serve(bundle), now=NOW), "m", "ns")
    assert facts.pods == 0
    assert not facts.healthy
    assert [(one.ref.kind, one.ref.name) for one in evidence.related] == [("Deployment", "m-predictor")]
    assert judge(evidence.related[0], shipped_rules()).findings[0].rule == "pod-not-created-quota"
    (finding,) = judge(facts, shipped_rules()).findings
    assert (finding.rule, finding.symptom) == ("isvc-not-ready", True)


async def test_a_sweep_that_may_not_list_them_finds_none(server: ApiServer, connect: Connect) -> None:
    server.deny("list", "inferenceservices")
    async with Look(Sources(cluster=connect(server)), 5.0, told) as look:
        assert await INFERENCESERVICE_SWEEP.suspects(look, "") == ()
        assert [gap.source for gap in look.gaps] == ["inferenceservices"]
