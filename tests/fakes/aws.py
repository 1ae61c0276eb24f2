"""A local AWS: moto's server in a process of its own, and a front before it that spoils chosen actions.

    async with AwsFront(moto.url) as front:
        front.spoil("rds:DescribeDBInstances", Spoilt.DENIED)
        aws = front.account()

Actions are named as policies name them; of S3 and EKS, which have no action in a request, by HTTP method
("s3:GET"). Everything that is not spoilt goes to moto.
"""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

import boto3
from aiohttp import ClientSession, web

from handlers.sources.boto import LiveAws, Reach

ACCOUNT = "123456789012"
REGION = "eu-west-1"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
_SCOPE = re.compile(r"Credential=[^/]+/\d+/(?P<region>[^/]*)/(?P<service>[^/]+)/")
_HOP = {"host", "content-length", "transfer-encoding", "connection", "content-encoding", "expect"}
_STARTS_SECONDS = 30.0


class Spoilt(Enum):
    """How an action is answered instead."""

    DENIED = "AccessDenied"
    EXPIRED = "ExpiredToken"
    THROTTLED = "Throttling"
    FAILING = "InternalError"
    HANGING = "hanging"
    GARBAGE = "garbage"
    SLOW = "slow"


_STATUS = {Spoilt.DENIED: 403, Spoilt.EXPIRED: 400, Spoilt.THROTTLED: 400, Spoilt.FAILING: 500}


class Moto:
    """moto's server; its accounts are emptied by `reset`."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._session: Any = boto3.Session("testing", "testing")
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = REGION) -> Any:
        """A boto3 client that talks to it, for tests to set up things."""
        if (service, region) not in self._clients:
            self._clients[service, region] = self._session.client(
                service, region_name=region, endpoint_url=self.url
            )
        return self._clients[service, region]

    def reset(self) -> None:
        """Forget everything."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset", method="POST")  # noqa: S310 - our own URL
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            answer.read()


@contextmanager
def moto_server() -> Iterator[Moto]:
    """A server of our own on 127.0.0.1."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            _wait(port, process)
            yield Moto(port)
        finally:
            process.kill()


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _STARTS_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("moto's server did not start")


class AwsFront:
    """Stands before moto: counts what comes, spoils what it was told to.

    Attributes:
        seen: requests by action ("rds:DescribeDBInstances", "s3:GET").
        paths: methods and paths, in order.
        most_at_once: the most requests that were in flight together.
    """

    def __init__(self, moto: str) -> None:
        self._moto = moto
        self._spoilt: dict[str, tuple[Spoilt, float]] = {}
        self._at_once = 0
        self._accounts: list[LiveAws] = []
        self.seen: Counter[str] = Counter()
        self.paths: list[str] = []
        self.most_at_once = 0

    async def __aenter__(self) -> Self:
        self._session = ClientSession(auto_decompress=False)
        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for account in self._accounts:
            await account.close()
        await self._runner.cleanup()
        await self._session.close()

    def spoil(self, action: str, how: Spoilt, seconds: float = 0.3) -> None:
        """Answer an action that way from now on; `seconds` is how slow SLOW is."""
        self._spoilt[action] = (how, seconds)

    def mend(self) -> None:
        """Spoil nothing any more."""
        self._spoilt.clear()

    def account(self, **how: Any) -> LiveAws:
        """The live door, talking to this front; closed with it."""
        reach = {"region": REGION, "endpoint_url": self.url, "timeout": 2.0, **how.pop("reach", {})}
        account = LiveAws(Reach(**reach), **how)
        self._accounts.append(account)
        return account

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        action, protocol = _named(request, body)
        self.seen[action] += 1
        self.paths.append(f"{request.method} {request.path_qs}")
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            how, seconds = self._spoilt.get(action, (None, 0.0))
            if how is Spoilt.SLOW:
                await asyncio.sleep(seconds)
            elif how is Spoilt.HANGING:
                await asyncio.sleep(30)
            elif how is Spoilt.GARBAGE:
                return web.Response(body=b"<html>this is not AWS", content_type="text/html")
            elif how is not None:
                return _refusal(protocol, how)
            return await self._from_moto(request, body)
        finally:
            self._at_once -= 1

    async def _from_moto(self, request: web.Request, body: bytes) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP}
        async with self._session.request(
            request.method, self._moto + request.path_qs, headers=headers, data=body, allow_redirects=False
        ) as answer:
            kept = {n: v for n, v in answer.headers.items() if n.lower() not in _HOP - {"content-encoding"}}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())


def _named(request: web.Request, body: bytes) -> tuple[str, str]:
    """Action and protocol of a request."""
    scope = _SCOPE.search(request.headers.get("Authorization", ""))
    service = scope["service"] if scope else "?"
    if target := request.headers.get("X-Amz-Target"):
        return f"{service}:{target.rpartition('.')[2]}", "json"
    if request.content_type == "application/x-www-form-urlencoded":
        action = parse_qs(body.decode("utf-8", "replace")).get("Action", ["?"])[0]
        service = "sts" if action.startswith("AssumeRole") else service  # a token is sent unsigned
        return f"{service}:{action}", "ec2" if service == "ec2" else "query"
    return f"{service}:{request.method}", "s3" if service == "s3" else "rest-json"


def _refusal(protocol: str, how: Spoilt) -> web.Response:
    code, status = how.value, _STATUS[how]
    message = "Rate exceeded"
    if how is Spoilt.DENIED:
        code = {"ec2": "UnauthorizedOperation", "json": "AccessDeniedException"}.get(protocol, code)
        message = "You are not allowed to do this"
    if protocol in {"json", "rest-json"}:
        text = json.dumps({"__type": code, "message": message})
        headers = {"x-amzn-errortype": code}
        return web.Response(
            status=status, text=text, headers=headers, content_type="application/x-amz-json-1.1"
        )
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    shapes = {
        "ec2": f"<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>",
        "query": f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>",
        "s3": error,
    }
    return web.Response(status=status, text=shapes[protocol], content_type="text/xml")


@contextmanager
def aws_keys(**more: str) -> Iterator[None]:
    """Made-up credentials in the environment, and nothing of the machine's own."""
    own = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    nothing = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    for name in own:
        del os.environ[name]
    os.environ.update({**nothing, "AWS_EC2_METADATA_DISABLED": "true", **KEYS, **more})
    try:
        yield
    finally:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]
        os.environ.update(own)
