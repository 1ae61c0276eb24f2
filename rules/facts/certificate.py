"""Facts about a certificate of cert-manager: every word a rule about Certificates may say."""

from typing import Annotated, Literal

from rules.facts.base import SubjectFacts, fact
from rules.finding import ObjectRef, Observation


class CertificateFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one Certificate."""

    ref: Annotated[ObjectRef, fact("The Certificate")] = ObjectRef("Certificate", "cert", "default")
    top_owner: Annotated[ObjectRef, fact("Who made it (an Ingress), or itself")] = ObjectRef(
        "Certificate", "cert", "default"
    )
    age: Annotated[float, fact("Time since creation", unit="seconds")] = 86_400.0
    ready: Annotated[Literal["True", "False", "Unknown"], fact("Its Ready condition")] = "True"
    reason: Annotated[str, fact("Reason of that condition (DoesNotExist, Expired, Failed)")] = ""
    said: Annotated[Observation | None, fact("Reason and message of that condition")] = None
    issuing: Annotated[bool, fact("Whether an issuance is under way", read="condition Issuing")] = False
    issuing_said: Annotated[Observation | None, fact("Reason and message of the Issuing condition")] = None
    secret: Annotated[str, fact("Secret it writes", read="spec.secretName")] = ""
    hosts: Annotated[tuple[str, ...], fact("Names it is for", read="spec.dnsNames")] = ()
    expires_in: Annotated[
        float | None, fact("Time until it expires; negative once it has", unit="seconds", read="notAfter")
    ] = None
    expired_for: Annotated[float | None, fact("Time since it expired; None before", unit="seconds")] = None
    renewal_overdue: Annotated[
        float | None, fact("Time since it should have been renewed; None before", unit="seconds")
    ] = None
    renewal_ahead: Annotated[bool, fact("Whether its renewal is due later", read="renewalTime")] = False
    failures: Annotated[int, fact("Failed issuances in a row", read="failedIssuanceAttempts")] = 0
    request_said: Annotated[Observation | None, fact("Why the newest CertificateRequest is not ready")] = None
    challenge_said: Annotated[Observation | None, fact("What an ACME challenge waits for")] = None
    issuer: Annotated[str, fact("Who signs (ClusterIssuer letsencrypt)", read="spec.issuerRef")] = ""
    issuer_path: Annotated[str, fact("The same as kubectl takes it (clusterissuer/letsencrypt)")] = ""
    issuer_exists: Annotated[bool, fact("Whether that issuer exists")] = True
    issuer_ready: Annotated[bool, fact("Whether it is ready to sign")] = True
    issuer_said: Annotated[Observation | None, fact("Why the issuer is not ready")] = None
    effect: Annotated[str, fact("Whether its hosts are still served, in a sentence")] = ""
