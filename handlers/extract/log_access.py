"""Access-log lines: who asked what and which status was answered."""

import re
from collections.abc import Mapping

from msgspec import Struct

_METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
_QUOTED = re.compile(rf'"({_METHODS}) (\S{{1,2000}}) HTTP/[\d.]{{1,4}}" (\d{{3}})\b')
_LOOSE = re.compile(rf"\b({_METHODS}) (/\S{{0,2000}}) (?:[^\n]{{0,80}} )?(?:status|code)=(\d{{3}})\b")
_GIN = re.compile(rf'\| +(\d{{3}}) \|[^"]{{0,120}}\b({_METHODS}) +"([^"]{{1,2000}})"')
_TORNADO = re.compile(
    rf"(?<![\d.])(\d{{3}}) ({_METHODS}) (/\S{{0,2000}}) \([\d.:a-f]{{2,45}}\) \d{{1,9}}\.\d{{1,3}}ms"
)
_VARYING = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{8,}|(?<=/)\d+(?=/|$)")
_STATUS_KEYS = ("status", "status_code", "statusCode", "response_code", "code")
_PATH_KEYS = ("path", "uri", "url", "request_path", "request_uri", "route")
_METHOD_KEYS = ("method", "request_method", "verb")
_CLIENT_ERROR = 400
_STATUS_END = 600


class Access(Struct, frozen=True):
    """One answered request: method (empty when not said), path as asked, and HTTP status."""

    method: str
    path: str
    status: int

    @property
    def failed(self) -> bool:
        """Whether the status is 400 or above."""
        return self.status >= _CLIENT_ERROR

    @property
    def masked_path(self) -> str:
        """The path without its query, ids and numbers masked; what groups requests."""
        return _VARYING.sub("<n>", self.path.partition("?")[0])[:120]


def access_of_text(text: str) -> Access | None:
    """Read a line of uvicorn, gunicorn, TorchServe, nginx, Envoy, tornado, gin, or one with `status=`.

    None for anything else.
    """
    if " HTTP/" in text and (found := _QUOTED.search(text)):
        return Access(found[1], found[2], int(found[3]))
    if ("status=" in text or "code=" in text) and (found := _LOOSE.search(text)):
        return Access(found[1], found[2], int(found[3]))
    if "[GIN]" in text and (found := _GIN.search(text)):
        return Access(found[2], found[3], int(found[1]))
    if text.endswith("ms") and (found := _TORNADO.search(text)):
        return Access(found[2], found[3], int(found[1]))
    return None


def access_of_fields(values: Mapping[str, object]) -> Access | None:
    """Read a structured line that carries a path and a status."""
    path = next((values[key] for key in _PATH_KEYS if key in values), None)
    status = next((values[key] for key in _STATUS_KEYS if key in values), None)
    if not isinstance(path, str) or not isinstance(status, int) or not 100 <= status < _STATUS_END:  # noqa: PLR2004 - HTTP status codes begin at 100
        return None
    method = next((values[key] for key in _METHOD_KEYS if key in values), "")
    return Access(str(method), path, status)
