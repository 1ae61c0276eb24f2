"""Which logs of a pod are read, and what is kept of them."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from handlers.contract import Exhibit
from handlers.extract.containers import ended_run, has_crashed, wants_previous_log
from handlers.extract.logs import log_facts
from handlers.extract.pod_status import container_pairs
from handlers.look import Look, Read
from handlers.sources.errors import Rejected
from handlers.sources.objects.pod import Container, ContainerStatus, Pod
from rules.facts.log import LogFacts

TAIL_LINES = 400
LIMIT_BYTES = 512 * 1024
HEALTHY_CONTAINERS = 3
"""Logs of containers that show no symptom; more of them would cost requests without telling more."""


class ContainerLog(Struct, frozen=True):
    """A log that was read: of which container and run."""

    container: str
    previous: bool
    text: str


class PodLogs(Struct, frozen=True):
    """The logs of a pod: facts of the run that matters, exhibits of all, and what was not readable."""

    facts: Mapping[str, LogFacts] = {}
    exhibits: tuple[Exhibit, ...] = ()
    missing: Mapping[str, str] = {}
    read: tuple[str, ...] = ()


async def read_logs(look: Look, pod: Pod, now: datetime) -> PodLogs:
    """Read the logs that can tell something: every run of failing containers, the current one of some others."""
    wanted = _wanted(pod, now)
    reads = await asyncio.gather(*(_read(look, pod, name, previous=previous) for name, previous in wanted))
    logs = [log.value for log in reads if log.value is not None and log.value.text.strip()]
    missing = {
        f"log {name}": read.missing for (name, _), read in zip(wanted, reads, strict=True) if read.missing
    }
    facts: dict[str, LogFacts] = {}
    for log in logs:
        facts[log.container] = _telling(facts.get(log.container), _facts(log, now))
    return PodLogs(
        facts, tuple(_exhibit(pod, log, now) for log in logs), missing, tuple(_label(log) for log in logs)
    )


def _wanted(pod: Pod, now: datetime) -> list[tuple[str, bool]]:
    suspects: list[tuple[str, bool]] = []
    others: list[tuple[str, bool]] = []
    for container, status, is_init in container_pairs(pod):
        if not _has_started(status) or _never_ran(status):
            continue
        if _suspect(pod, container, status, now, is_init=is_init):
            suspects += [
                (container.name, previous)
                for previous in ((True, False) if wants_previous_log(status) else (False,))
            ]
        elif not is_init:
            others.append((container.name, False))
    return suspects + others[: max(0, HEALTHY_CONTAINERS - len(suspects))]


def _suspect(
    pod: Pod, container: Container, status: ContainerStatus | None, now: datetime, *, is_init: bool
) -> bool:
    must_run = not is_init and pod.spec.restart_policy == "Always"
    if has_crashed(status, now, must_run=must_run):
        return True
    return bool(
        status and not is_init and not status.ready and status.state.running and container.readiness_probe
    )


def _has_started(status: ContainerStatus | None) -> bool:
    return bool(status and (status.state.running or status.state.terminated or status.last_state.terminated))


def _never_ran(status: ContainerStatus | None) -> bool:
    """A container whose process could not be started has no log of its own."""
    ended = ended_run(status)
    return bool(ended and ended.reason in {"StartError", "ContainerCannotRun"})


async def _read(look: Look, pod: Pod, container: str, *, previous: bool) -> Read[ContainerLog]:
    async def request() -> ContainerLog:
        try:
            text = await look.cluster.log(
                pod.metadata.namespace,
                pod.metadata.name,
                container,
                previous=previous,
                tail_lines=TAIL_LINES,
                limit_bytes=LIMIT_BYTES,
            )
        except Rejected:
            # A container that is only waiting, or was never restarted, has no such log: nothing is missing.
            text = ""
        return ContainerLog(container, previous, text)

    return await look.read(request(), f"log of {container}{' (previous run)' if previous else ''}")


def _facts(log: ContainerLog, now: datetime) -> LogFacts:
    return log_facts(
        log.text, container=log.container, previous=log.previous, now=now, truncated=_truncated(log.text)
    )


def _truncated(text: str) -> bool:
    return text.count("\n") >= TAIL_LINES - 1 or len(text) >= LIMIT_BYTES


def _telling(known: LogFacts | None, other: LogFacts) -> LogFacts:
    """Of two runs of a container, the one that says what went wrong; the previous run when both or none do."""
    if known is None:
        return other
    if (other.error or other.signatures) and not (known.error or known.signatures):
        return other
    return known


def _label(log: ContainerLog) -> str:
    return f"log of {log.container}{', previous run' if log.previous else ''} ({log.text.count(chr(10)) + 1} lines)"


def _exhibit(pod: Pod, log: ContainerLog, now: datetime) -> Exhibit:
    run = "previous" if log.previous else "current"
    lines = len(log.text.splitlines())
    cut = f"last {lines} lines" if _truncated(log.text) else f"{lines} lines, all there is"
    return Exhibit(
        title=f"log of {log.container}, {run} run",
        filename=f"{pod.metadata.name}_{log.container}_{run}_{now:%Y%m%dT%H%M%SZ}.log",
        text=log.text,
        note=cut,
    )
