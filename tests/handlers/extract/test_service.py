"""A Service's facts, rung by rung."""

from typing import Any

import pytest

from handlers.extract.service import ServiceReads, service_facts
from handlers.sources.objects.network import EndpointSlice, Service
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment
from rules.facts.service import ServiceFacts
from tests.handlers.build import NOW, Json, ago, event, make, pod, running, waiting


def service(spec: Json | None = None, **fields: Any) -> Service:
    ports = [{"name": "http", "port": 80, "targetPort": "http"}]
    return make(
        Service,
        metadata={"name": "s", "namespace": "ns", "creationTimestamp": ago(3600)},
        spec={"selector": {"app": "web"}, "ports": ports, **(spec or {})},
        **fields,
    )


def web(name: str = "web-1", *, ready: bool = True, labels: Json | None = None, **more: Any) -> Pod:
    status = running(ready=ready) if ready else waiting("CrashLoopBackOff")
    status["spec"] = {"ports": [{"name": "http", "containerPort": 8080}]}
    meta = {"name": name, "uid": name, "labels": labels or {"app": "web"}, "creationTimestamp": ago(3600)}
    return pod(status, ready=ready, meta={**meta, **more.pop("meta", {})}, **more)


def pieces(**ready: bool) -> tuple[EndpointSlice, ...]:
    endpoints = [
        {"addresses": [name], "conditions": {"ready": answers}, "targetRef": {"kind": "Pod", "uid": name}}
        for name, answers in ready.items()
    ]
    meta = {"name": "s-1", "namespace": "ns", "labels": {"kubernetes.io/service-name": "s"}}
    return (make(EndpointSlice, metadata=meta, endpoints=endpoints),)


def facts(of: Service, **reads: Any) -> ServiceFacts:
    return service_facts(ServiceReads(service=of, now=NOW, **reads))


def test_ready_pods_make_it_healthy() -> None:
    found = facts(service(), pods=(web(),), slices=pieces(a=True))
    assert found.healthy
    assert (found.labelled, found.endpoints, found.ready) == (1, 1, 1)
    assert found.depends_on == (web().ref,)
    assert not found.ports[0].unnamed
    assert found.effect == "It is served by 1 endpoint"


def test_unready_pods_are_named_worst_first_and_new_or_leaving_ones_are_not() -> None:
    new = web("new", ready=False, meta={"creationTimestamp": ago(20)})
    leaving = web("old", meta={"deletionTimestamp": ago(5)})
    found = facts(
        service(), pods=(web(), new, leaving, web("bad", ready=False)), slices=pieces(a=True, b=False)
    )
    assert found.unready == ("bad (CrashLoopBackOff)",)
    assert (found.starting, found.leaving) == (1, 1)
    assert found.depends_on[0].name == "bad"
    assert not found.healthy
    assert found.pods_said is not None
    assert (
        found.pods_said.text == "1 of 2 endpoints ready, 4 pods selected; not ready: bad is CrashLoopBackOff"
    )


@pytest.mark.parametrize(
    ("selector", "labels", "asked", "carry"),
    [
        ({"app": "recomender"}, {"app": "recommender"}, "app=recomender", "app=recommender"),
        (
            {"app": "web"},
            {"app.kubernetes.io/name": "web"},
            "app=web",
            "app.kubernetes.io/name=web",
        ),
        (
            {"app": "web", "version": "v2"},
            {"app": "web", "version": "v1"},
            "version=v2",
            "version=v1",
        ),
        ({"app": "web", "tier": "edge"}, {"app": "web"}, "tier=edge", "no label tier"),
    ],
)
def test_near_labels_are_named(selector: Json, labels: Json, asked: str, carry: str) -> None:
    others = tuple(web(f"o-{n}", labels={"app": f"other-{n}"}) for n in range(4))
    near = facts(service({"selector": selector}), neighbours=(web(labels=labels), *others)).near
    assert (near.asked, near.carry, near.owner) == (asked, carry, "Pod web-1")


@pytest.mark.parametrize(
    "labels", [{"app": "inference-gateway"}, {"tier": "edge", "app": "x"}, {}, {"app": "web"}]
)
def test_labels_that_mean_something_else_are_not_near(labels: Json) -> None:
    asked = service({"selector": {"app": "feature-gateway", "tier": "edge"}})
    everywhere = tuple(web(f"o-{n}", labels={"tier": "edge", "app": f"x{n}"}) for n in range(3))
    assert facts(asked, neighbours=(web(labels=labels), *everywhere)).near.owner == ""


def test_workload_that_would_make_the_pods_is_linked() -> None:
    meta = {"name": "web", "namespace": "ns"}
    template = {"metadata": {"labels": {"app": "web", "x": "y"}}}
    resting = make(Deployment, metadata=meta, spec={"replicas": 0, "template": template})
    found = facts(service(), workloads=(resting,))
    assert (found.workload, found.wanted) == ("deployment/web", 0)
    assert found.depends_on == (resting.ref,)


@pytest.mark.parametrize(
    ("target", "unnamed", "suggested"),
    [("htp", True, "http"), ("http", False, ""), (9999, False, ""), ("9999", False, "")],
)
def test_only_a_name_that_no_container_has_is_a_mismatch(target: Any, unnamed: bool, suggested: str) -> None:
    of = service({"ports": [{"name": "http", "port": 80, "targetPort": target}]})
    found = facts(of, pods=(web(),), slices=pieces(a=True))
    assert found.ports[0].unnamed is unnamed
    assert found.ports[0].suggested == suggested
    assert found.healthy is not unnamed


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "ExternalName", "externalName": "db.example.com", "selector": None},
        {"selector": None},
        {"clusterIP": "None"},
    ],
)
def test_what_is_so_on_purpose_is_healthy(spec: Json) -> None:
    found = facts(service(spec), pods=(web(),) if "clusterIP" in spec else (), slices=pieces(a=True))
    assert found.healthy


def test_pending_load_balancer_says_what_its_controller_said() -> None:
    said = event("FailedDeployModel", "Failed deploy model due to AccessDenied", type="Warning")
    found = facts(service({"type": "LoadBalancer"}), pods=(web(),), slices=pieces(a=True), events=(said,))
    assert not found.healthy
    assert found.balancer.problem == "access_denied"
    assert found.balancer.brief == "AccessDenied"
    status = {"loadBalancer": {"ingress": [{"hostname": "x.elb.amazonaws.com"}]}}
    there = facts(service({"type": "LoadBalancer"}, status=status), pods=(web(),), slices=pieces(a=True))
    assert there.healthy
    assert there.address == "x.elb.amazonaws.com"


def test_what_was_not_read_is_missing() -> None:
    found = facts(service(), missing={"pods": "forbidden", "policies": "slow"})
    assert found.missing["labelled"] == "forbidden"
    assert found.missing["ports"] == "forbidden"
    assert found.missing["policy"] == "slow"
    assert "ready" not in found.missing


@pytest.mark.parametrize(("headless", "healthy"), [("None", True), ("10.0.0.1", False)])
def test_pods_that_look_for_each_other_may_be_unready(headless: str, healthy: bool) -> None:
    of = service({"publishNotReadyAddresses": True, "clusterIP": headless})
    found = facts(of, pods=(web(), web("bad", ready=False)), slices=pieces(a=True, b=True))
    assert found.publishes_not_ready
    assert found.healthy is healthy


def test_ready_pods_without_endpoints_are_noticed() -> None:
    found = facts(service(), pods=(web(),))
    assert (found.able, found.ready, found.unready) == (1, 0, ())
    assert not found.healthy


def test_parts_of_the_control_plane_have_no_pods_on_eks() -> None:
    hosted = make(
        Service,
        metadata={"name": "kps-kube-scheduler", "namespace": "kube-system"},
        spec={"clusterIP": "None", "selector": {"component": "kube-scheduler"}},
    )
    assert facts(hosted).hosted
    assert facts(hosted).healthy
    elsewhere = make(
        Service, metadata={"name": "etcd", "namespace": "db"}, spec={"selector": {"app": "etcd"}}
    )
    assert not facts(elsewhere).hosted
