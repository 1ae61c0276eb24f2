"""The webhook that a refusal names: its configuration, the Service it calls, and the pods behind that."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from handlers.extract.pod_status import pod_condition
from handlers.sources.objects.admission import (
    MutatingWebhookConfiguration,
    ValidatingWebhookConfiguration,
    Webhook,
)
from handlers.sources.objects.pod import Pod
from rules.facts.workload import WebhookFacts
from rules.finding import ObjectRef, Observation

Configuration = ValidatingWebhookConfiguration | MutatingWebhookConfiguration
_CALLED = re.compile(r"https://([a-z0-9-]+)\.([a-z0-9-]+)\.svc")


class Called(Struct, frozen=True, kw_only=True):
    """Whom a refusing webhook calls.

    Attributes:
        name: of the webhook.
        service: the Service; None for a webhook outside the cluster, or when nothing tells.
        configuration: as kubectl takes it, or empty when it could not be read.
    """

    name: str
    service: ObjectRef | None = None
    configuration: str = ""
    failure_policy: str = ""


def called_by(name: str, refusal: str, configurations: Iterable[Configuration]) -> Called:
    """Whom the webhook of that name calls: by its configuration, else by the address in the refusal."""
    for each in configurations:
        for webhook in each.webhooks:
            if webhook.name == name:
                return _configured(webhook, each)
    said = _CALLED.search(refusal)
    return Called(name=name, service=ObjectRef("Service", said[1], said[2]) if said else None)


def _configured(webhook: Webhook, configuration: Configuration) -> Called:
    service = webhook.client_config.service
    return Called(
        name=webhook.name,
        service=ObjectRef("Service", service.name, service.namespace) if service else None,
        configuration=f"{configuration.resource.kind.lower()}/{configuration.metadata.name}",
        failure_policy=webhook.failure_policy,
    )


def webhook_facts(called: Called, pods: Sequence[Pod] | None) -> WebhookFacts:
    """How the webhook stands; `pods` None means that those behind it could not be read."""
    there = pods or ()
    ready = sum(pod_condition(pod, "Ready") == "True" for pod in there)
    said = None
    if called.service and pods is not None:
        behind = f"{ready} of {len(there)} pods behind Service {called.service} are ready"
        said = Observation(behind if there else f"no pod stands behind Service {called.service}", "pods")
    return WebhookFacts(
        missing={} if pods is not None else {"pods": "pods behind it not read", "ready": "not read"},
        name=called.name,
        configuration=called.configuration,
        failure_policy=called.failure_policy,
        service=called.service.name if called.service else "",
        namespace=called.service.namespace if called.service else "",
        pods=len(there),
        ready=ready,
        said=said,
    )
