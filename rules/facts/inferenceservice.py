"""Facts about an InferenceService: every word a rule about models may say."""

from typing import Annotated, Literal

from rules.facts.base import Facts, SubjectFacts, fact
from rules.facts.pod import PodFacts
from rules.finding import ObjectRef, Observation

RuntimeProblem = Literal[
    "none", "not_found", "disabled", "format_unsupported", "protocol_unsupported", "none_for_format"
]
RevisionProblem = Literal[
    "none",
    "revision_failed",
    "revision_missing",
    "container_missing",
    "progress_deadline",
    "never_scaled",
    "exit_code",
    "unknown",
]


class ServingConditionFacts(Facts, frozen=True, kw_only=True):
    """A condition of the InferenceService that is not True."""

    name: Annotated[str, fact("Type of the condition", read="status.conditions")] = ""
    status: Annotated[Literal["False", "Unknown"], fact("Its status")] = "False"
    reason: Annotated[str, fact("Its reason")] = ""
    said: Annotated[Observation | None, fact("Reason and message, in a sentence")] = None


class ModelStatusFacts(Facts, frozen=True, kw_only=True):
    """What KServe says of the model; it looks at one pod only, so pods are believed before it."""

    transition: Annotated[
        str, fact("UpToDate, InProgress, BlockedByFailedLoad or InvalidSpec", read="status.modelStatus")
    ] = ""
    active: Annotated[str, fact("State of the model that serves", read="states.activeModelState")] = ""
    target: Annotated[str, fact("State of the model that is to serve", read="states.targetModelState")] = ""
    failure: Annotated[str, fact("Reason of the last failure", read="lastFailureInfo.reason")] = ""
    failed: Annotated[bool, fact("Whether it says that a model failed to load or the spec is invalid")] = (
        False
    )
    said: Annotated[Observation | None, fact("The model status in a sentence")] = None


class ServingRuntimeFacts(Facts, frozen=True, kw_only=True):
    """The ServingRuntime or ClusterServingRuntime that is to serve the model."""

    problem: Annotated[RuntimeProblem, fact("Why no runtime can serve it; none while it is served")] = "none"
    name: Annotated[str, fact("The runtime that is asked for; empty to let KServe choose")] = ""
    nearest: Annotated[str, fact("The runtime there is whose name is most like it, or empty")] = ""
    format: Annotated[str, fact("Format of the model with its version", read="model.modelFormat")] = ""
    fitting: Annotated[tuple[str, ...], fact("Enabled runtimes that serve this format")] = ()
    known: Annotated[tuple[str, ...], fact("Runtimes this namespace can use")] = ()
    formats: Annotated[tuple[str, ...], fact("Formats the named runtime, or else any, serves")] = ()
    protocol: Annotated[str, fact("Protocol that is asked for, or empty", read="protocolVersion")] = ""
    wanted: Annotated[
        str, fact("What the named runtime does not serve (format x, protocol v2), or empty")
    ] = ""
    said: Annotated[
        Observation | None, fact("KServe's words about it", read="event InternalError, status.modelStatus")
    ] = None


class RevisionFacts(Facts, frozen=True, kw_only=True):
    """The newest rollout: Knative revisions in Serverless mode, the Deployment's own otherwise."""

    problem: Annotated[RevisionProblem, fact("What Knative says went wrong; none in RawDeployment mode")] = (
        "none"
    )
    said: Annotated[Observation | None, fact("Knative's words", read="status.conditions")] = None
    newest: Annotated[str, fact("Newest revision", read="latestCreatedRevision")] = ""
    serving: Annotated[str, fact("Revision that serves", read="latestReadyRevision")] = ""
    stuck: Annotated[bool, fact("Whether the newest one is not ready while an earlier one serves")] = False
    canary_percent: Annotated[
        int | None, fact("Traffic for the newest revision", unit="percent", read="canaryTrafficPercent")
    ] = None


class LoadingFacts(Facts, frozen=True, kw_only=True):
    """How long the model takes to load, measured from the server's log."""

    container: Annotated[str, fact("The container that loads it")] = ""
    loading: Annotated[bool, fact("Whether its log ends before the model is loaded")] = False
    elapsed: Annotated[
        float | None, fact("From container start until now, or until it was ended", unit="seconds")
    ] = None
    took: Annotated[
        float | None, fact("From container start until the model was loaded", unit="seconds", read="log")
    ] = None
    said: Annotated[Observation | None, fact("The last line about loading, or the one that ends it")] = None
    suggested: Annotated[int, fact("A third more than that, for a probe to allow", unit="seconds")] = 0
    periods: Annotated[int, fact("That in periods of 10 s: failureThreshold of a startup probe")] = 0


class PredictionErrorFacts(Facts, frozen=True, kw_only=True):
    """Prediction requests of one kind of error that the server's log shows."""

    matters: Annotated[bool, fact("Whether there are enough of them, and recent ones, to be no strays")] = (
        False
    )
    status: Annotated[int, fact("HTTP status of most of the answers")] = 0
    count: Annotated[int, fact("Requests answered so", unit="requests")] = 0
    requests: Annotated[int, fact("Requests in the part of the log that was read", unit="requests")] = 0
    share: Annotated[float, fact("Their share of those requests", unit="percent")] = 0.0
    example: Annotated[Observation | None, fact("The latest of them", read="log")] = None
    why: Annotated[Observation | None, fact("The error line beside them", read="log")] = None
    asked: Annotated[str, fact("Name of the model in the URL, or empty")] = ""
    wrong_name: Annotated[bool, fact("Whether that is not the model's name")] = False
    columns: Annotated[tuple[str, ...], fact("Columns the input lacks, as the server says")] = ()
    exception: Annotated[str, fact("Exception behind them ('ValueError: Input contains NaN'), or empty")] = ""
    frame: Annotated[str, fact("Where it was raised, or empty")] = ""
    trouble: Annotated[str, fact("What is wrong with them, a clause (their input lacks x)")] = ""
    pod: Annotated[str, fact("Pod whose log shows them")] = ""
    container: Annotated[str, fact("Container whose log shows them")] = ""
    said: Annotated[Observation | None, fact("How many requests were answered so, in a sentence")] = None


class PredictionFacts(Facts, frozen=True, kw_only=True):
    """What the server's log shows of prediction requests that failed, by what such an answer means."""

    bad_request: Annotated[PredictionErrorFacts, fact("Input the model does not take (400, 415, 422)")] = (
        PredictionErrorFacts()
    )
    not_found: Annotated[PredictionErrorFacts, fact("No such model (404)")] = PredictionErrorFacts()
    server_error: Annotated[PredictionErrorFacts, fact("The model failed (500)")] = PredictionErrorFacts()
    unavailable: Annotated[PredictionErrorFacts, fact("Not ready or overloaded (429, 502, 503, 504)")] = (
        PredictionErrorFacts()
    )


class InferenceServiceFacts(SubjectFacts, frozen=True, kw_only=True):
    """Facts about one InferenceService and the pods behind it."""

    ref: Annotated[ObjectRef, fact("The InferenceService")] = ObjectRef(
        "InferenceService", "model", "default"
    )
    top_owner: Annotated[ObjectRef, fact("The InferenceService itself")] = ObjectRef(
        "InferenceService", "model", "default"
    )
    mode: Annotated[
        Literal["RawDeployment", "Serverless"], fact("How it is deployed", read="status.deploymentMode")
    ] = "RawDeployment"
    age: Annotated[float, fact("Time since creation", unit="seconds")] = 86_400.0
    stopped: Annotated[
        bool, fact("Whether it is stopped on purpose", read="annotation serving.kserve.io/stop")
    ] = False
    starting: Annotated[bool, fact("Young enough that not being ready is normal")] = False
    healthy: Annotated[bool, fact("Ready and its pods healthy, starting, or stopped on purpose")] = True
    ready: Annotated[Literal["True", "False", "Unknown"], fact("Its Ready condition")] = "True"
    ready_since: Annotated[float | None, fact("Time since that condition last changed", unit="seconds")] = (
        None
    )
    ready_said: Annotated[Observation | None, fact("Its Ready condition in a sentence")] = None
    trouble: Annotated[
        str, fact("What it means for callers: is not serving, cannot roll out its newest version, serves")
    ] = "is not serving"
    conditions: Annotated[
        tuple[ServingConditionFacts, ...], fact("Conditions that are not True, Ready first")
    ] = ()
    predictor_ready: Annotated[bool, fact("Whether PredictorReady is True")] = True
    model: Annotated[ModelStatusFacts, fact("What KServe says of the model")] = ModelStatusFacts()
    runtime: Annotated[ServingRuntimeFacts, fact("The runtime that is to serve it")] = ServingRuntimeFacts()
    revision: Annotated[RevisionFacts, fact("The newest rollout")] = RevisionFacts()
    initializer_missing: Annotated[
        bool,
        fact("Whether a failing pod has nothing that downloads the model to it", read="spec.initContainers"),
    ] = False
    not_ready_event: Annotated[
        Observation | None, fact("KServe's word that it is no longer ready", read="InferenceServiceNotReady")
    ] = None
    unseen_for: Annotated[
        float | None,
        fact("Time since it was made or changed without the controller taking notice", unit="seconds"),
    ] = None
    deleting_for: Annotated[
        float | None, fact("Time since it was deleted; None when it was not", unit="seconds")
    ] = None
    finalizers: Annotated[tuple[str, ...], fact("What holds a deleted one", read="metadata.finalizers")] = ()
    reconcile_error: Annotated[
        Observation | None, fact("Why the controller cannot make its objects", read="event InternalError")
    ] = None
    model_name: Annotated[str, fact("Name of the model in URLs", read="argument --model_name")] = "model"
    protocol: Annotated[Literal["v1", "v2"], fact("Protocol its URLs follow")] = "v1"
    predict_path: Annotated[str, fact("Path of a prediction")] = "/v1/models/model:predict"
    storage_uri: Annotated[str, fact("Where its model lies", read="model.storageUri")] = ""
    storage_uri_meant: Annotated[
        str,
        fact("That with its last part spelt as other models here spell it; empty unless it is close to one"),
    ] = ""
    storage_parent: Annotated[str, fact("The folder above it, or empty")] = ""
    bucket: Annotated[str, fact("Bucket of an s3 URI, or empty")] = ""
    service_account: Annotated[str, fact("Service account of the predictor")] = "default"
    deployments: Annotated[
        tuple[str, ...], fact("Deployments behind it", read="label serving.kserve.io/inferenceservice")
    ] = ()
    pods: Annotated[int, fact("Pods behind it")] = 1
    pods_ready: Annotated[int, fact("How many of them are ready")] = 1
    pods_said: Annotated[Observation | None, fact("How its pods stand, in a sentence")] = None
    pod: Annotated[PodFacts, fact("The worst of its pods")] = PodFacts()
    component: Annotated[
        Literal["predictor", "transformer", "explainer"], fact("The component that pod belongs to")
    ] = "predictor"
    loading: Annotated[LoadingFacts, fact("How long its model takes to load")] = LoadingFacts()
    predictions: Annotated[PredictionFacts, fact("Prediction requests that were answered with an error")] = (
        PredictionFacts()
    )
    effect: Annotated[str, fact("Whether something is still served, in a sentence")] = ""
