"""Facts about what makes pods: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job."""

from typing import Annotated, Literal

from rules.facts.base import Facts, SubjectFacts, fact
from rules.facts.pod import ChangeFacts, CreationFacts
from rules.finding import ObjectRef, Observation

RolloutState = Literal["complete", "progressing", "overdue", "stalled", "paused", "none"]


class WebhookFacts(Facts, frozen=True, kw_only=True):
    """The admission webhook that the refusal of new pods names, and who should answer it."""

    name: Annotated[str, fact("Name of the webhook; empty when no webhook refuses")] = ""
    configuration: Annotated[
        str,
        fact("Its configuration as kubectl takes it (validatingwebhookconfiguration/x), or empty"),
    ] = ""
    failure_policy: Annotated[str, fact("Fail or Ignore", read="webhooks[].failurePolicy")] = ""
    service: Annotated[str, fact("Service it calls", read="webhooks[].clientConfig.service")] = ""
    namespace: Annotated[str, fact("Namespace of that Service")] = ""
    pods: Annotated[int, fact("Pods behind that Service")] = 0
    ready: Annotated[int, fact("How many of those pods are ready")] = 0
    said: Annotated[Observation | None, fact("Who stands behind the webhook, in a sentence")] = None


class WorkloadPodsFacts(Facts, frozen=True, kw_only=True):
    """The pods that a workload owns, by owner references."""

    total: Annotated[int, fact("Pods that have not ended")] = 0
    unhealthy: Annotated[int, fact("How many of them are not healthy, beside those that just start")] = 0
    terminating: Annotated[int, fact("How many of them are being deleted for more than their grace")] = 0
    stuck: Annotated[str, fact("Name of the first pod that is being deleted for too long, or empty")] = ""
    example: Annotated[str, fact("Name of the worst pod, or empty")] = ""
    said: Annotated[
        Observation | None, fact("How its unhealthy pods stand, in a sentence (3 of 4: 2 Pending)")
    ] = None


class WorkloadFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about any workload; rules about `workload` are judged for every kind of it."""

    ref: Annotated[ObjectRef, fact("The workload")] = ObjectRef("Deployment", "app", "default")
    top_owner: Annotated[ObjectRef, fact("What owns it; itself without an owner")] = ObjectRef(
        "Deployment", "app", "default"
    )
    kind: Annotated[str, fact("Its kind (Deployment)")] = "Deployment"
    path: Annotated[str, fact("As kubectl takes it (deployment/app)")] = "deployment/app"
    selector: Annotated[str, fact("Its label selector as kubectl takes it (app=web)")] = "app=app"
    inference_service: Annotated[
        str, fact("InferenceService whose controller writes it, or empty", read="labels")
    ] = ""
    editable: Annotated[
        bool, fact("Whether kubectl can change its template, and no controller changes it back")
    ] = True
    kept_by: Annotated[
        str, fact("Who writes it from outside the cluster (Helm release x, Argo CD application x), or empty")
    ] = ""
    lasting: Annotated[bool, fact("Whether its pods are meant to run for ever: not a Job")] = True
    age: Annotated[float, fact("Time since creation", unit="seconds")] = 3600.0
    deleting: Annotated[bool, fact("Whether it is being deleted itself")] = False
    deleting_for: Annotated[float, fact("Time since it is being deleted", unit="seconds")] = 0.0
    finalizers: Annotated[tuple[str, ...], fact("Finalizers that hold it", read="metadata.finalizers")] = ()
    healthy: Annotated[bool, fact("Whether it has all pods it wants ready, or is rolling out in time")] = True
    seen: Annotated[
        bool, fact("Whether its controller has acted on its newest change", read="status.observedGeneration")
    ] = True
    wanted: Annotated[int, fact("Pods it wants", read="spec.replicas")] = 1
    existing: Annotated[int, fact("Pods it counts", read="status.replicas")] = 1
    ready: Annotated[int, fact("Pods that are ready", read="status.readyReplicas")] = 1
    updated: Annotated[int, fact("Pods of its newest template", read="status.updatedReplicas")] = 1
    available: Annotated[
        int, fact("Pods that are ready for long enough", read="status.availableReplicas")
    ] = 1
    rolling_out: Annotated[bool, fact("Whether a rollout is under way and within its time")] = False
    counts: Annotated[Observation | None, fact("Its numbers of pods, in a sentence")] = None
    pods: Annotated[WorkloadPodsFacts, fact("The pods it owns")] = WorkloadPodsFacts()
    creation: Annotated[CreationFacts, fact("Pods that the API server refused")] = CreationFacts()
    webhook: Annotated[WebhookFacts, fact("The webhook that refuses its pods")] = WebhookFacts()
    change: Annotated[ChangeFacts, fact("The newest rollout")] = ChangeFacts()
    effect: Annotated[str, fact("Whether something is still served, in a sentence; empty when unknown")] = ""


class ThrottledFacts(Facts, frozen=True, kw_only=True):
    """Replicas that use all the CPU they may use."""

    container: Annotated[str, fact("The container that is throttled in most pods, or empty")] = ""
    pods: Annotated[int, fact("Pods in which it uses its full CPU limit", read="metrics.k8s.io")] = 0
    measured: Annotated[int, fact("Pods in which it was measured", read="metrics.k8s.io")] = 0
    limit: Annotated[float | None, fact("Its CPU limit", unit="cores")] = None
    suggested: Annotated[str, fact("Twice the limit, as a quantity to try")] = ""
    said: Annotated[Observation | None, fact("What the pods use, in a sentence")] = None


class DeploymentFacts(WorkloadFacts, frozen=True, kw_only=True):
    """Facts about one Deployment."""

    rollout: Annotated[RolloutState, fact("How its newest rollout stands", read="condition Progressing")] = (
        "complete"
    )
    paused: Annotated[bool, fact("Whether rollouts are paused", read="spec.paused")] = False
    pending_change: Annotated[
        bool, fact("Whether its pods are not all of its newest template, and nothing replaces them")
    ] = False
    deadline: Annotated[float, fact("Time a rollout may stand still", unit="seconds")] = 600.0
    progress: Annotated[Observation | None, fact("What its Progressing condition says")] = None
    old_ready: Annotated[int, fact("Ready pods of older revisions")] = 0
    revision: Annotated[str, fact("Number of its newest revision, or empty")] = ""
    throttled: Annotated[ThrottledFacts, fact("CPU use against limits")] = ThrottledFacts()


class ReplicaSetFacts(WorkloadFacts, frozen=True, kw_only=True):
    """Facts about one ReplicaSet."""

    ref: Annotated[ObjectRef, fact("The ReplicaSet")] = ObjectRef("ReplicaSet", "app-5d4f", "default")
    kind: Annotated[str, fact("Its kind")] = "ReplicaSet"
    path: Annotated[str, fact("As kubectl takes it")] = "replicaset/app-5d4f"
    current: Annotated[bool, fact("Whether it is its Deployment's newest revision, or has no Deployment")] = (
        True
    )
