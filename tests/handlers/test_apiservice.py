"""`diagnose apiservice` over HTTP."""

import pytest

from handlers.apiservice import APISERVICE, APISERVICE_SWEEP
from handlers.contract import Evidence, NameNotFound, Question, Sources
from handlers.look import Look
from handlers.sources.cluster import Cluster
from handlers.sources.errors import NotServed
from rules.facts.apiservice import ApiServiceFacts
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.conftest import Connect, told

NAME = "v1beta1.custom.metrics.k8s.io"
SERVICE = "/api/v1/namespaces/monitoring/services"


async def ask(
    cluster: Cluster, name: str = NAME, *, sweep: bool = False, deadline: float = 20.0
) -> tuple[Evidence, ApiServiceFacts]:
    question = Question(name=name, sweep=sweep, deadline=deadline)
    evidence = await APISERVICE.gather(question, Sources(cluster=cluster), told)
    assert isinstance(evidence.facts, ApiServiceFacts)
    return evidence, evidence.facts


async def test_it_is_followed_to_its_pod(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server))
    assert [related.ref.kind for related in evidence.related] == ["Service", "Pod"]
    assert facts.pod.startswith("prometheus-adapter-")
    assert facts.behind is not None
    assert "no such host" in facts.behind.text


async def test_one_of_many_reads_no_log(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server), sweep=True)
    assert evidence.related == ()
    assert facts.pod == ""
    assert not any(request.path.endswith("/log") for request in server.requests)


@pytest.mark.parametrize("fault", [Fault.recorded("403-nodes.http"), Fault.hang(), Fault.answer(b"{")])
async def test_service_that_cannot_be_read_is_a_gap(
    server: ApiServer, connect: Connect, fault: Fault
) -> None:
    server.fail(SERVICE, fault)
    evidence, facts = await ask(connect(server, timeout=fault.patience))
    assert [gap.source for gap in evidence.gaps] == ["Service prometheus-adapter"]
    assert {"service_exists", "ready"} <= facts.missing.keys()


async def test_service_that_is_gone_is_an_answer(server: ApiServer, connect: Connect) -> None:
    server.fail(SERVICE, Fault.recorded("404-pod.http"))
    evidence, facts = await ask(connect(server))
    assert evidence.gaps == ()
    assert not facts.service_exists


async def test_unknown_names_and_clusters_without_aggregation(server: ApiServer, connect: Connect) -> None:
    with pytest.raises(NameNotFound):
        await ask(connect(server), "v9.nothing.example.com")
    server.fail("/apis/apiregistration.k8s.io", Fault.answer(b"404 page not found\n", "text/plain", 404))
    with pytest.raises(NotServed):
        await ask(connect(server))


async def test_a_look_at_one_namespace_suspects_none(server: ApiServer, connect: Connect) -> None:
    async with Look(Sources(cluster=connect(server)), 20.0, told) as look:
        assert await APISERVICE_SWEEP.suspects(look, "mlops") == ()
        assert [ref.name for ref in await APISERVICE_SWEEP.suspects(look, "")] == [NAME]


async def test_answers_full_of_nulls_are_read(server: ApiServer, connect: Connect) -> None:
    server.fail("/", Fault.nulls())
    evidence, facts = await ask(connect(server), sweep=True)
    assert evidence.gaps == ()
    assert (facts.available, facts.reason) == ("Unknown", "NotReported")
