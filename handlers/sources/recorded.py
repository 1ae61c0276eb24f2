"""A recorded cluster: the same words as a live one, answered from a troubleshoot.sh support bundle."""

import os
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from handlers.sources.answers import check_object
from handlers.sources.archive import Archive, open_archive
from handlers.sources.cluster import ProxyAnswer
from handlers.sources.decode import UNREADABLE, decode_item
from handlers.sources.errors import BadAnswer, NotFound, Rejected
from handlers.sources.layout import Layout
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import KubernetesObject, Resource
from handlers.sources.objects.node import Node
from handlers.sources.objects.pod import Pod
from handlers.sources.recorded_logs import LogOptions, RecordedLog, apply, read_log
from handlers.sources.selectable import check_fields, selectable
from handlers.sources.selectors import SelectorError, parse_fields, parse_labels
from rules.finding import ObjectRef

K = TypeVar("K", bound=KubernetesObject)

READING = frozenset({"get", "list"})
"""Verbs that a recording grants; nothing in it can be changed or watched."""

VERSION = "cluster-info/cluster_version.json"


class _Info(Struct, frozen=True, rename="camel"):
    git_version: str = ""


class _Version(Struct, frozen=True):
    info: _Info = _Info()
    string: str = ""


class RecordedCluster:
    """A `Cluster` that answers from a bundle; files are read and decoded when they are first asked for."""

    def __init__(self, archive: Archive, name: str) -> None:
        self._archive = archive
        self._name = name
        self._layout = Layout(archive, f"bundle {name}")
        self._decoded: dict[tuple[type[KubernetesObject], str], tuple[KubernetesObject, ...]] = {}
        self._now: datetime | None = None

    @classmethod
    def open(cls, path: str | os.PathLike[str], name: str = "") -> "RecordedCluster":
        """Open a folder or a .tar.gz. Raises NotFound, or BadAnswer for what is no bundle."""
        return cls(open_archive(path), name or Path(path).name)

    @property
    def name(self) -> str:
        """What people call it: the given name, or that of the file."""
        return self._name

    def now(self) -> datetime:
        """The newest time of an event; of a bundle without events, when its newest object was made."""
        if self._now is None:
            self._now = self._newest()
        return self._now

    async def get(self, kind: type[K], name: str, namespace: str = "") -> K:
        """Read one object. Raises NotFound, NotServed or BadAnswer."""
        resource = kind.resource
        what = f"{resource.kind} {namespace}/{name}" if namespace else f"{resource.kind} {name}"
        check_object(what, resource, name, namespace)
        for item in self._items(kind, namespace):
            if item.metadata.name == name:
                return item
        raise NotFound(what, f'{resource.label} "{name}" not found')

    async def pages(
        self, kind: type[K], namespace: str = "", *, labels: str = "", fields: str = "", page_size: int = 250
    ) -> AsyncIterator[tuple[K, ...]]:
        """Read a list page by page. Raises Rejected for a selector the API server would refuse."""
        items = await self.list(kind, namespace, labels=labels, fields=fields)
        for start in range(0, max(len(items), 1), page_size):
            yield items[start : start + page_size]

    async def list(
        self, kind: type[K], namespace: str = "", *, labels: str = "", fields: str = ""
    ) -> tuple[K, ...]:
        """Read a whole list. Raises Rejected, NotServed or BadAnswer."""
        if not labels and not fields:
            return self._items(kind, namespace)
        resource = kind.resource
        what = f"{resource.label} in {namespace}" if namespace else resource.label
        try:
            wanted, at = parse_labels(labels), parse_fields(fields)
            check_fields(resource, at)
        except SelectorError as error:
            raise Rejected(what, str(error)) from error
        files = self._layout.files(resource, namespace)
        pairs = (
            pair
            for file in files
            for pair in zip(self._layout.items(file), self._of_file(kind, file), strict=True)
        )
        return tuple(item for raw, item in pairs if selectable(resource, raw).matches(wanted, at))

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
        """Read a recorded log. Raises NotFound, and Rejected as the API server did or would have."""
        what = f"log of {namespace}/{pod} [{container}]" + (", previous run" if previous else "")
        log = self._log(what, namespace, pod, container, previous=previous)
        options = LogOptions(tail_lines=tail_lines, since_seconds=since_seconds, limit_bytes=limit_bytes)
        return apply(log.content, options, self.now).decode(errors="replace")

    async def proxy(self, service: ObjectRef, port: int, path: str, *, body: bytes = b"") -> ProxyAnswer:  # noqa: ARG002 - the protocol's words
        """Nothing runs in a recording. Raises Rejected."""
        raise Rejected(f"service {service} {path}", "a recorded cluster cannot be asked for a prediction")

    async def may(self, verb: str, resource: Resource, namespace: str = "", subresource: str = "") -> bool:  # noqa: ARG002 - the protocol's words
        """A recording may be read by everybody and changed by nobody."""
        return verb in READING

    async def version(self) -> str:
        """The recorded server's version. Raises BadAnswer when the bundle does not say."""
        what = "the server's version"
        if VERSION not in self._archive.names:
            raise BadAnswer(what, f"the bundle has no {VERSION}")
        try:
            version = msgspec.json.decode(self._archive.read(VERSION), type=_Version)
        except UNREADABLE as error:
            raise BadAnswer(what, f"{VERSION} cannot be read: {error}") from error
        return version.info.git_version or version.string

    async def close(self) -> None:
        """Forget what was decoded."""
        self._decoded.clear()

    def _items(self, kind: type[K], namespace: str) -> tuple[K, ...]:
        files = self._layout.files(kind.resource, namespace)
        return tuple(item for file in files for item in self._of_file(kind, file))

    def _of_file(self, kind: type[K], file: str) -> tuple[K, ...]:
        key = (kind, file)
        if key not in self._decoded:
            raws = self._layout.items(file)
            self._decoded[key] = tuple(decode_item(kind, raw, f"{file} of the bundle") for raw in raws)
        return self._decoded[key]  # type: ignore[return-value]  # the key holds the kind

    def _log(self, what: str, namespace: str, pod: str, container: str, *, previous: bool) -> RecordedLog:
        found = next((item for item in self._items(Pod, namespace) if item.metadata.name == pod), None)
        if found is None:
            raise NotFound(what, f'pods "{pod}" not found')
        name = container or _only_container(what, found)
        if name not in _containers(found):
            raise Rejected(what, f"container {name} is not valid for pod {pod}")
        log = read_log(self._archive, namespace, pod, name, previous=previous)
        if log is None:
            raise NotFound(what, "the bundle holds no log of it")
        if log.refused:
            raise Rejected(what, log.refused)
        return log

    def _newest(self) -> datetime:
        seen = [event.last_seen for event in self._items(Event, "")]
        if not any(seen):
            objects = (*self._items(Pod, ""), *self._items(Node, ""))
            seen = [item.metadata.creation_timestamp for item in objects]
        times = [time for time in seen if time is not None]
        if not times:
            raise BadAnswer(f"bundle {self._name}", "nothing in it tells when it was made")
        return max(times)


def _containers(pod: Pod) -> list[str]:
    return [container.name for container in (*pod.spec.init_containers, *pod.spec.containers)]


def _only_container(what: str, pod: Pod) -> str:
    names = [container.name for container in pod.spec.containers]
    if len(names) == 1:
        return names[0]
    choices = " ".join(names)
    raise Rejected(
        what, f"a container name must be specified for pod {pod.metadata.name}, choose one of: [{choices}]"
    )
