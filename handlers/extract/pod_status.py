"""What kubectl prints in its STATUS column, and whether that is a healthy state.

The order of the checks is kubectl's (printPod in pkg/printers/internalversion), including its rule that an
init container with restartPolicy Always is a sidecar and may run for ever.
"""

from collections.abc import Iterator

from handlers.sources.objects.container import Container, ContainerStateTerminated, ContainerStatus
from handlers.sources.objects.pod import Pod

ENDED = frozenset({"Succeeded", "Failed"})
"""Phases in which nothing of a pod starts again."""


def container_pairs(pod: Pod) -> Iterator[tuple[Container, ContainerStatus | None, bool]]:
    """Each container of the spec, its status (None: not reported yet), and whether it is for init."""
    inits = {status.name: status for status in pod.status.init_container_statuses}
    mains = {status.name: status for status in pod.status.container_statuses}
    for container in pod.spec.init_containers:
        yield container, inits.get(container.name), True
    for container in pod.spec.containers:
        yield container, mains.get(container.name), False


def is_sidecar(container: Container) -> bool:
    """Whether an init container is a native sidecar (restartPolicy Always, Kubernetes 1.29)."""
    return container.restart_policy == "Always"


def pod_status(pod: Pod) -> str:
    """The STATUS column of `kubectl get pods` ("CrashLoopBackOff", "Init:0/1", "Running")."""
    status = pod.status.reason or pod.status.phase or "Unknown"
    if any(c.type == "PodScheduled" and c.reason == "SchedulingGated" for c in pod.status.conditions):
        status = "SchedulingGated"
    init = _init_status(pod)
    if not init or pod_condition(pod, "Initialized") == "True":
        status = _main_status(pod, init or status)
    else:
        status = init
    if pod.metadata.deletion_timestamp and pod.status.reason == "NodeLost":
        return "Unknown"
    if pod.metadata.deletion_timestamp and pod.status.phase not in ENDED:
        return "Terminating"
    return status


def _init_status(pod: Pod) -> str:
    """The first init container that is not done yet, in kubectl's words; empty when all are."""
    sidecars = {container.name for container in pod.spec.init_containers if is_sidecar(container)}
    for index, status in enumerate(pod.status.init_container_statuses):
        ended, waiting = status.state.terminated, status.state.waiting
        if (ended and ended.exit_code == 0) or (status.name in sidecars and status.started):
            continue
        if ended:
            return f"Init:{_end(ended)}"
        if waiting and waiting.reason not in {"", "PodInitializing"}:
            return f"Init:{waiting.reason}"
        return f"Init:{index}/{len(pod.spec.init_containers)}"
    return ""


def _end(ended: ContainerStateTerminated) -> str:
    if ended.reason:
        return ended.reason
    return f"Signal:{ended.signal}" if ended.signal else f"ExitCode:{ended.exit_code}"


def _main_status(pod: Pod, status: str) -> str:
    """The word of the first container that has one, else `status`; a completed one hides no other."""
    error, running = "", False
    for container in reversed(pod.status.container_statuses):
        waiting, ended = container.state.waiting, container.state.terminated
        if waiting and waiting.reason:
            status = waiting.reason
        elif ended:
            status = _end(ended)
            error = status if ended.exit_code else error
        elif container.ready and container.state.running:
            running = True
    return _of_completed(pod, error, running=running) if status == "Completed" else status


def _of_completed(pod: Pod, error: str, *, running: bool) -> str:
    if running and pod_condition(pod, "Ready") == "True":
        return "Running"
    return error or ("NotReady" if running else "Completed")


def pod_condition(pod: Pod, kind: str) -> str:
    """Status of a condition ("True", "False", "Unknown"), or empty when it is not reported."""
    return next((c.status for c in pod.status.conditions if c.type == kind), "")


_FINE = frozenset({"Running", "Completed", "Succeeded"})


def looks_healthy(pod: Pod) -> bool:
    """Whether the pod shows no symptom: ready or ended well, and not being deleted.

    Used to rank several matching pods; the diagnosis itself looks deeper.
    """
    if pod.metadata.deletion_timestamp:
        return False
    if pod.status.phase == "Succeeded":
        return True
    return pod_condition(pod, "Ready") == "True" and (_plainly_runs(pod) or pod_status(pod) in _FINE)


def _plainly_runs(pod: Pod) -> bool:
    """What nearly every pod of a cluster is; `pod_status` would say "Running" after a longer look."""
    status = pod.status
    plain = status.phase == "Running" and not (status.reason or status.init_container_statuses)
    return plain and all(each.state.running is not None for each in status.container_statuses)
