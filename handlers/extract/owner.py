"""The controller at the top of a pod's owner chain, as far as the pod itself tells."""

import re

from handlers.sources.objects.pod import Pod
from rules.finding import ObjectRef

TEMPLATE_HASH = "pod-template-hash"
_CRON_SUFFIX = re.compile(r"-\d{8,}$")
_GROUPING_LABELS = (
    "serving.kserve.io/inferenceservice",
    "workflows.argoproj.io/workflow",
    "batch.kubernetes.io/job-name",
    "job-name",
    "app.kubernetes.io/name",
    "app",
    "k8s-app",
    "name",
)


def top_owner(pod: Pod) -> ObjectRef:
    """The top owner: a ReplicaSet's Deployment, a CronJob behind a Job, else the controller, else the pod.

    A Deployment names its ReplicaSets `<deployment>-<pod-template-hash>`; a CronJob its Jobs `<cronjob>-<minutes>`.
    """
    controller = pod.metadata.controller
    namespace = pod.metadata.namespace
    if controller is None:
        return pod.ref
    if controller.kind == "ReplicaSet":
        suffix = f"-{pod.metadata.labels.get(TEMPLATE_HASH, '')}"
        if len(suffix) > 1 and controller.name.endswith(suffix):
            return ObjectRef("Deployment", controller.name.removesuffix(suffix), namespace)
    if controller.kind == "Job" and _CRON_SUFFIX.search(controller.name):
        return ObjectRef("CronJob", _CRON_SUFFIX.sub("", controller.name), namespace)
    return ObjectRef(controller.kind, controller.name, namespace)


def grouping_selector(pod: Pod) -> str:
    """A label selector that finds the pods and ReplicaSets of the same owner (and maybe more); empty without labels."""
    labels = pod.metadata.labels
    key = next((key for key in _GROUPING_LABELS if key in labels), "")
    return f"{key}={labels[key]}" if key else ""


def same_owner(pod: Pod, other: Pod) -> bool:
    """Whether two pods have the same top owner."""
    return top_owner(pod) == top_owner(other)
