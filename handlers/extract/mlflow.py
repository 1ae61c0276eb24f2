"""An MLflow server and what was read around it → MlflowFacts. Pure functions."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract.mlflow_aws import BucketReads, InstanceReads, instance_facts
from handlers.extract.mlflow_config import Stores, server_container, stores_of
from handlers.extract.mlflow_log import (
    Seen,
    artifact_failure,
    database_failure,
    failures,
    host_refused,
    server_errors,
    workers_failing,
)
from handlers.extract.mlflow_way import blocked_callers, waiting_ingress
from handlers.extract.pod_status import pod_condition, pod_status
from handlers.extract.serving import endpoints_of, selecting_services
from handlers.sources.objects.ingress import Ingress
from handlers.sources.objects.network import EndpointSlice, Namespace, Service
from handlers.sources.objects.network_policy import NetworkPolicy
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment
from rules.facts.container import ContainerFacts
from rules.facts.identity import IdentityFacts
from rules.facts.log import LogSignature
from rules.facts.mlflow import ArtifactFacts, DatabaseFacts, MlflowFacts
from rules.facts.pod import PodFacts
from rules.finding import ObjectRef, Observation

KIND = "MLflow"
YOUNG = 120.0
"""Seconds a pod may take to become ready."""
_LOG = frozenset({"log", "signature", "signature_is_cause"})
MOST_ERRORS = 5
"""Requests answered with 500 and above within the hour from which it is said."""


class MlflowReads(Struct, frozen=True, kw_only=True):
    """What was read around a server.

    Attributes:
        container: name of the container that runs it, where the platform profile says one.
        services: of its namespace; `service_name` is the one the platform profile names.
        callers: namespaces whose pods must reach it, with their labels.
        behind: the diagnosis of its worst pods.
        missing: fact → why it could not be read.
    """

    deployment: Deployment
    now: datetime
    container: str = ""
    pods: tuple[Pod, ...] = ()
    behind: tuple[PodFacts, ...] = ()
    service_name: str = "mlflow"
    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    policies: tuple[NetworkPolicy, ...] = ()
    callers: tuple[Namespace, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    instance: InstanceReads | None = None
    bucket: BucketReads = BucketReads()
    missing: Mapping[str, str] = {}


def mlflow_ref(deployment: Deployment) -> ObjectRef:
    """The server a Deployment runs."""
    return ObjectRef(KIND, deployment.metadata.name, deployment.metadata.namespace)


def stores(reads: MlflowReads) -> Stores:
    """Where it keeps runs and artifacts."""
    return stores_of(server_container(reads.deployment.spec.template.spec, reads.container))


def wanted(deployment: Deployment) -> int:
    """Pods it wants."""
    return 1 if deployment.spec.replicas is None else deployment.spec.replicas


def mlflow_facts(reads: MlflowReads) -> MlflowFacts:
    """Put the facts together."""
    seen = failures(reads.behind)
    database, artifacts = _database(reads, seen), _artifacts(reads, seen)
    killed, killer = workers_failing(seen)
    errors, error = server_errors(reads.behind)
    service, teller = _service(reads), _teller(reads, seen)
    container = _container(reads, teller)
    ready, asked = _ready(reads), wanted(reads.deployment)
    server = server_container(reads.deployment.spec.template.spec, reads.container)
    policies, blocked = blocked_callers(next(iter(reads.pods), None), server, reads.policies, reads.callers)
    answering = endpoints_of(service.metadata.name, reads.slices).ready if service else 0
    starting = ready < asked and any(_age(pod, reads.now) < YOUNG for pod in reads.pods)
    troubles = (database.problem != "none", artifacts.problem != "none", killed > 0, errors >= MOST_ERRORS)
    return MlflowFacts(
        ref=mlflow_ref(reads.deployment),
        top_owner=reads.deployment.ref,
        depends_on=_links(reads, service),
        healthy=(ready > 0 or starting) and not any(troubles),
        wanted=asked,
        ready=ready,
        starting=starting,
        pods_said=_pods_said(reads, ready),
        pod=teller.ref.name if teller else "",
        container=container.name if container else "mlflow",
        previous=bool(container and container.log.previous),
        service=service.metadata.name if service else "",
        port=service.spec.ports[0].port if service and service.spec.ports else 0,
        endpoints_ready=answering,
        endpoints_said=_endpoints_said(reads, service),
        database=database,
        artifacts=artifacts,
        workers_killed=killed,
        workers_said=killer.signature.line if killer else None,
        memory_limit=container.memory_limit if container else None,
        memory_suggested=container.memory_suggested if container else "",
        host_refused=host_refused(reads.behind),
        errors=errors if errors >= MOST_ERRORS else 0,
        errors_said=error if errors >= MOST_ERRORS else None,
        blocked_callers=blocked,
        policies=policies,
        ingress=waiting_ingress(reads.ingresses, service),
        effect=_effect(ready, asked, service, answering, artifacts),
        missing=_missing(reads),
    )


def absent_facts(service: Service) -> MlflowFacts:
    """A Service that clients know, and no Deployment behind it."""
    metadata = service.metadata
    ref = ObjectRef(KIND, metadata.name, metadata.namespace)
    return MlflowFacts(
        ref=ref,
        top_owner=ref,
        depends_on=(service.ref,),
        healthy=False,
        deployed=False,
        wanted=0,
        ready=0,
        endpoints_ready=0,
        service=metadata.name,
        port=service.spec.ports[0].port if service.spec.ports else 0,
        pods_said=Observation("no Deployment carries the label of MLflow", "Deployments of the namespace"),
        effect="Nothing is tracked: clients get connection refused",
    )


def _database(reads: MlflowReads, seen: Sequence[Seen]) -> DatabaseFacts:
    kept = stores(reads)
    problem, found = database_failure(seen)
    signature = found.signature if found else None
    host, port = kept.host, kept.port
    if signature and signature.subject.count(":") == 1:
        host, _, said = signature.subject.partition(":")
        port = int(said) if said.isdigit() else port
    elif problem == "dns" and signature and signature.subject:
        host = signature.subject
    return DatabaseFacts(
        engine=kept.engine,
        host=host,
        port=port or 5432,
        endpoint=f"{host}:{port or 5432}" if host else "its database",
        problem=problem,
        said=signature.line if signature else None,
        times=signature.count if signature else 0,
        user=signature.subject if signature and problem == "auth" else "",
        instance=instance_facts(reads.instance, reads.now),
        missing=_of_the_log(reads),
    )


def _artifacts(reads: MlflowReads, seen: Sequence[Seen]) -> ArtifactFacts:
    kept = stores(reads)
    problem, found = artifact_failure(seen)
    signature = found.signature if found else None
    bucket = kept.bucket or reads.bucket.name
    identity = found.pod.identity if found else (reads.behind[0].identity if reads.behind else None)
    return ArtifactFacts(
        uri=kept.uri,
        bucket=bucket,
        place=f"bucket {bucket}" if bucket else "its bucket",
        proxied=kept.proxied,
        problem=problem,
        said=signature.line if signature else None,
        times=signature.count if signature else 0,
        action=signature.action if signature else "",
        refusal=_refusal(signature),
        used_role=_used_role(signature, identity),
        wanted_role=identity.role_name if identity else "",
        service_account=identity.service_account if identity else "default",
        restart_helps=identity.older_than_role if identity else False,
        identity_said=identity.said if identity else None,
        bucket_exists=reads.bucket.exists,
        public_blocked=reads.bucket.public_blocked,
        encrypted=reads.bucket.encrypted,
        missing={**_of_the_log(reads), **reads.bucket.missing},
    )


def _refusal(signature: LogSignature | None) -> str:
    """What S3 refuses, and to which role, as far as the log tells."""
    if signature is None or not (signature.action or signature.role):
        return "a call"
    return (signature.action or "a call") + (f" to role {signature.role}" if signature.role else "")


def _used_role(signature: LogSignature | None, identity: IdentityFacts | None) -> str:
    said = signature.role if signature else ""
    return said or (identity.used_role if signature and identity else "")


def _of_the_log(reads: MlflowReads) -> Mapping[str, str]:
    """Without its pods or without their logs nothing is known of what they say."""
    every = (container.missing for pod in reads.behind for container in pod.containers)
    unread = (why for missing in every for name, why in missing.items() if name in _LOG)
    why = reads.missing.get("pods", "") or next(unread, "")
    return {"problem": why} if why else {}


def _missing(reads: MlflowReads) -> Mapping[str, str]:
    fields = {
        "pods": ("ready", "starting", "healthy", "workers_killed", "errors", "effect"),
        "services": ("service", "endpoints_ready"),
        "slices": ("endpoints_ready",),
        "policies": ("blocked_callers",),
        "callers": ("blocked_callers",),
        "ingresses": ("ingress",),
    }
    return {name: why for source, why in reads.missing.items() for name in fields.get(source, ())}


def _teller(reads: MlflowReads, seen: Sequence[Seen]) -> PodFacts | None:
    return seen[0].pod if seen else next(iter(reads.behind), None)


def _container(reads: MlflowReads, pod: PodFacts | None) -> ContainerFacts | None:
    server = server_container(reads.deployment.spec.template.spec, reads.container)
    every = pod.containers if pod else ()
    return next((one for one in every if server and one.name == server.name), None) or next(iter(every), None)


def _service(reads: MlflowReads) -> Service | None:
    """The Service that leads to it: the one of the profile's name, else one that selects its pods."""
    named = next((one for one in reads.services if one.metadata.name == reads.service_name), None)
    template = reads.deployment.spec.template.metadata
    model = Pod(metadata=template)
    return named or next(iter(selecting_services(model, reads.services)), None)


def _ready(reads: MlflowReads) -> int:
    return sum(pod_condition(pod, "Ready") == "True" for pod in reads.pods)


def _age(pod: Pod, now: datetime) -> float:
    made = pod.metadata.creation_timestamp
    return (now - made).total_seconds() if made else math.inf


def _pods_said(reads: MlflowReads, ready: int) -> Observation:
    states = sorted({pod_status(pod) for pod in reads.pods})
    words = f"{ready} of {wanted(reads.deployment)} pods ready" + (
        f" ({', '.join(states)})" if states else ""
    )
    return Observation(f"Deployment {reads.deployment.metadata.name}: {words}", "Deployment and its pods")


def _endpoints_said(reads: MlflowReads, service: Service | None) -> Observation | None:
    if service is None:
        return None
    name = service.metadata.name
    found = endpoints_of(name, reads.slices)
    text = f"Service {name} has {found.ready} of {found.total} endpoints ready"
    return Observation(text, "endpoints of the Service")


def _links(reads: MlflowReads, service: Service | None) -> tuple[ObjectRef, ...]:
    pods = [fact.ref for fact in reads.behind] + [pod.ref for pod in reads.pods]
    found = [*pods, reads.deployment.ref, *([service.ref] if service else [])]
    return tuple(dict.fromkeys(found))


def _effect(ready: int, asked: int, service: Service | None, answering: int, artifacts: ArtifactFacts) -> str:
    if not ready:
        return "Nothing is tracked: no pod of MLflow is ready, and clients get connection refused"
    if service is not None and not answering:
        return "Clients get connection refused: its Service has no ready endpoint"
    if artifacts.problem != "none":
        return "Runs and metrics are tracked; artifacts and models are not"
    return f"MLflow serves with {ready} of {asked} pods"
