"""A live cluster over HTTP: every word of `Cluster`, answered by an API server."""

import codecs
import time
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from msgspec import Struct, field

from handlers.sources.access import Access, in_cluster_access
from handlers.sources.answers import Request, address, check_names, check_object
from handlers.sources.cluster import ProxyAnswer
from handlers.sources.decode import Page, decode_large_page, decode_object, decode_plain
from handlers.sources.errors import Gone
from handlers.sources.kubeconfig import find_files, read_kubeconfig
from handlers.sources.objects.meta import KubernetesObject, Resource
from handlers.sources.service_proxy import proxied, proxy_request
from handlers.sources.transport import Answered, Transport, nobody
from rules.finding import ObjectRef

K = TypeVar("K", bound=KubernetesObject)

LONGEST_LOG = 1024 * 1024
"""Bytes of a log that are read when the question names no limit."""

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


class _Version(Struct, frozen=True, rename="camel"):
    git_version: str = ""


class _ReviewStatus(Struct, frozen=True):
    allowed: bool = False


class _Review(Struct, frozen=True):
    status: _ReviewStatus = field(default_factory=_ReviewStatus)


class _Query(Struct, frozen=True, rename="camel", kw_only=True):
    limit: str
    label_selector: str = ""
    field_selector: str = ""
    continue_: str = field(default="", name="continue")


class KubernetesCluster:
    """A `Cluster` that asks an API server; make one with `connect`.

    `now` stands in for the clock; without it the time is this machine's, set right by the server's answers.
    """

    def __init__(self, transport: Transport, name: str, now: Callable[[], datetime] | None = None) -> None:
        self._transport = transport
        self._name = name
        self._now = now

    @property
    def name(self) -> str:
        """What people call this cluster."""
        return self._name

    def now(self) -> datetime:
        """The API server's time in UTC, since the times in its objects are told by its clock.

        That is this machine's clock, corrected by the Date header of the newest answer when the two differ by
        two seconds or more; before the first answer it is uncorrected. A given clock is never corrected.
        """
        return self._now() if self._now else datetime.now(UTC) + self._transport.clock_offset

    async def get(self, kind: type[K], name: str, namespace: str = "") -> K:
        """Read one object. Raises NotFound, NotServed, or another SourceError."""
        resource = kind.resource
        what = f"{resource.kind} {namespace}/{name}" if namespace else f"{resource.kind} {name}"
        check_object(what, resource, name, namespace)
        body = await self._transport.send(
            Request(
                what=what,
                resource=resource.label,
                namespace=namespace,
                name=name,
                group=_version_of(resource),
                path=address(resource, namespace, name),
            )
        )
        return decode_object(kind, body, what)

    async def pages(
        self, kind: type[K], namespace: str = "", *, labels: str = "", fields: str = "", page_size: int = 250
    ) -> AsyncIterator[tuple[K, ...]]:
        """Read a list page by page; starts again once when the continue token has expired."""
        seen: set[str] = set()
        query = _Query(limit=str(page_size), label_selector=labels, field_selector=fields)
        token, restarted = "", False
        while True:
            try:
                page = await self._page(kind, namespace, msgspec.structs.replace(query, continue_=token))
            except Gone:
                if restarted or not token:
                    raise
                token, restarted = "", True
                continue
            yield tuple(_unseen(page.items, seen)) if restarted else _remembered(page.items, seen)
            token = page.continue_
            if not token:
                return

    async def list(
        self, kind: type[K], namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> tuple[K, ...]:
        """Read a whole list. Raises SourceError; half a list is never returned."""
        items: list[K] = []
        async for page in self.pages(kind, namespace, labels=labels, fields=fields):
            items += page
        return tuple(items)

    async def log(  # noqa: PLR0913 - the options of the API, as the protocol names them
        self,
        namespace: str,
        pod: str,
        container: str,
        *,
        previous: bool = False,
        tail_lines: int | None = None,
        since_seconds: int | None = None,
        limit_bytes: int | None = None,
    ) -> str:
        """Read a container's log, at most `limit_bytes` of it. Raises Rejected, NotFound, SourceError."""
        what = f"log of {namespace}/{pod} [{container}]" + (", previous run" if previous else "")
        check_names(what, namespace, pod)
        most = LONGEST_LOG if limit_bytes is None else limit_bytes
        options: dict[str, str | int | None] = {
            "container": container or None,
            "previous": "true" if previous else None,
            "tailLines": tail_lines,
            "sinceSeconds": since_seconds,
            "limitBytes": most,
        }
        query = urlencode({key: value for key, value in options.items() if value is not None})
        return _text(await self._transport.send(_log_request(what, namespace, pod, query, most)), most)

    async def proxy(self, service: ObjectRef, port: int, path: str, *, body: bytes = b"") -> ProxyAnswer:
        """Ask a Service through the API server. Raises NoBackend, NotFound, SourceError."""
        request = proxy_request(service, port, path, body)
        began = time.monotonic()
        answer = await self._transport.send_once(request)
        return proxied(request, answer, time.monotonic() - began)

    async def may(self, verb: str, resource: Resource, namespace: str = "", subresource: str = "") -> bool:
        """Ask whether the bot's identity has a right."""
        attributes = {
            "verb": verb,
            "group": resource.group,
            "resource": resource.plural,
            "subresource": subresource,
            "namespace": namespace,
        }
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {key: value for key, value in attributes.items() if value}},
        }
        what = f"the right to {verb} {resource.label}"
        request = Request(
            what=what,
            verb="create",
            resource="selfsubjectaccessreviews.authorization.k8s.io",
            method="POST",
            path=REVIEWS,
            body=msgspec.json.encode(review),
        )
        return decode_plain(_Review, await self._transport.send(request), what).status.allowed

    async def version(self) -> str:
        """The server's version ("v1.36.2")."""
        what = "the server's version"
        body = await self._transport.send(Request(what=what, resource="/version", path="/version"))
        return decode_plain(_Version, body, what).git_version

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def _page(self, kind: type[K], namespace: str, query: _Query) -> Page[K]:
        resource = kind.resource
        what = f"{resource.label} in {namespace}" if namespace else resource.label
        if namespace:
            check_names(what, namespace)
        request = Request(
            what=what,
            verb="list",
            resource=resource.label,
            namespace=namespace,
            group=_version_of(resource),
            path=address(resource, namespace, **msgspec.to_builtins(query)),
        )
        return await decode_large_page(kind, await self._transport.send(request), what)


async def connect(  # noqa: PLR0913 - each is a choice of the caller's
    *,
    kubeconfig: str | None = None,
    context: str | None = None,
    name: str = "",
    max_in_flight: int = 8,
    timeout: float = 10.0,  # noqa: ASYNC109 - of every later request, not of this call
    in_cluster: bool = False,
    answered: Answered = nobody,
) -> KubernetesCluster:
    """A cluster as kubectl would find it: kubeconfig, KUBECONFIG, ~/.kube/config, or the pod's own account.

    With `in_cluster` the pod's own account at once; `answered` is told every request's verb and status code.
    Nothing is asked of the server yet. Raises CredentialFailed, with the contexts known for an unknown one.
    """
    access = await (in_cluster_access() if in_cluster else _access(kubeconfig, context))
    transport = Transport(access, max_in_flight=max_in_flight, timeout=timeout, answered=answered)
    return KubernetesCluster(transport, name or access.name)


def context_names(kubeconfig: str | None = None) -> tuple[str, ...]:
    """The contexts of the kubeconfig files; none where there is no file. Raises CredentialFailed."""
    return read_kubeconfig(kubeconfig).contexts


def current_context(kubeconfig: str | None = None) -> tuple[str, str]:
    """Name and namespace of the current context, each empty when not set. Raises CredentialFailed."""
    config = read_kubeconfig(kubeconfig)
    if not config.current:
        return "", ""
    login = config.login()
    return login.context, login.namespace


async def _access(kubeconfig: str | None, context: str | None) -> Access:
    if kubeconfig or context or find_files():
        from handlers.sources.credentials import kubeconfig_access  # noqa: PLC0415 - a large import

        return await kubeconfig_access(read_kubeconfig(kubeconfig), context or "")
    return await in_cluster_access()


def _version_of(resource: Resource) -> str:
    return f"{resource.group}/{resource.version}" if resource.group else ""


def _log_request(what: str, namespace: str, pod: str, query: str, most: int) -> Request:
    path = address(Resource("", "v1", "pods", "Pod"), namespace, pod, "log")
    return Request(
        what=what,
        resource="pods/log",
        namespace=namespace,
        name=pod,
        path=f"{path}?{query}",
        most=most,
        cut=True,
    )


def _text(body: bytes, most: int) -> str:
    """Text of a log; a character that the limit cut in two is left out."""
    return codecs.getincrementaldecoder("utf-8")("replace").decode(body, final=len(body) < most)


def _identity(item: KubernetesObject) -> str:
    meta = item.metadata
    return meta.uid or f"{meta.namespace}/{meta.name}"


def _remembered(items: tuple[K, ...], seen: set[str]) -> tuple[K, ...]:
    seen.update(map(_identity, items))
    return items


def _unseen(items: Iterable[K], seen: set[str]) -> Iterable[K]:
    for item in items:
        if (identity := _identity(item)) not in seen:
            seen.add(identity)
            yield item
