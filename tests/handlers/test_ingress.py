"""`diagnose ingress` over HTTP."""

import pytest

from handlers.contract import Evidence, NameNotFound, Question, Sources
from handlers.ingress import INGRESS, INGRESS_SWEEP
from handlers.look import Look
from handlers.sources.cluster import Cluster
from rules.facts.ingress import IngressFacts
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.conftest import Connect, told

INGRESSES = "/apis/networking.k8s.io/v1/namespaces/monitoring/ingresses"
FAULTS = {
    "403": Fault.recorded("403-nodes.http"),
    "500": Fault(status=500),
    "hang": Fault.hang(),
    "no JSON": Fault.answer(b"{"),
}
SOURCES = {
    "ingress classes": ("/apis/networking.k8s.io/v1/ingressclasses", "class_exists"),
    "events": ("/api/v1/namespaces/monitoring/events", "balancer"),
    "load balancer controller": ("/api/v1/namespaces/kube-system/pods", "controller"),
}


async def ask(
    cluster: Cluster, name: str = "grafana", *, sweep: bool = False, deadline: float = 20.0
) -> tuple[Evidence, IngressFacts]:
    question = Question(name=name, sweep=sweep, deadline=deadline)
    evidence = await INGRESS.gather(question, Sources(cluster=cluster), told)
    assert isinstance(evidence.facts, IngressFacts)
    return evidence, evidence.facts


async def test_controllers_log_tells_of_one_of_many_too(server: ApiServer, connect: Connect) -> None:
    _, facts = await ask(connect(server))
    assert facts.balancer.problem == "security_group_tags"
    evidence, many = await ask(connect(server), sweep=True)
    assert many.balancer.problem == "security_group_tags"
    assert evidence.related == ()


async def test_services_and_pods_behind_are_judged_too(server: ApiServer, connect: Connect) -> None:
    evidence, _ = await ask(connect(server), "checkout-scorer")
    assert [related.ref.kind for related in evidence.related] == ["Service", "Pod"]


async def test_it_is_found_by_its_host(server: ApiServer, connect: Connect) -> None:
    evidence, _ = await ask(connect(server), "api.mlops.example.com", sweep=True)
    assert evidence.subject.name == "inference-gateway"
    with pytest.raises(NameNotFound):
        await ask(connect(server), "nothing.example.com")


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("source", SOURCES)
async def test_what_cannot_be_read_is_a_gap_and_missing(
    server: ApiServer, connect: Connect, source: str, fault: Fault
) -> None:
    path, fact = SOURCES[source]
    server.fail(path, fault)
    evidence, facts = await ask(connect(server, timeout=fault.patience), sweep=True)
    assert [gap.source for gap in evidence.gaps] == [source]
    assert fact in facts.missing


async def test_log_that_cannot_be_read_leaves_it_undecided(server: ApiServer, connect: Connect) -> None:
    _, facts = await ask(connect(server))
    pods = [request.path for request in server.requests if request.path.endswith("/log")]
    for path in pods:
        server.fail(path, Fault.recorded("403-nodes.http"))
    evidence, facts = await ask(connect(server))
    assert "balancer" in facts.missing
    assert any(gap.source.startswith("log of aws-load-balancer-controller") for gap in evidence.gaps)


async def test_service_that_cannot_be_read_is_not_called_missing(server: ApiServer, connect: Connect) -> None:
    server.fail("/api/v1/namespaces/monitoring/services/grafana", FAULTS["403"])
    _, facts = await ask(connect(server), sweep=True)
    assert facts.backends[0].exists
    assert "exists" in facts.backends[0].missing


async def test_suspects_are_found_though_a_list_is_refused(server: ApiServer, connect: Connect) -> None:
    server.fail("/apis/discovery.k8s.io", FAULTS["403"])
    async with Look(Sources(cluster=connect(server)), 20.0, told) as look:
        found = [ref.name for ref in await INGRESS_SWEEP.suspects(look, "")]
    assert set(found[:3]) == {"mlflow", "model-registry", "old-dashboard"}
    assert "grafana" in found


async def test_answers_full_of_nulls_are_read(server: ApiServer, connect: Connect) -> None:
    server.fail("/", Fault.nulls())
    server.fail("/api/v1/namespaces/kube-system/pods/", Fault(times=0))
    evidence, facts = await ask(connect(server), "checkout-scorer", sweep=True)
    assert evidence.gaps == ()
    assert facts.backends[0].exists
    assert facts.is_alb


async def test_one_deadline_for_the_whole_question(server: ApiServer, connect: Connect) -> None:
    server.fail("/api/v1/namespaces/monitoring/events", Fault.hang())
    evidence, facts = await ask(connect(server, timeout=60), sweep=True, deadline=0.5)
    assert {gap.reason for gap in evidence.gaps} == {"no answer within the question's 0.5 s"}
    assert "balancer" in facts.missing
