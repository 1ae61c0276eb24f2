from typing import Any

import msgspec

from handlers.extract.occupancy import occupancy
from handlers.extract.pod_requests import pod_requests
from handlers.sources.objects.pod import Pod
from tests.handlers.extract.scheduling_build import pod


def _asks(**requests: str) -> dict[str, Any]:
    return {"resources": {"requests": requests}}


def _pod(containers: list[dict[str, Any]], **spec: Any) -> Pod:
    return msgspec.convert({"spec": {"containers": containers, **spec}}, Pod)


def test_containers_add_up() -> None:
    assert pod_requests(_pod([_asks(cpu="500m"), _asks(cpu="1", memory="1Ki")])) == {
        "cpu": 1500,
        "memory": 1024_000,
    }


def test_the_largest_init_container_counts_when_it_is_larger() -> None:
    inits = [_asks(cpu="3", memory="1"), _asks(cpu="2", memory="5")]
    asked = pod_requests(_pod([_asks(cpu="1", memory="9")], initContainers=inits))
    assert asked == {"cpu": 3000, "memory": 9000}


def test_native_sidecars_run_beside_containers_and_later_init_containers() -> None:
    sidecar = {**_asks(cpu="1"), "restartPolicy": "Always"}
    assert pod_requests(_pod([_asks(cpu="2")], initContainers=[sidecar])) == {"cpu": 3000}
    assert pod_requests(_pod([_asks(cpu="1")], initContainers=[sidecar, _asks(cpu="4")])) == {"cpu": 5000}
    assert pod_requests(_pod([_asks(cpu="1")], initContainers=[_asks(cpu="4"), sidecar])) == {"cpu": 4000}


def test_overhead_is_added() -> None:
    assert pod_requests(_pod([_asks(cpu="1")], overhead={"cpu": "250m", "memory": "1"})) == {
        "cpu": 1250,
        "memory": 1000,
    }


def test_a_limit_without_a_request_is_the_request() -> None:
    container = {"resources": {"limits": {"nvidia.com/gpu": "1", "cpu": "2"}, "requests": {"cpu": "1"}}}
    assert pod_requests(_pod([container])) == {"nvidia.com/gpu": 1000, "cpu": 1000}


def test_garbage_is_left_out() -> None:
    assert pod_requests(_pod([_asks(cpu="lots", memory="1")])) == {"memory": 1000}


def test_finished_and_unplaced_pods_take_no_room() -> None:
    running, waiting = pod("running", on="n1"), pod("waiting")
    done = msgspec.structs.replace(
        pod("done", on="n1"), status=msgspec.structs.replace(running.status, phase="Succeeded")
    )
    taken = occupancy((running, waiting, done))
    assert taken.on("n1") == (running,)
    assert taken.used == {"n1": {"cpu": 1000, "memory": 2**30 * 1000}}
    assert taken.on("n2") == ()
