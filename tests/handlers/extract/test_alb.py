"""What AWS tells of a load balancer → facts."""

from datetime import timedelta
from typing import Any

import pytest

from handlers.extract.alb import (
    AlbReads,
    GroupReads,
    alb_facts,
    alb_targets,
    covers,
    listen_ports,
    own_groups,
    region_of,
)
from handlers.extract.ingress_backends import Backend
from handlers.extract.service import ServiceReads
from handlers.sources.aws_objects.acm import AcmSummary
from handlers.sources.aws_objects.ec2 import SecurityGroup, Subnet, Tag
from handlers.sources.aws_objects.elbv2 import (
    Listener,
    ListenerCertificate,
    LoadBalancer,
    LoadBalancerState,
    Target,
    TargetGroup,
    TargetHealth,
    TargetState,
)
from handlers.sources.objects.ingress import Ingress
from handlers.sources.objects.network import Service
from rules.facts.alb import AlbFacts
from tests.handlers.build import NOW, make, pod, running

BALANCER = LoadBalancer(load_balancer_name="k8s-a", state=LoadBalancerState("active"))


def ingress(**annotations: str) -> Ingress:
    written = {
        f"alb.ingress.kubernetes.io/{name.replace('_', '-')}": text for name, text in annotations.items()
    }
    return make(
        Ingress,
        metadata={"name": "web", "namespace": "ns", "annotations": written},
        spec={"rules": [{"host": "a.example.com"}]},
    )


def facts(of: Ingress | None = None, **reads: Any) -> AlbFacts:
    return alb_facts(AlbReads(**reads), of or ingress(), NOW)


def subnet(name: str, *tags: tuple[str, str], zone: str = "a", free: int = 200) -> Subnet:
    return Subnet(
        subnet_id=name,
        availability_zone=zone,
        available_ip_address_count=free,
        tags=tuple(Tag(*tag) for tag in tags),
    )


def test_load_balancer_that_is_gone_is_told_from_one_that_was_not_looked_for() -> None:
    assert not facts(looked=True).exists
    assert facts().exists
    assert facts(looked=True, balancer=BALANCER).exists


def test_state_and_reason() -> None:
    failed = LoadBalancer(load_balancer_name="k8s-a", state=LoadBalancerState("failed", "no capacity"))
    found = facts(looked=True, balancer=failed)
    assert found.state_said is not None
    assert found.state_said.text == "failed: no capacity"
    assert facts(looked=True, balancer=BALANCER).state_said is None


@pytest.mark.parametrize(
    ("annotations", "ports"),
    [
        ({}, (("HTTP", 80),)),
        ({"certificate_arn": "arn"}, (("HTTPS", 443),)),
        ({"listen_ports": '[{"HTTP": 80}, {"HTTPS": 443}]'}, (("HTTP", 80), ("HTTPS", 443))),
        ({"listen_ports": "443"}, ()),
    ],
)
def test_ports_it_asks_for(annotations: dict[str, str], ports: tuple[tuple[str, int], ...]) -> None:
    assert listen_ports(ingress(**annotations)) == ports


def test_ports_without_listener_are_named() -> None:
    of = ingress(listen_ports='[{"HTTP": 80}, {"HTTPS": 443}]')
    listeners = (Listener(port=80, protocol="HTTP"),)
    found = facts(of, looked=True, balancer=BALANCER, listeners=listeners)
    assert (found.listeners, found.unlistened) == (("HTTP 80",), ("443",))
    unread = facts(of, looked=True, balancer=BALANCER, missing={"listeners": "refused"})
    assert unread.unlistened == ()
    assert unread.missing["unlistened"] == "refused"


def test_each_subnet_says_what_it_lacks() -> None:
    role, own, other = "kubernetes.io/role/elb", "kubernetes.io/cluster/dev", "kubernetes.io/cluster/prod"
    subnets = (
        subnet("s-1", (role, "1"), (own, "shared")),
        subnet("s-2", (role, "1"), (other, "owned")),
        subnet("s-3", (own, "shared")),
        subnet("s-4", (role, ""), free=3),
        subnet("s-5", (role, "1"), (other, "shared"), (own, "shared")),
    )
    found = facts(ingress(scheme="internet-facing"), subnets=subnets, cluster="dev")
    assert found.subnets == ("s-1 (a), 200 free addresses", "s-5 (a), 200 free addresses")
    assert [said.text for said in found.subnets_said] == [
        "s-2 (a): tagged for cluster prod, not for dev",
        "s-3 (a): no tag kubernetes.io/role/elb=1",
        "s-4 (a): 3 free addresses, 8 are needed",
    ]
    internal = facts(ingress(), subnets=subnets[:1], cluster="dev")
    assert internal.subnets_said[0].text == "s-1 (a): no tag kubernetes.io/role/internal-elb=1"


@pytest.mark.parametrize(
    ("name", "host", "good"),
    [
        ("a.example.com", "A.example.com", True),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "b.a.example.com", False),
        ("*.example.com", "example.com", False),
    ],
)
def test_wildcard_covers_one_level(name: str, host: str, good: bool) -> None:
    assert covers(name, host) is good


def acm(
    name: str = "*.example.com", status: str = "ISSUED", days: float = 200, arn: str = "arn"
) -> AcmSummary:
    return AcmSummary(
        certificate_arn=arn, domain_name=name, status=status, not_after=NOW + timedelta(days=days)
    )


@pytest.mark.parametrize(
    ("certificates", "said"),
    [
        ((acm(),), None),
        ((acm(status="EXPIRED"), acm()), None),
        ((acm("*.example.org"),), "no certificate covers a.example.com; there are: *.example.org"),
        ((), "no certificate covers a.example.com; there are: none"),
        ((acm(status="PENDING_VALIDATION"),), "the certificate for *.example.com is PENDING_VALIDATION"),
        ((acm(days=-1),), "the certificate for *.example.com has expired"),
        ((acm(days=10),), "the certificate for *.example.com expires in 10 d"),
    ],
)
def test_certificate_of_a_host(certificates: tuple[AcmSummary, ...], said: str | None) -> None:
    found = facts(certificates=certificates).certificate_said
    assert (found.text if found else None) == said


def test_certificate_that_a_listener_uses_counts_alone() -> None:
    listeners = (Listener(port=443, protocol="HTTPS", certificates=(ListenerCertificate("used"),)),)
    certificates = (acm(days=-1, arn="other"), acm(days=10, arn="used"))
    reads: dict[str, Any] = {"looked": True, "balancer": BALANCER, "listeners": listeners}
    found = facts(**reads, certificates=certificates).certificate_said
    assert found is not None
    assert "expires in 10 d" in found.text
    assert facts(**reads, certificates=certificates[:1]).certificate_said is None


def test_security_groups_say_their_tags() -> None:
    tags = (Tag("kubernetes.io/cluster/dev", "owned"), Tag("Name", "x"))
    found = facts(security_groups=(SecurityGroup(group_id="sg-1", group_name="nodes", tags=tags),))
    assert found.groups_said[0].text == "sg-1 (nodes) carries kubernetes.io/cluster/dev"


def health(address: str, state: str, reason: str = "", text: str = "") -> TargetHealth:
    return TargetHealth(target=Target(address, 8080), target_health=TargetState(state, reason, text))


def backend() -> Backend:
    container = running()
    container["spec"] = {"readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}}}
    ready = {"conditions": [{"type": "ContainersReady", "status": "True"}], "podIP": "10.0.0.2"}
    service = make(Service, metadata={"name": "web", "namespace": "ns"}, spec={"selector": {"app": "web"}})
    reads = ServiceReads(service=service, now=NOW, pods=(pod(container, ready=True, status=ready),))
    return Backend(name="web", service=service, reads=reads)


def test_targets_are_counted_and_the_first_that_is_sick_is_told() -> None:
    group = TargetGroup(target_group_name="k8s-web", health_check_path="/health")
    text = "Health checks failed with these codes: [502]"
    targets = (
        health("10.0.0.1", "healthy"),
        health("10.0.0.2", "unhealthy", "Target.ResponseCodeMismatch", text),
        health("10.0.0.3", "draining", "Target.DeregistrationInProgress"),
        health("10.0.0.4", "initial", "Elb.InitialHealthChecking"),
    )
    found = alb_targets(AlbReads(groups=(GroupReads(group, targets),)), ingress(), (backend(),))
    assert found is not None
    assert (found.total, found.unhealthy, found.problem, found.codes) == (3, 1, "wrong_code", "502")
    assert (found.asked, found.probe, found.differs, found.pods_ready) == ("/health", "/healthz", True, True)
    assert found.said is not None
    assert found.said.source == "target 10.0.0.2:8080 of k8s-web"


def test_without_targets_the_readiness_gates_count() -> None:
    assert alb_targets(AlbReads(groups=(GroupReads(TargetGroup()),)), ingress(), (backend(),)) is None


@pytest.mark.parametrize(
    ("address", "region"),
    [
        ("k8s-a-1.eu-west-1.elb.amazonaws.com", "eu-west-1"),
        ("internal-k8s-a-1.us-gov-west-1.elb.amazonaws.com", "us-gov-west-1"),
        ("k8s-a-1.elb.eu-west-1.amazonaws.com", "eu-west-1"),
        ("k8s-a-1.cn-north-1.elb.amazonaws.com.cn", "cn-north-1"),
        ("lb.example.com", ""),
    ],
)
def test_region_stands_in_the_address(address: str, region: str) -> None:
    assert region_of(address) == region


def test_target_groups_of_other_ingresses_of_the_load_balancer_are_left_out() -> None:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    rules = [{"http": {"paths": [{"path": "/", "backend": backend}]}}]
    of = make(Ingress, metadata={"name": "web", "namespace": "ns"}, spec={"rules": rules})
    own, other = (TargetGroup(target_group_name=name) for name in ("k8s-ns-web-1", "k8s-ns-api-1"))
    assert own_groups((own, other), of) == (own,)
    assert own_groups((other,), of) == (other,)
