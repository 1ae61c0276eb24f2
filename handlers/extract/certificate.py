"""A Certificate's facts; the Secret is never read, what cert-manager says of it is enough; pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from handlers.extract.events import plain
from handlers.sources.objects.certificate import (
    Certificate,
    CertificateRequest,
    Challenge,
    ClusterIssuer,
    Issuer,
)
from handlers.sources.objects.meta import Condition
from rules.facts.certificate import CertificateFacts
from rules.finding import ObjectRef, Observation
from rules.units import seconds_in_words

SOON = 21 * 86_400.0
"""Seconds before its end in which a certificate that was not renewed is worth a word."""
_READY: tuple[Literal["True", "False", "Unknown"], ...] = ("True", "False", "Unknown")


class CertificateReads(Struct, frozen=True, kw_only=True):
    """What was read about a Certificate.

    Attributes:
        requests: its own CertificateRequests.
        challenges: ACME challenges of its namespace.
        missing: name of a field → why it could not be read.
    """

    certificate: Certificate
    now: datetime
    requests: tuple[CertificateRequest, ...] = ()
    challenges: tuple[Challenge, ...] = ()
    issuer: Issuer | ClusterIssuer | None = None
    missing: Mapping[str, str] = {}


def is_suspect(certificate: Certificate, now: datetime) -> bool:
    """Whether it is not ready, has expired, or should have been renewed."""
    end, renewal = certificate.status.not_after, certificate.status.renewal_time
    if _condition(certificate.status.conditions, "Ready").status != "True":
        return True
    soon = end is not None and (end - now).total_seconds() < SOON
    return soon and (renewal is None or renewal < now)


def certificate_facts(reads: CertificateReads) -> CertificateFacts:
    """Compute a Certificate's facts."""
    certificate, status = reads.certificate, reads.certificate.status
    ready = _condition(status.conditions, "Ready")
    issuing = _condition(status.conditions, "Issuing")
    left = (status.not_after - reads.now).total_seconds() if status.not_after else None
    owner, reference = certificate.metadata.controller, certificate.spec.issuer_ref
    issuer = _condition(reads.issuer.status.conditions if reads.issuer else (), "Ready")
    return CertificateFacts(
        missing=_missing(reads.missing),
        ref=certificate.ref,
        top_owner=ObjectRef(owner.kind, owner.name, certificate.metadata.namespace)
        if owner
        else certificate.ref,
        age=_seconds_since(certificate.metadata.creation_timestamp, reads.now) or 0.0,
        ready=next((one for one in _READY if one == ready.status), "Unknown"),
        reason=ready.reason,
        said=_said(ready),
        issuing=issuing.status == "True",
        issuing_said=_said(issuing),
        secret=certificate.spec.secret_name,
        hosts=certificate.spec.dns_names or tuple(filter(None, (certificate.spec.common_name,))),
        expires_in=left,
        expired_for=-left if left is not None and left < 0 else None,
        renewal_overdue=_seconds_since(status.renewal_time, reads.now),
        renewal_ahead=status.renewal_time is not None and status.renewal_time > reads.now,
        failures=status.failed_issuance_attempts,
        request_said=_request(reads.requests),
        challenge_said=_challenge(reads.challenges, certificate.spec.dns_names),
        issuer=f"{reference.kind} {reference.name}",
        issuer_path=f"{reference.kind.lower()}/{reference.name}",
        issuer_exists=reads.issuer is not None or reference.group != "cert-manager.io",
        issuer_ready=issuer.status != "False",
        issuer_said=_said(issuer),
        effect=_effect(left, certificate),
    )


def _missing(missing: Mapping[str, str]) -> dict[str, str]:
    facts = {
        "issuer": ("issuer_exists", "issuer_ready"),
        "requests": ("request_said",),
        "challenges": ("challenge_said",),
    }
    return {fact: why for source, why in missing.items() for fact in facts.get(source, ())}


def _condition(conditions: Iterable[Condition], kind: str) -> Condition:
    return next((one for one in conditions if one.type == kind), Condition(type=kind))


def _said(condition: Condition) -> Observation | None:
    words = ": ".join(filter(None, (condition.reason, plain(condition.message))))
    source = f"condition {condition.type}"
    return Observation(words, source, condition.last_transition_time) if words else None


def _seconds_since(moment: datetime | None, now: datetime) -> float | None:
    """Seconds since a moment; None when it is not known or lies ahead."""
    passed = (now - moment).total_seconds() if moment else -1.0
    return passed if passed >= 0 else None


def _request(requests: Iterable[CertificateRequest]) -> Observation | None:
    """Why the newest request is not ready; None when it is, or there is none."""
    dated = [one for one in requests if one.metadata.creation_timestamp]
    newest = max(dated, key=lambda one: str(one.metadata.creation_timestamp), default=None)
    ready = _condition(newest.status.conditions if newest else (), "Ready")
    if newest is None or ready.status == "True":
        return None
    words = ": ".join(filter(None, (ready.reason, plain(ready.message))))
    source = f"CertificateRequest {newest.metadata.name}"
    return Observation(words, source, ready.last_transition_time) if words else None


def _challenge(challenges: Iterable[Challenge], hosts: tuple[str, ...]) -> Observation | None:
    """What the first open challenge for one of the names waits for."""
    names = {host.removeprefix("*.") for host in hosts}
    waiting = (c for c in challenges if c.spec.dns_name in names and c.status.state != "valid")
    found = next((c for c in waiting if c.status.reason), None)
    if found is None:
        return None
    words = f"{found.spec.type} challenge for {found.spec.dns_name}: {plain(found.status.reason)}"
    return Observation(words, f"Challenge {found.metadata.name}")


def _effect(left: float | None, certificate: Certificate) -> str:
    hosts = ", ".join(certificate.spec.dns_names[:3]) or certificate.metadata.name
    if left is None:
        return f"There is no certificate for {hosts} yet"
    if left < 0:
        return f"Clients refuse TLS connections to {hosts}"
    return f"{hosts} is still served with a certificate that holds for {seconds_in_words(left)} more"
