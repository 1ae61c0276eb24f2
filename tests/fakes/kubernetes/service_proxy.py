"""The service proxy: requests that the API server hands on to what a test has put behind a Service."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from handlers.sources.objects.meta import Resource
from tests.fakes.kubernetes.bundle import Bundle
from tests.fakes.kubernetes.recorded_answers import Refusal
from tests.fakes.kubernetes.routes import Route

_PATH = re.compile(r"^/api/v1/namespaces/([^/]+)/services/(?:https?:)?([^/:]+)(?::([^/:]+))?/proxy(/.*)?$")
_SERVICES = Resource("", "v1", "services", "Service")

Backend = Callable[[str, str, bytes], web.Response]
"""Method, path and body of a request that is handed on → the Service's answer."""
Backends = dict[tuple[str, str], Backend]
"""Namespace and name of a Service → what answers for it."""


@dataclass(frozen=True, kw_only=True)
class ProxyTarget:
    """A Service that a request is handed on to, and the path it is asked for."""

    namespace: str
    name: str
    port: str
    path: str

    @property
    def route(self) -> Route:
        """The same as a path of the API."""
        return Route(namespace=self.namespace, plural="services", name=self.name, subresource="proxy")


def proxied(path: str) -> ProxyTarget | None:
    """The target of a request through the service proxy; None for any other path."""
    found = _PATH.match(path)
    if found is None:
        return None
    return ProxyTarget(namespace=found[1], name=found[2], port=found[3] or "", path=found[4] or "/")


async def hand_on(
    request: web.Request, target: ProxyTarget, bundle: Bundle, backends: Backends
) -> web.Response:
    """The Service's answer; without anything behind it, what the API server says."""
    bundle.item(_SERVICES, target.namespace, target.name)
    backend = backends.get((target.namespace, target.name))
    if backend is None:
        why = f'no endpoints available for service "{target.name}"'
        raise Refusal(503, "ServiceUnavailable", why)
    return backend(request.method, target.path, await request.read())
