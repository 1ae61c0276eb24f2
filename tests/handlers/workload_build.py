"""Workloads and their pods for tests, written as the API writes them."""

from collections.abc import Iterable
from typing import Any

from handlers.extract.deployment import stated
from handlers.extract.workload import WorkloadReads
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.workload import Deployment
from tests.handlers.build import NOW, Json, ago, make, pod, pod_json, running, waiting

LABELS = {"app": "web"}


def meta(name: str = "web", *, age: float = 7200, **more: Any) -> Json:
    """Metadata of an object in `ns`."""
    return {"name": name, "namespace": "ns", "uid": f"u-{name}", "creationTimestamp": ago(age), **more}


def template(**container: Any) -> Json:
    """A pod template of one container."""
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "app", **container}]}}


def condition(kind: str, status: str, reason: str, message: str = "", *, seconds: float = 60) -> Json:
    """A condition that changed that long ago."""
    times = {"lastUpdateTime": ago(seconds), "lastTransitionTime": ago(seconds)}
    return {"type": kind, "status": status, "reason": reason, "message": message, **times}


def deployment_json(
    replicas: int = 2, /, *, conditions: Iterable[Json] = (), spec: Json | None = None, **status: Any
) -> Json:
    """A Deployment with all pods ready, but for what `status` says."""
    counted = dict.fromkeys(("replicas", "readyReplicas", "updatedReplicas", "availableReplicas"), replicas)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": meta(annotations={"deployment.kubernetes.io/revision": "3"}),
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": LABELS},
            "template": template(),
            **(spec or {}),
        },
        "status": {**counted, "conditions": list(conditions), **status},
    }


def deployment(replicas: int = 2, /, **parts: Any) -> Deployment:
    """The same, decoded."""
    return make(Deployment, **deployment_json(replicas, **parts))


def owned_json(
    name: str, *statuses: Json, owner: str = "u-rs", kind: str = "ReplicaSet", **parts: Any
) -> Json:
    """A pod of a controller, by its uid."""
    reference = {"kind": kind, "name": owner.removeprefix("u-"), "uid": owner, "controller": True}
    given = parts.pop("meta", {})
    named = {"name": name, "uid": f"u-{name}", "labels": LABELS, "ownerReferences": [reference], **given}
    return pod_json(*(statuses or (running(),)), meta=named, **parts)


def well(name: str = "web-1", **parts: Any) -> Pod:
    """A ready pod."""
    return make(Pod, **owned_json(name, running(), ready=True, **parts))


def crashing(name: str = "web-2", **parts: Any) -> Pod:
    """A pod that crashes."""
    return make(Pod, **owned_json(name, waiting("CrashLoopBackOff", last=None), ready=False, **parts))


def young(name: str = "web-3") -> Pod:
    """A pod of ten seconds ago."""
    return pod(waiting("ContainerCreating"), phase="Pending", age=10, meta={"name": name})


def reads(item: Deployment, *pods: Pod, **more: Any) -> WorkloadReads:
    """What was read about a Deployment."""
    return WorkloadReads(item=stated(item), now=NOW, pods=pods, **more)
