"""Whom a refusing webhook calls, and who stands behind it."""

from handlers.extract.webhook import Called, called_by, webhook_facts
from handlers.sources.objects.admission import MutatingWebhookConfiguration, ValidatingWebhookConfiguration
from rules.finding import ObjectRef
from tests.handlers.build import Json, make
from tests.handlers.workload_build import crashing, well

REFUSAL = 'failed calling webhook "w.example.com": Post "https://hook.policy.svc:443/v": connection refused'
SERVICE = ObjectRef("Service", "hook", "policy")


def configuration(client: Json) -> MutatingWebhookConfiguration:
    webhook = {"name": "w.example.com", "clientConfig": client, "failurePolicy": "Fail"}
    return make(MutatingWebhookConfiguration, metadata={"name": "policy"}, webhooks=[webhook])


def test_configuration_says_whom_it_calls() -> None:
    other = make(ValidatingWebhookConfiguration, metadata={"name": "other"}, webhooks=[{"name": "x"}])
    found = called_by(
        "w.example.com", "", [other, configuration({"service": {"name": "hook", "namespace": "policy"}})]
    )
    assert found.service == SERVICE
    assert found.configuration == "mutatingwebhookconfiguration/policy"
    assert found.failure_policy == "Fail"


def test_webhook_outside_the_cluster_has_no_service() -> None:
    found = called_by("w.example.com", REFUSAL, [configuration({"url": "https://127.0.0.1:9443/mutate"})])
    assert found.service is None
    assert webhook_facts(found, ()).said is None


def test_refusal_tells_whom_it_calls_where_no_configuration_does() -> None:
    assert called_by("w.example.com", REFUSAL, []).service == SERVICE
    assert called_by("w.example.com", "context deadline exceeded", []).service is None


def test_pods_behind_it() -> None:
    called = Called(name="w.example.com", service=SERVICE)
    some = webhook_facts(called, [well(), crashing()])
    assert (some.ready, some.pods) == (1, 2)
    assert str(some.said) == "1 of 2 pods behind Service policy/hook are ready"
    assert str(webhook_facts(called, []).said) == "no pod stands behind Service policy/hook"
    assert webhook_facts(called, None).missing.keys() == {"pods", "ready"}
