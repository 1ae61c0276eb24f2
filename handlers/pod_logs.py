"""Which logs of a pod are read, and what is kept of them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from handlers.contract import Exhibit
from handlers.extract.container_run import Member, ended_run, has_crashed, wants_previous_log
from handlers.extract.logs import log_facts
from handlers.extract.pod_status import container_pairs
from handlers.look import Look, Read
from handlers.sources.errors import Rejected
from handlers.sources.objects.container import ContainerStatus
from handlers.sources.objects.pod import Pod
from rules.facts.log import LogFacts

TAIL_LINES = 400
FEWER_LINES = 60
"""How many are read instead where the last TAIL_LINES are longer than READ_BYTES.

containerd breaks lines at 16 KiB by default and the kubelet counts the pieces, so that many fit.
"""
READ_BYTES = 1024 * 1024
KEPT_CHARACTERS = 128 * 1024
"""What is kept of a log: its newest end. The API cuts the newest end off, so the cutting is done here."""
HEALTHY_CONTAINERS = 2
"""Logs of containers that show no symptom; more of them would cost requests without telling more."""
MOST_LOGS = 12
"""Logs that are read of one pod, however many of its containers fail."""

_WAITING = "is waiting to start"
"""What the API server says of a container that has not begun (recorded from v1.36)."""


class Wanted(Struct, frozen=True):
    """A log to read: of which container and run."""

    container: str
    previous: bool = False


class ContainerLog(Struct, frozen=True):
    """A log that was read."""

    wanted: Wanted
    text: str
    cut: bool = False
    """Whether there may be more of it than was kept."""


class PodLogs(Struct, frozen=True):
    """The logs of a pod.

    Attributes:
        facts: container → facts of the run that matters.
        exhibits: every log that was read and is not empty.
        missing: "log <container>" → why it could not be read.
        read: what was read, in words.
    """

    facts: Mapping[str, LogFacts] = {}
    exhibits: tuple[Exhibit, ...] = ()
    missing: Mapping[str, str] = {}
    read: tuple[str, ...] = ()


async def read_logs(look: Look, pod: Pod, now: datetime) -> PodLogs:
    """Read the logs that can tell something: every run of what fails, the current one of some others."""
    wanted = _wanted(pod, now)
    reads = await asyncio.gather(*(_read(look, pod, each) for each in wanted[:MOST_LOGS]))
    logs = [log.value for log in reads if log.value is not None and log.value.text.strip()]
    # Of a pod that ended well no log is needed to judge it, however welcome one is to read.
    unread = _unread(wanted, reads) | _left_out(wanted, look) if pod.status.phase != "Succeeded" else {}
    facts: dict[str, LogFacts] = {}
    for log in logs:
        name = log.wanted.container
        facts[name] = _telling(facts.get(name), _facts(log, now))
    return PodLogs(
        facts,
        (*(_exhibit(pod, log, now) for log in logs), *_groups(pod, facts, now)),
        {log: why for log, why in unread.items() if not _tells(facts, log)},
        tuple(_label(log) for log in logs),
    )


def _tells(facts: Mapping[str, LogFacts], log: str) -> bool:
    """Whether the run that could be read says what went wrong, so that the other one is not missed."""
    known = facts.get(log.removeprefix("log "))
    return known is not None and bool(known.error or known.signatures)


def _unread(wanted: list[Wanted], reads: Sequence[Read[ContainerLog]]) -> dict[str, str]:
    """Why a container's log cannot be judged: the first run that was not read, the one that matters."""
    unread: dict[str, str] = {}
    for each, read in zip(wanted, reads, strict=False):
        if read.missing:
            unread.setdefault(f"log {each.container}", read.missing)
    return unread


def _left_out(wanted: list[Wanted], look: Look) -> dict[str, str]:
    """Note the logs of containers that fail beside many others."""
    read = {each.container for each in wanted[:MOST_LOGS]}
    left = dict.fromkeys(each.container for each in wanted[MOST_LOGS:] if each.container not in read)
    if not left:
        return {}
    why = f"only {MOST_LOGS} logs of one pod are read"
    look.note(f"logs of {len(left)} more containers", why)
    return {f"log {name}": why for name in left}


def _wanted(pod: Pod, now: datetime) -> list[Wanted]:
    suspects: list[Wanted] = []
    others: list[Wanted] = []
    for spec, status, is_init in container_pairs(pod):
        member = Member.of(pod, spec, status, is_init=is_init)
        if not _has_log(status):
            continue
        if _suspect(member, now):
            suspects += _runs(spec.name, status)
        elif member.kind == "main":
            others.append(Wanted(spec.name))
    return suspects + others[: max(0, HEALTHY_CONTAINERS - len(suspects))]


def _runs(container: str, status: ContainerStatus | None) -> Iterable[Wanted]:
    if wants_previous_log(status):
        yield Wanted(container, previous=True)
    yield Wanted(container)


def _suspect(member: Member, now: datetime) -> bool:
    """Whether a container has crashed, or runs and is not ready yet (or no more)."""
    if has_crashed(member, now):
        return True
    status, probed = member.status, member.spec.readiness_probe or member.spec.startup_probe
    return bool(status and member.kind != "init" and not status.ready and status.state.running and probed)


def _has_log(status: ContainerStatus | None) -> bool:
    """Whether a process has ever written: a container that could not be started has no log of its own."""
    if status is None:
        return False
    ended = ended_run(status)
    never_ran = ended is not None and ended.reason in {"StartError", "ContainerCannotRun"}
    return bool(status.state.running or ended) and not never_ran


async def _read(look: Look, pod: Pod, wanted: Wanted) -> Read[ContainerLog]:
    what = f"log of {wanted.container}{' (previous run)' if wanted.previous else ''}"
    read = await look.read(_request(look, pod, wanted), what)
    if read.value is None and not read.missing:
        why = "the pod or its log is gone"
        look.note(what, why)
        return Read(missing=f"{what}: {why}")
    return read


async def _request(look: Look, pod: Pod, wanted: Wanted) -> ContainerLog:
    try:
        text, asked = await _newest(look, pod, wanted)
    except Rejected as error:
        # A container that only waits has no log yet; a run whose log was thrown away is one that is missing.
        if _WAITING not in error.why:
            raise
        text, asked = "", TAIL_LINES
    text = text.replace("\r\n", "\n")
    kept = text[-KEPT_CHARACTERS:]
    if len(kept) < len(text):
        kept = kept.partition("\n")[2] or kept
    cut = len(kept) < len(text) or text.count("\n") >= asked - 1
    return ContainerLog(wanted, kept, cut)


async def _newest(look: Look, pod: Pod, wanted: Wanted) -> tuple[str, int]:
    """Read the last lines, and say how many were asked for: fewer where the API would cut the newest off."""
    text = await _tail(look, pod, wanted, TAIL_LINES)
    # A character that the limit cut in two is left out: up to three bytes fewer arrive.
    if len(text.encode()) < READ_BYTES - 3:
        return text, TAIL_LINES
    return await _tail(look, pod, wanted, FEWER_LINES), FEWER_LINES


async def _tail(look: Look, pod: Pod, wanted: Wanted, lines: int) -> str:
    return await look.cluster.log(
        pod.metadata.namespace,
        pod.metadata.name,
        wanted.container,
        previous=wanted.previous,
        tail_lines=lines,
        limit_bytes=READ_BYTES,
    )


def _facts(log: ContainerLog, now: datetime) -> LogFacts:
    wanted = log.wanted
    return log_facts(
        log.text, container=wanted.container, previous=wanted.previous, now=now, truncated=log.cut
    )


def _telling(known: LogFacts | None, other: LogFacts) -> LogFacts:
    """Of two runs, the one that says what went wrong; the previous one when both or none do."""
    if known is None:
        return other
    if (other.error or other.signatures) and not (known.error or known.signatures):
        return other
    return known


def _label(log: ContainerLog) -> str:
    run = ", previous run" if log.wanted.previous else ""
    return f"log of {log.wanted.container}{run} ({len(log.text.splitlines())} lines)"


def _groups(pod: Pod, facts: Mapping[str, LogFacts], now: datetime) -> Iterable[Exhibit]:
    """The error lines of a container, alike ones counted, where there is more than one to read."""
    for name, known in facts.items():
        groups = known.error_groups
        total = sum(group.count for group in groups)
        if total > 1:
            yield Exhibit(
                title=f"error lines of {name}, grouped",
                filename=f"{pod.metadata.name}_{name}_errors_{now:%Y%m%dT%H%M%SZ}.log",
                text="\n".join(f"{group.count:>5} x  {group.example.text}" for group in groups),
                note=f"{total} error lines in {len(groups)} form{'s' if len(groups) > 1 else ''}",
            )


def _exhibit(pod: Pod, log: ContainerLog, now: datetime) -> Exhibit:
    run = "previous" if log.wanted.previous else "current"
    lines = len(log.text.splitlines())
    return Exhibit(
        title=f"log of {log.wanted.container}, {run} run",
        filename=f"{pod.metadata.name}_{log.wanted.container}_{run}_{now:%Y%m%dT%H%M%SZ}.log",
        text=log.text,
        note=f"last {lines} lines" if log.cut else f"{lines} lines, all there is",
    )
