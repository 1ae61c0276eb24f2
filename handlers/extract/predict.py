"""What a model server's answer means."""

import difflib
from collections.abc import Sequence
from http import HTTPStatus

import msgspec

from handlers.sources.cluster import ProxyAnswer
from handlers.sources.decode import UNREADABLE
from rules.facts.predict import PredictProblem
from rules.finding import Observation

SHOWN = 300
"""Characters of an answer that are shown."""
_CUTOFF = 0.4
_BAD = frozenset(
    {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
_NOT_READY = frozenset({HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
_REFUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
_KEYS = ("error", "detail", "message", "msg")


def meaning(answer: ProxyAnswer, *, posted: bool) -> PredictProblem:
    """What the status of an answer means, as the guide's table has it.

    A V1 server answers 200 with `"ready": false`, and MLServer 400, where a model is not ready yet.
    """
    status = answer.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return "none" if posted or says_ready(answer.body) else "not_ready"
    if status in _NOT_READY or (status in _BAD and not posted):
        return "not_ready"
    if status in _BAD:
        return "bad_request"
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}:
        return "not_found"
    if status in _REFUSED:
        return "refused"
    return "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "other"


def says_ready(body: str) -> bool:
    """Whether a good answer to "are you ready" says yes; one without a word on it does."""
    value = _object(body)
    return str(value.get("ready", True)).lower() != "false"


def answer_said(answer: ProxyAnswer, path: str) -> Observation:
    """An answer as evidence: its status, and its error or else its beginning."""
    value = _object(answer.body)
    error = next((value[key] for key in _KEYS if value.get(key)), None)
    words = " ".join((str(error) if error is not None else answer.body).split())
    short = words if len(words) <= SHOWN else f"{words[:SHOWN].rstrip()} …"
    return Observation(f"{answer.status}: {short}" if short else str(answer.status), f"answer to {path}")


def listed_models(answer: ProxyAnswer) -> tuple[str, ...]:
    """The models a server lists: V1's `{"models": […]}`, the index of a V2 repository, or OpenAI's `data`."""
    try:
        found: object = msgspec.json.decode(answer.body)
    except UNREADABLE:
        return ()
    models = (found.get("models") or found.get("data")) if isinstance(found, dict) else found
    rows = models if isinstance(models, list) else []
    named = [(row.get("name") or row.get("id")) if isinstance(row, dict) else row for row in rows]
    return tuple(sorted({name for name in named if isinstance(name, str) and name}))


def nearest_name(name: str, listed: Sequence[str]) -> str:
    """The listed model that was most likely meant; the only one there is, or the most similar."""
    if len(listed) == 1:
        return listed[0]
    near = difflib.get_close_matches(name, listed, 1, _CUTOFF)
    return near[0] if near else ""


def _object(body: str) -> dict[str, object]:
    try:
        value: object = msgspec.json.decode(body)
    except UNREADABLE:
        return {}
    return {str(key): one for key, one in value.items()} if isinstance(value, dict) else {}
