"""Find the Certificate that is meant, and read what its issuance waits for."""

import asyncio
from collections.abc import Iterable

import msgspec

from handlers.contract import Evidence, Progress, Question, Sources
from handlers.extract.certificate import CertificateReads, certificate_facts, is_suspect
from handlers.find_object import FoundObject, Sort, find_object
from handlers.look import Look, Read
from handlers.sources.cluster import counting
from handlers.sources.errors import NotServed
from handlers.sources.objects.certificate import (
    Certificate,
    CertificateRequest,
    Challenge,
    ClusterIssuer,
    Issuer,
)
from handlers.sweep import picked
from rules.facts.certificate import CertificateFacts
from rules.finding import ObjectRef
from rules.units import seconds_in_words


def _state(certificate: Certificate) -> str:
    ready = next((c for c in certificate.status.conditions if c.type == "Ready"), None)
    return f"Ready {ready.status}" if ready else "no status"


def _healthy(certificate: Certificate) -> bool:
    return _state(certificate) == "Ready True"


SORT = Sort(
    Certificate, state=_state, healthy=_healthy, names=lambda one: (one.spec.secret_name, *one.spec.dns_names)
)


async def gather(question: Question, sources: Sources, progress: Progress) -> Evidence:
    """Go and look at one Certificate.

    Raises:
        QuestionError: the name is impossible, unknown, or means several Certificates.
        SourceError: the Certificate could not be read, or the cluster has no cert-manager.
    """
    with counting() as count:
        async with Look(sources, question.deadline, progress) as look:
            found = await find_object(SORT, question, look)
            await look.told("certificate")
            evidence = await _look(found, look)
    return msgspec.structs.replace(evidence, api_calls=count.requests)


async def _look(found: FoundObject[Certificate], look: Look) -> Evidence:
    facts = certificate_facts(await _read(found.item, look))
    return Evidence(
        subject=facts.ref,
        facts=facts,
        about=tuple(filter(None, _about(facts, found.note))),
        healthy=facts.ready == "True" and facts.expired_for is None,
        symptom=_state(found.item),
        gaps=look.gaps,
        checked=tuple(_checked(facts)),
        as_of=look.cluster.now(),
    )


async def _read(certificate: Certificate, look: Look) -> CertificateReads:
    """Read issuer, requests and challenges at once; a cluster without ACME has no challenges."""
    namespace = certificate.metadata.namespace
    async with asyncio.TaskGroup() as group:
        issuer = group.create_task(_issuer(certificate, look))
        requests = group.create_task(look.list(CertificateRequest, namespace, what="certificate requests"))
        challenges = group.create_task(look.list(Challenge, namespace, what="challenges"))
    missing = {
        "issuer": issuer.result().missing,
        "requests": requests.result().missing,
        "challenges": challenges.result().missing,
    }
    return CertificateReads(
        certificate=certificate,
        now=look.cluster.now(),
        requests=tuple(one for one in requests.result().value or () if _is_own(one, certificate)),
        challenges=challenges.result().value or (),
        issuer=issuer.result().value,
        missing={source: why for source, why in missing.items() if why},
    )


def _is_own(request: CertificateRequest, certificate: Certificate) -> bool:
    return any(owner.uid == certificate.metadata.uid for owner in request.metadata.owner_references)


async def _issuer(certificate: Certificate, look: Look) -> Read[Issuer] | Read[ClusterIssuer]:
    reference = certificate.spec.issuer_ref
    what = f"{reference.kind} {reference.name}"
    if reference.kind == "ClusterIssuer":
        return await look.get(ClusterIssuer, reference.name, what=what)
    return await look.get(Issuer, reference.name, certificate.metadata.namespace, what=what)


def _about(facts: CertificateFacts, note: str) -> Iterable[str]:
    yield note
    yield f"for {', '.join(facts.hosts)}" if facts.hosts else ""
    yield f"issued by {facts.issuer}"
    yield f"Secret {facts.secret}"
    if facts.expires_in is not None and facts.expires_in > 0:
        yield f"holds for {seconds_in_words(facts.expires_in)} more"


def _checked(facts: CertificateFacts) -> Iterable[str]:
    yield f"condition Ready ({facts.ready})"
    if facts.expires_in is not None:
        yield f"expiry (in {seconds_in_words(max(0.0, facts.expires_in))})"
    if "issuer_ready" not in facts.missing:
        yield f"{facts.issuer}"
    if "request_said" not in facts.missing:
        yield "its requests"


async def suspects(look: Look, namespace: str) -> tuple[ObjectRef, ...]:
    """Certificates that are not ready, have expired, or should have been renewed."""
    read = await look.read(_listed(look, namespace), "certificates")
    now = look.cluster.now()
    return tuple(one.ref for one in await picked(read.value or (), lambda one: is_suspect(one, now)))


async def _listed(look: Look, namespace: str) -> tuple[Certificate, ...]:
    """List them; a cluster without cert-manager has none, which is no gap."""
    try:
        return await look.cluster.list(Certificate, namespace)
    except NotServed:
        return ()
