"""Admission webhooks (admissionregistration.k8s.io/v1): who is asked before an object is made."""

from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import KubernetesObject, Part, Resource


class WebhookService(Part, frozen=True):
    """The Service that answers a webhook."""

    namespace: str = ""
    name: str = ""


class WebhookClient(Part, frozen=True):
    """Where a webhook is called: a Service of the cluster, or a URL."""

    service: WebhookService | None = None
    url: str = ""


class Webhook(Part, frozen=True):
    """One webhook; failure_policy "Fail" refuses what it cannot be asked about."""

    name: str = ""
    client_config: WebhookClient = field(default_factory=WebhookClient)
    failure_policy: str = "Fail"


class ValidatingWebhookConfiguration(KubernetesObject, frozen=True):
    """Webhooks that may refuse."""

    resource: ClassVar[Resource] = Resource(
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        namespaced=False,
    )
    webhooks: tuple[Webhook, ...] = ()


class MutatingWebhookConfiguration(KubernetesObject, frozen=True):
    """Webhooks that may change what is made, and refuse it."""

    resource: ClassVar[Resource] = Resource(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        namespaced=False,
    )
    webhooks: tuple[Webhook, ...] = ()
