"""Namespaces in small clusters: those that do not go, those that refuse, and what cannot be read."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.contract import Evidence, NameNotFound, Question, Sources
from handlers.look import Look
from handlers.namespace import NAMESPACE_SWEEP
from handlers.namespace.answer import gather
from handlers.sources.cluster import Cluster
from handlers.sources.errors import SourceError
from rules.facts.namespace import NamespaceFacts
from rules.finding import ObjectRef
from rules.judge import judge
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import NOW, Json, ago, pod_json, running, waiting
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import thing, write_cluster
from tests.shipped import shipped_rules

Serve = Callable[[Path], Awaitable[ApiServer]]
DISCOVERY = (
    "Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: "
    "metrics.k8s.io/v1beta1: stale GroupVersion discovery: metrics.k8s.io/v1beta1"
)
FINALIZERS = (
    "Some content in the namespace has finalizers remaining: ingress.k8s.aws/resources in 2 resource "
    "instances, x.example.com/keep in 1 resource instances"
)
REMAINING = (
    "Some resources are remaining: ingresses.networking.k8s.io has 2 resource instances, "
    "pods. has 1 resource instances"
)
REFUSED = (
    'Error creating: pods "app-x" is forbidden: exceeded quota: team, requested: requests.cpu=900m, '
    "used: requests.cpu=1200m, limited: requests.cpu=2"
)


def namespace(*conditions: tuple[str, str, str], gone: float | None = None, **meta: Any) -> Json:
    told = [
        {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": ago(60)}
        for kind, reason, message in conditions
    ]
    deleted = {} if gone is None else {"deletionTimestamp": ago(gone)}
    status = {"phase": "Active" if gone is None else "Terminating", "conditions": told}
    return thing(
        "Namespace", "ns", metadata={"creationTimestamp": ago(86_400), **deleted, **meta}, status=status
    )


def quota(used: str, hard: str = "10", resource: str = "pods") -> Json:
    figures = {"hard": {resource: hard}, "used": {resource: used}}
    return thing("ResourceQuota", "team", spec={"hard": {resource: hard}}, status=figures)


REFUSAL = thing(
    "Event",
    "refused",
    involvedObject={"kind": "ReplicaSet", "name": "app-5f7f5", "namespace": "ns"},
    type="Warning",
    reason="FailedCreate",
    message=REFUSED,
    lastTimestamp=ago(60),
)


async def look_at(cluster: Cluster, name: str = "ns", **more: Any) -> Evidence:
    return await gather(Question(name=name, **more), Sources(cluster=cluster), told)


def rules_of(evidence: Evidence) -> list[str]:
    return [one.rule for one in judge(evidence.facts, shipped_rules()).findings]


CASES: dict[str, tuple[list[str], list[Json]]] = {
    "in order": ([], [namespace(), quota("4")]),
    "a dead API": (
        ["ns-terminating-api-down"],
        [
            namespace(
                ("NamespaceDeletionDiscoveryFailure", "DiscoveryFailed", DISCOVERY),
                ("NamespaceContentRemaining", "SomeResourcesRemain", REMAINING),
                gone=3600,
            )
        ],
    ),
    "finalizers": (
        ["ns-terminating-finalizers"],
        [
            namespace(
                ("NamespaceFinalizersRemaining", "SomeFinalizersRemain", FINALIZERS),
                ("NamespaceContentRemaining", "SomeResourcesRemain", REMAINING),
                gone=3600,
            )
        ],
    ),
    "content": (
        ["ns-terminating-content"],
        [namespace(("NamespaceContentRemaining", "SomeResourcesRemain", REMAINING), gone=3600)],
    ),
    "nothing tells why": (["ns-terminating-stuck"], [namespace(gone=3600, finalizers=["x/y"])]),
    "a moment ago": (["ns-terminating"], [namespace(gone=30)]),
    "refuses": (["ns-quota-refuses"], [namespace(), quota("1200m", "2", "requests.cpu"), REFUSAL]),
    "used up": (["ns-quota-used-up"], [namespace(), quota("10")]),
    "nearly used up": (["ns-quota-nearly"], [namespace(), quota("9")]),
    "forbidden by a quota of none": ([], [namespace(), quota("0", "0", "services.loadbalancers")]),
    "pods that crash": (
        ["ns-pods-unwell"],
        [
            namespace(),
            pod_json(waiting("CrashLoopBackOff"), ready=False),
            pod_json(running(), ready=True, meta={"name": "q", "uid": "u-q"}),
        ],
    ),
}


@pytest.mark.parametrize(("rules", "objects"), CASES.values(), ids=CASES)
async def test_every_state_has_its_finding(
    rules: list[str], objects: list[Json], tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    evidence = await look_at(connect(await serve(write_cluster(tmp_path, *objects)), now=NOW))
    assert rules_of(evidence) == rules
    assert evidence.healthy is (set(rules) <= {"ns-quota-nearly"})


async def test_what_keeps_a_namespace_is_named(tmp_path: Path, serve: Serve, connect: Connect) -> None:
    gone = namespace(
        ("NamespaceDeletionDiscoveryFailure", "DiscoveryFailed", DISCOVERY),
        ("NamespaceFinalizersRemaining", "SomeFinalizersRemain", FINALIZERS),
        ("NamespaceContentRemaining", "SomeResourcesRemain", REMAINING),
        gone=3600,
    )
    evidence = await look_at(connect(await serve(write_cluster(tmp_path, gone)), now=NOW))
    assert isinstance(evidence.facts, NamespaceFacts)
    deletion = evidence.facts.deletion
    assert deletion.dead_apis == ("v1beta1.metrics.k8s.io",)
    assert deletion.finalizers == ("ingress.k8s.aws/resources", "x.example.com/keep")
    assert deletion.remaining == ("2 ingresses.networking.k8s.io", "1 pods")
    assert evidence.facts.depends_on == (ObjectRef("APIService", "v1beta1.metrics.k8s.io"),)


async def test_what_holds_for_its_pods_is_told(tmp_path: Path, serve: Serve, connect: Connect) -> None:
    objects = (
        namespace(labels={"pod-security.kubernetes.io/enforce": "baseline"}),
        thing("NetworkPolicy", "default-deny", version="networking.k8s.io/v1", spec={"podSelector": {}}),
        thing(
            "NetworkPolicy",
            "to-web",
            version="networking.k8s.io/v1",
            spec={"podSelector": {"matchLabels": {"app": "web"}}},
        ),
        thing(
            "LimitRange",
            "defaults",
            spec={
                "limits": [{"type": "Container", "defaultRequest": {"memory": "128Mi"}, "max": {"cpu": "4"}}]
            },
        ),
    )
    evidence = await look_at(connect(await serve(write_cluster(tmp_path, *objects)), now=NOW))
    assert evidence.about == (
        "age 1 d",
        "Pod Security baseline enforced",
        "network policies for every pod: default-deny",
        "Container: default request memory 128Mi, at most cpu 4",
    )


@pytest.mark.parametrize(("rules", "objects"), CASES.values(), ids=CASES)
async def test_a_sweep_suspects_what_goes_and_what_is_used_up(
    rules: list[str], objects: list[Json], tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    cluster = connect(await serve(write_cluster(tmp_path, *objects)), now=NOW)
    async with Look(Sources(cluster=cluster), 5, told) as look:
        found = await NAMESPACE_SWEEP.suspects(look, "")
        assert await NAMESPACE_SWEEP.suspects(look, "other") == ()
    assert bool(found) is any(rule.startswith(("ns-terminating", "ns-quota-used")) for rule in rules)


@pytest.mark.parametrize("fault", [Fault.recorded("403-nodes.http"), Fault.hang(), Fault.html(), Fault.cut()])
async def test_with_nothing_but_the_namespace_there_is_an_answer(
    fault: Fault, tmp_path: Path, serve: Serve, connect: Connect
) -> None:
    server = await serve(write_cluster(tmp_path, namespace(), quota("10")))
    server.fail("/", fault)
    server.fail("/api/v1/namespaces/ns", Fault(times=0))
    for plural in ("resourcequotas", "limitranges", "events", "pods"):
        server.fail(f"/api/v1/namespaces/ns/{plural}", fault)
    evidence = await look_at(connect(server, now=NOW, timeout=fault.patience))
    sources = {gap.source for gap in evidence.gaps}
    assert sources == {"quotas", "limit ranges", "network policies", "events", "pods"}
    assert not evidence.healthy
    assert {one.rule for one in judge(evidence.facts, shipped_rules()).undecided} >= {"ns-quota-refuses"}


async def test_the_namespace_itself_must_be_there(tmp_path: Path, serve: Serve, connect: Connect) -> None:
    server = await serve(write_cluster(tmp_path, namespace()))
    cluster = connect(server, now=NOW)
    with pytest.raises(NameNotFound):
        await look_at(cluster, "other")
    assert (await look_at(cluster, "", namespace="ns")).subject == ObjectRef("Namespace", "ns")
    server.fail("/api/v1/namespaces", Fault.recorded("403-nodes.http"))
    with pytest.raises(SourceError):
        await look_at(cluster)
