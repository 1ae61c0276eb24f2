"""Prediction requests that a model server's log shows answered with an error."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from rules.facts.inferenceservice import PredictionErrorFacts, PredictionFacts
from rules.facts.log import LogFacts, LogResponses, LogSignature, SignatureKind
from rules.facts.pod import PodFacts
from rules.finding import Observation

Problem = Literal["bad_request", "not_found", "server_error", "unavailable"]

ENOUGH = 3
"""Requests of one status below which they are strays."""
SHARE = 2.0
"""Percent of the requests in the log below which they are strays."""
RECENT = 3600.0
"""Seconds for which such answers matter."""
_PATH = re.compile(
    r"^(?:/[\w.\-]{1,100}){0,3}?/(?:v[12]|openai/v1)/(?:models/(?P<v1>[^/:]{1,200})(?::|/|$)|completions|chat/completions)"
    r"|^/predictions/(?P<torch>[^/]{1,200})|^/invocations$|^/generate(?:_stream)?$"
)
_PROBLEMS: Mapping[int, Problem] = {
    400: "bad_request",
    413: "bad_request",
    415: "bad_request",
    422: "bad_request",
    404: "not_found",
    429: "unavailable",
    502: "unavailable",
    503: "unavailable",
    504: "unavailable",
}
_SIGNS: Mapping[Problem, SignatureKind] = {
    "bad_request": SignatureKind.REQUEST_INVALID,
    "not_found": SignatureKind.MODEL_NOT_FOUND,
    "server_error": SignatureKind.REQUEST_INVALID,
}
_SERVER_ERROR = 500
_CLAUSE = 100
_TRITON = re.compile(
    r"failed to process the request\(s\) for model '?(?P<model>[\w.\-]{1,200})", re.IGNORECASE
)
"""Triton's word for a request that its model failed; it writes no access log."""
_COLUMNS = re.compile(r"[\w.\- ]{1,100}")


def model_in_path(path: str) -> str | None:
    """The model a prediction URL names, empty where it names none; None for a path that predicts nothing."""
    found = _PATH.match(unquote(path))
    return None if found is None else found["v1"] or found["torch"] or ""


def predict_path(model: str, protocol: Literal["v1", "v2"]) -> str:
    """The path of a prediction (KServe's V1, or the Open Inference Protocol)."""
    return f"/v1/models/{model}:predict" if protocol == "v1" else f"/v2/models/{model}/infer"


class ServerLog(Struct, frozen=True):
    """The log of a container that may answer predictions, and its pod's name."""

    pod: str
    log: LogFacts


def server_logs(pod: PodFacts) -> tuple[ServerLog, ...]:
    """The logs of a pod's main containers, of their present run."""
    mains = (c for c in pod.containers if c.kind == "main" and not c.log.previous)
    return tuple(ServerLog(pod.ref.name, container.log) for container in mains)


def prediction_facts(logs: Sequence[ServerLog], model: str) -> PredictionFacts:
    """Answers of 400 and above to predictions, by what they mean; of several logs the worst."""
    return PredictionFacts(
        bad_request=_worst(logs, model, "bad_request"),
        not_found=_worst(logs, model, "not_found"),
        server_error=_worst(logs, model, "server_error"),
        unavailable=_worst(logs, model, "unavailable"),
    )


def _worst(logs: Sequence[ServerLog], model: str, problem: Problem) -> PredictionErrorFacts:
    errors = (replace(_of_log(one.log, model, problem), pod=one.pod) for one in logs)
    return max(errors, key=lambda error: (error.matters, error.count), default=PredictionErrorFacts())


def _of_log(log: LogFacts, model: str, problem: Problem) -> PredictionErrorFacts:
    group = [one for one in log.responses if _is(one, problem) and model_in_path(one.path) is not None]
    if not group:
        return _of_triton(log, model) if problem == "server_error" else PredictionErrorFacts()
    latest = min(group, key=lambda one: one.seconds_ago if one.seconds_ago is not None else RECENT)
    asked = model_in_path(latest.path) or ""
    count = sum(one.count for one in group)
    share = 100.0 * count / max(count, log.requests)
    sign = _sign(log, problem)
    raised = problem == "server_error"
    columns = _columns(sign) if problem == "bad_request" else ()
    exception = _exception(log) if raised else ""
    return PredictionErrorFacts(
        matters=count >= ENOUGH and share >= SHARE and any(map(_recent, group)),
        status=latest.status,
        count=count,
        requests=log.requests,
        share=round(share, 1),
        example=latest.example,
        why=sign.line if sign else log.error if raised else None,
        asked=asked,
        wrong_name=bool(asked) and asked != model,
        columns=columns,
        exception=exception,
        trouble=_trouble(problem, columns, exception),
        frame=log.last_frame if raised else "",
        container=log.container,
        said=_said(log, count, latest.status, latest.example),
    )


def _of_triton(log: LogFacts, model: str) -> PredictionErrorFacts:
    for group in log.error_groups:
        if found := _TRITON.search(group.example.text):
            text, when = f"{group.count} requests failed in the model", group.example.at
            return PredictionErrorFacts(
                matters=group.count >= ENOUGH,
                status=_SERVER_ERROR,
                count=group.count,
                requests=group.count,
                share=100.0,
                example=group.example,
                why=group.example,
                asked=found["model"],
                wrong_name=found["model"] != model,
                exception=_exception(log),
                trouble=_trouble("server_error", (), _exception(log)),
                container=log.container,
                said=Observation(text, f"log of {log.container}", when),
            )
    return PredictionErrorFacts()


def _trouble(problem: Problem, columns: tuple[str, ...], exception: str) -> str:
    if problem == "server_error":
        return f"the model raises {exception[:_CLAUSE].rstrip('. ')}" if exception else "the model fails"
    if problem == "bad_request":
        lacks = ", ".join(columns)[:_CLAUSE]
        return f"their input lacks {lacks}" if lacks else "their input does not fit the model"
    return ""


def _is(response: LogResponses, problem: Problem) -> bool:
    other = "server_error" if response.status >= _SERVER_ERROR else ""
    return _PROBLEMS.get(response.status, other) == problem


def _recent(response: LogResponses) -> bool:
    return response.seconds_ago is None or response.seconds_ago < RECENT


def _said(log: LogFacts, count: int, status: int, example: Observation) -> Observation:
    text = f"{count} of the last {log.requests} requests were answered {status}"
    return Observation(text, f"log of {log.container}", example.at)


def _sign(log: LogFacts, problem: Problem) -> LogSignature | None:
    wanted = _SIGNS.get(problem)
    return next((sign for sign in log.signatures if sign.kind is wanted), None)


def _columns(sign: LogSignature | None) -> tuple[str, ...]:
    found = _COLUMNS.findall(sign.subject) if sign else []
    return tuple(name for name in map(str.strip, found) if name)


def _exception(log: LogFacts) -> str:
    if not log.exception_type:
        return ""
    return f"{log.exception_type}: {log.exception_message}" if log.exception_message else log.exception_type
