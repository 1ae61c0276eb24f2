"""The reads behind one MLflow server: pods and logs, Service, policies, database instance, bucket."""

import asyncio
from collections.abc import Mapping

from msgspec import Struct

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Need
from handlers.extract.mlflow import MlflowReads, stores
from handlers.extract.workload import selector_text
from handlers.look import Look, Read
from handlers.mlflow.aws import read_bucket, read_instance
from handlers.sources.objects.ingress import Ingress
from handlers.sources.objects.network import EndpointSlice, Namespace, Service
from handlers.sources.objects.network_policy import NetworkPolicy
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment

COMPONENT = "MLflow"
NEEDS = (
    Need("list", "apps", "deployments"),
    Need("list", "", "pods"),
    Need("list", "", "services"),
    Need("list", "", "namespaces"),
    Need("list", "discovery.k8s.io", "endpointslices"),
    Need("list", "networking.k8s.io", "networkpolicies"),
    Need("list", "networking.k8s.io", "ingresses"),
)


class Around(Struct, frozen=True, kw_only=True):
    """What was read around a server, with the diagnosis of its pods."""

    reads: MlflowReads
    behind: PodsBehind = PodsBehind()


async def read_server(deployment: Deployment, look: Look, *, sweep: bool) -> Around:
    """Read everything that can explain a server; what fails becomes a gap."""
    namespace = deployment.metadata.namespace
    component = look.platform.component(COMPONENT)
    plain = MlflowReads(
        deployment=deployment,
        now=look.cluster.now(),
        container=component.container if component else "",
        service_name=look.platform.mlflow.service,
    )
    kept = stores(plain)
    async with asyncio.TaskGroup() as group:
        pods = group.create_task(_pods(deployment, look))
        services = group.create_task(look.list(Service, namespace, what="services"))
        slices = group.create_task(look.list(EndpointSlice, namespace, what="endpoints"))
        policies = group.create_task(look.list(NetworkPolicy, namespace, what="network policies"))
        ingresses = group.create_task(look.list(Ingress, namespace, what="ingresses"))
        callers = group.create_task(look.list(Namespace, what="namespaces"))
        instance = group.create_task(read_instance(kept, look, sweep=sweep))
        bucket = group.create_task(read_bucket(kept, look, sweep=sweep))
    behind = await read_behind(pods.result().value or (), look)
    reads = MlflowReads(
        deployment=deployment,
        now=plain.now,
        container=plain.container,
        pods=pods.result().value or (),
        behind=behind.facts,
        service_name=plain.service_name,
        services=services.result().value or (),
        slices=slices.result().value or (),
        policies=policies.result().value or (),
        callers=_callers(callers.result(), deployment, look),
        ingresses=ingresses.result().value or (),
        instance=instance.result(),
        bucket=bucket.result(),
        missing=_missing(
            {
                "pods": pods.result().missing,
                "services": services.result().missing,
                "slices": slices.result().missing,
                "policies": policies.result().missing,
                "ingresses": ingresses.result().missing,
                "callers": callers.result().missing,
            }
        ),
    )
    return Around(reads=reads, behind=behind)


async def _pods(deployment: Deployment, look: Look) -> Read[tuple[Pod, ...]]:
    labels = selector_text(deployment.spec.selector)
    return await look.list(Pod, deployment.metadata.namespace, what="pods of MLflow", labels=labels)


def _callers(read: Read[tuple[Namespace, ...]], deployment: Deployment, look: Look) -> tuple[Namespace, ...]:
    """The namespaces the platform tracks from: those of models and of workflows.

    They use the platform's own servers; a team's server beside those is for that team.
    """
    component = look.platform.component(COMPONENT)
    if component and component.namespaces and deployment.metadata.namespace not in component.namespaces:
        return ()
    names = {*look.platform.model_namespaces, *look.platform.workflow_namespaces}
    return tuple(one for one in read.value or () if one.metadata.name in names)


def _missing(unread: Mapping[str, str]) -> Mapping[str, str]:
    return {source: why for source, why in unread.items() if why}
