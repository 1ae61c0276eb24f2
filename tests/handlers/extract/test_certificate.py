"""A Certificate's facts from its conditions, its issuer and its requests."""

from datetime import timedelta
from typing import Any

import pytest

from handlers.extract.certificate import CertificateReads, certificate_facts, is_suspect
from handlers.sources.objects.certificate import Certificate, CertificateRequest, Challenge, ClusterIssuer
from rules.facts.certificate import CertificateFacts
from tests.handlers.build import NOW, Json, ago, make

DAY = 86_400.0


def condition(kind: str, status: str, reason: str = "", message: str = "") -> Json:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def certificate(
    *conditions: Json, left: float | None = 60 * DAY, due: float | None = None, **status: Any
) -> Certificate:
    """A certificate with that many seconds left; `due` says how long ago its renewal was due."""
    times: Json = {}
    if left is not None:
        times["notAfter"] = (NOW + timedelta(seconds=left)).isoformat()
    if due is not None:
        times["renewalTime"] = ago(due)
    return make(
        Certificate,
        metadata={"name": "api", "namespace": "ns", "uid": "c", "creationTimestamp": ago(90 * DAY)},
        spec={
            "secretName": "api-tls",
            "dnsNames": ["*.api.example.com"],
            "issuerRef": {"kind": "ClusterIssuer", "name": "letsencrypt"},
        },
        status={"conditions": list(conditions), **times, **status},
    )


READY = condition("Ready", "True", "Ready")
UNREADY = condition("Ready", "False", "DoesNotExist", "Secret does not exist")


def facts(of: Certificate, **reads: Any) -> CertificateFacts:
    return certificate_facts(CertificateReads(certificate=of, now=NOW, **reads))


@pytest.mark.parametrize(
    ("of", "suspect"),
    [
        (certificate(READY), False),
        (certificate(READY, left=20 * DAY), True),
        (certificate(READY, left=20 * DAY, due=-DAY), False),
        (certificate(READY, left=20 * DAY, due=10 * DAY), True),
        (certificate(READY, left=-DAY), True),
        (certificate(UNREADY, left=None), True),
        (certificate(), True),
    ],
)
def test_suspicion(of: Certificate, suspect: bool) -> None:
    assert is_suspect(of, NOW) is suspect


def test_times_are_told_both_ways() -> None:
    left = facts(certificate(READY, left=10 * DAY, due=20 * DAY))
    assert (left.expires_in, left.expired_for, left.renewal_overdue) == (10 * DAY, None, 20 * DAY)
    assert not left.renewal_ahead
    assert facts(certificate(READY, left=10 * DAY, due=-DAY)).renewal_ahead
    over = facts(certificate(READY, left=-DAY))
    assert (over.expires_in, over.expired_for) == (-DAY, DAY)
    assert "refuse" in over.effect
    none = facts(certificate(UNREADY, left=None))
    assert none.expires_in is None
    assert none.effect == "There is no certificate for *.api.example.com yet"


def test_chain_of_the_issuance_is_read() -> None:
    old, new = (
        make(
            CertificateRequest,
            metadata={"name": name, "creationTimestamp": ago(age)},
            status={"conditions": [condition("Ready", "False", reason, "refused")]},
        )
        for name, age, reason in (("r-1", 900, "Denied"), ("r-2", 300, "Failed"))
    )
    challenge = make(
        Challenge,
        metadata={"name": "ch"},
        spec={"dnsName": "api.example.com", "type": "DNS-01"},
        status={"state": "pending", "reason": "record not yet propagated"},
    )
    issuer = make(
        ClusterIssuer,
        metadata={"name": "letsencrypt"},
        status={"conditions": [condition("Ready", "False", "ErrInitIssuer", "no such host")]},
    )
    found = facts(certificate(UNREADY), requests=(old, new), challenges=(challenge,), issuer=issuer)
    assert found.request_said is not None
    assert (found.request_said.text, found.request_said.source) == (
        "Failed: refused",
        "CertificateRequest r-2",
    )
    assert found.challenge_said is not None
    assert found.challenge_said.text == "DNS-01 challenge for api.example.com: record not yet propagated"
    assert found.issuer_exists
    assert not found.issuer_ready
    assert found.issuer_path == "clusterissuer/letsencrypt"


def test_issuer_that_is_missing_is_told_from_one_that_was_not_read() -> None:
    assert not facts(certificate(READY)).issuer_exists
    unread = facts(certificate(READY), missing={"issuer": "forbidden"})
    assert unread.missing == {"issuer_exists": "forbidden", "issuer_ready": "forbidden"}
