"""The server itself: who asks, may they, what is asked, and what goes wrong."""

import asyncio
import base64
import json
import ssl
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from handlers.sources.objects.meta import Resource
from tests.fakes.kubernetes import logs
from tests.fakes.kubernetes.bundle import DEMO, Selection, load
from tests.fakes.kubernetes.faults import Fault, break_off, go_on, reset, with_nulls
from tests.fakes.kubernetes.recorded_answers import Refusal, forbidden, recorded
from tests.fakes.kubernetes.routes import Route, parse
from tests.fakes.kubernetes.service_proxy import Backends, ProxyTarget, hand_on, proxied

GZIP_FROM = 128 * 1024
NEWEST_EVENT = datetime.fromisoformat("2026-11-22T10:06:23+00:00")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request as it came in."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    certificate: str = ""


class ApiServer:
    """Serves a bundle on 127.0.0.1 while its `async with` block runs.

    Attributes:
        url: address of the server, "http://127.0.0.1:port".
        requests: all requests, in order.
        most_in_flight: how many were answered at the same time at most.
        tokens: bearer tokens that are accepted; empty accepts everybody.
        backends: (namespace, service) → what answers a request that is handed on to that Service.
        expired: number of coming continue tokens that are answered with 410.
        date: the Date header of every answer; empty sends the machine's time.
    """

    def __init__(self, bundle: Path = DEMO, *, token: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.url = ""
        self.requests: list[Seen] = []
        self.date = ""
        self.most_in_flight = 0
        self.in_flight = 0
        self.tokens = {token} if token else set()
        self.backends: Backends = {}
        self.changed = asyncio.Condition()
        self._bundle = load(bundle)
        self._tls = tls
        self._faults: dict[str, Fault] = {}
        self._denied: set[tuple[str, str, str]] = set()
        self._only_in: dict[tuple[str, str], str] = {}
        self._closing = asyncio.Event()
        self._runner: web.AppRunner | None = None

    def fail(self, path_prefix: str, fault: Fault) -> None:
        """From now on, requests below a path go wrong; the longest prefix counts."""
        self._faults[path_prefix] = fault

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        self._faults.clear()

    def deny(self, verb: str, resource: str, namespace: str = "") -> None:
        """Take a right away ("list", "nodes"; "get", "pods/log"), in one namespace or everywhere."""
        self._denied.add((verb, resource, namespace))

    def allow_only_in(self, namespace: str, verb: str, resource: str) -> None:
        """Grant a right in one namespace and nowhere else, as a RoleBinding does."""
        self._only_in[verb, resource] = namespace

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self._tls)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def wait_for_requests(self, number: int) -> None:
        """Return once that many requests are being answered."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.in_flight >= number)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(_seen(request))
        await self._count(1)
        try:
            response = await self._with_faults(request)
            if self.date:
                response.headers["Date"] = self.date
            return response
        finally:
            await self._count(-1)

    async def _count(self, change: int) -> None:
        async with self.changed:
            self.in_flight += change
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
            self.changed.notify_all()

    async def _with_faults(self, request: web.Request) -> web.StreamResponse:  # noqa: PLR0911 - one per fault
        fault = self._fault(request)
        if fault is None:
            return await self._answer(request)
        match fault.kind:
            case "hang":
                await self._closing.wait()
                return web.Response(status=503)
            case "reset":
                return reset(request)
            case "endless":
                return await go_on(request, fault.body)
            case "slow":
                await asyncio.sleep(fault.delay)
                return await self._answer(request)
            case "cut" | "cut chunked":
                return await break_off(request, await self._answer(request), chunked="chunked" in fault.kind)
            case "nulls":
                return _json(with_nulls(_plain(await self._answer(request))))
        return web.Response(
            status=fault.status, body=fault.body, content_type=fault.content_type, headers=fault.headers
        )

    def _fault(self, request: web.Request) -> Fault | None:
        prefixes = [prefix for prefix in self._faults if request.path.startswith(prefix)]
        if not prefixes:
            return None
        longest = max(prefixes, key=len)
        fault = self._faults[longest]
        if fault.continued and "continue" not in request.query:
            return None
        if fault.times == 0:
            return None
        self._faults[longest] = fault.once_less()
        return fault

    async def _answer(self, request: web.Request) -> web.Response:
        if (
            self.tokens
            and request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens
        ):
            return _recorded("401-bad-token.http")
        try:
            return await self._routed(request)
        except Refusal as refusal:
            return _json(refusal.body, refusal.code)

    async def _routed(self, request: web.Request) -> web.Response:
        documents = {
            "/version": self._bundle.version,
            "/api": json.dumps({"kind": "APIVersions", "versions": ["v1"]}).encode(),
            "/apis": json.dumps(
                {"kind": "APIGroupList", "apiVersion": "v1", "groups": self._bundle.groups}
            ).encode(),
        }
        if request.path in documents:
            return _json(documents[request.path])
        if target := proxied(request.path):
            return await self._proxy(request, target)
        route = parse(request.path)
        if route is None:
            return web.Response(status=404, text="404 page not found\n")
        if route.plural == "selfsubjectaccessreviews" and request.method == "POST":
            return await self._review(request)
        return self._resource(request, route)

    async def _proxy(self, request: web.Request, target: ProxyTarget) -> web.Response:
        verb = "get" if request.method == "GET" else "create"
        if not self._allows(verb, "services/proxy", target.namespace):
            raise forbidden(target.route)
        return await hand_on(request, target, self._bundle, self.backends)

    def _resource(self, request: web.Request, route: Route) -> web.Response:
        if not route.plural:
            document = self._bundle.resource_list(route.group, route.version)
            return _json(document) if document else self._not_served(route)
        resource = self._bundle.resource(route.group, route.version, route.plural)
        if resource is None:
            return self._not_served(route)
        if request.method != "GET":
            return _recorded("405-method.http")
        self._check_right(route)
        if route.subresource == "log":
            log = logs.read(self._bundle, route.namespace, route.name, request.query, NEWEST_EVENT)
            return web.Response(body=log, content_type="text/plain")
        if route.name:
            return _json(self._bundle.item(resource, route.namespace, route.name))
        return _compressed(request, self._list(request, route, resource))

    def _list(self, request: web.Request, route: Route, resource: Resource) -> bytes:
        query = request.query
        selection = Selection(query.get("labelSelector", ""), query.get("fieldSelector", ""))
        items = self._bundle.items(resource, route.namespace, selection)
        start = _offset(query.get("continue", ""))
        limit = 0 if route.group == "metrics.k8s.io" else int(query.get("limit", "0"))
        end = start + limit if limit else len(items)
        metadata: dict[str, object] = {"resourceVersion": "6137"}
        if end < len(items):
            metadata |= {"continue": _token(end)}
            if selection == Selection():
                metadata |= {"remainingItemCount": len(items) - end}
        return list_body(resource, metadata, items[start:end])

    def _not_served(self, route: Route) -> web.Response:
        if self._bundle.is_dead(route.group):
            return _recorded("503-aggregated-api.http")
        return web.Response(status=404, text="404 page not found\n")

    def _check_right(self, route: Route) -> None:
        resource = f"{route.plural}/{route.subresource}" if route.subresource else route.plural
        if not self._allows(route.verb, resource, route.namespace):
            raise forbidden(route)

    def _allows(self, verb: str, resource: str, namespace: str) -> bool:
        if self._only_in.get((verb, resource), namespace) != namespace:
            return False
        return not self._denied & {(verb, resource, namespace), (verb, resource, "")}

    async def _review(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise Refusal(415, "UnsupportedMediaType", "only JSON is understood here")
        review = await request.json()
        asked = review["spec"]["resourceAttributes"]
        resource = "/".join(part for part in (asked["resource"], asked.get("subresource")) if part)
        allowed = self._allows(asked["verb"], resource, asked.get("namespace", ""))
        return _json(json.dumps(review | {"status": {"allowed": allowed}}).encode(), HTTPStatus.CREATED)


def list_body(resource: Resource, metadata: Mapping[str, object], items: list[bytes]) -> bytes:
    """A list as the API server writes it."""
    version = f"{resource.group}/{resource.version}" if resource.group else resource.version
    head = {"kind": f"{resource.kind}List", "apiVersion": version, "metadata": metadata}
    return json.dumps(head, separators=(",", ":"))[:-1].encode() + b',"items":[' + b",".join(items) + b"]}\n"


def _seen(request: web.Request) -> Seen:
    peer = request.transport.get_extra_info("peercert") if request.transport else None
    subject = {key: value for part in (peer or {}).get("subject", ()) for key, value in part}
    return Seen(
        method=request.method,
        path=request.raw_path.partition("?")[0],
        query=dict(request.query),
        headers=request.headers,
        certificate=subject.get("commonName", ""),
    )


def _json(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/json")


def _recorded(name: str) -> web.Response:
    answer = recorded(name)
    return web.Response(body=answer.body, status=answer.status, content_type=answer.content_type)


def _compressed(request: web.Request, body: bytes) -> web.Response:
    if len(body) < GZIP_FROM or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return _json(body)
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    response = _json(packer.compress(body) + packer.flush())
    response.headers["Content-Encoding"] = "gzip"
    return response


def _plain(response: web.Response) -> bytes:
    body = response.body if isinstance(response.body, bytes) else b""
    return zlib.decompress(body, 31) if "Content-Encoding" in response.headers else body


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"v": "meta.k8s.io/v1", "start": start}).encode()).decode()


def _offset(token: str) -> int:
    return int(json.loads(base64.urlsafe_b64decode(token))["start"]) if token else 0
