"""Prometheus over its HTTP API: instant queries within time and size; every failure a SourceError.

Anything that answers `/api/v1/query` will do (Prometheus, Thanos, Mimir, Amazon Managed Prometheus behind a
proxy that signs). Foreign errors stop here.
"""

import asyncio
import os
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import msgspec
from msgspec import Struct

from handlers.sources.access import Credentials, Fixed, TokenFile
from handlers.sources.answers import shortened
from handlers.sources.decode import UNREADABLE
from handlers.sources.errors import (
    BadAnswer,
    Forbidden,
    NotServed,
    Rejected,
    SourceError,
    Throttled,
    TimedOut,
    Unauthorized,
    Unreachable,
)
from handlers.sources.series import Sample

LARGEST = 16 * 1024 * 1024
"""Bytes of an answer above which it is given up; ten thousand series have about 3 MiB."""

WHAT = "Prometheus"
_ADDRESS = "Check prometheus_url of this cluster: the address without /api/v1, as seen from the bot's host."
_LOGIN = "Check prometheus_token_file of this cluster."
_SLOW = "Prometheus is slow or overloaded: ask again, or look at its load."
_LONGEST_WORDS = 300


class _Vector(Struct, frozen=True):
    metric: dict[str, str] = {}
    value: tuple[float, str] | None = None


class _Data(Struct, frozen=True):
    result_type: str = msgspec.field(default="", name="resultType")
    result: Any = None


class _Body(Struct, frozen=True):
    status: str = ""
    data: _Data | None = None
    error_type: str = msgspec.field(default="", name="errorType")
    error: str = ""


class Prometheus:
    """One Prometheus.

    Args:
        url: its address, with the path it lives under, without `/api/v1`; may carry a user and password.
        token_file: a file with a bearer token; read again when it is a minute old.
        timeout: seconds one query may take.
        max_in_flight: queries sent at once; more wait for their turn.
    """

    def __init__(
        self, url: str, *, token_file: Path | None = None, timeout: float = 10.0, max_in_flight: int = 4
    ) -> None:
        self._url = url.rstrip("/") + "/api/v1/query"
        self._shown = _without_login(url)
        self._credentials: Credentials = TokenFile(token_file) if token_file else Fixed("")
        self._timeout = timeout
        self._slots = asyncio.Semaphore(max_in_flight)
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def query(self, promql: str) -> tuple[Sample, ...]:
        """Evaluate an instant query, at the server's own time.

        Raises:
            SourceError: there is no answer, or none that can be read.
        """
        async with self._slots:
            try:
                async with asyncio.timeout(self._timeout):
                    status, kind, body = await self._ask(promql)
            except TimeoutError as error:
                slow = TimedOut(WHAT, self._timeout)
                slow.advice = _SLOW
                raise slow from error
        return _samples(status, kind, body)

    async def close(self) -> None:
        """Release connections; the source answers nothing afterwards."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    async def _ask(self, promql: str) -> tuple[int, str, bytes]:
        authorization = await self._credentials.authorization()
        answer = await self._once(promql, authorization)
        if answer[0] == HTTPStatus.UNAUTHORIZED and await self._credentials.renew(authorization):
            return await self._once(promql, await self._credentials.authorization())
        return answer

    async def _once(self, promql: str, authorization: str) -> tuple[int, str, bytes]:
        # Thanos answers with what some of its stores know unless told not to; Prometheus ignores the word.
        asked = {"query": promql, "timeout": f"{self._timeout:g}s", "partial_response": "false"}
        headers = {"Authorization": authorization} if authorization else {}
        try:
            async with self._open().get(
                self._url, params=asked, headers=headers, allow_redirects=False
            ) as response:
                return response.status, response.content_type, await _read(response)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(self._shown, error) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise Unreachable(WHAT, "the bot has closed its connections to it")
        if self._session is None:
            self._session = aiohttp.ClientSession(
                headers={"Accept": "application/json", "User-Agent": "mlops-bot"},
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                trust_env=False,
            )
        return self._session


async def _read(response: aiohttp.ClientResponse) -> bytes:
    pieces: list[bytes] = []
    left = LARGEST + 1
    while left > 0 and (piece := await response.content.read(left)):
        pieces.append(piece)
        left -= len(piece)
    if left <= 0:
        raise BadAnswer(WHAT, f"the answer is longer than {LARGEST // 2**20} MiB")
    return b"".join(pieces)


def _samples(status: int, kind: str, body: bytes) -> tuple[Sample, ...]:
    """The samples of a good answer. Raises SourceError for any other."""
    try:
        told = msgspec.json.decode(body, type=_Body)
    except UNREADABLE as error:
        raise _no_answer(status, kind) from error
    if status != HTTPStatus.OK or told.status != "success" or told.data is None:
        raise _refused(status, told)
    try:
        return _decoded(told.data)
    except (msgspec.ValidationError, ValueError) as error:
        raise BadAnswer(
            WHAT, f"its answer cannot be read: {shortened(str(error), _LONGEST_WORDS)}"
        ) from error


def _decoded(data: _Data) -> tuple[Sample, ...]:
    if data.result_type == "scalar":
        return (Sample({}, float(msgspec.convert(data.result, tuple[float, str])[1])),)
    if data.result_type != "vector":
        raise ValueError(f"a vector was asked for, and it is a {data.result_type or 'nameless thing'}")
    # A native histogram has no value; no query of ours yields one.
    vectors = msgspec.convert(data.result, tuple[_Vector, ...])
    return tuple(Sample(one.metric, float(one.value[1])) for one in vectors if one.value is not None)


def _refused(status: int, told: _Body) -> SourceError:
    why = shortened(told.error, _LONGEST_WORDS).rstrip(".")
    if told.error_type == "timeout" or "timed out" in told.error:
        return BadAnswer(WHAT, f"the query took too long: {why}", _SLOW)
    if told.error_type in {"bad_data", "execution"}:
        return Rejected(WHAT, f"it refuses the query: {why}")
    return _no_answer(status, "application/json", why)


def _no_answer(status: int, kind: str, why: str = "") -> SourceError:
    """The error of an answer that holds no samples."""
    told = f": {why}" if why else ""
    error: SourceError
    match status:
        case HTTPStatus.UNAUTHORIZED:
            error = Unauthorized(WHAT, "the credentials were refused (401)", _LOGIN)
        case HTTPStatus.FORBIDDEN:
            error = Forbidden(WHAT, "query", "Prometheus")
        case HTTPStatus.NOT_FOUND:
            error = NotServed(WHAT, "there is no query API at its address (404)", _ADDRESS)
        case HTTPStatus.TOO_MANY_REQUESTS:
            error = Throttled(WHAT)
        case code if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            error = BadAnswer(WHAT, f"it failed ({code}){told}", _SLOW)
        case code if HTTPStatus.MULTIPLE_CHOICES <= code < HTTPStatus.BAD_REQUEST:
            error = BadAnswer(
                WHAT, f"its address leads elsewhere ({code}), as to a page to sign in", _ADDRESS
            )
        case _:
            page = "a web page" if "html" in kind else "something else"
            error = BadAnswer(WHAT, f"it answers with {page}, not with samples ({status}){told}", _ADDRESS)
    return error


def _translated(server: str, error: Exception) -> SourceError:
    why = " ".join(str(error).split()) or type(error).__name__
    found: SourceError
    match error:
        case aiohttp.ClientSSLError():
            found = Unreachable(WHAT, f"no trusted connection to {server}: {why}", _ADDRESS)
        case aiohttp.ClientConnectorDNSError():
            found = Unreachable(WHAT, f"the name of {server} cannot be resolved", _ADDRESS)
        case aiohttp.ClientConnectorError():
            found = Unreachable(WHAT, f"no connection to {server}: {_reason(error.os_error)}", _ADDRESS)
        case aiohttp.ClientPayloadError():
            found = BadAnswer(WHAT, "the answer was cut off", _SLOW)
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientOSError() | ConnectionError():
            found = Unreachable(WHAT, "the connection was closed before an answer came", _SLOW)
        case aiohttp.ClientResponseError():
            found = BadAnswer(WHAT, "the answer is not HTTP as expected", _ADDRESS)
        case _:
            found = Unreachable(WHAT, f"no request can be sent to {server}: {type(error).__name__}", _ADDRESS)
    return found


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)


def _without_login(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
