"""Prediction requests that a model server's log shows answered with an error."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import unquote

from rules.facts.container import ContainerFacts
from rules.facts.inferenceservice import PredictionErrorFacts, PredictionProblem
from rules.facts.log import LogFacts, LogResponses, LogSignature, SignatureKind
from rules.finding import Observation

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
_KINDS: Mapping[int, PredictionProblem] = {
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
_SERVER_ERROR = 500
_COLUMNS = re.compile(r"[\w.\- ]{1,100}")


def model_in_path(path: str) -> str | None:
    """The model a prediction URL names, empty where it names none; None for a path that predicts nothing."""
    found = _PATH.match(unquote(path))
    return None if found is None else found["v1"] or found["torch"] or ""


def predict_path(model: str, protocol: Literal["v1", "v2"]) -> str:
    """The path of a prediction (KServe's V1, or the Open Inference Protocol)."""
    return f"/v1/models/{model}:predict" if protocol == "v1" else f"/v2/models/{model}/infer"


def prediction_errors(
    pod: str, containers: Iterable[ContainerFacts], model: str
) -> tuple[PredictionErrorFacts, ...]:
    """Answers of 400 and above to predictions, one group a status, most requests first; strays left out."""
    found = [
        error
        for container in containers
        if container.kind == "main" and not container.log.previous
        for error in _of_log(pod, container.log, model)
    ]
    return tuple(sorted(found, key=lambda error: (-error.count, error.status)))


def _of_log(pod: str, log: LogFacts, model: str) -> Iterable[PredictionErrorFacts]:
    groups: dict[int, list[LogResponses]] = {}
    for response in log.responses:
        if model_in_path(response.path) is not None:
            groups.setdefault(response.status, []).append(response)
    for status, group in groups.items():
        kind = _KINDS.get(status, "server_error" if status >= _SERVER_ERROR else None)
        count = sum(response.count for response in group)
        share = 100.0 * count / max(count, log.requests)
        if kind and count >= ENOUGH and share >= SHARE and any(map(_matters, group)):
            yield _error(pod, log, model, kind, group)


def _matters(response: LogResponses) -> bool:
    return response.seconds_ago is None or response.seconds_ago < RECENT


def _error(
    pod: str, log: LogFacts, model: str, kind: PredictionProblem, group: list[LogResponses]
) -> PredictionErrorFacts:
    latest = min(group, key=lambda one: one.seconds_ago if one.seconds_ago is not None else RECENT)
    asked = model_in_path(latest.path) or ""
    count, status = sum(one.count for one in group), latest.status
    sign = _sign(log, kind)
    raised = kind == "server_error"
    return PredictionErrorFacts(
        name=str(status),
        status=status,
        kind=kind,
        count=count,
        requests=log.requests,
        share=round(100.0 * count / max(count, log.requests), 1),
        example=latest.example,
        why=sign.line if sign else log.error if raised else None,
        asked=asked,
        wrong_name=bool(asked) and asked != model,
        columns=_columns(sign) if kind == "bad_request" else (),
        exception=_exception(log) if raised else "",
        frame=log.last_frame if raised else "",
        pod=pod,
        container=log.container,
        said=_said(log, count, status, latest.example),
    )


def _said(log: LogFacts, count: int, status: int, example: Observation) -> Observation:
    text = f"{count} of the last {log.requests} requests were answered {status}"
    return Observation(text, f"log of {log.container}", example.at)


def _sign(log: LogFacts, kind: PredictionProblem) -> LogSignature | None:
    wanted = {
        "bad_request": (SignatureKind.REQUEST_INVALID,),
        "not_found": (SignatureKind.MODEL_NOT_FOUND,),
        "server_error": (SignatureKind.REQUEST_INVALID,),
        "unavailable": (),
    }[kind]
    return next((sign for sign in log.signatures if sign.kind in wanted), None)


def _columns(sign: LogSignature | None) -> tuple[str, ...]:
    found = _COLUMNS.findall(sign.subject) if sign else []
    return tuple(name for name in map(str.strip, found) if name)


def _exception(log: LogFacts) -> str:
    if not log.exception_type:
        return ""
    return f"{log.exception_type}: {log.exception_message}" if log.exception_message else log.exception_type
