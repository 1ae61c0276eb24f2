"""What is read behind an InferenceService, all at once but for its pods' own reads."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from handlers.behind import MOST, PodsBehind, read_behind
from handlers.extract.inferenceservice import ServingReads
from handlers.extract.owner import INFERENCE_SERVICE
from handlers.extract.pod import never_created_facts
from handlers.extract.pod_status import pod_condition
from handlers.extract.predictions import ServerLog
from handlers.extract.serving_runtime import Runtime
from handlers.extract.serving_spec import condition, is_stopped
from handlers.look import Look, Read, nothing
from handlers.never_created import owner_of, refusal_of
from handlers.pod_logs import read_logs
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.serving import ClusterServingRuntime, InferenceService, ServingRuntime
from handlers.sources.objects.workload import Deployment
from rules.facts.pod import PodFacts

_UNLESS_PODS = (
    "pod",
    "component",
    "initializer_missing",
    "pods",
    "pods_ready",
    "predictions",
    "loading",
    "healthy",
    "trouble",
    "effect",
    "starting",
    "revision",
    "runtime",
)
"""Facts that need the pods."""


class Behind(Struct, frozen=True, kw_only=True):
    """What was read; `uncreated` are Deployments whose pods the API server refuses."""

    reads: ServingReads
    pods: PodsBehind
    uncreated: tuple[PodFacts, ...] = ()


async def read_serving_behind(item: InferenceService, look: Look, *, sweep: bool) -> Behind:
    """Read everything that can explain an InferenceService; what fails becomes a gap.

    In a sweep one pod is read, for the facts of the InferenceService cannot do without.
    """
    namespace, selector = item.metadata.namespace, f"{INFERENCE_SERVICE}={item.metadata.name}"
    uid = f"involvedObject.uid={item.metadata.uid}"
    troubled = condition(item, "Ready").status != "True" and not is_stopped(item)
    async with asyncio.TaskGroup() as group:
        pods = group.create_task(look.list(Pod, namespace, what="pods", labels=selector))
        deployments = group.create_task(look.list(Deployment, namespace, what="deployments", labels=selector))
        events = group.create_task(look.list(Event, namespace, what="events", fields=uid))
        runtimes = group.create_task(_runtimes(namespace, look) if troubled else nothing())
        others = group.create_task(
            look.list(InferenceService, namespace, what="inferenceservices") if troubled else nothing()
        )
        behind = group.create_task(_behind(pods, look, 1 if sweep else MOST))
    read_pods = behind.result()
    made = deployments.result().value or ()
    uncreated = () if pods.result().value or sweep else await _refused(made, look)
    logs = () if sweep else await _serving_logs(pods.result().value or (), read_pods, look)
    reads = ServingReads(
        service=item,
        now=look.cluster.now(),
        pods=pods.result().value or (),
        worst=read_pods.facts[0] if read_pods.facts else next(iter(uncreated), None),
        logs=logs,
        deployments=made,
        events=events.result().value or (),
        others=others.result().value or (),
        runtimes=runtimes.result().value,
        missing=_missing(pods.result(), events.result(), runtimes.result()),
    )
    return Behind(reads=reads, pods=read_pods, uncreated=uncreated)


async def _behind(pods: asyncio.Task[Read[tuple[Pod, ...]]], look: Look, most: int) -> PodsBehind:
    found = (await pods).value
    return await read_behind(found, look, most) if found else PodsBehind()


async def _serving_logs(pods: Sequence[Pod], behind: PodsBehind, look: Look) -> tuple[ServerLog, ...]:
    """The log of a pod that serves, where none of those that were diagnosed does."""
    ready = [pod for pod in pods if pod_condition(pod, "Ready") == "True"]
    if not ready or any(facts.ready for facts in behind.facts):
        return ()
    logs = await read_logs(look, ready[0], look.cluster.now())
    return tuple(ServerLog(ready[0].metadata.name, log) for log in logs.facts.values())


async def _runtimes(namespace: str, look: Look) -> Read[tuple[Runtime, ...]]:
    """The runtimes of the namespace and of the cluster; one list without the other tells too little."""
    own, wide = await asyncio.gather(
        look.list(ServingRuntime, namespace, what="servingruntimes"),
        look.list(ClusterServingRuntime, what="clusterservingruntimes"),
    )
    if own.missing or wide.missing:
        return Read(missing=own.missing or wide.missing)
    return Read((*(own.value or ()), *(wide.value or ())))


async def _refused(deployments: tuple[Deployment, ...], look: Look) -> tuple[PodFacts, ...]:
    """Why there is no pod, where a Deployment wants some."""
    owners = [owner for owner in map(owner_of, deployments) if owner.short]
    refusals = await asyncio.gather(*(refusal_of(owner, look) for owner in owners))
    return tuple(
        never_created_facts(owner.ref, refusal, status=owner.status, healthy=owner.healthy)
        for owner, refusal in zip(owners, refusals, strict=True)
    )


def _missing(
    pods: Read[tuple[Pod, ...]], events: Read[tuple[Event, ...]], runtimes: Read[tuple[Runtime, ...]]
) -> Mapping[str, str]:
    missing = dict.fromkeys(_UNLESS_PODS, pods.missing) if pods.missing else {}
    if events.missing:
        missing["reconcile_error"] = events.missing
    told = any("untime" in event.message for event in events.value or ())
    if runtimes.missing and not told:
        missing["runtime"] = runtimes.missing
    return missing
