"""A cluster of 10,000 pods of 8 KB each, its pages encoded beforehand.

`python -m tests.fakes.kubernetes.synthetic` runs beside a benchmark in a process of its own, prints its
address and serves until its input closes.
"""

import asyncio
import json
import sys
import zlib
from collections.abc import Iterator

from aiohttp import web

from handlers.sources.objects.meta import Resource
from tests.fakes.kubernetes.bundle import DEMO, Bundle
from tests.fakes.kubernetes.server import list_body

PODS = 10_000
BYTES = 8 * 1024
POD = Resource("", "v1", "pods", "Pod")
PARTIAL = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
COLUMNS = ("Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates")


class BigCluster:
    """Pages of pods as lists and, for kubectl, as tables; each is made once, when it is first asked for."""

    def __init__(self, number: int = PODS) -> None:
        self._pods = list(_pods(number))
        self._pages: dict[tuple[int, int, bool, bool], bytes] = {}
        self._bundle = Bundle(DEMO)

    def app(self) -> web.Application:
        """The server."""
        app = web.Application()
        app.router.add_get("/api/v1/pods", self._list)
        app.router.add_get("/{path:.*}", self._document)
        return app

    def warm_up(self, limit: int) -> None:
        """Make all pages of a size."""
        for start in range(0, len(self._pods), limit):
            for packed in (False, True):
                self._page(start, limit, table=False, packed=packed)

    async def _list(self, request: web.Request) -> web.Response:
        start, limit = int(request.query.get("continue", "0")), int(request.query.get("limit", "500"))
        table = "as=Table" in request.headers.get("Accept", "")
        packed = "gzip" in request.headers.get("Accept-Encoding", "")
        body = self._page(start, limit, table=table, packed=packed)
        headers = {"Content-Encoding": "gzip"} if packed else {}
        return web.Response(body=body, headers=headers, content_type="application/json")

    async def _document(self, request: web.Request) -> web.Response:
        documents = {
            "/api": b'{"kind":"APIVersions","versions":["v1"]}',
            "/apis": b'{"kind":"APIGroupList","apiVersion":"v1","groups":[]}',
            "/api/v1": self._bundle.resource_list("", "v1"),
            "/version": self._bundle.version,
        }
        body = documents.get(request.path)
        return web.Response(
            body=body or b"404 page not found\n", status=200 if body else 404, content_type="application/json"
        )

    def _page(self, start: int, limit: int, *, table: bool, packed: bool) -> bytes:
        key = (start, limit, table, packed)
        if key not in self._pages:
            body = self._encoded(start, limit, table=table)
            self._pages[key] = _gzip(body) if packed else body
        return self._pages[key]

    def _encoded(self, start: int, limit: int, *, table: bool) -> bytes:
        end = start + limit
        left = len(self._pods) - end
        metadata: dict[str, object] = {"resourceVersion": "1"}
        if left > 0:
            metadata |= {"continue": str(end), "remainingItemCount": left}
        pods = self._pods[start:end]
        return _table(metadata, pods) if table else list_body(POD, metadata, pods)


def _pods(number: int) -> Iterator[bytes]:
    bundle = Bundle(DEMO)
    models = [json.loads(raw) for file in bundle.layout.files(POD) for raw in bundle.layout.items(file)]
    for count in range(number):
        pod = models[count % len(models)]
        meta = pod["metadata"]
        name = f"{meta['name'][:50]}-{count:05}"
        fresh = meta | {"name": name, "uid": f"00000000-0000-4000-8000-{count:012}"}
        whole = padded({"metadata": fresh, "spec": pod["spec"], "status": pod["status"]})
        yield json.dumps(whole, separators=(",", ":")).encode()


def padded(pod: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Make a pod as large as it should be where it is smaller; managed fields are the bulk of real ones."""
    short = BYTES - len(json.dumps(pod, separators=(",", ":"))) - 60
    if short > 0:
        fields: dict[str, object] = {f"f:field-{number:04}": {} for number in range(short // 18)}
        managed = [*_list(pod["metadata"].get("managedFields")), {"fieldsV1": fields}]
        return pod | {"metadata": pod["metadata"] | {"managedFields": managed}}
    return pod


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _table(metadata: dict[str, object], pods: list[bytes]) -> bytes:
    rows = [_row(json.loads(pod)) for pod in pods]
    columns = [
        {"name": name, "type": "string", "format": "", "description": "", "priority": 0} for name in COLUMNS
    ]
    head = {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": columns,
    }
    return json.dumps(head | {"rows": rows}, separators=(",", ":")).encode()


def _row(pod: dict[str, dict[str, object]]) -> dict[str, object]:
    node = pod["spec"].get("nodeName", "<none>")
    cells = [
        pod["metadata"]["name"],
        "1/1",
        pod["status"].get("phase"),
        "0",
        "5d",
        "10.0.0.1",
        node,
        "<none>",
        "<none>",
    ]
    return {"cells": cells, "object": PARTIAL | {"metadata": pod["metadata"]}}


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packer.compress(body) + packer.flush()


async def main() -> None:
    """Serve until the input closes."""
    cluster = BigCluster()
    cluster.warm_up(250)
    runner = web.AppRunner(cluster.app(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"http://127.0.0.1:{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
