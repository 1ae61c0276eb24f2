"""Who may reach a pod, by policies written as the API writes them."""

from collections.abc import Sequence

import pytest

from handlers.extract.network_policy import admission
from handlers.extract.service_policy import policy_facts
from handlers.sources.objects.network import Namespace, Service
from handlers.sources.objects.network_policy import NetworkPolicy
from tests.handlers.build import Json, make, pod

TARGET = pod(
    {"name": "app", "spec": {"ports": [{"name": "http", "containerPort": 8080}]}},
    meta={"labels": {"app": "mlflow"}},
)
ML = {"namespaceSelector": {"matchLabels": {"team": "ml"}}}


def policy(spec: Json, name: str = "policy", namespace: str = "ns") -> NetworkPolicy:
    return make(NetworkPolicy, metadata={"name": name, "namespace": namespace}, spec=spec)


def rules(*ingress: Json, chooses: Json | None = None) -> NetworkPolicy:
    return policy({"podSelector": chooses or {}, "policyTypes": ["Ingress"], "ingress": list(ingress)})


DENY = rules()


@pytest.mark.parametrize(
    "policies",
    [
        [],
        [policy({"podSelector": {"matchLabels": {"app": "other"}}, "policyTypes": ["Ingress"]})],
        [policy({"podSelector": {}, "policyTypes": ["Egress"]})],
        [policy({"podSelector": {}, "policyTypes": ["Ingress"]}, namespace="elsewhere")],
        [DENY, rules({})],
        [DENY, rules({"ports": [{"port": 8080}]})],
        [DENY, rules({"ports": [{"port": "http"}]})],
        [DENY, rules({"ports": [{"port": 8000, "endPort": 9000}]})],
    ],
)
def test_open_pod_lets_everybody_in(policies: Sequence[NetworkPolicy]) -> None:
    found = admission(TARGET, 8080, "TCP", policies)
    assert found.open
    assert not found.closed
    assert found.in_words() == ()
    assert found.admits("anywhere", {}, {})


@pytest.mark.parametrize(
    "policies",
    [
        [DENY],
        [policy({"podSelector": {}})],
        [rules({"from": [ML], "ports": [{"port": 9090}]})],
        [rules({"from": [ML], "ports": [{"port": 8080, "protocol": "UDP"}]})],
        [rules({"from": [ML], "ports": [{"port": "metrics"}]})],
        [rules({"from": [ML], "ports": [{"port": 1000, "endPort": 8000}]})],
    ],
)
def test_closed_pod_lets_nobody_in(policies: Sequence[NetworkPolicy]) -> None:
    found = admission(TARGET, 8080, "TCP", policies)
    assert found.closed
    assert not found.admits("ns", {"team": "ml"}, {})


def test_policies_add_up_and_say_who_gets_in() -> None:
    policies = [
        DENY,
        rules({"from": [ML], "ports": [{"port": 8080}]}),
        rules({"from": [{"ipBlock": {"cidr": "10.0.0.0/16", "except": ["10.0.9.0/24"]}}]}),
        rules({"from": [{"podSelector": {"matchLabels": {"role": "client"}}}]}),
        rules({"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"role": "probe"}}}]}),
    ]
    found = admission(TARGET, 8080, "TCP", policies)
    assert found.in_words() == (
        "pods in namespaces with team=ml",
        "addresses 10.0.0.0/16 without 10.0.9.0/24",
        "pods with role=client of its own namespace",
        "pods with role=probe in all namespaces",
    )
    assert found.admits("argo", {"team": "ml"}, {})
    assert found.admits("ns", {}, {"role": "client"})
    assert not found.admits("argo", {}, {"role": "client"})
    assert found.admits("argo", {}, {"role": "probe"})


def test_service_is_closed_on_the_ports_that_nothing_lets_in() -> None:
    service = make(
        Service,
        metadata={"name": "s", "namespace": "ns"},
        spec={"ports": [{"name": "http", "port": 80, "targetPort": "http"}, {"name": "admin", "port": 9}]},
    )
    facts = policy_facts(service, [TARGET], [rules({"from": [ML], "ports": [{"port": 8080}]})])
    assert facts.closed_ports == ("admin",)
    assert not facts.closed
    assert facts.only is not None
    assert (
        facts.only.text
        == "ns/s may be reached only from pods in namespaces with team=ml; nobody on port admin"
    )
    assert policy_facts(service, [TARGET], [DENY]).closed
    assert policy_facts(service, [], [DENY]).isolating == ()


def test_namespaces_that_get_in_are_named() -> None:
    service = make(
        Service,
        metadata={"name": "s", "namespace": "ns"},
        spec={"ports": [{"name": "http", "port": 80, "targetPort": "http"}]},
    )
    namespaces = [
        make(Namespace, metadata={"name": name, "labels": labels})
        for name, labels in (("argo", {"team": "ml"}), ("web", {}), ("ns", {}))
    ]
    own = {"podSelector": {"matchLabels": {"role": "client"}}}
    facts = policy_facts(service, [TARGET], [DENY, rules({"from": [ML, own]})], namespaces)
    assert facts.namespaces == ("argo",)
    assert facts.only is not None
    assert facts.only.text.endswith("that is namespaces argo")
    assert not facts.by_address
    assert policy_facts(service, [TARGET], [], namespaces).namespaces == ()
