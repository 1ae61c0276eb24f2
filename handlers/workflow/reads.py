"""The reads behind a workflow's diagnosis: its step's pod, its service account, its lock, the controller."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from handlers.behind import PodsBehind, read_behind
from handlers.contract import Need
from handlers.extract.pod_status import looks_healthy
from handlers.extract.workflow import Standing, WorkflowReads, account_of, standing
from handlers.extract.workflow_controller import config_names, controller_facts, settings_of
from handlers.extract.workflow_lock import Wait, lock_facts, lock_waited_for
from handlers.extract.workflow_nodes import pod_of
from handlers.extract.workflow_step import StepReads
from handlers.look import Look, Read, nothing
from handlers.sources.objects.argo import Workflow
from handlers.sources.objects.config_map import ConfigMap
from handlers.sources.objects.network import ServiceAccount
from handlers.sources.objects.pod import Pod
from rules.facts.workflow import ControllerFacts, LockFacts

POD_LABEL = "workflows.argoproj.io/workflow"
CONTROLLER = "Argo Workflows controller"
MOST_HOLDERS = 3
MOST_BESIDE = 10
_OF_THE_CONTROLLER = frozenset({"not_picked_up", "parallelism", "lock", "none", "unknown"})
"""Waits that the controllers can explain."""
_OF_THE_LOG = frozenset({"exit", "executor_failed"})
"""Failures whose reason stands in a log alone; it is read in a look at everything, too."""
NEEDS = (
    Need("get", "argoproj.io", "workflows"),
    Need("list", "argoproj.io", "workflows"),
    Need("list", "", "pods"),
    Need("list", "", "namespaces"),
    Need("get", "", "serviceaccounts"),
    Need("get", "", "configmaps"),
)


class Around(Struct, frozen=True, kw_only=True):
    """What was read around a workflow; `behind` is the diagnosis of its step's pod and the controller's."""

    reads: WorkflowReads
    behind: PodsBehind = PodsBehind()
    pods: Read[tuple[Pod, ...]] = Read()


async def read_around(workflow: Workflow, look: Look, *, sweep: bool) -> Around:
    """Read what can explain how a workflow stands; of one that is well, nothing."""
    stands = standing(workflow, look.cluster.now())
    if not stands.trouble:
        return Around(reads=WorkflowReads(workflow=workflow, now=look.cluster.now()))
    namespace = workflow.metadata.namespace
    message = stands.node.message if stands.node else ""
    wait = lock_waited_for(workflow, message) if stands.meaning.problem == "lock" else None
    async with asyncio.TaskGroup() as group:
        deep = not sweep or stands.meaning.problem in _OF_THE_LOG
        pods = group.create_task(_pods(workflow, look) if deep else nothing())
        account = group.create_task(
            look.get(ServiceAccount, account_of(workflow, stands), namespace, what="service account")
        )
        lock = group.create_task(_lock(wait, look))
        controller = group.create_task(_controller(workflow, stands, look))
        beside = group.create_task(_beside(workflow, stands, look))
    controlled = controller.result()
    step, behind = await _behind(workflow, stands, pods.result(), controlled, look, deep=deep)
    reads = WorkflowReads(
        workflow=workflow,
        now=look.cluster.now(),
        step=step,
        account_exists=account.result().value is not None or bool(account.result().missing),
        lock=lock.result(),
        controller=controlled.facts,
        controller_pods=tuple(pod.ref for pod in controlled.pods),
        beside=beside.result(),
        missing={"account_exists": account.result().missing} if account.result().missing else {},
    )
    return Around(reads=reads, behind=behind, pods=pods.result())


async def _pods(workflow: Workflow, look: Look) -> Read[tuple[Pod, ...]]:
    label = f"{POD_LABEL}={workflow.metadata.name}"
    return await look.list(Pod, workflow.metadata.namespace, what="pods of the workflow", labels=label)


class _Controlled(Struct, frozen=True):
    facts: ControllerFacts = ControllerFacts()
    pods: tuple[Pod, ...] = ()


async def _controller(workflow: Workflow, stands: Standing, look: Look) -> _Controlled:
    """Read the controllers, when it matters whether they run or how many workflows they take."""
    if stands.failed or stands.meaning.problem not in _OF_THE_CONTROLLER:
        return _Controlled()
    namespaces = _controller_namespaces(look)
    found = await controllers(look)
    pods, unread = found.value or (), found.missing
    configs = await _configs(pods, namespaces[0] or workflow.metadata.namespace, look)
    settings = [settings_of(read.value) for read in configs if read.value]
    missing = dict.fromkeys(("pods", "ready", "watches"), unread) if unread else {}
    refused = next((read.missing for read in configs if read.missing), "")
    if refused and not settings:
        missing |= dict.fromkeys(("answers", "instance_ids", "parallelism", "namespace_parallelism"), refused)
    facts = controller_facts(workflow, pods, settings, namespaces[0] or "every namespace", missing)
    # A lock is waited for, however the controller stands; what the holder lacks is the cause.
    return _Controlled(facts, pods if stands.meaning.problem != "lock" else ())


def _controller_namespaces(look: Look) -> tuple[str, ...]:
    component = look.platform.component(CONTROLLER)
    return (component.namespaces if component else ()) or ("",)


async def controllers(look: Look) -> Read[tuple[Pod, ...]]:
    """The pods of the platform's workflow controllers."""
    component = look.platform.component(CONTROLLER)
    selectors = component.selectors if component else ()
    found = [await _pods_of(namespace, selectors, look) for namespace in _controller_namespaces(look)]
    unread = next((read.missing for read in found if read.missing), "")
    pods = tuple(pod for read in found for pod in read.value or ())
    return Read(missing=unread) if unread and not pods else Read(pods)


async def _pods_of(namespace: str, selectors: Sequence[str], look: Look) -> Read[tuple[Pod, ...]]:
    read: Read[tuple[Pod, ...]] = Read(())
    for selector in selectors or ("",):
        read = await look.list(Pod, namespace, what="pods of the workflow controller", labels=selector)
        if read.value or read.missing:
            return read
    return read


async def _configs(pods: Sequence[Pod], namespace: str, look: Look) -> list[Read[ConfigMap]]:
    where = pods[0].metadata.namespace if pods else namespace
    what = "configuration of the workflow controller"
    return list(
        await asyncio.gather(*(look.get(ConfigMap, name, where, what=what) for name in config_names(pods)))
    )


async def _lock(wait: Wait | None, look: Look) -> LockFacts:
    if wait is None:
        return LockFacts()
    refs = wait.holding[:MOST_HOLDERS]
    found = await asyncio.gather(
        *(look.get(Workflow, ref.name, ref.namespace, what=f"workflow {ref}") for ref in refs)
    )
    unread = {ref: read.missing for ref, read in zip(refs, found, strict=True) if read.missing}
    holders = {ref: read.value for ref, read in zip(refs, found, strict=True) if ref not in unread}
    why = next(iter(unread.values()), "")
    missing = dict.fromkeys(("holder_gone", "holder_stuck"), why) if why else {}
    return lock_facts(wait, holders, look.cluster.now(), missing)


async def _beside(workflow: Workflow, stands: Standing, look: Look) -> tuple[str, ...]:
    """Name the workflows that take the places this one waits for."""
    if stands.meaning.problem != "parallelism":
        return ()
    read = await look.list(Workflow, workflow.metadata.namespace, what="workflows of the namespace")
    running = [flow.metadata.name for flow in read.value or () if _holds_a_place(flow)]
    return tuple(sorted(running)[:MOST_BESIDE])


def _holds_a_place(workflow: Workflow) -> bool:
    return workflow.status.started_at is not None and workflow.status.finished_at is None


async def _behind(  # noqa: PLR0913 - what was read of one workflow
    workflow: Workflow,
    stands: Standing,
    pods: Read[tuple[Pod, ...]],
    controlled: _Controlled,
    look: Look,
    *,
    deep: bool,
) -> tuple[StepReads, PodsBehind]:
    """Diagnose the pod of the deciding step, or the controller's when that takes nothing up."""
    listed = pods.value or ()
    node = stands.tree.with_pod(stands.node) if stands.node else None
    pod = pod_of(workflow.metadata.name, node, listed) if node else None
    unwell = [one for one in controlled.pods if not looks_healthy(one)]
    if not deep or (pod is None and not unwell):
        return StepReads(looked=pods.value is not None, pod=pod), PodsBehind()
    behind = await read_behind([pod] if pod else unwell, look, most=1)
    facts = next((one for one in behind.facts if pod and one.ref == pod.ref), None)
    log = next((one.text for one in behind.exhibits if "init" in one.filename.split("_")), "")
    return StepReads(looked=pods.value is not None, pod=pod, facts=facts, log=log), behind
