"""Certificates of cert-manager and what issues them (cert-manager.io/v1, acme.cert-manager.io/v1)."""

from datetime import datetime
from typing import ClassVar

from msgspec import field

from handlers.sources.objects.meta import Condition, KubernetesObject, Part, Resource


class IssuerReference(Part, frozen=True):
    """Who signs; without a kind it is an Issuer of the namespace."""

    name: str = ""
    kind: str = "Issuer"
    group: str = "cert-manager.io"


class CertificateSpec(Part, frozen=True):
    """spec of a Certificate."""

    secret_name: str = ""
    dns_names: tuple[str, ...] = ()
    common_name: str = ""
    issuer_ref: IssuerReference = field(default_factory=IssuerReference)


class CertificateStatus(Part, frozen=True):
    """status of a Certificate; times of the certificate in the Secret."""

    conditions: tuple[Condition, ...] = ()
    not_after: datetime | None = None
    renewal_time: datetime | None = None
    last_failure_time: datetime | None = None
    failed_issuance_attempts: int = 0
    revision: int = 0


class Certificate(KubernetesObject, frozen=True):
    """A Certificate."""

    resource: ClassVar[Resource] = Resource("cert-manager.io", "v1", "certificates", "Certificate")
    spec: CertificateSpec = field(default_factory=CertificateSpec)
    status: CertificateStatus = field(default_factory=CertificateStatus)


class Conditions(Part, frozen=True):
    """A status of conditions alone."""

    conditions: tuple[Condition, ...] = ()


class CertificateRequest(KubernetesObject, frozen=True):
    """One attempt to have a Certificate signed; its Certificate owns it."""

    resource: ClassVar[Resource] = Resource(
        "cert-manager.io", "v1", "certificaterequests", "CertificateRequest"
    )
    status: Conditions = field(default_factory=Conditions)


class Issuer(KubernetesObject, frozen=True):
    """Who signs certificates of its namespace."""

    resource: ClassVar[Resource] = Resource("cert-manager.io", "v1", "issuers", "Issuer")
    status: Conditions = field(default_factory=Conditions)


class ClusterIssuer(KubernetesObject, frozen=True):
    """Who signs certificates of every namespace."""

    resource: ClassVar[Resource] = Resource(
        "cert-manager.io", "v1", "clusterissuers", "ClusterIssuer", namespaced=False
    )
    status: Conditions = field(default_factory=Conditions)


class ChallengeSpec(Part, frozen=True):
    """spec of a Challenge: which name is to be proved, and how (HTTP-01, DNS-01)."""

    dns_name: str = ""
    type: str = ""


class ChallengeStatus(Part, frozen=True):
    """status of a Challenge; `reason` is what it waits for."""

    state: str = ""
    reason: str = ""


class Challenge(KubernetesObject, frozen=True):
    """A proof that an ACME issuer asks for; an Order owns it."""

    resource: ClassVar[Resource] = Resource("acme.cert-manager.io", "v1", "challenges", "Challenge")
    spec: ChallengeSpec = field(default_factory=ChallengeSpec)
    status: ChallengeStatus = field(default_factory=ChallengeStatus)
