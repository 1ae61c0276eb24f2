"""One container's facts, joined from its spec, its status, its events, its usage and its log."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from handlers.extract.container_run import (
    RECENT,
    Member,
    ended_run,
    has_crashed,
    last_run,
    since,
    will_restart,
)
from handlers.extract.container_start import Start, config_facts, start_facts
from handlers.extract.container_usage import usage_of
from handlers.extract.duration import seconds
from handlers.extract.events import observed, of_container, with_reason
from handlers.extract.image_pull import KnownImages, image_pull
from handlers.extract.probes import ProbeKind, allowance, probe_facts
from handlers.sources.objects.container import ContainerStateTerminated, ContainerStatus
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import ContainerMetrics
from rules.facts.container import ContainerFacts, ContainerPhase, ProbeFacts
from rules.facts.log import LogFacts, LogSignature, SignatureKind
from rules.finding import Observation

START_UP = 60.0
"""Seconds a container without a startup probe may take to become ready before that counts against it."""
KILL_TAKES = timedelta(seconds=60)
"""How long after its grace period a container that a probe had killed may have ended."""
_CLOCKS = timedelta(seconds=5)
_HEALTHY_REPEATS = 2
_PATIENT = frozenset({"", "ContainerCreating", "PodInitializing"})
_NOT_ITS_OWN = frozenset(
    {SignatureKind.REQUEST_INVALID, SignatureKind.RATE_LIMITED, SignatureKind.WORKER_TIMEOUT}
)


_TOLD_BY_EVENTS = ("problem", "status_code", "failures", "said")
_TOLD_BY_LOG = frozenset({"start_problem", "start_said", "executable"})
_TITLES = {"main": "container", "init": "init container", "sidecar": "sidecar"}
Trouble = Literal["crashes", "does not start", "failed", "is not ready", "runs"]


class ContainerInput(Struct, frozen=True, kw_only=True):
    """Everything one container's facts are made of.

    Attributes:
        events: the pod's events.
        missing: fact name → why it could not be read ("log": "forbidden …").
        events_missing: why the events could not be read; empty when they were.
        known: what is known of other images.
    """

    member: Member
    events: tuple[Event, ...] = ()
    metrics: ContainerMetrics | None = None
    log: LogFacts = LogFacts()
    missing: Mapping[str, str] = {}
    now: datetime
    known: KnownImages = KnownImages()
    events_missing: str = ""


class Kill(Struct, frozen=True):
    """The kubelet's word that a probe had the container killed."""

    said: Observation | None = None
    by: Literal["none", "liveness", "startup"] = "none"


def container_facts(given: ContainerInput) -> ContainerFacts:
    """Compute the facts of one container."""
    member, now = given.member, given.now
    status, spec = member.status, member.spec
    events = of_container(given.events, spec.name)
    run, usage = last_run(status, now), usage_of(spec, given.metrics)
    crashed, not_ready = has_crashed(member, now), readiness_failing(member, now)
    failing = is_failing(member, now)
    waiting, running = (status.state.waiting, status.state.running) if status else (None, None)
    signature = telling_signature(given.log, failing=failing)
    start = start_facts(ended_run(status) if crashed else None, waiting, _telling_line(given.log))
    kill = _probe_kill(member, events)
    readiness = probe_facts("Readiness", spec.readiness_probe, events)
    if given.events_missing:
        readiness = replace(readiness, missing=dict.fromkeys(_TOLD_BY_EVENTS, given.events_missing))
    return ContainerFacts(
        missing=_missing(given, start, crashed=crashed),
        name=spec.name,
        kind=member.kind,
        title=f"{_TITLES[member.kind]} {spec.name}",
        trouble=_trouble(member, crashed=crashed, not_ready=not_ready),
        image=spec.image,
        command=" ".join((*spec.command, *spec.args))[:200],
        phase=_phase(status),
        waiting_reason=waiting.reason if waiting else "",
        ready=bool(status and status.ready),
        restarts=status.restart_count if status else 0,
        running_for=since(running.started_at if running else None, now),
        will_restart=will_restart(member),
        failing=failing,
        crashed=crashed,
        exit_code=run.exit_code,
        exit_reason=run.reason,
        signal=run.signal,
        ran_for=run.ran_for,
        ended_ago=run.ended_ago,
        last_exit=run.said,
        oom_killed=run.reason == "OOMKilled",
        termination_message=run.message,
        memory_limit=usage.memory_limit,
        memory_request=usage.memory_request,
        memory_used=usage.memory_used,
        memory_share=usage.memory_share,
        memory_suggested=usage.memory_suggested,
        cpu_suggested=usage.cpu_suggested,
        cpu_limit=usage.cpu_limit,
        cpu_used=usage.cpu_used,
        cpu_share=usage.cpu_share,
        usage=usage.said,
        pull=image_pull(spec, waiting, events, given.known),
        config=config_facts(spec, waiting),
        start_problem=start.problem,
        start_said=start.said,
        executable=start.executable,
        killed_by_probe=kill.by if crashed and run.reason != "OOMKilled" else "none",
        kill=kill.said,
        kill_probe=_kill_probe(kill, member, events),
        readiness_failing=not_ready,
        readiness=readiness,
        log=given.log,
        signature=signature,
        signature_is_cause=bool(signature and failing),
    )


def _missing(given: ContainerInput, start: Start, *, crashed: bool) -> dict[str, str]:
    """What could not be read; why it did not start is known where the runtime itself says it."""
    needless = not crashed or (start.problem != "none" and start.said is not None)
    return {fact: why for fact, why in given.missing.items() if not (needless and fact in _TOLD_BY_LOG)}


def _trouble(member: Member, *, crashed: bool, not_ready: bool) -> Trouble:
    if crashed and not will_restart(member):
        return "failed"
    if crashed:
        return "does not start" if member.kind == "init" else "crashes"
    return "is not ready" if not_ready else "runs"


def is_failing(member: Member, now: datetime) -> bool:
    """Whether it keeps its pod from working: crashed, not ready for too long, or waiting for what fails."""
    waiting = member.status.state.waiting if member.status else None
    held_up = waiting is not None and waiting.reason not in _PATIENT
    return held_up or has_crashed(member, now) or readiness_failing(member, now)


def readiness_failing(member: Member, now: datetime) -> bool:
    """Whether it runs, has had the time its probes give it to start, and is not ready."""
    status = member.status
    if member.kind == "init" or status is None or status.ready or not status.state.running:
        return False
    running_for = since(status.state.running.started_at, now)
    stopping = member.pod.metadata.deletion_timestamp is not None
    return not stopping and running_for is not None and running_for > _patience(member, status)


def _patience(member: Member, status: ContainerStatus) -> float:
    startup, readiness = member.spec.startup_probe, member.spec.readiness_probe
    if startup and not status.started:
        return max(START_UP, float(allowance(startup)))
    return max(START_UP, readiness.initial_delay_seconds + readiness.period_seconds if readiness else 0.0)


def telling_signature(log: LogFacts, *, failing: bool) -> LogSignature | None:
    """The failure that matters: for a container that works, only one that repeats and is recent."""
    for signature in log.signatures:
        recent = signature.seconds_ago is None or signature.seconds_ago < RECENT
        if failing or (recent and signature.count >= _HEALTHY_REPEATS and signature.kind not in _NOT_ITS_OWN):
            return signature
    return None


def _telling_line(log: LogFacts) -> Observation | None:
    return log.signatures[0].line if log.signatures else log.error


def _phase(status: ContainerStatus | None) -> ContainerPhase:
    if status is None:
        return "unknown"
    if status.state.running:
        return "running"
    if status.state.terminated:
        return "terminated"
    return "waiting" if status.state.waiting else "unknown"


def _probe_kill(member: Member, events: tuple[Event, ...]) -> Kill:
    """The newest kill by a probe, unless the run that ended last ended at another time."""
    for event in with_reason(events, "Killing"):
        if not _ends(event, ended_run(member.status), member.pod.spec.termination_grace_period_seconds):
            continue
        if "failed liveness probe" in event.message:
            return Kill(observed(event), "liveness")
        if "failed startup probe" in event.message:
            return Kill(observed(event), "startup")
    return Kill()


def _ends(event: Event, ended: ContainerStateTerminated | None, grace: int) -> bool:
    if ended is None or ended.finished_at is None or event.last_seen is None:
        return True
    first = (event.first_timestamp if event.times > 1 else None) or event.last_seen
    return first - _CLOCKS <= ended.finished_at <= event.last_seen + seconds(grace) + KILL_TAKES


def _kill_probe(kill: Kill, member: Member, events: tuple[Event, ...]) -> ProbeFacts:
    if kill.by == "none":
        return ProbeFacts()
    name: ProbeKind = "Liveness" if kill.by == "liveness" else "Startup"
    probe = member.spec.liveness_probe if kill.by == "liveness" else member.spec.startup_probe
    return probe_facts(name, probe, events)
