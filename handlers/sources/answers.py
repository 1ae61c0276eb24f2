"""What was asked, what came back, and which error an answer that is no success becomes."""

from http import HTTPStatus
from urllib.parse import quote, urlencode

import msgspec
from msgspec import Struct, field

from handlers.sources.decode import UNREADABLE
from handlers.sources.errors import (
    BadAnswer,
    Conflict,
    Forbidden,
    Gone,
    NotFound,
    NotServed,
    Rejected,
    SourceError,
    Throttled,
    Unauthorized,
)
from handlers.sources.objects.meta import Resource

LONGEST_BODY = 64 * 1024 * 1024
"""Bytes of an answer above which it is given up; a page of 250 ordinary objects has 2 to 12 MiB."""

LONGEST_MESSAGE = 500
"""Characters of a server's message that are repeated to a person."""

NOT_SERVED = "the server could not find the requested resource"
"""The API server's words for a resource that a served group does not have."""


class Request(Struct, frozen=True, kw_only=True):
    """One HTTP request and how to name it in an error.

    Attributes:
        what: in a person's words ("pods in mlops").
        verb: the Kubernetes verb ("list").
        resource: the plural resource with its subresource ("pods/log").
        path: the quoted path below the server's address, with the query.
        most: bytes of the body that are read.
        cut: whether a longer body is cut at `most` rather than given up.
    """

    what: str
    verb: str = "get"
    resource: str = ""
    namespace: str = ""
    name: str = ""
    group: str = ""
    method: str = "GET"
    path: str
    body: bytes = b""
    most: int = LONGEST_BODY
    cut: bool = False


class Answer(Struct, frozen=True, kw_only=True):
    """Status, body and the two headers that matter; `retry_after` in seconds, None when not given."""

    status: int
    body: bytes
    content_type: str = ""
    retry_after: float | None = None

    @property
    def good(self) -> bool:
        """Whether the server did what was asked."""
        return self.status in (HTTPStatus.OK, HTTPStatus.CREATED)


class _Details(Struct, frozen=True):
    name: str = ""


class _Status(Struct, frozen=True):
    kind: str = ""
    message: str = ""
    reason: str = ""
    details: _Details | None = field(default_factory=_Details)


def address(
    resource: Resource, namespace: str = "", name: str = "", subresource: str = "", **query: str
) -> str:
    """The path and query of a resource; empty parts and empty query values are left out."""
    parts = [resource.path]
    if resource.namespaced and namespace:
        parts += ["namespaces", quote(namespace, safe="")]
    parts.append(resource.plural)
    parts += [quote(part, safe="") for part in (name, subresource) if part]
    asked = urlencode({key: value for key, value in query.items() if value})
    return "/".join(parts) + (f"?{asked}" if asked else "")


def check_names(what: str, *names: str) -> None:
    """Refuse names that would address something else. Raises Rejected."""
    for name in names:
        if name in ("", ".", "..") or "/" in name or "%" in name:
            raise Rejected(what, f"{name!r} is not a valid name")


def check_object(what: str, resource: Resource, name: str, namespace: str) -> None:
    """Refuse a name, or a missing namespace, that would address something else. Raises Rejected."""
    check_names(what, name)
    if resource.namespaced:
        check_names(what, namespace)


def refusal(request: Request, answer: Answer) -> SourceError:
    """The error of an answer that is no success."""
    status = _status_of(answer)
    what, why = request.what, _why(answer, status)
    error: SourceError
    match answer.status:
        case 401:
            error = Unauthorized(what, "the credentials were refused (401)")
        case 403:
            error = Forbidden(what, request.verb, request.resource, request.namespace)
        case 404:
            error = _not_found(request, status, why)
        case 409:
            error = Conflict(what, why)
        case 410:
            error = Gone(what, why)
        case 429:
            error = Throttled(what, answer.retry_after or 0.0)
        case code if HTTPStatus.BAD_REQUEST <= code < HTTPStatus.INTERNAL_SERVER_ERROR:
            error = Rejected(what, why)
        case _:
            error = BadAnswer(what, _failure(request, answer, why))
    return error


def _not_found(request: Request, status: _Status, why: str) -> SourceError:
    named = status.details is not None and bool(status.details.name)
    if request.name and (named or (status.kind and status.message != NOT_SERVED)):
        return NotFound(request.what, why)
    return NotServed(request.what, f"{request.resource or request.path} is not served by this cluster")


def _failure(request: Request, answer: Answer, why: str) -> str:
    if answer.status < HTTPStatus.BAD_REQUEST:
        return f"an unexpected answer of status {answer.status}, not the API server's"
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE and request.group:
        return f"the service behind the API {request.group} does not answer (503): {why}"
    return f"the server failed ({answer.status}): {why}"


def _status_of(answer: Answer) -> _Status:
    try:
        status = msgspec.json.decode(answer.body, type=_Status)
    except UNREADABLE:
        return _Status()
    return status if status.kind == "Status" else _Status()


def shortened(text: str, most: int) -> str:
    """A text on one line, cut between two words; a word longer than all of it is cut short.

    A secret that is cut in two may no longer be recognised as one.
    """
    words = " ".join(text.split())
    if len(words) <= most:
        return words
    return words[: most + 1].rpartition(" ")[0] or words[:most]


def _why(answer: Answer, status: _Status) -> str:
    text = status.message
    if not text and "html" not in answer.content_type:
        text = answer.body[: LONGEST_MESSAGE * 4].decode(errors="replace")
    words = shortened(text, LONGEST_MESSAGE).rstrip(".")
    return words or f"status {answer.status} without a message"
