"""kubectl's STATUS column, case by case and beside what a real API server printed."""

import json
from typing import Any

import pytest

from handlers.extract.pod_status import container_pairs, looks_healthy, pod_status
from tests.fakes.kubernetes.recorded_answers import recorded
from tests.handlers.build import Json, ago, pod, running, terminated, waiting
from tests.handlers.extract.scheduling_lab import pods

DONE = terminated(0, "Completed", "init")
SIDECAR: dict[str, Any] = {"spec": {"restartPolicy": "Always"}}
GATED = {"conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}
INITIALIZED = {"conditions": [{"type": "Initialized", "status": "True"}]}


def case(status: str, /, *statuses: Json, **parts: Any) -> Any:
    return pytest.param(status, pod(*statuses, **parts), id=f"{status}-{len(statuses)}-{'-'.join(parts)}")


@pytest.mark.parametrize(
    ("status", "seen"),
    [
        case("Running", running(), ready=True),
        case("Running", running(ready=False), ready=False),
        case("Pending", phase="Pending"),
        case("Unknown", phase=""),
        case("Evicted", phase="Failed", status={"reason": "Evicted"}),
        case("SchedulingGated", phase="Pending", status=GATED),
        case("CrashLoopBackOff", waiting("CrashLoopBackOff")),
        case("ImagePullBackOff", waiting("ImagePullBackOff"), phase="Pending"),
        case("ContainerCreating", waiting("ContainerCreating"), phase="Pending"),
        case("Running", waiting(""), phase="Running"),
        case("Error", terminated(1), phase="Failed"),
        case("OOMKilled", terminated(137, "OOMKilled"), phase="Failed"),
        case("ExitCode:3", terminated(3, ""), phase="Failed"),
        case("Signal:9", terminated(137, "", signal=9), phase="Failed"),
        case("Completed", terminated(0, "Completed"), phase="Succeeded"),
        case("ContainerCreating", waiting("ContainerCreating", name="a"), running("b"), phase="Pending"),
        case("ErrImagePull", waiting("ErrImagePull", name="a"), terminated(1, name="b"), phase="Pending"),
        case("Running", terminated(0, "Completed", "a"), running("b"), ready=True),
        case("NotReady", terminated(0, "Completed", "a"), running("b"), ready=False),
        case("Error", terminated(0, "Completed", "a"), terminated(2, name="b"), phase="Failed"),
        case("Error", terminated(0, "Completed", "a"), terminated(2, name="b"), running("c"), ready=False),
        case("Init:0/1", waiting("PodInitializing"), inits=(running("init"),), phase="Pending"),
        case("Init:0/1", waiting("PodInitializing"), inits=(waiting("PodInitializing", name="init"),)),
        case("Init:1/2", waiting("PodInitializing"), inits=(DONE, running("two")), phase="Pending"),
        case("Init:CrashLoopBackOff", inits=(waiting("CrashLoopBackOff", name="init"),), phase="Pending"),
        case("Init:Error", inits=(terminated(1, name="init"),), phase="Pending"),
        case("Init:ExitCode:2", inits=(terminated(2, "", "init"),), phase="Pending"),
        case("Init:Signal:15", inits=(terminated(143, "", "init", signal=15),), phase="Pending"),
        case("Init:OOMKilled", inits=(terminated(137, "OOMKilled", "init"),), phase="Pending"),
        case("PodInitializing", waiting("PodInitializing"), inits=(DONE,), phase="Pending"),
        case("Running", running(), inits=(running("side", **SIDECAR),), ready=True),
        case(
            "Init:0/1", waiting("PodInitializing"), inits=(running("side", **SIDECAR | {"started": False}),)
        ),
        case("Init:1/2", waiting("PodInitializing"), inits=(running("side", **SIDECAR), running("two"))),
        case("Init:CrashLoopBackOff", running(), inits=(waiting("CrashLoopBackOff", name="s", **SIDECAR),)),
        case(
            "Init:CrashLoopBackOff",
            running(),
            inits=(waiting("CrashLoopBackOff", name="s", **SIDECAR),),
            status=INITIALIZED,
        ),
        case(
            "Error",
            terminated(1),
            inits=(waiting("CrashLoopBackOff", name="s", **SIDECAR),),
            status=INITIALIZED,
        ),
        case("Terminating", running(), ready=True, meta={"deletionTimestamp": ago(5)}),
        case("Unknown", running(), meta={"deletionTimestamp": ago(5)}, status={"reason": "NodeLost"}),
        case("Completed", terminated(0, "Completed"), phase="Succeeded", meta={"deletionTimestamp": ago(5)}),
    ],
)
def test_status_is_what_kubectl_prints(status: str, seen: Any) -> None:
    assert pod_status(seen) == status


def test_recorded_pods_have_the_status_that_the_api_server_printed() -> None:
    table = json.loads(recorded("200-table-pods.http").body)
    column = [each["name"] for each in table["columnDefinitions"]].index("Status")
    printed = {row["object"]["metadata"]["name"]: row["cells"][column] for row in table["rows"]}
    seen = {pod.metadata.name: pod_status(pod) for pod in pods() if pod.metadata.name in printed}
    assert len(seen) > 100
    assert {name: status for name, status in seen.items() if status != printed[name]} == {}


@pytest.mark.parametrize(
    ("healthy", "seen"),
    [
        (True, pod(running(), ready=True)),
        (False, pod(running(ready=False), ready=False)),
        (False, pod(running(), ready=True, meta={"deletionTimestamp": ago(5)})),
        (True, pod(terminated(0, "Completed"), phase="Succeeded")),
        (False, pod(terminated(1), phase="Failed")),
        (False, pod(waiting("CrashLoopBackOff"), ready=True)),
        (False, pod()),
    ],
)
def test_ranking_knows_healthy_pods(healthy: bool, seen: Any) -> None:
    assert looks_healthy(seen) is healthy


def test_ephemeral_containers_are_left_out_and_unreported_ones_kept() -> None:
    seen = pod(
        running("a"),
        spec={"containers": [{"name": "a"}, {"name": "b"}], "ephemeralContainers": [{"name": "d"}]},
    )
    assert [(c.name, status is not None) for c, status, _ in container_pairs(seen)] == [
        ("a", True),
        ("b", False),
    ]
