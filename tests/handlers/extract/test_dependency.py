"""Which Service a failing container's log means, and how that Service stands."""

from typing import Any

import pytest

from handlers.extract.dependency import (
    Candidate,
    Host,
    candidates,
    dependency_facts,
    no_service,
    unreachable_hosts,
    unread_endpoints,
    unread_service,
)
from handlers.extract.serving import Endpoints
from handlers.sources.objects.network import Service
from rules.facts.log import LogFacts, LogSignature, SignatureKind
from rules.facts.pod import DependencyFacts
from tests.handlers.build import NOW, Json, make, member, pod, running, terminated, waiting

LOOP = waiting("CrashLoopBackOff")


def log(kind: SignatureKind, subject: str, *more: str) -> LogFacts:
    return LogFacts(signatures=(LogSignature(kind=kind, subject=subject, subjects=more),))


def hosts(kind: SignatureKind, *subjects: str, status: Json = LOOP) -> list[tuple[str, int | None]]:
    found = unreachable_hosts([member(pod(status))], {"app": log(kind, *subjects)}, NOW)
    return [(host.name, host.port) for host in found]


@pytest.mark.parametrize(
    ("kind", "unknown"),
    [
        (SignatureKind.CONNECTION_REFUSED, False),
        (SignatureKind.CONNECTION_TIMEOUT, False),
        (SignatureKind.DNS_NAME_UNKNOWN, True),
        (SignatureKind.HTTP_UPSTREAM_ERRORS, False),
        (SignatureKind.DATABASE_DNS, True),
        (SignatureKind.DATABASE_REFUSED, False),
        (SignatureKind.DATABASE_TIMEOUT, False),
    ],
)
def test_kinds_of_failure_that_name_a_host(kind: SignatureKind, unknown: bool) -> None:
    found = unreachable_hosts([member(pod(LOOP))], {"app": log(kind, "gateway:80")}, NOW)
    assert found == (Host(container="app", name="gateway", port=80, unknown_name=unknown),)


@pytest.mark.parametrize(
    "kind", [SignatureKind.DNS_FAILURE, SignatureKind.MISSING_ENV, SignatureKind.PORT_IN_USE]
)
def test_other_failures_name_none(kind: SignatureKind) -> None:
    assert hosts(kind, "gateway:80") == []


def test_only_failing_containers_and_their_telling_failure_count() -> None:
    refused = SignatureKind.CONNECTION_REFUSED
    assert hosts(refused, "gateway", status=running()) == []
    assert hosts(refused, "gateway", status=running(ready=False)) == [("gateway", None)]
    both = LogFacts(
        signatures=(*log(SignatureKind.MISSING_ENV, "KEY").signatures, *log(refused, "b").signatures)
    )
    assert unreachable_hosts([member(pod(LOOP))], {"app": both}, NOW) == ()
    assert unreachable_hosts([member(pod(LOOP))], {}, NOW) == ()
    assert unreachable_hosts([member(pod(terminated(1)))], {"app": log(refused, "b")}, NOW) != ()


@pytest.mark.parametrize(
    ("name", "port", "subject"),
    [
        ("gateway", None, "gateway"),
        ("gateway.mlops", 80, "gateway.mlops:80"),
        ("gateway.mlops.svc.cluster.local", None, "gateway.mlops.svc.cluster.local."),
        ("gateway", 8080, "http://gateway:8080/v1/x?y=z"),
        ("gateway", None, "https://user@gateway/v1"),
        ("gateway", None, "GATEWAY"),
        ("10.96.0.51", 80, "10.96.0.51:80"),
    ],
)
def test_hosts_are_read_from_what_logs_write(name: str, port: int | None, subject: str) -> None:
    assert hosts(SignatureKind.CONNECTION_REFUSED, subject) == [(name, port)]


def test_every_host_is_named_once_and_nonsense_left_out() -> None:
    assert hosts(SignatureKind.CONNECTION_REFUSED, "a:1", "a:1", "b", "", "[::1]:80") == [
        ("a", 1),
        ("b", None),
    ]


def service(name: str = "gateway", namespace: str = "ns", **spec: Any) -> Service:
    return make(Service, metadata={"name": name, "namespace": namespace}, spec=spec)


OWN = [service(clusterIP="10.96.0.51", selector={"app": "gateway"}), service("db", clusterIP="None")]


@pytest.mark.parametrize(
    ("meant", "name", "unknown"),
    [
        ([Candidate("gateway", "ns")], "gateway", False),
        ([Candidate("gateway", "ns", certain=True)], "gateway", True),
        ([Candidate("gateway", "other")], "gateway.other", False),
        ([Candidate("gateway", "other", certain=True)], "gateway.other.svc", False),
        ([Candidate("gateway", "other", certain=True)], "gateway.other.svc.cluster.local", True),
        ([Candidate("gateway", "other", certain=True)], "gateway.other.svc.corp.example", True),
        ([Candidate("db", "other", certain=True)], "db-0.db.other.svc", False),
        ([Candidate("db", "ns"), Candidate("db-0", "db")], "db-0.db", False),
        ([Candidate("api", "github")], "api.github", False),
        ([], "api.github.com", False),
        ([Candidate("svc", "ns")], "svc", False),
        ([], "gateway.svc", True),
        ([Candidate("gateway", "ns")], "10.96.0.51", False),
        ([], "10.0.0.1", False),
        ([], "-x", False),
        ([], "a..b", False),
        ([], "8080", False),
    ],
)
def test_services_that_a_host_may_mean(meant: list[Candidate], name: str, unknown: bool) -> None:
    host = Host(container="app", name=name, unknown_name=unknown)
    assert list(candidates(host, "ns", OWN)) == meant


HOST = Host(container="app", name="gateway", port=80)


@pytest.mark.parametrize(
    ("said", "ready", "total", "pods", "spec"),
    [
        ("no endpoints: no pod carries app=g,tier=edge", 0, 0, 0, {"selector": {"tier": "edge", "app": "g"}}),
        ("no endpoints: none of its 2 pods has an address", 0, 0, 2, {"selector": {"app": "g"}}),
        ("no endpoints: none of its 1 pod has an address", 0, 0, 1, {"selector": {"app": "g"}}),
        ("no endpoints", 0, 0, None, {"selector": {"app": "g"}}),
        ("no endpoints: it selects no pods, and nobody has entered addresses", 0, 0, None, {}),
        ("2 endpoints, none ready", 0, 2, None, {"selector": {"app": "g"}}),
        ("1 endpoint, none ready", 0, 1, None, {"selector": {"app": "g"}}),
        ("3 endpoints, 1 ready", 1, 3, None, {"selector": {"app": "g"}}),
        ("2 endpoints, all ready", 2, 2, None, {"selector": {"app": "g"}, "ports": [{"port": 80}]}),
        (
            "2 endpoints, all ready; it has no port 80, only 8080, 9090",
            2,
            2,
            None,
            {"ports": [{"port": 8080}, {"port": 9090}]},
        ),
        ("2 endpoints, all ready", 2, 2, None, {"ports": [{"port": 8080}], "clusterIP": "None"}),
    ],
)
def test_how_a_service_stands(said: str, ready: int, total: int, pods: int | None, spec: Json) -> None:
    found = dependency_facts(HOST, service(**spec), Endpoints(ready, total), pods)
    assert str(found.said) == f"Service ns/gateway has {said}"
    assert (found.exists, found.ready, found.total, found.container) == (True, ready, total, "app")
    assert (found.service, found.namespace) == ("gateway", "ns")


def test_an_alias_of_an_outside_name_is_not_judged() -> None:
    assert dependency_facts(HOST, service(type="ExternalName"), Endpoints(), None) == DependencyFacts()


def test_what_does_not_exist_and_what_was_not_read() -> None:
    meant = Candidate("gateway", "other", certain=True)
    gone = no_service(HOST, meant)
    assert (gone.exists, gone.service, str(gone.said)) == (
        False,
        "gateway",
        "Service other/gateway does not exist",
    )
    assert set(unread_endpoints(HOST, service(), "no right").missing) == {"ready", "total", "said"}
    assert set(unread_service(HOST, meant, "no right").missing) == {"exists", "ready", "total", "said"}
    assert unread_service(HOST, meant, "no right").service == "gateway"
