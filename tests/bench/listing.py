"""Listing 10,000 pods of 8 KB, beside the least any client could do, and beside kubectl.

`python -m tests.bench.listing`: every variant runs in a process of its own against one server in another.
CPU seconds are those of the listing alone (imports and start-up left out); memory is the process's peak.
"""

import asyncio
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import IO

import aiohttp
import msgspec

from handlers.sources.access import Access, Fixed
from handlers.sources.kubernetes import KubernetesCluster, connect
from handlers.sources.objects.meta import ListMeta
from handlers.sources.objects.pod import Pod
from handlers.sources.transport import Transport
from tests.fakes.kubernetes.kubeconfig import Login, write_kubeconfig

ROUNDS = 5
VARIANTS = ("bare", "in the cluster", "by kubeconfig")
MOST_CPU = 2.2
MOST_MEGABYTES = 160
MOST_STALL = 0.050


class Measured(msgspec.Struct, kw_only=True):
    """What one variant took: seconds of CPU and by the clock, peak megabytes, longest stalls in seconds."""

    pods: int
    cpu: float
    wall: float
    megabytes: float
    stall: float
    own_stall: float


class PodList(msgspec.Struct):
    """A page, for the bare loop."""

    items: tuple[Pod, ...]
    metadata: ListMeta


async def bare(url: str) -> tuple[Pod, ...]:
    """aiohttp and msgspec with nothing around them, uncompressed."""
    decoder = msgspec.json.Decoder(PodList)
    pods: list[Pod] = []
    token = ""
    async with aiohttp.ClientSession(headers={"Accept-Encoding": "identity"}) as session:
        while True:
            query = f"limit=250&continue={token}" if token else "limit=250"
            async with session.get(f"{url}/api/v1/pods?{query}") as response:
                page = decoder.decode(await response.read())
            pods += page.items
            token = page.metadata.continue_
            if not token:
                return tuple(pods)


def in_the_cluster(url: str) -> KubernetesCluster:
    """As the bot reads its own cluster: uncompressed."""
    access = Access(name="x", server=url, tls=None, credentials=Fixed(""), in_cluster=True)
    return KubernetesCluster(Transport(access, max_in_flight=8, timeout=30), "x")


async def by_kubeconfig(url: str) -> KubernetesCluster:
    """As the terminal reads a cluster far away: compressed, signed in with the Kubernetes client."""
    with tempfile.TemporaryDirectory() as folder:
        config = write_kubeconfig(Path(folder) / "config", main=Login(server=url, token="x"))
        return await connect(kubeconfig=str(config), timeout=30)


class Stall:
    """How late the event loop was at most: by the clock, and counting only this process's own work."""

    def __init__(self) -> None:
        self.wall = self.own = 0.0

    async def watch(self) -> None:
        """Look every millisecond until cancelled."""
        while True:
            wall, own = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.001)
            self.wall = max(self.wall, time.perf_counter() - wall - 0.001)
            self.own = max(self.own, time.thread_time() - own)


async def measure(variant: str, url: str) -> Measured:
    """Run one variant in this process."""
    cluster = await by_kubeconfig(url) if variant == "by kubeconfig" else in_the_cluster(url)
    stall = Stall()
    watch = asyncio.create_task(stall.watch() if variant == "stall" else asyncio.sleep(0))
    cpu, wall = time.process_time(), time.perf_counter()
    pods = await _listed(variant, url, cluster)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    watch.cancel()
    await cluster.close()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Measured(
        pods=pods if isinstance(pods, int) else len(pods),
        cpu=cpu,
        wall=wall,
        megabytes=megabytes,
        stall=stall.wall,
        own_stall=stall.own,
    )


async def _listed(variant: str, url: str, cluster: KubernetesCluster) -> Sequence[Pod] | int:
    match variant:
        case "bare":
            return await bare(url)
        case "pages":
            return sum([len(page) async for page in cluster.pages(Pod)])
    return await cluster.list(Pod)


@contextmanager
def big_cluster() -> Iterator[str]:
    """The server in a process of its own; yields its address."""
    command = [sys.executable, "-m", "tests.fakes.kubernetes.synthetic"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own module
        assert server.stdin is not None
        yield first_line(server.stdout)
        server.stdin.close()


def first_line(output: IO[str] | None) -> str:
    assert output is not None
    return output.readline().strip()


def run_apart(variant: str, url: str) -> Measured:
    """Run one variant in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.listing", variant, url]
    done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own module
    return msgspec.json.decode(done.stdout, type=Measured)


def kubectl(url: str) -> str:
    """`kubectl get pods -A` against the same server: wall time, CPU and memory."""
    found = shutil.which("kubectl")
    if found is None:
        return "kubectl get pods -A: kubectl not installed"
    started = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - what the PATH names kubectl
        [found, f"--server={url}", "--kubeconfig=/dev/null", "get", "pods", "-A"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        output, errors = process.communicate()
    wall = time.perf_counter() - started
    if process.returncode:
        return f"kubectl get pods -A: failed: {errors.decode()[-200:].strip()}"
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    pods, memory = len(output.splitlines()) - 1, used.ru_maxrss / 1024
    return f"kubectl get pods -A: {pods} pods, {wall:.2f} s wall, {memory:.0f} MB"


def run() -> list[str]:
    """Measure everything and return the lines to print."""
    with big_cluster() as url:
        beside = kubectl_apart(url)[0]
        rounds = [{name: run_apart(name, url) for name in VARIANTS} for _ in range(ROUNDS)]
        pages, stall = run_apart("pages", url), run_apart("stall", url)
    return [
        f"{_pods(rounds)} pods of 8 KB, median of {ROUNDS} rounds, page size 250",
        *(_line(name, rounds) for name in VARIANTS),
        f"page by page, nothing kept: {pages.megabytes:.0f} MB peak",
        f"longest stall: {_ms(stall.own_stall)} of own work, {_ms(stall.stall)} by the clock",
        beside,
        *_verdicts(rounds, stall),
    ]


def kubectl_apart(url: str) -> tuple[str, float | None]:
    """What `kubectl` says, and its seconds by the clock; None where it is not installed or failed."""
    said = _kubectl_apart(url)
    seconds = re.search(r"([\d.]+) s wall", said)
    return said, float(seconds[1]) if seconds else None


def _kubectl_apart(url: str) -> str:
    """In a process of its own, since the peak memory of children is the highest of all there ever were."""
    kubectl_once = [sys.executable, "-m", "tests.bench.listing", "kubectl", url]
    return subprocess.run(kubectl_once, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603 - our own module


Round = dict[str, Measured]


def _pods(rounds: list[Round]) -> int:
    (number,) = {measured.pods for each in rounds for measured in each.values()}
    return number


def _ratio(name: str, rounds: list[Round]) -> float:
    return median(each[name].cpu / each["bare"].cpu for each in rounds)


def _memory(name: str, rounds: list[Round]) -> float:
    return max(each[name].megabytes for each in rounds)


def _line(name: str, rounds: list[Round]) -> str:
    cpu = median(each[name].cpu for each in rounds)
    wall = median(each[name].wall for each in rounds)
    ratio, memory = _ratio(name, rounds), _memory(name, rounds)
    return f"{name + ':':16} {cpu:.2f} s CPU (x{ratio:.2f}), {wall:.2f} s wall, {memory:.0f} MB peak"


def _verdicts(rounds: list[Round], stall: Measured) -> list[str]:
    cpu = max(_ratio(name, rounds) for name in VARIANTS[1:])
    return [
        _verdict(f"CPU at most x{MOST_CPU} of bare", f"x{cpu:.2f}", kept=cpu <= MOST_CPU),
        *(_memory_verdict(name, _memory(name, rounds)) for name in VARIANTS[1:]),
        _verdict(
            f"no stall above {_ms(MOST_STALL)}", _ms(stall.own_stall), kept=stall.own_stall <= MOST_STALL
        ),
    ]


def _memory_verdict(name: str, megabytes: float) -> str:
    kept = megabytes <= MOST_MEGABYTES
    return _verdict(f"memory at most {MOST_MEGABYTES} MB {name}", f"{megabytes:.0f} MB", kept=kept)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _verdict(promise: str, measured: str, *, kept: bool) -> str:
    return f"{'kept' if kept else 'NOT KEPT'}: {promise} ({measured})"


def main(arguments: list[str]) -> None:
    """Without arguments the whole benchmark; with a variant and an address, that one."""
    match arguments:
        case ["kubectl", url]:
            sys.stdout.write(kubectl(url) + "\n")
        case [variant, url]:
            sys.stdout.write(msgspec.json.encode(asyncio.run(measure(variant, url))).decode() + "\n")
        case _:
            sys.stdout.write("\n".join(run()) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
