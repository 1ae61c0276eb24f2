"""The requests to a model's server, by the two protocols KServe's servers speak."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Literal

from msgspec import Struct

from handlers.extract.predict import answer_said, listed_models, meaning
from handlers.extract.predictions import predict_path
from handlers.sources.cluster import ProxyAnswer
from handlers.sources.errors import NoBackend, NotFound, SourceError
from rules.facts.predict import PredictProblem
from rules.finding import Observation

Protocol = Literal["v1", "v2"]
Ask = Callable[[str, bytes], Awaitable[ProxyAnswer]]
"""Path and body (empty for a GET) → the server's answer; raises SourceError."""


class Model(Struct, frozen=True):
    """The model that is asked for: its name in URLs, and the protocol its server most likely speaks."""

    name: str
    protocol: Protocol


class Asked(Struct, frozen=True, kw_only=True):
    """How it went.

    Attributes:
        protocol: the one the server answered to.
        path: what was asked last.
        answer: the last answer; None when the request was not handed on.
        listed: models the server lists, asked when it does not know this one.
        missing: why nothing could be asked at all; empty otherwise.
    """

    protocol: Protocol
    path: str
    posted: bool = False
    problem: PredictProblem = "none"
    answer: ProxyAnswer | None = None
    said: Observation | None = None
    refusal: Observation | None = None
    listed: tuple[str, ...] = ()
    missing: str = ""


async def ask_model(model: Model, data: bytes, ask: Ask) -> Asked:
    """Ask whether the model is ready, by both protocols if need be; then for a prediction, if there is data.

    Raises nothing: what goes wrong is told in the outcome.
    """
    try:
        ready = await _readiness(model, ask)
        if data and ready.problem in {"none", "not_found"}:
            path = predict_path(model.name, ready.protocol)
            ready = _asked(ready.protocol, path, await ask(path, data), posted=True)
        listed = await _listed(ready.protocol, ask) if ready.problem == "not_found" else ()
    except NoBackend as error:
        return _unasked(model, "no_backend", error)
    except NotFound as error:
        return _unasked(model, "no_service", error)
    except SourceError as error:
        unasked = _unasked(model, "none", error)
        return Asked(protocol=unasked.protocol, path=unasked.path, refusal=unasked.refusal, missing=error.why)
    return _with_list(ready, listed)


async def _readiness(model: Model, ask: Ask) -> Asked:
    other: Protocol = "v1" if model.protocol == "v2" else "v2"
    first = await _ready(model.name, model.protocol, ask)
    if first.problem != "not_found":
        return first
    second = await _ready(model.name, other, ask)
    return second if second.problem == "none" else first


async def _ready(name: str, protocol: Protocol, ask: Ask) -> Asked:
    path = _ready_path(name, protocol)
    return _asked(protocol, path, await ask(path, b""), posted=False)


def _ready_path(name: str, protocol: Protocol) -> str:
    return f"/v1/models/{name}" if protocol == "v1" else f"/v2/models/{name}/ready"


async def _listed(protocol: Protocol, ask: Ask) -> tuple[str, ...]:
    """Ask which models there are; a server that does not tell is no failure."""
    try:
        if protocol == "v1":
            answer = await ask("/v1/models", b"")
        else:
            answer = await ask("/v2/repository/index", b"{}")
    except SourceError:
        return ()
    return listed_models(answer) if answer.status == HTTPStatus.OK else ()


def _asked(protocol: Protocol, path: str, answer: ProxyAnswer, *, posted: bool) -> Asked:
    return Asked(
        protocol=protocol,
        path=path,
        posted=posted,
        problem=meaning(answer, posted=posted),
        answer=answer,
        said=answer_said(answer, path),
    )


def _unasked(model: Model, problem: PredictProblem, error: SourceError) -> Asked:
    path = _ready_path(model.name, model.protocol)
    refusal = Observation(error.why, "API server, service proxy")
    return Asked(protocol=model.protocol, path=path, problem=problem, refusal=refusal)


def _with_list(asked: Asked, listed: tuple[str, ...]) -> Asked:
    return Asked(
        protocol=asked.protocol,
        path=asked.path,
        posted=asked.posted,
        problem=asked.problem,
        answer=asked.answer,
        said=asked.said,
        listed=listed,
    )
