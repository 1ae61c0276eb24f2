"""How things that people do reach the app: an envelope, an ack in three seconds, another try for events."""

import asyncio
from dataclasses import dataclass, field
from typing import Literal, Protocol

from tests.fakes.slack.state import Json
from tests.fakes.slack.workspace import Workspace

Kind = Literal["slash_commands", "events_api", "interactive"]


@dataclass(kw_only=True)
class Envelope:
    """One thing sent to the app; `latency` in seconds when it was acked, `answer` what the ack carried."""

    id: str
    kind: Kind
    payload: Json
    attempt: int = 0
    acked: asyncio.Future[Json] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    latency: float | None = None
    answer: Json = field(default_factory=dict)
    fault: str = ""


class Transport(Protocol):
    """Socket Mode or HTTP: hands an envelope over and returns what the ack carried."""

    async def hand_over(self, envelope: Envelope) -> Json:
        """Raises ConnectionError when the app cannot be reached or refuses."""


class Delivery:
    """Sends envelopes and keeps what became of them."""

    def __init__(self, workspace: Workspace, transport: Transport) -> None:
        self._workspace = workspace
        self.transport = transport
        self.ack_seconds = 3.0
        self.retry_after: tuple[float, ...] = (0.0, 60.0, 300.0)
        self.envelopes: list[Envelope] = []
        self._tasks: set[asyncio.Task[Envelope]] = set()

    async def once(self, kind: Kind, payload: Json, attempt: int = 0) -> Envelope:
        """One try; `fault` of the envelope is what the person would be told."""
        envelope = Envelope(id=self._workspace.new_id("env"), kind=kind, payload=payload, attempt=attempt)
        self.envelopes.append(envelope)
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            async with asyncio.timeout(self.ack_seconds):
                envelope.answer = await self.transport.hand_over(envelope)
            envelope.latency = loop.time() - started
        except TimeoutError:
            envelope.fault = "operation_timeout"
        except ConnectionError:
            envelope.fault = "dispatch_failed"
        self._workspace.changes.tell()
        return envelope

    async def event(self, payload: Json) -> Envelope:
        """An event, tried again at the set times while it is not acked."""
        envelope = await self.once("events_api", payload)
        for attempt, pause in enumerate(self.retry_after, start=1):
            if not envelope.fault:
                break
            await asyncio.sleep(pause)
            envelope = await self.once("events_api", payload, attempt)
        return envelope

    def start_event(self, payload: Json) -> "asyncio.Task[Envelope]":
        """Send an event without waiting for its ack."""
        task = asyncio.ensure_future(self.event(payload))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Stop trying."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
