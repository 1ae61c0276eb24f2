"""Ninety days of five hundred causes: how large the memory is, and how long reading and learning take.

Five hundred causes are open at any time; twenty go and twenty come each day, a fifth change their words, and
a look is made each hour.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from statistics import median

from msgspec.structs import replace
from redis.asyncio import Redis

from bot.changes import History
from bot.digest.lines import written
from bot.digest.memory import Memory
from bot.digest.merging import merged
from bot.report import Report, Verdict
from bot.store.redis import RedisStore
from handlers.parts import Figure
from rules.finding import Confidence, Finding, ObjectRef, Severity, Symptom, fingerprint
from tests.fakes.redis import own_redis_server

DAYS, CAUSES, NEW_A_DAY = 90, 500, 20
LOOKS_A_DAY = 24
ROUNDS = 9
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
TEXTS = (
    "{name} keeps crashing: exit code 137, its container app is killed for using more than its limit of 2Gi",
    "{name} is pending: none of 12 nodes has 4 CPUs to spare, and Karpenter's NodePool gpu is at its limit",
    "{name} cannot pull 123456789012.dkr.ecr.eu-west-1.amazonaws.com/models/{name}:1.4.{day}: not found",
    "{name} is not ready: its storage initializer may not read s3://models-prod/{name}/{day} (403)",
    "{name} answers with 503: 0 of 3 targets are healthy, the health check asks for /healthz on port 8080",
)
FIGURES = ("restarts", "pods not ready", *(f"memory of node ip-10-0-{n}-17" for n in range(10)))


def look(day: float) -> Report:
    """What is seen on that day."""
    first = int(day) * NEW_A_DAY
    severities = tuple(Severity)[1:4]
    return Report(
        command="health -A",
        cluster="prod",
        subject=ObjectRef("Cluster", "prod"),
        verdict=Verdict.BROKEN,
        findings=tuple(_finding(n, int(day), severities[n % 3]) for n in range(first, first + CAUSES)),
        figures=tuple(Figure(name=name, value=day * 7 + n) for n, name in enumerate(FIGURES)),
        overview=True,
        as_of=START + timedelta(days=day),
    )


def run() -> list[str]:
    """Sentences with the figures: sizes, and milliseconds by the clock (the median of some rounds)."""
    return asyncio.run(_run())


async def _run() -> list[str]:
    async with own_redis_server() as server:
        return await _figures(server.url, _past())


def _past() -> History:
    """Ninety days of looks; those after the first of each day add no more than their sweep."""
    history = History()
    for day in range(DAYS):
        history = merged(history, look(day), timedelta(days=DAYS))
        last = history.sweeps[-1]
        later = (replace(last, at=last.at + timedelta(days=n / LOOKS_A_DAY)) for n in range(1, LOOKS_A_DAY))
        history = replace(history, sweeps=(*history.sweeps, *later))
    return history


async def _figures(url: str, past: History) -> list[str]:
    store, now = RedisStore(url, prefix=""), past.sweeps[-1].at
    memory, days = Memory(store), count(DAYS)
    began = time.perf_counter()
    await memory.join("prod", past, now)
    joining = time.perf_counter() - began
    async with Redis.from_url(url) as client:
        size = await client.memory_usage("digest:history:prod", samples=0)
    known = await memory.read("prod")
    lines = b"".join(written(known, "prod", now))
    reading = await _seconds(lambda: memory.read("prod"))
    learning = await _seconds(lambda: memory.learn("prod", look(next(days))))
    await store.close()
    size_told = f"{(size or 0) / 1e6:.2f} MB in Redis, {len(lines) / 1e6:.2f} MB as JSON lines"
    return [
        f"{len(known.causes)} causes, {len(known.sweeps)} sweeps: {size_told}",
        f"read in {reading * 1000:.0f} ms, one look learnt in {learning * 1000:.0f} ms",
        f"joined to an empty memory in {joining * 1000:.0f} ms",
    ]


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await work()
        took.append(time.perf_counter() - began)
    return median(took)


def _finding(number: int, day: int, severity: Severity) -> Finding:
    """One cause, with two symptoms that it explains; the words of every fifth change from day to day."""
    subject = ObjectRef("Pod", f"scorer-{number}-7c9f8d6b5-x{number % 97:02}zq", f"team-{number % 20}")
    owner = ObjectRef("Deployment", f"scorer-{number}", subject.namespace)
    told = day if number % 5 == 0 else 0
    return Finding(
        rule=f"pod-crash-{number % 40}",
        severity=severity,
        confidence=Confidence.CONFIRMED,
        fingerprint=fingerprint("pod-crash", owner),
        subject=subject,
        owner=owner,
        summary=TEXTS[number % len(TEXTS)].format(name=subject, day=told),
        cause="of its own doing",
        explains=tuple(
            Symptom(
                rule=f"{kind}-not-ready".lower(),
                severity=Severity.MEDIUM,
                fingerprint=fingerprint(kind, owner),
                subject=ObjectRef(kind, owner.name, owner.namespace),
                summary="it is not ready",
            )
            for kind in ("Service", "InferenceService")
        ),
    )
