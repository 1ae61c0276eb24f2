"""Listing 10,000 pods of 8 KB, beside the least any client could do, and beside kubectl.

`python -m tests.bench.listing`: every variant runs in a process of its own against one server in another.
CPU seconds are those of the listing alone (imports and start-up left out); memory is the process's peak.
"""

import asyncio
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import IO

import aiohttp
import msgspec

from handlers.sources.access import Access, Fixed
from handlers.sources.kubernetes import KubernetesCluster
from handlers.sources.objects.meta import ListMeta
from handlers.sources.objects.pod import Pod
from handlers.sources.transport import Transport

ROUNDS = 5
MOST_CPU = 2.2
MOST_MEGABYTES = 160
MOST_STALL = 0.050


class Measured(msgspec.Struct):
    """What one variant took: pods listed, CPU and wall seconds, peak megabytes, longest stall in seconds."""

    pods: int
    cpu: float
    wall: float
    megabytes: float
    stall: float = 0.0


class PodList(msgspec.Struct):
    """A page, for the bare loop."""

    items: tuple[Pod, ...]
    metadata: ListMeta


async def bare(url: str) -> int:
    """aiohttp and msgspec with nothing around them."""
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
                return len(pods)


async def ours(url: str, *, in_cluster: bool) -> int:
    """The product's way, uncompressed as in the cluster or compressed as across a network."""
    access = Access(name="x", server=url, tls=None, credentials=Fixed(""), in_cluster=in_cluster)
    cluster = KubernetesCluster(Transport(access, max_in_flight=8, timeout=30), "x")
    try:
        return len(await cluster.list(Pod))
    finally:
        await cluster.close()


async def ours_page_by_page(url: str) -> int:
    """The product's way without keeping the pods."""
    access = Access(name="x", server=url, tls=None, credentials=Fixed(""), in_cluster=True)
    cluster = KubernetesCluster(Transport(access, max_in_flight=8, timeout=30), "x")
    try:
        return sum([len(page) async for page in cluster.pages(Pod)])
    finally:
        await cluster.close()


async def _longest_stall() -> float:
    """How late the event loop is at most, until cancelled."""
    longest, loop = 0.0, asyncio.get_running_loop()
    try:
        while True:
            before = loop.time()
            await asyncio.sleep(0.001)
            longest = max(longest, loop.time() - before - 0.001)
    except asyncio.CancelledError:
        return longest


async def measure(variant: str, url: str) -> Measured:
    """Run one variant in this process."""
    watch = asyncio.create_task(_longest_stall()) if variant.endswith("stall") else None
    await asyncio.sleep(0)
    cpu, wall = time.process_time(), time.perf_counter()
    match variant:
        case "bare":
            pods = await bare(url)
        case "pages":
            pods = await ours_page_by_page(url)
        case _:
            pods = await ours(url, in_cluster="gzip" not in variant)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    stall = 0.0
    if watch is not None:
        watch.cancel()
        stall = await watch
    return Measured(pods, cpu, wall, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, stall)


@contextmanager
def big_cluster() -> Iterator[str]:
    """The server in a process of its own; yields its address."""
    command = [sys.executable, "-m", "tests.fakes.kubernetes.synthetic"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own module
        assert server.stdin is not None
        yield _first_line(server.stdout)
        server.stdin.close()


def _first_line(output: IO[str] | None) -> str:
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
        beside = _kubectl_apart(url)
        rounds = [
            {name: run_apart(name, url) for name in ("bare", "ours", "ours gzip")} for _ in range(ROUNDS)
        ]
        pages, stall = run_apart("pages", url), run_apart("ours stall", url)
    lines = [f"{_pods(rounds)} pods of 8 KB, median of {ROUNDS} rounds, page size 250"]
    lines += [_line(name, rounds) for name in ("bare", "ours", "ours gzip")]
    lines.append(f"page by page, nothing kept: {pages.megabytes:.0f} MB peak")
    lines.append(f"longest event-loop stall: {stall.stall * 1000:.0f} ms (at most {MOST_STALL * 1000:.0f})")
    lines.append(
        f"CPU against bare at most {MOST_CPU}, memory at most {MOST_MEGABYTES} MB: {_verdict(rounds, stall)}"
    )
    return [*lines, beside]


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


def _line(name: str, rounds: list[Round]) -> str:
    cpu = median(each[name].cpu for each in rounds)
    wall = median(each[name].wall for each in rounds)
    memory = max(each[name].megabytes for each in rounds)
    return f"{name:10} {cpu:.2f} s CPU (x{_ratio(name, rounds):.2f}), {wall:.2f} s wall, {memory:.0f} MB peak"


def _verdict(rounds: list[Round], stall: Measured) -> str:
    names = ("ours", "ours gzip")
    good = (
        all(_ratio(name, rounds) <= MOST_CPU for name in names)
        and all(each[name].megabytes <= MOST_MEGABYTES for each in rounds for name in names)
        and stall.stall <= MOST_STALL
    )
    return "kept" if good else "NOT KEPT"


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
