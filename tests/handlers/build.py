"""Small objects for tests of the pod handler, written as the API writes them."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec

from handlers.extract.container_run import Member
from handlers.extract.pod_status import container_pairs
from handlers.sources.decode import without_nulls
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import KubernetesObject
from handlers.sources.objects.pod import Pod

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
K = TypeVar("K", bound=KubernetesObject)
T = TypeVar("T")
Json = dict[str, Any]


def ago(seconds: float) -> str:
    """A time before NOW, as the API writes it."""
    return (NOW - timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def make(kind: type[K], /, **fields: Any) -> K:
    """An object from its JSON."""
    return msgspec.convert(without_nulls(fields), kind, strict=False)


def pod_json(  # noqa: PLR0913 - the parts of a pod that tests vary
    *statuses: Json,
    inits: tuple[Json, ...] = (),
    phase: str = "Running",
    ready: bool | None = None,
    age: float = 7200,
    spec: Json | None = None,
    status: Json | None = None,
    meta: Json | None = None,
) -> Json:
    """A pod with a container for each status; a status may carry its container's spec as "spec"."""
    conditions = [{"type": "PodScheduled", "status": "True", "lastTransitionTime": ago(age)}]
    if ready is not None:
        conditions.append({"type": "Ready", "status": str(ready)})
    extra = status or {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "p",
            "namespace": "ns",
            "uid": "u-p",
            "creationTimestamp": ago(age),
            **(meta or {}),
        },
        "spec": {
            "nodeName": "node-1",
            "containers": [_spec(each) for each in statuses] or [{"name": "app"}],
            "initContainers": [_spec(each) for each in inits],
            **(spec or {}),
        },
        "status": {
            "phase": phase,
            "containerStatuses": [_status(each) for each in statuses],
            "initContainerStatuses": [_status(each) for each in inits],
            **extra,
            "conditions": [*conditions, *extra.get("conditions", [])],
        },
    }


def pod(*statuses: Json, **parts: Any) -> Pod:
    """The same, decoded."""
    return make(Pod, **pod_json(*statuses, **parts))


def _spec(status: Json) -> Json:
    return {"name": status["name"], "image": "img:1", **status.get("spec", {})}


def _status(status: Json) -> Json:
    return {key: value for key, value in status.items() if key != "spec"}


def running(
    name: str = "app", *, ready: bool = True, since: float = 3600, restarts: int = 0, **more: Any
) -> Json:
    """A container that runs; `last` is how its last run ended."""
    last = more.pop("last", None)
    return {
        "name": name,
        "ready": ready,
        "started": True,
        "restartCount": restarts,
        "state": {"running": {"startedAt": ago(since)}},
        "lastState": {"terminated": last} if last else {},
        **more,
    }


def waiting(reason: str, message: str = "", name: str = "app", **more: Any) -> Json:
    """A container that waits."""
    last = more.pop("last", None)
    return {
        "name": name,
        "state": {"waiting": {"reason": reason, "message": message}},
        "lastState": {"terminated": last} if last else {},
        "restartCount": 1 if last else 0,
        **more,
    }


def terminated(code: int = 1, reason: str = "Error", name: str = "app", **more: Any) -> Json:
    """A container that has ended."""
    spec = more.pop("spec", {})
    return {"name": name, "spec": spec, "state": {"terminated": end(code, reason, **more)}}


def end(code: int = 1, reason: str = "Error", *, ended: float = 60, lasted: float = 30, **more: Any) -> Json:
    """How a run ended: seconds ago, and how long it lasted."""
    times = {"startedAt": ago(ended + lasted), "finishedAt": ago(ended)}
    return {"exitCode": code, "reason": reason, **times, **more}


def event(reason: str, message: str, *, seconds: float = 60, container: str = "", **more: Any) -> Event:
    """An event about the pod, or one of its containers, last seen that long ago."""
    path = f"spec.containers{{{container}}}" if container else ""
    involved = {"kind": "Pod", "name": "p", "namespace": "ns", "uid": "u-p", "fieldPath": path}
    return make(
        Event,
        **{
            "metadata": {"name": f"e-{seconds}"},
            "involvedObject": involved,
            "reason": reason,
            "message": message,
            "lastTimestamp": ago(seconds),
            "count": 1,
            "source": {"component": "kubelet"},
            **more,
        },
    )


def member(of: Pod, name: str = "app") -> Member:
    """One container of a pod."""
    pairs = ((c, s, is_init) for c, s, is_init in container_pairs(of) if c.name == name)
    spec, status, is_init = next(pairs)
    return Member.of(of, spec, status, is_init=is_init)


def make_part(kind: type[T], fields: Json) -> T:
    """A part of an object from its JSON."""
    return msgspec.convert(fields, kind)
