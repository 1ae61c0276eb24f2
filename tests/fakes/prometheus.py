"""A local Prometheus: answers instant queries from a table, or fails as it is told to."""

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from aiohttp import web

Labels = Mapping[str, str]
Vector = tuple[tuple[Labels, str], ...]


class Prometheus:
    """Start it with `async with Prometheus() as prometheus`; `url` is its address.

    Attributes:
        queries: what was asked, in order.
        tokens: the Authorization headers that came with it.
        token: what the header must be; empty takes anyone.
    """

    def __init__(self, token: str = "") -> None:
        self.url = ""
        self.queries: list[str] = []
        self.tokens: list[str] = []
        self.token = token
        self._known: list[tuple[str, Vector]] = []
        self._failure: web.Response | None = None
        self._hangs = False
        self._runner: web.AppRunner | None = None

    def know(self, part: str, *samples: tuple[Labels, str]) -> None:
        """Answer queries that contain `part` with these samples; the first that fits wins."""
        self._known.append((part, samples))

    def fail(self, status: int = 200, body: str = "", kind: str = "application/json") -> None:
        """Answer everything with this."""
        self._failure = web.Response(status=status, text=body, content_type=kind)

    def hang(self) -> None:
        """Answer nothing any more."""
        self._hangs = True

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/prom/api/v1/query", self._query)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/prom"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _query(self, request: web.Request) -> web.Response:
        query = request.query["query"]
        self.queries.append(query)
        self.tokens.append(request.headers.get("Authorization", ""))
        if self._hangs:
            await asyncio.sleep(60)
        if self.token and self.tokens[-1] != self.token:
            return web.Response(status=401, text="Unauthorized")
        if self._failure is not None:
            return web.Response(
                status=self._failure.status,
                text=self._failure.text,
                content_type=self._failure.content_type,
            )
        return web.json_response({"status": "success", "data": self._data(query)})

    def _data(self, query: str) -> dict[str, object]:
        found = next((samples for part, samples in self._known if part in query), ())
        return {
            "resultType": "vector",
            "result": [{"metric": dict(labels), "value": [1795341986.5, value]} for labels, value in found],
        }
