"""Causes that the recorded cluster does not have, from objects to finding, in clusters of a few objects."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from handlers.contract import Handler, Question, Sources
from handlers.ingress import INGRESS
from handlers.service import SERVICE
from handlers.sources.access import Access, Fixed
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.objects.certificate import Certificate
from handlers.sources.transport import Transport
from rules.correlate import Judged, correlate
from rules.judge import judge
from tests.fakes.kubernetes import ApiServer
from tests.handlers.build import NOW, Json, ago, pod_json, running, waiting
from tests.handlers.small_cluster import announce, thing, write_cluster
from tests.shipped import shipped_rules

CLASS = thing(
    "IngressClass", "alb", version="networking.k8s.io/v1", spec={"controller": "ingress.k8s.aws/alb"}
)
OTHER_CLASS = thing(
    "IngressClass", "nginx", version="networking.k8s.io/v1", spec={"controller": "k8s.io/nginx"}
)
ADDRESS = {"loadBalancer": {"ingress": [{"hostname": "x.elb.amazonaws.com"}]}}
DENY = {"podSelector": {}, "policyTypes": ["Ingress"]}


def service(*, labels: Json | None = None, target: Any = 8080, **spec: Any) -> Json:
    return thing(
        "Service",
        "web",
        metadata={"creationTimestamp": ago(86_400)},
        spec={
            "clusterIP": "10.0.0.1",
            "selector": {"app": "web"} if labels is None else labels,
            "ports": [{"name": "http", "port": 80, "targetPort": target}],
            **spec,
        },
    )


def endpoints(*, ready: bool = True, **more: Any) -> Json:
    return thing(
        "EndpointSlice",
        "web-1",
        version="discovery.k8s.io/v1",
        metadata={"labels": {"kubernetes.io/service-name": "web"}},
        endpoints=[{"addresses": ["10.0.0.2"], "conditions": {"ready": ready}}],
        ports=[{"name": "http", "port": 8080}],
        **more,
    )


def web(
    *, ready: bool = True, name: str = "web-1", namespace: str = "ns", labels: Json | None = None
) -> Json:
    container = running() if ready else waiting("CrashLoopBackOff")
    meta = {"name": name, "namespace": namespace, "uid": name, "labels": labels or {"app": "web"}}
    return pod_json(container, ready=ready, meta={**meta, "creationTimestamp": ago(7200)})


def controller(*, ready: bool = True) -> Json:
    labels = {"app.kubernetes.io/name": "aws-load-balancer-controller"}
    return web(ready=ready, name="lbc-1", namespace="kube-system", labels=labels)


def deployment(replicas: int) -> Json:
    template = {"metadata": {"labels": {"app": "web"}}}
    return thing("Deployment", "web", version="apps/v1", spec={"replicas": replicas, "template": template})


def policy(**spec: Any) -> Json:
    return thing("NetworkPolicy", "deny", version="networking.k8s.io/v1", spec={**DENY, **spec})


def ingress(*, address: bool = True, port: Json | None = None, meta: Json | None = None, **spec: Any) -> Json:
    backend = {"service": {"name": "web", "port": port or {"number": 80}}}
    rules = [{"host": "a.example.com", "http": {"paths": [{"path": "/", "backend": backend}]}}]
    return thing(
        "Ingress",
        "web",
        version="networking.k8s.io/v1",
        metadata={"creationTimestamp": ago(7200), **(meta or {})},
        spec={"ingressClassName": "alb", "rules": rules, **spec},
        status=ADDRESS if address else {},
    )


def warning(kind: str, reason: str, message: str) -> Json:
    involved = {"kind": kind, "name": "web", "namespace": "ns", "uid": f"u-{kind}-ns-web"}
    return thing(
        "Event",
        "e-1",
        involvedObject=involved,
        type="Warning",
        reason=reason,
        message=message,
        lastTimestamp=ago(60),
    )


def certificate() -> Json:
    spec = {"secretName": "web-tls", "dnsNames": ["a.example.com"], "issuerRef": {"name": "ca"}}
    return thing("Certificate", "web", version="cert-manager.io/v1", spec=spec)


SERVING = (service(), endpoints(), web())
CASES: dict[str, tuple[Handler, list[str], tuple[Json, ...]]] = {
    "all well": (SERVICE, [], SERVING),
    "scaled to zero": (SERVICE, ["service-scaled-to-zero"], (service(), deployment(0))),
    "no pod was made": (SERVICE, ["service-pods-missing"], (service(), deployment(2))),
    "endpoints lag behind": (SERVICE, ["service-endpoints-missing"], (service(), web())),
    "a policy closes it": (SERVICE, ["service-policy-closed"], (*SERVING, policy())),
    "a policy opens another port": (
        SERVICE,
        ["service-policy-closed"],
        (*SERVING, policy(ingress=[{"ports": [{"port": 9090}]}])),
    ),
    "a policy names who may come": (
        SERVICE,
        ["service-policy-limits"],
        (*SERVING, policy(ingress=[{"from": [{"podSelector": {"matchLabels": {"role": "client"}}}]}])),
    ),
    "readiness does not count": (
        SERVICE,
        ["service-publishes-not-ready"],
        (service(publishNotReadyAddresses=True), endpoints(), web(ready=False)),
    ),
    "nobody makes its load balancer": (
        SERVICE,
        ["service-load-balancer-pending"],
        (service(type="LoadBalancer"), endpoints(), web()),
    ),
    "its load balancer cannot be made": (
        SERVICE,
        ["service-load-balancer-failed"],
        (
            service(type="LoadBalancer"),
            endpoints(),
            web(),
            warning(
                "Service",
                "FailedBuildModel",
                "Failed build model due to unable to resolve at least one subnet",
            ),
        ),
    ),
    "nobody wrote endpoints": (SERVICE, ["service-no-endpoints-written"], (service(labels={}),)),
    "Ingress: all well": (INGRESS, [], (*SERVING, ingress(), CLASS, controller())),
    "Ingress: a class that is not there": (
        INGRESS,
        ["ingress-class-missing"],
        (*SERVING, ingress(address=False, ingressClassName="abl"), CLASS, controller()),
    ),
    "Ingress: no controller, and no load balancer": (
        INGRESS,
        ["alb-controller-not-found"],
        (*SERVING, ingress(address=False), CLASS),
    ),
    "Ingress: a controller that is looked for in the wrong place": (
        INGRESS,
        [],
        (*SERVING, ingress(), CLASS),
    ),
    "Ingress: the controller is down": (
        INGRESS,
        ["alb-controller-down"],
        (*SERVING, ingress(), CLASS, controller(ready=False)),
    ),
    "Ingress: silence": (
        INGRESS,
        ["ingress-no-address"],
        (*SERVING, ingress(address=False), CLASS, controller()),
    ),
    "Ingress: a port that is not there": (
        INGRESS,
        ["ingress-backend-port-missing"],
        (*SERVING, ingress(port={"number": 8080}), CLASS, controller()),
    ),
    "Ingress: nobody behind the Service": (
        INGRESS,
        ["ingress-backend-not-serving"],
        (service(), endpoints(ready=False), web(ready=False), ingress(), CLASS, controller()),
    ),
    "Ingress: the controller's role lacks a right": (
        INGRESS,
        ["alb-access-denied"],
        (
            *SERVING,
            ingress(),
            CLASS,
            controller(),
            warning(
                "Ingress",
                "FailedDeployModel",
                "Failed deploy model due to AccessDenied: User: arn:aws:sts::111122223333:assumed-role/lbc/1"
                " is not authorized to perform: ec2:CreateSecurityGroup",
            ),
        ),
    ),
    "Ingress: its deletion hangs": (
        INGRESS,
        ["ingress-finalizer-stuck"],
        (
            *SERVING,
            ingress(meta={"deletionTimestamp": ago(7200), "finalizers": ["ingress.k8s.aws/resources"]}),
            CLASS,
            controller(),
        ),
    ),
    "Ingress: a Secret is missing": (
        INGRESS,
        ["ingress-reconcile-failed", "ingress-tls-secret-missing"],
        (
            *SERVING,
            ingress(ingressClassName="nginx", tls=[{"secretName": "web-tls"}]),
            OTHER_CLASS,
            warning("Ingress", "CertificateMissing", 'secret "web-tls" not found'),
        ),
    ),
    "Ingress: a certificate is waited for": (
        INGRESS,
        ["ingress-certificate-waiting"],
        (*SERVING, ingress(tls=[{"secretName": "web-tls"}]), CLASS, controller(), certificate()),
    ),
}


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[KubernetesCluster]:
    async with ApiServer(folder) as server:
        access = Access(name="small", server=server.url, tls=None, credentials=Fixed(""), in_cluster=True)
        transport = Transport(access, max_in_flight=8, timeout=5.0)
        try:
            yield KubernetesCluster(transport, "small", now=lambda: NOW)
        finally:
            await transport.close()


async def silent(_: str) -> None: ...


async def findings(folder: Path, handler: Handler) -> list[str]:
    """What the rules say of `web`, asked as one of many."""
    async with served(folder) as cluster:
        question = Question(name="web", namespace="ns", sweep=True)
        evidence = await handler.gather(question, Sources(cluster=cluster), silent)
    judgement = judge(evidence.facts, shipped_rules())
    assert judgement.undecided == ()
    heads = correlate([Judged(evidence.facts, judgement)], shipped_rules().beats)
    assert evidence.healthy or heads
    return sorted(head.rule for head in heads)


@pytest.mark.parametrize(("handler", "rules", "objects"), CASES.values(), ids=CASES)
async def test_cause_is_found_from_the_objects(
    tmp_path: Path, handler: Handler, rules: list[str], objects: tuple[Json, ...]
) -> None:
    folder = announce(
        write_cluster(tmp_path, *objects, logs={"kube-system/lbc-1/app": ""}), Certificate.resource
    )
    assert await findings(folder, handler) == rules
