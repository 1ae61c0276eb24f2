"""What kubectl prints in its READY and STATUS columns, and whether that is a healthy state.

The order of the checks is kubectl's (printPod in pkg/printers/internalversion), including its rule that an init
container with restartPolicy Always is a sidecar and may run for ever.
"""

from collections.abc import Iterator

from handlers.sources.objects.pod import Container, ContainerStatus, Pod


def container_pairs(pod: Pod) -> Iterator[tuple[Container, ContainerStatus | None, bool]]:
    """Each container of the spec with its status (None: not reported yet) and whether it is an init container."""
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
    if pod.spec.scheduling_gates and not pod.spec.node_name:
        status = "SchedulingGated"
    init = _init_status(pod)
    if init:
        status = init
    else:
        status = _main_status(pod) or status
    if pod.metadata.deletion_timestamp:
        return "Unknown" if pod.status.reason == "NodeLost" else "Terminating"
    return status


def _init_status(pod: Pod) -> str:
    total = len(pod.spec.init_containers)
    specs = {container.name: container for container in pod.spec.init_containers}
    for index, status in enumerate(pod.status.init_container_statuses):
        spec = specs.get(status.name)
        ended = status.state.terminated
        if ended and ended.exit_code == 0:
            continue
        if spec and is_sidecar(spec) and status.started:
            continue
        if ended:
            word = ended.reason or (
                f"Signal:{ended.signal}" if ended.signal else f"ExitCode:{ended.exit_code}"
            )
            return f"Init:{word}"
        waiting = status.state.waiting
        if waiting and waiting.reason and waiting.reason != "PodInitializing":
            return f"Init:{waiting.reason}"
        if spec and is_sidecar(spec) and status.state.running:
            continue
        return f"Init:{index}/{total}"
    return ""


def _main_status(pod: Pod) -> str:
    word = ""
    running = False
    for status in reversed(pod.status.container_statuses):
        waiting, ended = status.state.waiting, status.state.terminated
        if waiting and waiting.reason:
            word = waiting.reason
        elif ended:
            word = ended.reason or (
                f"Signal:{ended.signal}" if ended.signal else f"ExitCode:{ended.exit_code}"
            )
        elif status.ready and status.state.running:
            running = True
    if word == "Completed" and running:
        return "Running" if pod_condition(pod, "Ready") == "True" else "NotReady"
    return word


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
    return pod_status(pod) in _FINE and pod_condition(pod, "Ready") == "True"
