"""Facts about a prediction that was asked of a model's server."""

from typing import Annotated, Literal

from rules.facts.base import SubjectFacts, fact
from rules.finding import ObjectRef, Observation

PredictProblem = Literal[
    "none",
    "no_service",
    "no_backend",
    "not_ready",
    "bad_request",
    "not_found",
    "server_error",
    "refused",
    "other",
]


class PredictFacts(SubjectFacts, frozen=True, kw_only=True):
    """What a model's server answered, asked through the API server's proxy."""

    ref: Annotated[ObjectRef, fact("The predictor's Service")] = ObjectRef(
        "Service", "model-predictor", "default"
    )
    top_owner: Annotated[ObjectRef, fact("Its InferenceService")] = ObjectRef(
        "InferenceService", "model", "default"
    )
    port: Annotated[int, fact("Its port")] = 80
    model_name: Annotated[str, fact("Name of the model in URLs")] = "model"
    protocol: Annotated[Literal["v1", "v2"], fact("Protocol the server speaks")] = "v1"
    path: Annotated[str, fact("The path that was asked last")] = ""
    predict_path: Annotated[str, fact("Path of a prediction")] = "/v1/models/model:predict"
    posted: Annotated[bool, fact("Whether data was sent to it; else only whether it is ready was asked")] = (
        False
    )
    problem: Annotated[PredictProblem, fact("What the answer means")] = "none"
    status: Annotated[int | None, fact("HTTP status of the last answer; None without one")] = None
    seconds: Annotated[float | None, fact("Time until that answer came", unit="seconds")] = None
    answer: Annotated[Observation | None, fact("Status and beginning of the answer")] = None
    refusal: Annotated[Observation | None, fact("Why the API server did not hand the request on")] = None
    listed: Annotated[tuple[str, ...], fact("Models the server says it has")] = ()
    nearest: Annotated[str, fact("The one of them whose name is most like it, or empty")] = ""
    log_error: Annotated[Observation | None, fact("The failure the server's log shows around it")] = None
    pod: Annotated[str, fact("Pod whose log was read, or empty")] = ""
    container: Annotated[str, fact("Container whose log was read, or empty")] = ""
    effect: Annotated[str, fact("Whether predictions are answered, in a sentence")] = ""
