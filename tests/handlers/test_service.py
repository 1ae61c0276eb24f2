"""`diagnose service` over HTTP: what fails is said, and never looks like fine."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from handlers.contract import Evidence, NameAmbiguous, NameInvalid, NameNotFound, Question, Sources
from handlers.service import SERVICE, SERVICE_SWEEP
from handlers.service.gather import gather
from handlers.sources.cluster import Cluster
from rules.facts.service import ServiceFacts
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import pod_json, running
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster

FAULTS = {
    "403": Fault.recorded("403-nodes.http"),
    "500": Fault(status=500),
    "hang": Fault.hang(),
    "cut": Fault.cut(),
    "no JSON": Fault.answer(b"{"),
}
PATHS = {
    "endpoints": "/apis/discovery.k8s.io",
    "network policies": "/apis/networking.k8s.io",
    "pods of Service online-store": "/api/v1/namespaces/feature-store/pods",
}
LACKS = {
    "endpoints": {"ready", "endpoints"},
    "network policies": {"policy"},
    "pods of Service online-store": {"labelled", "unready", "ports"},
}


async def ask(
    cluster: Cluster, name: str, namespace: str = "", *, sweep: bool = True, deadline: float = 20.0
) -> tuple[Evidence, ServiceFacts]:
    question = Question(name=name, namespace=namespace, sweep=sweep, deadline=deadline)
    evidence = await gather(question, Sources(cluster=cluster), told)
    assert isinstance(evidence.facts, ServiceFacts)
    return evidence, evidence.facts


async def test_whole_ladder_costs_few_requests(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server), "online-store", "feature-store")
    assert facts.unready
    assert evidence.api_calls == 4
    assert evidence.gaps == ()
    assert evidence.related == ()


async def test_asked_alone_its_worst_pod_is_diagnosed(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server), "online-store", "feature-store", sweep=False)
    assert [related.ref for related in evidence.related] == [facts.depends_on[0]]
    assert evidence.exhibits


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("source", PATHS)
async def test_what_cannot_be_read_is_a_gap_and_missing(
    server: ApiServer, connect: Connect, source: str, fault: Fault
) -> None:
    server.fail(PATHS[source], fault)
    evidence, facts = await ask(connect(server, timeout=fault.patience), "online-store", "feature-store")
    assert [gap.source for gap in evidence.gaps] == [source]
    assert LACKS[source] <= facts.missing.keys()


async def test_slow_cluster_is_answered_within_the_deadline(server: ApiServer, connect: Connect) -> None:
    server.fail("/apis/discovery.k8s.io", Fault.hang())
    evidence, facts = await ask(connect(server), "online-store", "feature-store", deadline=0.5)
    assert evidence.gaps[0].source == "endpoints"
    assert "ready" in facts.missing


async def test_names_that_mean_nothing_or_several(server: ApiServer, connect: Connect) -> None:
    cluster = connect(server)
    with pytest.raises(NameInvalid):
        await ask(cluster, "No_Name")
    with pytest.raises(NameNotFound) as refused:
        await ask(cluster, "recomender", "mlops")
    assert [near.ref.name for near in refused.value.near] == ["recommender"]
    with pytest.raises(NameAmbiguous):
        await ask(cluster, "mlflow")


async def test_pods_of_a_prefix_of_a_name_are_found(
    serve: Callable[[Path], Awaitable[ApiServer]], connect: Connect, tmp_path: Path
) -> None:
    labels = {"app": "web"}
    spec = {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}], "clusterIP": "10.0.0.1"}
    web = pod_json(running(), ready=True, meta={"labels": labels})
    server = await serve(write_cluster(tmp_path, thing("Service", "web-public", spec=spec), web))
    evidence, facts = await ask(connect(server), "web")
    assert facts.labelled == 1
    assert evidence.about[0] == "asked as web"
    assert not evidence.healthy


def test_rights_are_told() -> None:
    rights = {(need.verb, need.group, need.resource) for need in SERVICE.needs}
    assert ("list", "discovery.k8s.io", "endpointslices") in rights
    assert ("list", "networking.k8s.io", "networkpolicies") in rights
    assert ("get", "", "pods/log") in rights
    assert SERVICE_SWEEP.handler is SERVICE


async def test_answers_full_of_nulls_are_read(server: ApiServer, connect: Connect) -> None:
    server.fail("/", Fault.nulls())
    evidence, facts = await ask(connect(server), "stats-api", "mlops")
    assert evidence.gaps == ()
    assert facts.ports[0].unnamed
