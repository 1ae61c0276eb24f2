"""Diagnosing one pod: how many requests, and how much time its concurrent waves save.

`python -m tests.bench.diagnosing`: the same look at the recorded cluster, with every answer of the local API
server late by a fixed time, once as the product asks (eight requests in flight) and once with one at a time.
"""

import asyncio
import sys
import time

from msgspec import Struct

from handlers.contract import Question, Sources
from handlers.pod import gather
from handlers.sources.access import Access, Fixed
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.transport import Transport
from tests.fakes.kubernetes import ApiServer, Fault
from tests.fakes.kubernetes.server import NEWEST_EVENT

DELAY = 0.050
ROUNDS = 5
MOST_REQUESTS = 12
MOST_RATIO = 0.35
IN_FLIGHT = 8
POD = Question(name="sklearn-iris-predictor-74bfbcf4c5-4h9pb", namespace="mlops")
"""A healthy pod with all there is to read: Deployment, Service, two containers, usage."""


class Measured(Struct, frozen=True, kw_only=True):
    """What a look took: requests, and wall seconds with many and with one request in flight."""

    requests: int
    concurrent: float
    sequential: float

    @property
    def ratio(self) -> float:
        """The share of the time that the same reads take one after another."""
        return self.concurrent / self.sequential


class Look(Struct, frozen=True):
    """One look: requests sent, and wall seconds."""

    requests: int
    seconds: float


async def measure(delay: float = DELAY, rounds: int = 1) -> Measured:
    """Measure both ways in one run, the best of some rounds each."""
    async with ApiServer() as server:
        server.fail("/", Fault.slow(delay))
        concurrent = await _best(server, IN_FLIGHT, rounds)
        sequential = await _best(server, 1, rounds)
    return Measured(
        requests=concurrent.requests, concurrent=concurrent.seconds, sequential=sequential.seconds
    )


async def _best(server: ApiServer, in_flight: int, rounds: int) -> Look:
    access = Access(name="lab", server=server.url, tls=None, credentials=Fixed(""), in_cluster=True)
    transport = Transport(access, max_in_flight=in_flight, timeout=30)
    cluster = KubernetesCluster(transport, "lab", now=lambda: NEWEST_EVENT)
    try:
        await _look(cluster)  # connections, decoders and the server's lists are made at the first use
        looks = [await _look(cluster) for _ in range(rounds)]
    finally:
        await cluster.close()
    return min(looks, key=lambda look: look.seconds)


async def _look(cluster: KubernetesCluster) -> Look:
    began = time.perf_counter()
    evidence = await gather(POD, Sources(cluster=cluster), _told)
    return Look(evidence.api_calls, time.perf_counter() - began)


async def _told(what: str) -> None:
    """Hears of progress."""


def run() -> list[str]:
    """Sentences with the figures."""
    found = asyncio.run(measure(rounds=ROUNDS))
    good = found.ratio <= MOST_RATIO and found.requests <= MOST_REQUESTS
    return [
        (
            f"diagnosing a healthy pod: {found.requests} requests (at most "
            f"{MOST_REQUESTS}), each {DELAY * 1000:.0f} ms"
        ),
        (
            f"wall time {found.concurrent * 1000:.0f} ms with {IN_FLIGHT} in flight, "
            f"{found.sequential * 1000:.0f} ms one after another, best of {ROUNDS}"
        ),
        f"ratio {found.ratio:.2f} (at most {MOST_RATIO}): {'kept' if good else 'NOT KEPT'}",
    ]


if __name__ == "__main__":
    sys.stdout.write("\n".join(run()) + "\n")
