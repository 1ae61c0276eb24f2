"""`diagnose certificate` over HTTP, against a cluster that serves cert-manager and one that does not."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from handlers.certificate import CERTIFICATE, CERTIFICATE_SWEEP
from handlers.contract import Evidence, NameNotFound, Question, Sources
from handlers.look import Look
from handlers.sources.cluster import Cluster
from handlers.sources.errors import NotServed
from handlers.sources.objects.certificate import (
    Certificate,
    CertificateRequest,
    Challenge,
    ClusterIssuer,
    Issuer,
)
from rules.facts.certificate import CertificateFacts
from tests.fakes.kubernetes import ApiServer, Fault
from tests.handlers.build import ago
from tests.handlers.conftest import Connect, told
from tests.handlers.small_cluster import announce, thing, write_cluster

Serve = Callable[[Path], Awaitable[ApiServer]]
VERSION = "cert-manager.io/v1"
KINDS = (Certificate, CertificateRequest, Issuer, ClusterIssuer, Challenge)


def certificate(name: str, ready: str, **status: Any) -> dict[str, Any]:
    spec = {"secretName": f"{name}-tls", "issuerRef": {"name": "ca"}, "dnsNames": [f"{name}.example.com"]}
    conditions = [{"type": "Ready", "status": ready, "reason": "DoesNotExist", "message": "no Secret"}]
    return thing(
        "Certificate",
        name,
        version=VERSION,
        spec=spec,
        status={"conditions": conditions, **status},
        metadata={"creationTimestamp": ago(86_400)},
    )


@pytest.fixture
async def server(serve: Serve, tmp_path: Path) -> ApiServer:
    issuer = thing(
        "Issuer", "ca", version=VERSION, status={"conditions": [{"type": "Ready", "status": "True"}]}
    )
    owner = {"kind": "Certificate", "name": "api", "uid": "u-Certificate-ns-api", "apiVersion": VERSION}
    request = thing(
        "CertificateRequest",
        "api-1",
        version=VERSION,
        metadata={"ownerReferences": [owner], "creationTimestamp": ago(600)},
        status={
            "conditions": [{"type": "Ready", "status": "False", "reason": "Failed", "message": "denied"}]
        },
    )
    folder = write_cluster(tmp_path, certificate("api", "False"), certificate("web", "True"), issuer, request)
    return await serve(announce(folder, *(kind.resource for kind in KINDS)))


async def ask(cluster: Cluster, name: str, deadline: float = 20.0) -> tuple[Evidence, CertificateFacts]:
    evidence = await CERTIFICATE.gather(
        Question(name=name, namespace="ns", deadline=deadline), Sources(cluster=cluster), told
    )
    assert isinstance(evidence.facts, CertificateFacts)
    return evidence, evidence.facts


async def test_its_request_says_why(server: ApiServer, connect: Connect) -> None:
    evidence, facts = await ask(connect(server), "api")
    assert not evidence.healthy
    assert facts.request_said is not None
    assert facts.request_said.text == "Failed: denied"
    assert facts.issuer_ready
    assert evidence.gaps == ()


async def test_it_is_found_by_its_secret_and_its_host(server: ApiServer, connect: Connect) -> None:
    for name in ("web-tls", "web.example.com"):
        evidence, _ = await ask(connect(server), name)
        assert evidence.subject.name == "web"
        assert evidence.healthy


@pytest.mark.parametrize("fault", [Fault.recorded("403-nodes.http"), Fault.hang(), Fault.answer(b"{")])
async def test_issuer_that_cannot_be_read_is_a_gap(server: ApiServer, connect: Connect, fault: Fault) -> None:
    server.fail("/apis/cert-manager.io/v1/namespaces/ns/issuers", fault)
    evidence, facts = await ask(connect(server, timeout=fault.patience), "api")
    assert [gap.source for gap in evidence.gaps] == ["Issuer ca"]
    assert "issuer_exists" in facts.missing


async def test_only_the_unwell_are_suspected(server: ApiServer, connect: Connect) -> None:
    async with Look(Sources(cluster=connect(server)), 20.0, told) as look:
        assert [ref.name for ref in await CERTIFICATE_SWEEP.suspects(look, "")] == ["api"]
        assert look.gaps == ()


async def test_cluster_without_cert_manager_says_so_and_has_no_suspects(
    serve: Serve, connect: Connect, tmp_path: Path
) -> None:
    cluster = connect(await serve(write_cluster(tmp_path)))
    with pytest.raises(NotServed):
        await ask(cluster, "api")
    async with Look(Sources(cluster=cluster), 20.0, told) as look:
        assert await CERTIFICATE_SWEEP.suspects(look, "") == ()
        assert look.gaps == ()


async def test_unknown_name_has_no_answer(server: ApiServer, connect: Connect) -> None:
    with pytest.raises(NameNotFound):
        await ask(connect(server), "nothing")


async def test_answers_full_of_nulls_are_read(server: ApiServer, connect: Connect) -> None:
    server.fail("/", Fault.nulls())
    evidence, facts = await ask(connect(server), "api")
    assert evidence.gaps == ()
    assert facts.ready == "Unknown"
