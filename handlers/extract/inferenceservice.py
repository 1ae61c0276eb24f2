"""An InferenceService's facts, joined from its status, its pods and what was read beside them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from handlers.extract.events import newest_first, observed, plain
from handlers.extract.model_loading import loading_facts
from handlers.extract.pod_state import STARTING
from handlers.extract.pod_status import ENDED, looks_healthy, pod_condition
from handlers.extract.predictions import ServerLog, predict_path, prediction_facts, server_logs
from handlers.extract.serving_revision import revision_facts
from handlers.extract.serving_runtime import Runtime, runtime_facts
from handlers.extract.serving_spec import (
    condition,
    is_serverless,
    is_stopped,
    meant_uri,
    model_name,
    model_of,
    protocol_of,
    words_of_facts,
)
from handlers.extract.serving_status import (
    FAILED,
    age_of,
    condition_said,
    failing_conditions,
    model_status_facts,
    newest_event,
    seconds_before,
    unseen_for,
)
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.serving import InferenceService, ModelSpec
from handlers.sources.objects.workload import Deployment
from rules.facts.inferenceservice import (
    InferenceServiceFacts,
    PredictionErrorFacts,
    PredictionFacts,
    ServingRuntimeFacts,
)
from rules.facts.pod import PodFacts
from rules.finding import ObjectRef, Observation

Ready = Literal["True", "False", "Unknown"]
_NO_POD = PodFacts(exists=False, ready=False, phase="Pending", status="not created")
Component = Literal["predictor", "transformer", "explainer"]
_COMPONENTS: Mapping[str, Component] = {"transformer": "transformer", "explainer": "explainer"}
_STATUSES: Mapping[str, Ready] = {"True": "True", "False": "False"}


class ServingReads(Struct, frozen=True, kw_only=True):
    """What was read about an InferenceService.

    Attributes:
        pods: all its pods.
        worst: facts of the worst of them; None when there is none, or none could be read.
        logs: of servers beside the worst pod's, where that one serves nothing.
        others: the InferenceServices beside it, where the model cannot be downloaded.
        runtimes: None when they were not needed or could not be read.
        missing: fact → why it could not be read.
    """

    service: InferenceService
    now: datetime
    pods: tuple[Pod, ...] = ()
    worst: PodFacts | None = None
    deployments: tuple[Deployment, ...] = ()
    events: tuple[Event, ...] = ()
    logs: tuple[ServerLog, ...] = ()
    others: tuple[InferenceService, ...] = ()
    runtimes: tuple[Runtime, ...] | None = None
    missing: Mapping[str, str] = {}


def inference_service_facts(reads: ServingReads) -> InferenceServiceFacts:
    """Compute the facts of one InferenceService."""
    item, now = reads.service, reads.now
    model, pod = model_of(item.spec.predictor), reads.worst or _NO_POD
    words = words_of_facts(pod)
    name, protocol = model_name(item, words), protocol_of(model, words)
    alive = [one for one in reads.pods if one.status.phase not in ENDED]
    ready_pods = sum(pod_condition(one, "Ready") == "True" for one in alive)
    stopped, starting = is_stopped(item), _starting(item, pod, now)
    predictions = PredictionFacts() if stopped else _predictions(reads, pod, name)
    ready = condition(item, "Ready")
    status: Ready = _STATUSES.get(ready.status, "Unknown")
    healthy = stopped or starting or (status == "True" and _pods_well(reads, pod))
    return InferenceServiceFacts(
        missing={**_unread_logs(pod), **reads.missing},
        ref=item.ref,
        top_owner=item.ref,
        depends_on=_depends_on(reads),
        mode="Serverless" if is_serverless(item) else "RawDeployment",
        age=age_of(item, now),
        stopped=stopped,
        starting=starting,
        healthy=healthy and not _failing(predictions),
        ready=status,
        ready_since=seconds_before(ready.last_transition_time, now),
        ready_said=condition_said(ready) if ready.status else None,
        trouble=_trouble(ready_pods, healthy=healthy),
        conditions=failing_conditions(item),
        predictor_ready=condition(item, "PredictorReady").status == "True",
        model=model_status_facts(item),
        runtime=_runtime(reads, model),
        revision=revision_facts(item, pod, ready_pods),
        reconcile_error=newest_event(reads.events, "InternalError", "ServerlessModeRejected", "InvalidSpec"),
        model_name=name,
        protocol=protocol,
        predict_path=predict_path(name, protocol),
        storage_uri=model.storage_uri,
        storage_uri_meant=meant_uri(model.storage_uri, (_uri(other) for other in reads.others)),
        initializer_missing=_initializer_missing(model, pod),
        not_ready_event=newest_event(reads.events, "InferenceServiceNotReady"),
        unseen_for=unseen_for(item, now),
        deleting_for=seconds_before(item.metadata.deletion_timestamp, now),
        finalizers=item.metadata.finalizers if item.metadata.deletion_timestamp else (),
        storage_parent=model.storage_uri.rstrip("/").rpartition("/")[0],
        bucket=_bucket(model.storage_uri),
        service_account=item.spec.predictor.service_account_name or "default",
        deployments=tuple(one.metadata.name for one in reads.deployments),
        pods=len(alive),
        pods_ready=ready_pods,
        pods_said=_pods_said(ready_pods, len(alive)),
        pod=pod,
        component=_component(reads.pods, pod),
        loading=loading_facts(pod, now),
        predictions=predictions,
        effect=_effect(pod, predictions, ready_pods, len(alive), stopped=stopped),
    )


def _predictions(reads: ServingReads, pod: PodFacts, model: str) -> PredictionFacts:
    return prediction_facts((*server_logs(pod), *reads.logs), model)


def _starting(item: InferenceService, pod: PodFacts, now: datetime) -> bool:
    if condition(item, "Ready").status == "True":
        return False
    failed = item.status.model_status.transition_status in FAILED
    return pod.starting or (not pod.exists and not failed and age_of(item, now) < STARTING)


def _pods_well(reads: ServingReads, pod: PodFacts) -> bool:
    """Whether no pod of it is unwell; a young one that is not ready yet is not."""
    if not pod.exists:
        return is_serverless(reads.service) or reads.service.spec.predictor.min_replicas == 0
    return pod.healthy or pod.starting


def _trouble(ready_pods: int, *, healthy: bool) -> str:
    if healthy:
        return "serves"
    return "cannot roll out its newest version" if ready_pods else "is not serving"


def _pods_said(ready: int, total: int) -> Observation:
    text = f"{ready} of {total} pods ready" if total else "there are no pods"
    return Observation(text, "status of its pods")


def _runtime(reads: ServingReads, model: ModelSpec) -> ServingRuntimeFacts:
    """Judge the runtime only while nothing is made: a Deployment, or readiness, shows that one was found."""
    says = newest_first(e for e in reads.events if "untime" in e.message and e.reason == "InternalError")
    said = observed(says[0]) if says else None
    made = bool(reads.pods or reads.deployments)
    invalid = reads.service.status.model_status.transition_status == "InvalidSpec"
    ready = condition(reads.service, "Ready").status == "True"
    needed = not ready and (said is not None or not made or invalid)
    if not model.model_format.name or is_stopped(reads.service) or not needed:
        return ServingRuntimeFacts(name=model.runtime)
    failure = reads.service.status.model_status.last_failure_info
    if said is None and failure is not None and failure.message:
        said = Observation(plain(failure.message), "InferenceService status.modelStatus", failure.time)
    return runtime_facts(model, reads.runtimes, said)


def _unread_logs(pod: PodFacts) -> dict[str, str]:
    """What only the server's log tells, where it could not be read."""
    why = next((c.missing["log"] for c in pod.containers if c.kind == "main" and "log" in c.missing), "")
    return dict.fromkeys(("predictions", "loading"), why) if why else {}


def _bucket(uri: str) -> str:
    return uri.removeprefix("s3://").partition("/")[0] if uri.startswith("s3://") else ""


def _uri(item: InferenceService) -> str:
    return model_of(item.spec.predictor).storage_uri


def _initializer_missing(model: ModelSpec, pod: PodFacts) -> bool:
    """KServe puts none into pods of its own namespace, nor while its webhook is not asked."""
    fetched = model.storage_uri.startswith(("s3://", "gs://", "https://", "http://", "hdfs://", "hf://"))
    names = [container.name for container in pod.containers if container.kind != "main"]
    failing = any(container.failing for container in pod.containers)
    return fetched and failing and not any("initializer" in name or "modelcar" in name for name in names)


def _depends_on(reads: ServingReads) -> tuple[ObjectRef, ...]:
    """Its pods, the unhealthy first, then what KServe makes beside them."""
    pods = sorted(reads.pods, key=lambda pod: (looks_healthy(pod), pod.metadata.name))
    made = [one.ref for one in reads.deployments]
    beside = [
        ObjectRef(kind, ref.name, ref.namespace)
        for ref in made
        for kind in ("Service", "HorizontalPodAutoscaler")
    ]
    own = reads.service.ref
    route = () if is_serverless(reads.service) else (ObjectRef("Ingress", own.name, own.namespace),)
    return (*(pod.ref for pod in pods), *made, *beside, *route)


def _component(pods: Sequence[Pod], worst: PodFacts) -> Component:
    named = next((pod.metadata.labels.get("component", "") for pod in pods if pod.ref == worst.ref), "")
    return _COMPONENTS.get(named, "predictor")


def _failing(predictions: PredictionFacts) -> tuple[PredictionErrorFacts, ...]:
    """The errors that matter, most requests first."""
    every = (
        predictions.server_error,
        predictions.bad_request,
        predictions.not_found,
        predictions.unavailable,
    )
    return tuple(sorted((one for one in every if one.matters), key=lambda one: -one.count))


def _effect(pod: PodFacts, predictions: PredictionFacts, ready: int, total: int, *, stopped: bool) -> str:
    if stopped:
        return "Stopped on purpose: nothing is served"
    if not total:
        return "Nothing is served: there is no predictor pod"
    some = f"{ready} of {total} pods ready" if ready else "Nothing is served: no pod is ready"
    errors = "".join(f"; {one.said}" for one in _failing(predictions)[:1])
    return f"{pod.effect or some}{errors}"
