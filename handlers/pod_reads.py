"""The reads behind a pod's diagnosis, all at once but for those that need an earlier answer."""

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from handlers.contract import Need
from handlers.extract.identity import account_name
from handlers.extract.image_pull import waits_for_ecr
from handlers.extract.owner import grouping_selector, same_owner, top_owner
from handlers.extract.pod import PodReads
from handlers.look import Look, Read, nothing
from handlers.pod_dependency import ServingReads, read_serving
from handlers.pod_logs import PodLogs, read_logs
from handlers.pod_owner import OwnerReads, read_owner
from handlers.pod_scheduling import read_scheduling
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import PodMetrics
from handlers.sources.objects.network import Service, ServiceAccount
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from rules.facts.scheduling import SchedulingFacts

NEEDS = (
    Need("get", "", "pods"),
    Need("list", "", "pods"),
    Need("get", "", "pods/log"),
    Need("list", "", "events"),
    Need("list", "", "namespaces"),
    Need("get", "", "nodes"),
    Need("list", "", "nodes"),
    Need("get", "", "services"),
    Need("list", "", "services"),
    Need("get", "", "serviceaccounts"),
    Need("list", "", "serviceaccounts"),
    Need("list", "", "persistentvolumeclaims"),
    Need("list", "", "persistentvolumes"),
    Need("list", "storage.k8s.io", "storageclasses"),
    Need("list", "discovery.k8s.io", "endpointslices"),
    Need("get", "apps", "deployments"),
    Need("list", "apps", "deployments"),
    Need("list", "apps", "replicasets"),
    Need("get", "apps", "statefulsets"),
    Need("list", "apps", "statefulsets"),
    Need("get", "apps", "daemonsets"),
    Need("list", "apps", "daemonsets"),
    Need("get", "batch", "jobs"),
    Need("list", "batch", "jobs"),
    Need("list", "karpenter.sh", "nodepools"),
    Need("list", "karpenter.sh", "nodeclaims"),
    Need("get", "metrics.k8s.io", "pods"),
)
"""The rights behind a pod's diagnosis, and so behind that of whatever stands on pods."""


class _Answers(Struct, frozen=True, kw_only=True):
    """What came back, before it is put together."""

    events: Read[tuple[Event, ...]]
    owner: OwnerReads
    siblings: Read[tuple[Pod, ...]]
    node: Read[Node]
    metrics: Read[PodMetrics]
    account: Read[ServiceAccount]
    logs: PodLogs
    serving: ServingReads
    scheduling: SchedulingFacts
    accounts: tuple[str, ...]
    holders: tuple[Pod, ...]
    neighbours: tuple[Pod, ...]


async def read_pod(pod: Pod, look: Look, listed: Sequence[Pod] = ()) -> tuple[PodReads, PodLogs]:
    """Read everything that can explain a pod; what fails becomes a gap.

    `listed` are the pods of its namespace, when finding it took a list of them.
    """
    answers = await _ask(pod, look, listed)
    reads = PodReads(
        pod=pod,
        now=look.cluster.now(),
        events=answers.events.value or (),
        owner=answers.owner.top,
        replica_sets=answers.owner.replica_sets,
        deployment=answers.owner.deployment,
        owner_conditions=answers.owner.conditions,
        owner_events=answers.owner.events,
        wanted=answers.owner.wanted,
        existing=answers.owner.existing,
        siblings=answers.siblings.value or (pod,),
        node=answers.node.value,
        services=answers.serving.services,
        slices=answers.serving.slices,
        dependency=answers.serving.dependency,
        metrics=answers.metrics.value,
        account=answers.account.value,
        accounts=answers.accounts,
        logs=answers.logs.facts,
        volume_holders=answers.holders,
        neighbours=answers.neighbours,
        scheduling=answers.scheduling,
        missing=_missing(answers),
    )
    return reads, answers.logs


async def _ask(pod: Pod, look: Look, listed: Sequence[Pod]) -> _Answers:
    """Ask everything at once; what others wait for comes first, since few are in flight at a time."""
    namespace, name = pod.metadata.namespace, pod.metadata.name
    async with asyncio.TaskGroup() as group:
        services = group.create_task(look.list(Service, namespace, what="services"))
        logs = group.create_task(read_logs(look, pod, look.cluster.now()))
        serving = group.create_task(read_serving(pod, look, services, logs))
        events = group.create_task(_events(pod, look))
        holders = group.create_task(_holders(events, namespace, look))
        owner = group.create_task(read_owner(pod, look))
        account = group.create_task(
            look.get(ServiceAccount, account_name(pod), namespace, what="service account")
        )
        accounts = group.create_task(_accounts(account, namespace, look))
        scheduling = group.create_task(_scheduling(pod, look))
        neighbours = group.create_task(_neighbours(pod, look, listed))
        siblings = group.create_task(_siblings(pod, look, listed))
        node = group.create_task(
            look.get(Node, pod.spec.node_name, what="node") if pod.spec.node_name else nothing()
        )
        metrics = group.create_task(
            look.get(PodMetrics, name, namespace, what="usage", optional=True) if _runs(pod) else nothing()
        )
    return _Answers(
        events=events.result(),
        owner=owner.result(),
        siblings=siblings.result(),
        node=node.result(),
        metrics=metrics.result(),
        account=account.result(),
        logs=logs.result(),
        serving=serving.result(),
        scheduling=scheduling.result(),
        accounts=accounts.result(),
        holders=holders.result(),
        neighbours=neighbours.result(),
    )


def _missing(answers: _Answers) -> Mapping[str, str]:
    reads = {
        "events": answers.events.missing,
        "siblings": answers.siblings.missing,
        "node": answers.node.missing,
        "metrics": answers.metrics.missing,
        "account": answers.account.missing,
    }
    unread = {source: why for source, why in reads.items() if why}
    return unread | answers.owner.missing | answers.serving.missing | dict(answers.logs.missing)


def _runs(pod: Pod) -> bool:
    return pod.status.phase == "Running"


async def _events(pod: Pod, look: Look) -> Read[tuple[Event, ...]]:
    """Read events by uid, never by name: a pod made anew (of a StatefulSet) has the same name."""
    fields = f"involvedObject.uid={pod.metadata.uid}"
    return await look.list(Event, pod.metadata.namespace, what="events", fields=fields)


async def _scheduling(pod: Pod, look: Look) -> SchedulingFacts:
    if pod.spec.node_name or pod.status.phase not in {"Pending", ""}:
        return SchedulingFacts()
    return await read_scheduling(pod, look)


async def _siblings(pod: Pod, look: Look, listed: Sequence[Pod]) -> Read[tuple[Pod, ...]]:
    if top_owner(pod) == pod.ref:
        return Read((pod,))
    if listed:
        return Read(tuple(other for other in listed if same_owner(pod, other)))
    selector = grouping_selector(pod)
    if not selector:
        return Read((pod,))
    read = await look.list(Pod, pod.metadata.namespace, what="siblings", labels=selector)
    if read.value is None:
        return read
    return Read(tuple(other for other in read.value if same_owner(pod, other)))


async def _holders(
    events: asyncio.Task[Read[tuple[Event, ...]]], namespace: str, look: Look
) -> tuple[Pod, ...]:
    """Find the pods that hold a volume this pod waits for; their names stand in the event only."""
    read = await events
    if not any("already used by pod(s)" in event.message for event in read.value or ()):
        return ()
    pods = await look.list(Pod, namespace, what="pods that share the volume")
    return pods.value or ()


async def _accounts(
    account: asyncio.Task[Read[ServiceAccount]], namespace: str, look: Look
) -> tuple[str, ...]:
    """Name the service accounts there are, when the pod's own does not exist."""
    own = await account
    if own.value is not None or own.missing:
        return ()
    read = await look.list(ServiceAccount, namespace, what="service accounts")
    return tuple(other.metadata.name for other in read.value or ())


async def _neighbours(pod: Pod, look: Look, listed: Sequence[Pod]) -> tuple[Pod, ...]:
    """Read the pods around one that waits for an ECR image: theirs tell which account is the own one."""
    if not waits_for_ecr(pod):
        return ()
    if listed:
        return tuple(other for other in listed if other.metadata.namespace == pod.metadata.namespace)
    read = await look.list(Pod, pod.metadata.namespace, what="pods beside it")
    return read.value or ()
