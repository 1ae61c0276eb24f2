"""What an API server and the way to it can do wrong."""

import asyncio
import json
import socket
import struct
from dataclasses import dataclass, field, replace

from aiohttp import web

from tests.fakes.kubernetes.recorded_answers import recorded


@dataclass(frozen=True, kw_only=True)
class Fault:
    """A fault of every request below a path; after `times` requests it is over.

    `continued` limits it to requests that carry a continue token.
    """

    kind: str = "answer"
    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    times: int | None = None
    continued: bool = False

    @classmethod
    def recorded(
        cls, name: str, *, times: int | None = None, retry_after: str = "", continued: bool = False
    ) -> "Fault":
        """An answer as a real API server gave it."""
        answer = recorded(name)
        headers = {"Retry-After": retry_after} if retry_after else {}
        return cls(
            status=answer.status,
            body=answer.body,
            content_type=answer.content_type,
            headers=headers,
            times=times,
            continued=continued,
        )

    @classmethod
    def answer(cls, body: bytes, content_type: str = "application/json", status: int = 200) -> "Fault":
        """Any answer."""
        return cls(status=status, body=body, content_type=content_type)

    @classmethod
    def html(cls, status: int = 200) -> "Fault":
        """A login page where JSON is expected."""
        return cls(status=status, body=b"<!doctype html><html>Sign in</html>", content_type="text/html")

    @classmethod
    def slow(cls, seconds: float) -> "Fault":
        """The right answer, late."""
        return cls(kind="slow", delay=seconds)

    @property
    def patience(self) -> float:
        """Seconds a client should wait; few only where no answer comes: busy machines are slow."""
        return 0.8 if self.kind == "hang" else 5.0

    @classmethod
    def hang(cls) -> "Fault":
        """No answer at all."""
        return cls(kind="hang")

    @classmethod
    def cut(cls, *, chunked: bool = False) -> "Fault":
        """The right answer, half of it."""
        return cls(kind="cut chunked" if chunked else "cut")

    @classmethod
    def reset(cls, times: int | None = None) -> "Fault":
        """The connection is reset before an answer."""
        return cls(kind="reset", times=times)

    @classmethod
    def endless(cls, line: bytes = b"one more line\n") -> "Fault":
        """A body without an end, whatever limit was asked for."""
        return cls(kind="endless", body=line, content_type="text/plain")

    @classmethod
    def nulls(cls) -> "Fault":
        """The right answer with nulls where lists, maps and strings are expected."""
        return cls(kind="nulls")

    def once_less(self) -> "Fault":
        """The same fault with one request less to go."""
        return self if self.times is None else replace(self, times=self.times - 1)


def with_nulls(body: bytes) -> bytes:
    """Put null into fields that Go programs are known to write as null."""
    answer = json.loads(body)
    for item in answer.get("items", [answer]):
        item["metadata"] |= {
            "labels": None,
            "annotations": {"kept": "yes", "lost": None},
            "ownerReferences": None,
        }
        item.setdefault("status", {})["conditions"] = None
        for container in item.get("spec", {}).get("containers", []):
            container |= {"env": None, "ports": [None], "imagePullPolicy": None}
    return json.dumps(answer).encode()


async def break_off(request: web.Request, good: web.Response, *, chunked: bool) -> web.StreamResponse:
    """Send half of an answer and close."""
    body = good.body if isinstance(good.body, bytes) else b""
    half = web.StreamResponse(headers={"Content-Type": "application/json"})
    if chunked:
        half.enable_chunked_encoding()
    else:
        half.content_length = len(body)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half


async def go_on(request: web.Request, line: bytes) -> web.StreamResponse:
    """Send lines until the client goes away."""
    response = web.StreamResponse(headers={"Content-Type": "text/plain"})
    await response.prepare(request)
    try:
        while True:
            await response.write(line * 1000)
            await asyncio.sleep(0)
    except ConnectionError:
        return response


def reset(request: web.Request) -> web.Response:
    """Close the connection with a reset."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
    return web.Response(status=500)
