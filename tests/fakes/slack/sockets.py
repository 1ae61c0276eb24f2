"""Socket Mode: one-time wss URLs, envelopes and acks, and the ways a connection goes bad."""

import asyncio
import itertools
import json

from aiohttp import WSMsgType, web

from tests.fakes.slack.delivery import Envelope
from tests.fakes.slack.state import Json
from tests.fakes.slack.workspace import APP, Workspace


class Connection:
    """One open socket; `silent` ones neither read, answer pings nor carry envelopes."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket = socket
        self.request = request
        self.silent = False
        self.swallows = False


class Sockets:
    """Answers `/link` and hands envelopes to open connections in turn."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._tickets: set[str] = set()
        self._turn = itertools.count()
        self._unacked: dict[str, Envelope] = {}
        self.origin = ""
        self.refuse_next = 0
        self.opened = 0
        self.urls_issued: list[str] = []
        self.refused_urls: list[str] = []
        self.connections: list[Connection] = []

    def new_url(self) -> str:
        """A URL that opens one socket, once."""
        ticket = self._workspace.new_id("ticket")
        self._tickets.add(ticket)
        self.urls_issued.append(ticket)
        return f"{self.origin.replace('http', 'ws', 1)}/link?ticket={ticket}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One socket, from hello to its end."""
        ticket = request.query.get("ticket", "")
        if self.refuse_next > 0 or ticket not in self._tickets:
            self.refuse_next = max(0, self.refuse_next - 1)
            self._tickets.discard(ticket)
            self.refused_urls.append(ticket)
            self._workspace.changes.tell()
            return web.Response(status=403)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await self._serve(Connection(socket, request))
        return socket

    async def _serve(self, connection: Connection) -> None:
        self.connections.append(connection)
        self.opened += 1
        await connection.socket.send_json(
            {"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}}
        )
        self._workspace.changes.tell()
        try:
            async for message in connection.socket:
                if connection.silent:
                    continue
                if message.type is WSMsgType.PING:
                    await connection.socket.pong(message.data)
                elif message.type is WSMsgType.TEXT:
                    self._take_ack(json.loads(message.data))
        finally:
            self.connections.remove(connection)
            self._workspace.changes.tell()

    def _take_ack(self, ack: Json) -> None:
        envelope = self._unacked.pop(ack.get("envelope_id", ""), None)
        if envelope is not None and not envelope.acked.done():
            envelope.acked.set_result(ack.get("payload") or {})

    async def hand_over(self, envelope: Envelope) -> Json:
        """Send to the next connection in turn and wait for the ack; ConnectionError when there is none."""
        live = [connection for connection in self.connections if not connection.socket.closed]
        if not live:
            raise ConnectionError("no connection")
        connection = live[next(self._turn) % len(live)]
        self._unacked[envelope.id] = envelope
        if not (connection.silent or connection.swallows):
            await connection.socket.send_json(_frame(envelope))
        return await envelope.acked

    async def ask_to_reconnect(self, reason: str = "refresh_requested") -> None:
        """Tell every connection that it will be closed soon."""
        for connection in self.connections:
            await connection.socket.send_json({"type": "disconnect", "reason": reason})

    def go_silent(self, *, answer_pings: bool = False) -> None:
        """Carry nothing on the connections of now, which stay open."""
        for connection in self.connections:
            connection.silent, connection.swallows = not answer_pings, True

    def cut(self) -> None:
        """Abort the TCP connections."""
        for connection in list(self.connections):
            if connection.request.transport is not None:
                connection.request.transport.abort()

    async def close(self) -> None:
        """Close every socket."""
        await asyncio.gather(*(connection.socket.close() for connection in list(self.connections)))


def _frame(envelope: Envelope) -> Json:
    frame: Json = {
        "envelope_id": envelope.id,
        "type": envelope.kind,
        "payload": envelope.payload,
        "accepts_response_payload": envelope.kind != "events_api",
    }
    if envelope.attempt:
        frame |= {"retry_attempt": envelope.attempt, "retry_reason": "timeout"}
    return frame
