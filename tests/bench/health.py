"""`health -A` of 10,000 pods, 10,000 events, 500 nodes and 2,000 Services, beside `kubectl get pods -A`.

Every figure of one cluster comes from one process against one server in another. Time is told for 1,000 to
50,000 pods, so that it can be seen to grow no faster than they do.
"""

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

import msgspec
from msgspec.structs import replace

from bot.__main__ import spare_collector
from bot.ask import Corridor
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.settings_model import Settings
from bot.wiring.base import OpenDoors, catalog
from handlers.contract import Question
from handlers.health import HEALTH
from handlers.sources.cluster import Cluster
from tests.bench.listing import Stall, big_cluster, first_line, in_the_cluster, kubectl_apart

PODS = 10_000
SIZES = (1_000, 10_000, 50_000)
ROUNDS = 3
MOST_MEGABYTES = 300
MOST_STALL = 0.050
MOST_OF_KUBECTL = 0.5
"""Of the wall time of `kubectl get pods -A` alone."""


class Measured(msgspec.Struct, kw_only=True):
    """One look: seconds by the clock and of CPU, peak megabytes, longest stall in seconds, what was found."""

    wall: float
    cpu: float
    megabytes: float
    stall: float
    own_stall: float
    causes: int
    explained: int
    calls: int


async def measure(url: str, *, watched: bool) -> Measured:
    """Ask once for how everything is, after the imports, the rules and the first connections.

    Watching for stalls wakes the loop a thousand times a second, so figures are taken from another look.
    """

    async def told(_: object) -> None:
        """Nobody listens."""

    async def connect() -> Cluster:
        return in_the_cluster(url)

    book = ClusterBook({"large": connect}, "large")
    corridor = Corridor(OpenDoors(), book, catalog(Settings.model_validate({})), told)
    command = Command(handler=HEALTH, question=Question(name="", deadline=120.0), asker=TERMINAL)
    small = Question(name="", namespace="kserve", deadline=120.0)
    await corridor.ask(replace(command, question=small), told)  # connections and decoders are made once
    stall = Stall()
    watch = asyncio.create_task(stall.watch() if watched else asyncio.sleep(0))
    cpu, wall = time.process_time(), time.perf_counter()
    report = await corridor.ask(command, told)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    watch.cancel()
    await book.close()
    return Measured(
        wall=wall,
        cpu=cpu,
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        stall=stall.wall,
        own_stall=stall.own,
        causes=len(report.findings),
        explained=sum(len(finding.explains) for finding in report.findings),
        calls=report.api_calls,
    )


@contextmanager
def large_cluster(pods: int) -> Iterator[str]:
    """The server in a process of its own; yields its address."""
    command = [sys.executable, "-m", "tests.fakes.kubernetes.large", str(pods)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own module
        assert server.stdin is not None
        yield first_line(server.stdout)
        server.stdin.close()


def run_apart(url: str, *, watched: bool = False) -> Measured:
    """One look in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.health", url, *(["watched"] if watched else [])]
    done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own module
    return msgspec.json.decode(done.stdout, type=Measured)


def run() -> list[str]:
    """Measure everything and return the lines to print."""
    lines: list[str] = []
    looks: dict[int, list[Measured]] = {}
    for pods in SIZES:
        with large_cluster(pods) as url:
            looks[-pods] = [run_apart(url, watched=True)]  # the server reads its files at the first question
            looks[pods] = [run_apart(url) for _ in range(ROUNDS if pods == PODS else 1)]
        lines.append(_line(pods, looks[pods], looks[-pods][0]))
    with big_cluster() as url:
        beside, seconds = kubectl_apart(url)
    return [*lines, beside, *_verdicts(looks, seconds)]


def _line(pods: int, looks: list[Measured], watched: Measured) -> str:
    first = looks[0]
    return (
        f"{pods} pods: {median(x.wall for x in looks):.2f} s wall, {median(x.cpu for x in looks):.2f} s CPU, "
        f"{max(x.megabytes for x in looks):.0f} MB, {first.calls} requests; "
        f"{first.causes} causes explain {first.explained} symptoms; "
        f"longest stall {watched.own_stall * 1000:.0f} ms of own work"
    )


def _verdicts(looks: dict[int, list[Measured]], kubectl: float | None) -> list[str]:
    wall = median(look.wall for look in looks[PODS])
    memory = max(look.megabytes for look in looks[PODS])
    stall = looks[-PODS][0].own_stall
    small, large = looks[SIZES[0]][0].wall / SIZES[0], looks[SIZES[-1]][0].wall / SIZES[-1]
    lines = [
        _verdict(f"memory at most {MOST_MEGABYTES} MB", f"{memory:.0f} MB", kept=memory <= MOST_MEGABYTES),
        _verdict(
            f"no stall above {MOST_STALL * 1000:.0f} ms", f"{stall * 1000:.0f} ms", kept=stall <= MOST_STALL
        ),
        _verdict("time a pod no longer in a larger cluster", f"x{large / small:.2f}", kept=large <= small),
    ]
    if kubectl is not None:
        ratio = wall / kubectl
        goal = f"at most {MOST_OF_KUBECTL:g} of kubectl get pods -A"
        lines.append(_verdict(goal, f"x{ratio:.2f}", kept=ratio <= MOST_OF_KUBECTL))
    return lines


def _verdict(promise: str, measured: str, *, kept: bool) -> str:
    return f"{'kept' if kept else 'NOT KEPT'}: {promise} ({measured})"


if __name__ == "__main__":
    spare_collector()
    looked = asyncio.run(measure(sys.argv[1], watched="watched" in sys.argv))
    sys.stdout.write(msgspec.json.encode(looked).decode() + "\n")
