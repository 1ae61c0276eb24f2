"""An Ingress's facts: class, what its controller says, backends, targets."""

from typing import Any

import pytest

from handlers.extract.ingress import ControllerReads, IngressReads, class_of, ingress_facts
from handlers.extract.ingress_backends import Backend, service_names
from handlers.extract.service import ServiceReads
from handlers.sources.objects.certificate import Certificate
from handlers.sources.objects.event import Event
from handlers.sources.objects.ingress import Ingress, IngressClass
from handlers.sources.objects.network import EndpointSlice, Service
from handlers.sources.objects.network_policy import NetworkPolicy
from handlers.sources.objects.pod import Pod
from rules.facts.ingress import IngressFacts
from rules.finding import ObjectRef, Observation
from tests.handlers.build import NOW, Json, ago, event, make, pod, running

ALB = make(IngressClass, metadata={"name": "alb"}, spec={"controller": "ingress.k8s.aws/alb"})
ADDRESS = {"loadBalancer": {"ingress": [{"hostname": "x.elb.amazonaws.com"}]}}
GATE = "target-health.elbv2.k8s.aws/k8s-ns-web-1"


def ingress(*, port: Json | None = None, address: bool = True, **fields: Any) -> Ingress:
    backend = {"service": {"name": "web", "port": port or {"number": 80}}}
    meta = {"name": "web", "namespace": "ns", "creationTimestamp": ago(7200), **fields.pop("meta", {})}
    rules = [{"host": "a.example.com", "http": {"paths": [{"path": "/", "backend": backend}]}}]
    return make(
        Ingress,
        metadata=meta,
        spec={"ingressClassName": "alb", "rules": rules, **fields},
        status=ADDRESS if address else {},
    )


def target(
    status: str = "False", reason: str = "Target.ResponseCodeMismatch", text: str = "codes: [404]"
) -> Pod:
    probe = {"httpGet": {"path": "/healthz", "port": 8080}}
    conditions = [
        {"type": "ContainersReady", "status": "True"},
        {"type": GATE, "status": status, "reason": reason, "message": text},
    ]
    container = running()
    container["spec"] = {"readinessProbe": probe, "ports": [{"name": "http", "containerPort": 8080}]}
    return pod(
        container,
        ready=status == "True",
        spec={"readinessGates": [{"conditionType": GATE}]},
        status={"conditions": conditions},
        meta={"labels": {"app": "web"}},
    )


def web(*pods: Pod, ready: bool = True, meta: Json | None = None, **reads: Any) -> Backend:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    service = make(
        Service,
        metadata={"name": "web", "namespace": "ns", **(meta or {})},
        spec={"selector": {"app": "web"}, "ports": ports},
    )
    labels = {"kubernetes.io/service-name": "web"}
    piece = make(
        EndpointSlice,
        metadata={"name": "web-1", "namespace": "ns", "labels": labels},
        endpoints=[{"addresses": ["10.0.0.1"], "conditions": {"ready": ready}}],
    )
    return Backend(
        name="web",
        service=service,
        reads=ServiceReads(service=service, now=NOW, pods=pods, slices=(piece,), **reads),
    )


def facts(of: Ingress | None = None, *backends: Backend, **reads: Any) -> IngressFacts:
    working = ControllerReads(pods=(pod(running(), ready=True),), namespace="kube-system", selector="a=b")
    given = {"classes": (ALB,), "controller": working, **reads}
    return ingress_facts(
        IngressReads(ingress=of or ingress(), now=NOW, backends=backends or (web(),), **given)
    )


def said(reason: str, text: str, seconds: float = 60) -> Event:
    kind = "Normal" if reason == "SuccessfullyReconciled" else "Warning"
    return event(reason, text, seconds=seconds, type=kind)


def test_all_well() -> None:
    found = facts()
    assert found.healthy
    assert found.depends_on == (ObjectRef("Service", "web", "ns"),)
    assert found.backends[0].hosts == ("a.example.com/",)
    assert found.effect == "It is served at x.elb.amazonaws.com"


@pytest.mark.parametrize(
    ("fields", "classes", "name", "controller"),
    [
        ({}, (ALB,), "alb", "ingress.k8s.aws/alb"),
        ({"ingressClassName": "abl"}, (ALB,), "abl", None),
        ({"ingressClassName": ""}, (ALB,), "", None),
        (
            {"ingressClassName": "", "meta": {"annotations": {"kubernetes.io/ingress.class": "alb"}}},
            (),
            "alb",
            "ingress.k8s.aws/alb",
        ),
        (
            {"ingressClassName": "", "meta": {"annotations": {"kubernetes.io/ingress.class": "nginx"}}},
            (),
            "nginx",
            "",
        ),
        (
            {"ingressClassName": ""},
            (
                make(
                    IngressClass,
                    metadata={
                        "name": "auto",
                        "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"},
                    },
                    spec={"controller": "eks.amazonaws.com/alb"},
                ),
            ),
            "",
            "eks.amazonaws.com/alb",
        ),
    ],
)
def test_class(fields: Json, classes: tuple[IngressClass, ...], name: str, controller: str | None) -> None:
    assert class_of(ingress(**fields), classes) == (name, controller)


def test_newest_failure_counts_until_it_succeeds() -> None:
    failed = said("FailedBuildModel", "no certificate found for host: a.example.com", 300)
    assert facts(events=(failed,)).balancer.problem == "certificate_not_found"
    done = said("SuccessfullyReconciled", "Successfully reconciled", 60)
    later = facts(events=(failed, done))
    assert later.balancer.problem == "none"
    assert later.reconciled is not None
    again = said("FailedDeployModel", "Throttling: Rate exceeded", 30)
    assert facts(events=(failed, done, again)).balancer.problem == "throttled"


def test_target_group_fails_although_the_ingress_succeeds() -> None:
    source = "log of the load balancer controller (targetGroupBinding)"
    text = "expected exactly one securityGroup tagged with t for eni e, got: []"
    done = said("SuccessfullyReconciled", "Successfully reconciled", 60)
    fresh = Observation(text, source, NOW.replace(hour=9, minute=50))
    assert facts(events=(done,), log_failure=fresh).balancer.problem == "security_group_tags"
    stale = Observation(text, source, NOW.replace(hour=7))
    assert facts(events=(done,), log_failure=stale).balancer.problem == "none"


@pytest.mark.parametrize(
    ("port", "exists"), [({"number": 80}, True), ({"name": "http"}, True), ({"number": 8080}, False)]
)
def test_port_is_the_services(port: Json, exists: bool) -> None:
    found = facts(ingress(port=port))
    assert found.backends[0].port_exists is exists
    assert found.backends[0].offered == ("http 80",)
    assert found.healthy is exists


def test_service_that_is_missing_unread_or_empty() -> None:
    gone = facts(None, Backend(name="web"))
    assert not gone.backends[0].exists
    unread = facts(None, Backend(name="web", missing="forbidden"))
    assert unread.backends[0].exists
    assert set(unread.backends[0].missing) == {"exists", "port_exists", "serves"}
    empty = facts(None, web(ready=False))
    assert not empty.backends[0].serves
    assert empty.effect == "Callers of a.example.com/ get 503"


def test_action_in_an_annotation_is_no_service() -> None:
    assert service_names(ingress(port={"name": "use-annotation"})) == ()


def test_unhealthy_targets_are_told_with_what_is_asked() -> None:
    annotated = ingress(meta={"annotations": {"alb.ingress.kubernetes.io/healthcheck-path": "/health"}})
    found = facts(annotated, web(target(), target("True"), ready=False)).targets
    assert (found.total, found.unhealthy, found.problem, found.codes) == (2, 1, "wrong_code", "404")
    assert (found.asked, found.probe, found.differs, found.on) == ("/health", "/healthz", True, "Ingress web")
    assert found.pods_ready
    assert (found.pod, found.port) == ("p", 8080)


def test_first_checks_are_no_fault_and_an_old_load_balancer_stays() -> None:
    starting = facts(None, web(target(reason="Elb.InitialHealthChecking", text="")))
    assert starting.targets.problem == "starting"
    assert starting.healthy
    failed = facts(events=(said("FailedDeployModel", "Throttling: Rate exceeded"),))
    assert "stays as it was" in failed.effect


def test_annotation_of_the_service_comes_first() -> None:
    meta = {"annotations": {"alb.ingress.kubernetes.io/healthcheck-path": "/healthz"}}
    found = facts(None, web(target(), meta=meta)).targets
    assert (found.asked, found.differs, found.on) == ("/healthz", False, "Service web")


def test_policies_that_let_no_addresses_in_are_noticed() -> None:
    policy = make(
        NetworkPolicy,
        metadata={"name": "deny", "namespace": "ns"},
        spec={"podSelector": {}, "policyTypes": ["Ingress"], "ingress": []},
    )
    timed_out = target(reason="Target.Timeout", text="Request timed out")
    assert facts(None, web(timed_out, policies=(policy,))).targets.restricted
    assert not facts(None, web(timed_out)).targets.restricted


def test_controller_that_is_down_is_what_it_stands_on() -> None:
    down = pod(running(ready=False), ready=False, meta={"name": "lbc"})
    found = facts(controller=ControllerReads(pods=(down,)))
    assert (found.controller.pods, found.controller.ready) == (1, 0)
    assert down.ref in found.depends_on


def test_deletion_that_hangs_and_certificates_that_are_waited_for() -> None:
    meta = {"deletionTimestamp": ago(3600), "finalizers": ["ingress.k8s.aws/resources"]}
    found = facts(ingress(meta=meta))
    assert found.stuck_for == 3600
    assert found.finalizers == ("ingress.k8s.aws/resources",)
    certificate = make(
        Certificate, metadata={"name": "web", "namespace": "ns"}, spec={"secretName": "web-tls"}
    )
    waiting = facts(ingress(tls=[{"secretName": "web-tls"}]), certificates=(certificate,))
    assert waiting.certificates_waiting == ("web",)
    assert certificate.ref in waiting.depends_on


def test_what_was_not_read_is_missing() -> None:
    found = facts(missing={"events": "slow", "classes": "forbidden", "log": "slow"})
    assert {"balancer", "reconciled", "class_exists", "is_alb"} <= found.missing.keys()
