"""The digest of 10,000 pods beside `health -A`: one server, each look in a process of its own.

The digest is looked, compared with one of yesterday, redacted and drawn for Slack; `health` is looked alone.
"""

import asyncio
import resource
import subprocess
import sys
import time
from datetime import timedelta
from statistics import median

import msgspec
from msgspec.structs import replace

from bot.__main__ import spare_collector
from bot.ask import Corridor
from bot.changes import Past, Scope
from bot.clusters import ClusterBook
from bot.command import TERMINAL, Command
from bot.digest.compare import compare, told_of
from bot.render.digest.slack import digest_message
from bot.render.digest.view import BARE
from bot.render.parcel import without_secrets
from bot.report import Report
from bot.settings_model import Settings
from bot.wiring.base import OpenDoors, catalog
from handlers.contract import Question
from handlers.digest import DIGEST
from handlers.health import HEALTH
from handlers.sources.cluster import Cluster
from tests.bench.health import large_cluster
from tests.bench.listing import in_the_cluster

PODS = 10_000
ROUNDS = 3


class Measured(msgspec.Struct, kw_only=True):
    """Seconds until the report is there, seconds of comparing, redacting and drawing, and peak megabytes."""

    look: float
    draw: float = 0.0
    megabytes: float
    calls: int
    causes: int


async def measure(url: str, verb: str) -> Measured:
    """Ask once, after the imports, the rules and the first connections."""

    async def told(_: object) -> None:
        """Nobody listens."""

    async def connect() -> Cluster:
        return in_the_cluster(url)

    handler = DIGEST if verb == "digest" else HEALTH
    book = ClusterBook({"large": connect}, "large")
    corridor = Corridor(OpenDoors(), book, catalog(Settings.model_validate({})), told)
    command = Command(handler=handler, question=Question(name="", deadline=120.0), asker=TERMINAL)
    small = Question(name="", namespace="kserve", deadline=120.0)
    await corridor.ask(replace(command, question=small), told)
    began = time.perf_counter()
    report = await corridor.ask(command, told)
    looked = time.perf_counter()
    if verb == "digest":
        _draw(report)
    drawn = time.perf_counter()
    await book.close()
    return Measured(
        look=looked - began,
        draw=drawn - looked,
        megabytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        calls=report.api_calls,
        causes=len(report.findings),
    )


def _draw(report: Report) -> None:
    """What becomes of the look before it is posted."""
    yesterday = replace(told_of(compare(report, Scope(), Past())), at=report.as_of - timedelta(days=1))
    digest_message(without_secrets(compare(report, Scope(), Past(told=yesterday))), BARE)


def run_apart(url: str, verb: str) -> Measured:
    """One look in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.digest", url, verb]
    done = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own module
    return msgspec.json.decode(done.stdout, type=Measured)


def run() -> list[str]:
    """Measure everything and return the lines to print."""
    with large_cluster(PODS) as url:
        run_apart(url, "health")  # the server reads its files at the first question
        # In turn, so that whatever else the machine does meanwhile slows down both.
        taken = [(verb, run_apart(url, verb)) for _ in range(ROUNDS) for verb in ("health", "digest")]
    looks = {verb: [look for name, look in taken if name == verb] for verb in ("health", "digest")}
    lines = [_line(verb, looks[verb]) for verb in looks]
    ratio = median(x.look for x in looks["digest"]) / median(x.look for x in looks["health"])
    return [*lines, f"the digest's look takes x{ratio:.2f} of the time of health"]


def _line(verb: str, looks: list[Measured]) -> str:
    first, drawn = looks[0], median(x.draw for x in looks)
    return (
        f"{verb}: {median(x.look for x in looks):.2f} s to look"
        + (f", {drawn:.2f} s to compare, redact and draw" if drawn else "")
        + f", {max(x.megabytes for x in looks):.0f} MB, {first.calls} requests, {first.causes} causes"
    )


if __name__ == "__main__":
    spare_collector()
    sys.stdout.write(msgspec.json.encode(asyncio.run(measure(sys.argv[1], sys.argv[2]))).decode() + "\n")
