"""HTTP to one API server: few requests at a time, a deadline each, and patience where the server asks for it.

The client's own call path is left aside: it costs more than the decoding, and cannot cut a log short.
"""

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import aiohttp
from yarl import URL

from handlers.sources.access import Access
from handlers.sources.answers import Answer, Request, refusal
from handlers.sources.cluster import count_request
from handlers.sources.errors import BadAnswer, SourceError, TimedOut, Unreachable

MOST_PAUSES = 2
"""How often a request is sent again because the server asked to wait."""

LONGEST_ERROR = 64 * 1024
"""Bytes that are read of an answer that is no success."""

PATIENT = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
"""Answers whose Retry-After is heeded."""

HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"
"""The one form a Date header may have today (RFC 9110)."""

SAME_TIME = timedelta(seconds=2)
"""How far two clocks may be apart to count as one: a Date tells whole seconds, and answers take a while."""

ANOTHER_AGE = timedelta(days=36_500)
"""A clock that is further off than this is none."""


Answered = Callable[[str, int], None]
"""Told the Kubernetes verb and the status code of every request; 0 when no answer came."""


def nobody(verb: str, status: int) -> None:
    """Tell nobody."""


class Transport:
    """Sends requests to one API server. Every failure is a SourceError.

    Attributes:
        clock_offset: how far the server's clock is ahead of this machine's, by the newest answer with a
            readable Date header; none while they differ by less than `SAME_TIME`.
    """

    def __init__(
        self,
        access: Access,
        *,
        max_in_flight: int,
        timeout: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        answered: Answered = nobody,
    ) -> None:
        self.clock_offset = timedelta()
        self._answered = answered
        self._access = access
        self._timeout = timeout
        self._sleep = sleep
        self._slots = asyncio.Semaphore(max_in_flight)
        self._session = _session(access, max_in_flight)

    async def send(self, request: Request) -> bytes:
        """Send a request, again where that may help, and return the body of a good answer."""
        attempts = _Attempts(self._timeout)
        while True:
            authorization = await self._access.credentials.authorization()
            answer = await self._exchange(request, authorization, attempts)
            if answer.good:
                return answer.body
            if not await self._may_repeat(answer, authorization, attempts):
                raise refusal(request, answer)

    async def send_once(self, request: Request) -> Answer:
        """Send a request that others will act on, once; return the answer whatever its status."""
        authorization = await self._access.credentials.authorization()
        return await self._exchange(request, authorization, _Attempts(self._timeout))

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def _may_repeat(self, answer: Answer, authorization: str, attempts: "_Attempts") -> bool:
        if answer.status == HTTPStatus.UNAUTHORIZED and not attempts.renewed:
            attempts.renewed = True
            return await self._access.credentials.renew(authorization)
        pause = attempts.pause(answer)
        if pause is None:
            return False
        await self._sleep(pause)
        return True

    async def _exchange(self, request: Request, authorization: str, attempts: "_Attempts") -> Answer:
        status = 0
        async with self._slots:
            try:
                async with asyncio.timeout(attempts.left()):
                    answer = await self._once(request, authorization)
                status = answer.status
            except TimeoutError as error:
                raise TimedOut(request.what, self._timeout) from error
            finally:
                self._answered(request.verb, status)
        return answer

    async def _once(self, request: Request, authorization: str) -> Answer:
        if self._session.closed:
            raise Unreachable(request.what, "the bot has closed its connections to this cluster")
        try:
            async with self._session.request(
                request.method,
                URL(self._access.server + request.path, encoded=True),
                headers=self._headers(request, authorization),
                data=request.body or None,
                allow_redirects=False,
                proxy=self._access.proxy or None,
                server_hostname=self._access.server_hostname or None,
            ) as response:
                self._compare_clocks(response.headers.get("Date", ""))
                return await _read(request, response)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _translated(request, self._access.server, error) from error

    def _compare_clocks(self, date: str) -> None:
        offset = _offset(date)
        if offset is not None and abs(offset - self.clock_offset) >= SAME_TIME:
            self.clock_offset = offset if abs(offset) >= SAME_TIME else timedelta()

    def _headers(self, request: Request, authorization: str) -> list[tuple[str, str]]:
        headers = list(self._access.headers)
        if authorization:
            headers.append(("Authorization", authorization))
        elif self._access.plugin:
            headers.append(("Connection", "close"))  # the next one may need another client certificate
        if request.body:
            headers.append(("Content-Type", "application/json"))
        return headers


class _Attempts:
    """What was tried already for one request, and how much of its time is left."""

    def __init__(self, timeout: float) -> None:
        self._clock = asyncio.get_running_loop().time
        self._timeout = timeout
        self._ends: float | None = None
        self._slept = 0.0
        self._pauses = 0
        self.renewed = False

    def left(self) -> float:
        """Seconds left, from the moment the first attempt leaves the queue."""
        if self._ends is None:
            self._ends = self._clock() + self._timeout
        return self._ends - self._clock()

    def pause(self, answer: Answer) -> float | None:
        """Seconds to wait before trying again; None when that is not worth it."""
        if answer.status not in PATIENT or answer.retry_after is None or self._pauses == MOST_PAUSES:
            return None
        if answer.retry_after >= self.left():
            return None
        self._pauses += 1
        return answer.retry_after


def _session(access: Access, max_in_flight: int) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=access.tls or True, limit=max_in_flight),
        # compression costs as much time as decoding does: worth it across a network, not inside the cluster
        headers={
            "Accept": "application/json",
            "Accept-Encoding": "identity" if access.in_cluster else "gzip",
            "User-Agent": "mlops-bot",
        },
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        middlewares=(_counted,),
        trust_env=False,  # it would also send what ~/.netrc says; the proxy is known from `access`
    )


async def _counted(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Counts what is really sent: aiohttp by itself repeats a GET once whose connection was reset."""
    count_request()
    return await send(request)


async def _read(request: Request, response: aiohttp.ClientResponse) -> Answer:
    good = response.status in (HTTPStatus.OK, HTTPStatus.CREATED)
    most = request.most if good else LONGEST_ERROR
    body = await _read_up_to(response.content, most if request.cut or not good else most + 1)
    if good and len(body) > most:
        raise BadAnswer(request.what, f"the answer is longer than {most // 2**20} MiB")
    return Answer(
        status=response.status,
        body=body,
        content_type=response.content_type,
        retry_after=_seconds(response.headers.get("Retry-After", "")),
    )


async def _read_up_to(content: aiohttp.StreamReader, most: int) -> bytes:
    pieces: list[bytes] = []
    left = most
    while left > 0 and (piece := await content.read(left)):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdigit() else None


def _offset(date: str) -> timedelta | None:
    """How far a Date header is ahead of this machine's clock; None when it is no date."""
    try:
        there = datetime.strptime(date, HTTP_DATE).replace(tzinfo=UTC)
    except ValueError:
        return None
    offset = there - datetime.now(UTC)
    return offset if abs(offset) < ANOTHER_AGE else None


def _translated(request: Request, server: str, error: Exception) -> SourceError:
    what, why = request.what, " ".join(str(error).split()) or type(error).__name__
    found: SourceError
    match error:
        case aiohttp.ClientSSLError() | ssl.SSLError():
            found = Unreachable(what, f"no trusted connection to {server}: {why}")
        case aiohttp.ClientConnectorDNSError():
            found = Unreachable(what, f"the name of {server} cannot be resolved")
        case aiohttp.ClientConnectorError():
            found = Unreachable(what, f"no connection to {server}: {_reason(error.os_error)}")
        case aiohttp.ClientPayloadError():
            found = BadAnswer(what, "the answer was cut off")
        case aiohttp.ServerDisconnectedError() | ConnectionError() | aiohttp.ClientOSError():
            found = Unreachable(what, "the connection was closed before an answer came")
        case aiohttp.ClientResponseError():
            found = BadAnswer(what, f"the answer is not HTTP as expected: {why}")
        case _:
            found = Unreachable(what, f"no request can be sent to {server}: {why}")
    return found


def _reason(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
