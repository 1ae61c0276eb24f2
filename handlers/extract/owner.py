"""The controller at the top of a pod's owner chain, as far as the pod itself tells."""

import re

from handlers.sources.objects.pod import Pod
from rules.finding import ObjectRef

TEMPLATE_HASH = "pod-template-hash"
ROLLOUT_HASH = "rollouts-pod-template-hash"
INFERENCE_SERVICE = "serving.kserve.io/inferenceservice"
WORKFLOW = "workflows.argoproj.io/workflow"
_CRON_JOB = re.compile(r"^(.+)-(\d{8,10})$")
_YEARS = 2 * 366 * 86_400.0
_GROUPING_LABELS = (
    INFERENCE_SERVICE,
    WORKFLOW,
    "batch.kubernetes.io/job-name",
    "job-name",
    "app.kubernetes.io/name",
    "app",
    "k8s-app",
    "name",
)
_PASSING = ("hash", "uid", "pod-name", "index", "generation", "topology.", "revision")
"""Parts of label keys that differ among pods of one owner."""


def top_owner(pod: Pod) -> ObjectRef:
    """The top owner: a ReplicaSet's Deployment, a CronJob behind a Job, else the controller, else the pod.

    A Deployment names its ReplicaSets `<deployment>-<pod-template-hash>`, a CronJob its Jobs
    `<cronjob>-<minutes since 1970>`. The node that "controls" a static pod is no owner.
    """
    controller, namespace = pod.metadata.controller, pod.metadata.namespace
    if controller is None or controller.kind == "Node":
        return pod.ref
    if controller.kind == "ReplicaSet":
        return _of_replica_set(pod, controller.name)
    if controller.kind == "Job" and (cron_job := _cron_job(pod, controller.name)):
        return ObjectRef("CronJob", cron_job, namespace)
    return ObjectRef(controller.kind, controller.name, namespace)


def _of_replica_set(pod: Pod, name: str) -> ObjectRef:
    for kind, label in (("Deployment", TEMPLATE_HASH), ("Rollout", ROLLOUT_HASH)):
        template = pod.metadata.labels.get(label, "")
        if template and name.endswith(f"-{template}"):
            return ObjectRef(kind, name.removesuffix(f"-{template}"), pod.metadata.namespace)
    return ObjectRef("ReplicaSet", name, pod.metadata.namespace)


def _cron_job(pod: Pod, job: str) -> str:
    """The CronJob that names its Jobs so; a date at the end of a name (20261121) is no scheduled minute."""
    named, made = _CRON_JOB.match(job), pod.metadata.creation_timestamp
    if named is None or made is None:
        return ""
    return named[1] if abs(made.timestamp() - int(named[2]) * 60) < _YEARS else ""


def owner_in_words(pod: Pod, owner: ObjectRef) -> str:
    """The owner, with the InferenceService behind it ("Deployment x-predictor (InferenceService x)")."""
    behind = pod.metadata.labels.get(INFERENCE_SERVICE, "")
    return f"{owner.kind} {owner.name}" + (f" (InferenceService {behind})" if behind else "")


def owner_names(pod: Pod) -> frozenset[str]:
    """Names people call a pod's owners by: controller, Deployment, CronJob, InferenceService, Workflow."""
    labels, top = pod.metadata.labels, top_owner(pod)
    if top == pod.ref:
        return frozenset()
    controller = pod.metadata.controller
    names = {top.name, controller.name if controller else top.name}
    return frozenset(names | {labels[key] for key in (INFERENCE_SERVICE, WORKFLOW) if key in labels})


def grouping_selector(pod: Pod) -> str:
    """A label selector for the pods and ReplicaSets of the same owner (or more); empty without labels."""
    labels = pod.metadata.labels
    lasting = (key for key in sorted(labels) if not any(part in key for part in _PASSING))
    key = next((key for key in (*_GROUPING_LABELS, *lasting) if key in labels), "")
    return f"{key}={labels[key]}" if key else ""


def same_owner(pod: Pod, other: Pod) -> bool:
    """Whether two pods have the same top owner."""
    return top_owner(pod) == top_owner(other)
