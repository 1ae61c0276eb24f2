"""Asking a Service through the API server: the request, and which of the two it is that answers."""

from urllib.parse import quote

import msgspec
from msgspec import Struct

from handlers.sources.answers import Answer, Request, check_names, refusal, shortened
from handlers.sources.cluster import ProxyAnswer
from handlers.sources.decode import UNREADABLE
from handlers.sources.errors import NoBackend, NotFound
from rules.finding import ObjectRef

LONGEST_ANSWER = 64 * 1024
"""Bytes of the Service's answer that are read; the rest is left."""
LONGEST_QUESTION = 256 * 1024
"""Bytes that may be sent to a Service."""
_FAILED = 400
_NOT_FOUND = 404
_NO_BACKEND = frozenset({500, 502, 503, 504})
_LONGEST_MESSAGE = 300


class _Status(Struct, frozen=True, rename="camel"):
    kind: str = ""
    api_version: str = ""
    message: str = ""


def proxy_request(service: ObjectRef, port: int, path: str, body: bytes) -> Request:
    """The request that the API server hands on: a POST with a body, else a GET. Raises Rejected."""
    what = f"service {service.namespace}/{service.name} {path}"
    check_names(what, service.namespace, service.name)
    place = f"/api/v1/namespaces/{quote(service.namespace, safe='')}/services"
    target = f"{quote(service.name, safe='')}:{port}"
    return Request(
        what=what,
        verb="create" if body else "get",
        resource="services/proxy",
        namespace=service.namespace,
        name=service.name,
        method="POST" if body else "GET",
        path=f"{place}/{target}/proxy{quote(path, safe='/:')}",
        body=body,
        most=LONGEST_ANSWER,
        cut=True,
    )


def proxied(request: Request, answer: Answer, seconds: float) -> ProxyAnswer:
    """What the Service answered, whatever its status.

    Raises:
        NoBackend: the API server found no endpoint, or could not connect to it.
        NotFound: there is no such Service.
        SourceError: the API server refused for another reason.
    """
    said = _of_api_server(answer)
    if said is not None:
        raise _refused(request, answer, said)
    text = answer.body.decode(errors="replace")
    return ProxyAnswer(status=answer.status, body=text, cut=len(answer.body) >= request.most, seconds=seconds)


def _of_api_server(answer: Answer) -> str | None:
    """The message of the API server when it is the one that answers; None when the Service does."""
    if answer.status < _FAILED:
        return None
    try:
        status = msgspec.json.decode(answer.body, type=_Status)
    except UNREADABLE:
        return None
    return status.message if (status.kind, status.api_version) == ("Status", "v1") else None


def _refused(request: Request, answer: Answer, said: str) -> Exception:
    if answer.status in _NO_BACKEND:
        return NoBackend(request.what, shortened(said, _LONGEST_MESSAGE))
    if answer.status == _NOT_FOUND:
        return NotFound(request.what, shortened(said, _LONGEST_MESSAGE))
    return refusal(request, answer)
