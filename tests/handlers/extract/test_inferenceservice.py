"""An InferenceService's facts from its status and small pods."""

from typing import Any

import pytest

from handlers.extract.inferenceservice import ServingReads, inference_service_facts
from handlers.extract.serving_spec import (
    ServerWords,
    meant_uri,
    model_name,
    model_of,
    protocol_of,
    words_of_pod,
)
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.serving import InferenceService
from rules.facts.container import ContainerFacts, ProbeFacts
from rules.facts.inferenceservice import InferenceServiceFacts
from rules.facts.pod import ChangeFacts, PodFacts
from rules.finding import ObjectRef
from tests.handlers.build import NOW, Json, ago, event, make, pod, running

MODEL: Json = {"model": {"modelFormat": {"name": "sklearn"}, "storageUri": "s3://bucket/a/b/model/"}}
READY: Json = {"type": "Ready", "status": "True", "lastTransitionTime": ago(900)}


def service(
    *conditions: Json, spec: Json | None = None, status: Json | None = None, age: float = 86_400, **meta: Any
) -> InferenceService:
    return make(
        InferenceService,
        metadata={"name": "m", "namespace": "ns", "creationTimestamp": ago(age), **meta},
        spec=spec or {"predictor": MODEL},
        status={"conditions": list(conditions), "deploymentMode": "RawDeployment", **(status or {})},
    )


def facts(
    item: InferenceService, *pods: Pod, worst: PodFacts | None = None, **more: Any
) -> InferenceServiceFacts:
    return inference_service_facts(ServingReads(service=item, now=NOW, pods=pods, worst=worst, **more))


def a_pod(name: str = "m-predictor-1", *, ready: bool = True) -> Pod:
    return pod(running(ready=ready), ready=ready, meta={"name": name})


def no_condition(kind: str, reason: str = "", message: str = "", status: str = "False") -> Json:
    return {"type": kind, "status": status, "reason": reason, "message": message}


def test_a_ready_one_with_a_healthy_pod_is_healthy() -> None:
    found = facts(service(READY), a_pod(), worst=PodFacts())
    assert (found.healthy, found.ready, found.ready_since, found.trouble) == (True, "True", 900.0, "serves")
    assert (found.pods, found.pods_ready) == (1, 1)
    assert found.storage_parent == "s3://bucket/a/b"
    assert found.bucket == "bucket"
    assert found.depends_on[0] == ObjectRef("Pod", "m-predictor-1", "ns")


def test_ready_is_not_believed_when_its_pod_is_unwell() -> None:
    found = facts(service(READY), a_pod(ready=False), worst=PodFacts(healthy=False))
    assert not found.healthy
    assert found.trouble == "is not serving"


def test_an_unwell_pod_beside_a_ready_one_is_a_rollout_that_cannot_end() -> None:
    worst = PodFacts(healthy=False, change=ChangeFacts(recent=True))
    found = facts(service(READY), a_pod("old"), a_pod("new", ready=False), worst=worst)
    assert found.trouble == "cannot roll out its newest version"
    assert found.revision.stuck
    assert [ref.name for ref in found.depends_on] == ["new", "old", "m"]


def test_a_young_pod_is_starting_and_that_is_fine() -> None:
    young = PodFacts(healthy=True, ready=False, starting=True)
    assert facts(service(no_condition("Ready")), a_pod(ready=False), worst=young).starting
    assert facts(service(READY), a_pod(), worst=young).healthy
    assert facts(service(age=10)).starting
    assert not facts(service(age=300)).starting


@pytest.mark.parametrize(
    "item",
    [
        service(no_condition("Ready"), annotations={"serving.kserve.io/stop": "true"}),
        service(no_condition("Ready", "Stopped")),
        service(no_condition("Ready"), no_condition("Stopped", status="True")),
    ],
)
def test_stopped_on_purpose_is_fine(item: InferenceService) -> None:
    found = facts(item)
    assert (found.stopped, found.healthy) == (True, True)
    assert found.effect == "Stopped on purpose: nothing is served"


def test_scaled_to_zero_by_knative_is_fine() -> None:
    assert facts(service(READY, status={"deploymentMode": "Serverless"})).healthy
    assert not facts(service(READY)).healthy


def test_the_model_status_is_told_in_a_sentence() -> None:
    status = {
        "modelStatus": {
            "transitionStatus": "BlockedByFailedLoad",
            "states": {"activeModelState": "", "targetModelState": "FailedToLoad"},
            "lastFailureInfo": {"reason": "ModelLoadFailed", "message": "", "exitCode": 1},
        }
    }
    found = facts(service(no_condition("Ready"), status=status)).model
    assert (found.failed, found.target, found.failure) == (True, "FailedToLoad", "ModelLoadFailed")
    assert found.said
    assert found.said.text == "model status: BlockedByFailedLoad, ModelLoadFailed, exit code 1"


def test_conditions_that_fail_stand_ready_first() -> None:
    item = service(no_condition("IngressReady", status="Unknown"), no_condition("Ready", "Why", "so it is"))
    found = facts(item).conditions
    assert [(one.name, one.status) for one in found] == [("Ready", "False"), ("IngressReady", "Unknown")]
    assert found[0].said
    assert found[0].said.text == "Ready is False: Why: so it is"


@pytest.mark.parametrize(
    ("condition", "problem"),
    [
        (
            no_condition(
                "PredictorReady",
                "RevisionFailed",
                'Revision "m-2" failed with message: Unable to fetch image "x:1": not found',
            ),
            "container_missing",
        ),
        (no_condition("PredictorReady", "RevisionFailed", "Container failed with: boom"), "revision_failed"),
        (no_condition("PredictorReady", "RevisionMissing", "not there"), "revision_missing"),
        (
            no_condition("PredictorReady", "RevisionFailed", "Initial scale was never achieved"),
            "never_scaled",
        ),
        (no_condition("PredictorReady", "ExitCode1", "Container failed"), "exit_code"),
        (no_condition("LatestDeploymentReady", "ProgressDeadlineExceeded", "timed out"), "progress_deadline"),
        (no_condition("Ready", "MinimumReplicasUnavailable", "no availability"), "none"),
        ({**READY, "reason": "RevisionFailed"}, "none"),
    ],
)
def test_what_knative_says(condition: Json, problem: str) -> None:
    assert facts(service(condition)).revision.problem == problem


def test_a_canary_that_is_behind() -> None:
    spec = {"predictor": {**MODEL, "canaryTrafficPercent": 20}}
    parts = {"predictor": {"latestCreatedRevision": "m-2", "latestReadyRevision": "m-1"}}
    status = {"deploymentMode": "Serverless", "components": parts}
    found = facts(service(READY, spec=spec, status=status)).revision
    assert (found.stuck, found.newest, found.serving, found.canary_percent) == (True, "m-2", "m-1", 20)


@pytest.mark.parametrize(
    ("predictor", "name"),
    [
        ({"sklearn": {"storageUri": "s3://b/m"}}, "sklearn"),
        ({"triton": {"storageUri": "s3://b/m"}}, "triton"),
        (MODEL, "sklearn"),
        ({"containers": [{"name": "kserve-container", "image": "own"}]}, ""),
    ],
)
def test_the_model_however_it_is_said(predictor: Json, name: str) -> None:
    assert model_of(service(spec={"predictor": predictor}).spec.predictor).model_format.name == name


def test_the_name_and_protocol_of_the_server() -> None:
    item = service()
    spec = {
        "args": ["--model_name=other", "--x"],
        "readinessProbe": {"httpGet": {"path": "/v2/models/other/ready"}},
    }
    words = words_of_pod(pod(running("kserve-container", spec=spec)))
    model = model_of(item.spec.predictor)
    assert model_name(item, words) == "other"
    assert protocol_of(model, words) == "v2"
    assert model_name(item, ServerWords(("serve --model-name third",))) == "third"
    assert model_name(item, ServerWords()) == "m"
    assert protocol_of(model, ServerWords()) == "v1"


def test_the_protocol_that_is_asked_for_counts_first() -> None:
    asked = {"predictor": {"model": {**MODEL["model"], "protocolVersion": "grpc-v2"}}}
    does = ProbeFacts(does="GET :8080/v1/models/m every 10 s")
    worst = PodFacts(containers=(ContainerFacts(readiness=does),))
    assert facts(service(spec=asked), a_pod(), worst=worst).predict_path == "/v2/models/m/infer"
    assert facts(service(), a_pod(), worst=worst).protocol == "v1"


def error(message: str) -> Event:
    return event("InternalError", message, count=9)


def test_a_runtime_is_judged_only_while_nothing_is_served() -> None:
    said = error(
        "fails to reconcile predictor: No ServingRuntimes or ClusterServingRuntimes with the name: x"
    )
    asked = {"predictor": {"model": {**MODEL["model"], "runtime": "x"}}}
    item = service(no_condition("Ready", status="Unknown"), spec=asked)
    assert facts(item, events=(said,)).runtime.problem == "not_found"
    assert facts(item, runtimes=()).runtime.problem == "not_found"
    assert facts(item, a_pod(), runtimes=()).runtime.problem == "none"
    assert facts(service(READY, spec=asked), a_pod(), events=(said,)).runtime.problem == "none"


def test_the_newest_error_of_the_controller_is_kept() -> None:
    old, new = error("old"), event("InternalError", "StorageURI not supported: foo://x", seconds=5)
    found = facts(service(), events=(old, new)).reconcile_error
    assert found
    assert found.text == "StorageURI not supported: foo://x"


@pytest.mark.parametrize(
    ("uri", "others", "meant"),
    [
        ("s3://b/x/artifacts/modle", ["s3://b/y/artifacts/model"], "s3://b/x/artifacts/model"),
        ("s3://b/x/model", ["s3://b/y/model"], ""),
        ("s3://b/x/weights", ["s3://b/y/model"], ""),
        ("s3://b/x/15", ["s3://b/y/14", "s3://b/y/150"], ""),
        ("", ["s3://b/y/model"], ""),
    ],
)
def test_a_misspelt_last_part_is_told_from_what_other_models_say(
    uri: str, others: list[str], meant: str
) -> None:
    assert meant_uri(uri, others) == meant


def test_the_other_models_come_from_the_namespace() -> None:
    odd = {"predictor": {"model": {"storageUri": "s3://bucket/m/modle"}}}
    found = facts(service(no_condition("Ready"), spec=odd), others=(service(READY),))
    assert found.storage_uri_meant == "s3://bucket/m/model"


@pytest.mark.parametrize(
    ("uri", "inits", "missing"),
    [
        ("s3://b/m", (), True),
        ("s3://b/m", ("storage-initializer",), False),
        ("oci://b/m", (), False),
        ("pvc://claim/m", (), False),
    ],
)
def test_a_pod_that_nothing_downloads_to(uri: str, inits: tuple[str, ...], missing: bool) -> None:
    failing = ContainerFacts(name="kserve-container", failing=True)
    worst = PodFacts(containers=(*(ContainerFacts(name=name, kind="init") for name in inits), failing))
    item = service(no_condition("Ready"), spec={"predictor": {"model": {"storageUri": uri}}})
    assert facts(item, a_pod(ready=False), worst=worst).initializer_missing is missing


def test_what_the_controller_has_not_seen() -> None:
    assert facts(service(age=300)).unseen_for == 300.0
    assert facts(service(READY)).unseen_for is None
    assert facts(service(READY, status={"observedGeneration": 2}, generation=3)).unseen_for == 86_400.0
    assert facts(service(READY, status={"observedGeneration": 3}, generation=3)).unseen_for is None


def test_one_that_is_being_deleted() -> None:
    found = facts(service(READY, deletionTimestamp=ago(600), finalizers=["inferenceservice.finalizers"]))
    assert (found.deleting_for, found.finalizers) == (600.0, ("inferenceservice.finalizers",))
    assert facts(service(READY, finalizers=["inferenceservice.finalizers"])).deleting_for is None


def test_the_component_of_the_worst_pod_is_named() -> None:
    own = pod(running(ready=False), ready=False, meta={"name": "t", "labels": {"component": "transformer"}})
    found = facts(service(READY), own, worst=PodFacts(ref=own.ref, healthy=False))
    assert found.component == "transformer"
