"""Looks at a cluster in a line each: which causes were seen, when, and what was not read.

`python -m tests.bot.digest.looks URL PREFIX` learns one look after another, and is killed in the middle.
"""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count

from msgspec.structs import replace

from bot.changes import History
from bot.digest.memory import Memory
from bot.report import Report, Verdict
from bot.store.redis import RedisStore
from handlers.contract import Gap
from handlers.parts import Figure
from rules.finding import Confidence, Finding, ObjectRef, Severity, Symptom, Undecided

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLUSTER = ObjectRef("Cluster", "prod")
WRITERS_CAUSES = 20
"""How many causes each look of the killed writer shows."""


def at(hours: float) -> datetime:
    """So many hours after the first look."""
    return START + timedelta(hours=hours)


def pod(name: str = "x", namespace: str = "mlops") -> ObjectRef:
    return ObjectRef("Pod", name, namespace)


def finding(
    mark: str,
    severity: Severity = Severity.HIGH,
    *,
    subject: ObjectRef | None = None,
    summary: str = "it crashes",
    explains: Iterable[Finding] = (),
) -> Finding:
    """A cause known by `mark`; of a pod by default."""
    return Finding(
        rule=f"{(subject or pod()).kind.lower()}-crash",
        severity=severity,
        confidence=Confidence.CONFIRMED,
        fingerprint=mark,
        subject=subject or pod(mark),
        summary=summary,
        cause="of its own doing",
        explains=tuple(map(_symptom, explains)),
    )


def look(
    hours: float,
    *findings: Finding,
    subject: ObjectRef = CLUSTER,
    gaps: tuple[Gap, ...] = (),
    undecided: tuple[Undecided, ...] = (),
    figures: tuple[Figure, ...] = (),
) -> Report:
    """What a look showed, so many hours after the first."""
    return Report(
        command="health -A",
        cluster="prod",
        subject=subject,
        verdict=Verdict.BROKEN if findings else Verdict.HEALTHY,
        findings=findings,
        gaps=gaps,
        undecided=undecided,
        figures=figures,
        overview=True,
        as_of=at(hours),
    )


def consistent(history: History) -> bool:
    """Whether each sweep of the killed writers has all causes of its look, and each cause its sweep."""
    causes = Counter(cause.first_seen for cause in history.causes.values())
    return causes == dict.fromkeys((sweep.at for sweep in history.sweeps), WRITERS_CAUSES)


def _symptom(one: Finding) -> Symptom:
    return Symptom(
        rule=one.rule,
        severity=one.severity,
        fingerprint=one.fingerprint,
        subject=one.subject,
        summary=one.summary,
    )


async def _write_until_killed(url: str, prefix: str) -> None:
    """Each look shows causes of its own, and the ones before are gone."""
    memory = Memory(RedisStore(url, prefix=prefix))
    first = max((sweep.at for sweep in (await memory.read("prod")).sweeps), default=at(-1))
    for number in count(1):
        moment = first + timedelta(seconds=number)
        seen = [finding(f"{moment:%T}-{n}") for n in range(WRITERS_CAUSES)]
        await memory.learn("prod", replace(look(0, *seen), as_of=moment))


def _kill_writers(url: str, prefix: str) -> None:
    """Start and kill a writer for each line of seconds; the imports, which take longest, are made once."""
    for seconds in sys.stdin:
        writer = os.fork()
        if not writer:
            asyncio.run(_write_until_killed(url, prefix))
        time.sleep(float(seconds))
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        print("killed", flush=True)  # noqa: T201 - the test waits for it


if __name__ == "__main__":
    _kill_writers(*sys.argv[1:3])
