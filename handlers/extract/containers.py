"""One container's facts, joined from its spec, its status, its events, its usage and its log."""

import signal as signals
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from handlers.extract.container_start import config_facts, start_problem
from handlers.extract.events import observed, of_container, with_reason
from handlers.extract.image_pull import image_pull
from handlers.extract.pod_status import is_sidecar
from handlers.extract.probes import probe_facts
from handlers.extract.quantity import parse_quantity
from handlers.sources.objects.event import Event
from handlers.sources.objects.metrics import ContainerMetrics
from handlers.sources.objects.pod import Container, ContainerStateTerminated, ContainerStatus
from rules.facts.container import ContainerFacts, ContainerKind, ContainerPhase, ProbeFacts
from rules.facts.log import LogFacts, LogSignature, SignatureKind
from rules.finding import Observation
from rules.units import bytes_in_words, cores_in_words, seconds_in_words

RECENT = 3600.0
"""Seconds for which an ended run still matters; older restarts are history (kubectl keeps showing them)."""
START_UP = 60.0
"""Seconds a container without a startup probe may take to become ready before that counts against it."""
_HEALTHY_REPEATS = 2
_FATAL_SIGNAL = 128
_NOT_ITS_OWN = frozenset(
    {SignatureKind.REQUEST_INVALID, SignatureKind.RATE_LIMITED, SignatureKind.WORKER_TIMEOUT}
)


class ContainerInput(Struct, frozen=True, kw_only=True):
    """Everything one container's facts are made of.

    Attributes:
        status: None when the kubelet has not reported the container yet.
        events: the pod's events.
        missing: fact name → why it could not be read ("log": "forbidden …").
        own_account: AWS account most images here come from.
    """

    container: Container
    status: ContainerStatus | None
    is_init: bool
    events: tuple[Event, ...] = ()
    metrics: ContainerMetrics | None = None
    log: LogFacts = LogFacts()
    missing: Mapping[str, str] = {}
    now: datetime
    pod_ended: bool = False
    own_account: str = ""


def ended_run(status: ContainerStatus | None) -> ContainerStateTerminated | None:
    """The run that ended last: the current state when it is terminated, else the last state."""
    if status is None:
        return None
    return status.state.terminated or status.last_state.terminated


def has_crashed(status: ContainerStatus | None, now: datetime, *, must_run: bool) -> bool:
    """Whether an end matters now: crash-looping, failed for good, or restarted within the last hour.

    `must_run` is false where a clean end is what was wanted (init containers, pods that may complete).
    """
    if status is None:
        return False
    waiting, ended = status.state.waiting, status.state.terminated
    if waiting and waiting.reason == "CrashLoopBackOff":
        return True
    if ended:
        return ended.exit_code != 0 or must_run
    last = status.last_state.terminated
    if last is None or last.finished_at is None or (last.exit_code == 0 and not must_run):
        return False
    return (now - last.finished_at).total_seconds() < RECENT


def wants_previous_log(status: ContainerStatus | None) -> bool:
    """Whether the run that matters is the one before the current one."""
    return bool(status and status.restart_count and not status.state.terminated)


def container_facts(given: ContainerInput) -> ContainerFacts:
    """Compute the facts of one container."""
    status, spec = given.status, given.container
    kind = _kind(given)
    events = of_container(given.events, spec.name)
    ended = ended_run(status)
    crashed = has_crashed(status, given.now, must_run=kind != "init" and not given.pod_ended)
    readiness = probe_facts("Readiness", spec.readiness_probe, events)
    not_ready = _readiness_failing(given, kind)
    waiting = status.state.waiting if status else None
    failing = crashed or not_ready or bool(waiting and waiting.reason not in _PATIENT)
    signature = _signature(given.log, failing=failing)
    problem, said, executable = start_problem(ended if crashed else None, waiting, _only_line(given.log))
    kill, killed_by = _probe_kill(events)
    limit, used = _quantity(given, "limits", "memory"), _used(given.metrics, "memory")
    cpu_limit, cpu_used = _quantity(given, "limits", "cpu"), _used(given.metrics, "cpu")
    return ContainerFacts(
        missing=dict(given.missing),
        name=spec.name,
        kind=kind,
        image=spec.image,
        command=" ".join((*spec.command, *spec.args))[:200],
        phase=_phase(status),
        waiting_reason=waiting.reason if waiting else "",
        ready=bool(status and status.ready),
        restarts=status.restart_count if status else 0,
        running_for=_since(
            status.state.running.started_at if status and status.state.running else None, given.now
        ),
        failing=failing,
        crashed=crashed,
        exit_code=ended.exit_code if ended else None,
        exit_reason=ended.reason if ended else "",
        signal=_signal(ended),
        ran_for=_ran_for(ended),
        ended_ago=_since(ended.finished_at if ended else None, given.now),
        last_exit=_last_exit(ended, status),
        oom_killed=bool(ended and ended.reason == "OOMKilled"),
        termination_message=_termination_message(ended, spec.name),
        memory_limit=None if limit is None else int(limit),
        memory_request=None if (request := _quantity(given, "requests", "memory")) is None else int(request),
        memory_used=None if used is None else int(used),
        memory_share=_share(used, limit),
        cpu_limit=cpu_limit,
        cpu_used=cpu_used,
        cpu_share=_share(cpu_used, cpu_limit),
        usage=_usage(used, limit, cpu_used, cpu_limit),
        pull=image_pull(spec, waiting, events, given.own_account),
        config=config_facts(spec, waiting),
        start_problem=problem,
        start_said=said,
        executable=executable,
        killed_by_probe=killed_by if crashed and not (ended and ended.reason == "OOMKilled") else "none",
        kill=kill,
        kill_probe=_kill_probe(killed_by, given, events),
        readiness_failing=not_ready,
        readiness=readiness,
        log=given.log,
        signature=signature,
        signature_is_cause=bool(signature and failing),
    )


_PATIENT = frozenset({"", "ContainerCreating", "PodInitializing"})


def _kind(given: ContainerInput) -> ContainerKind:
    if not given.is_init:
        return "main"
    return "sidecar" if is_sidecar(given.container) else "init"


def _phase(status: ContainerStatus | None) -> ContainerPhase:
    if status is None:
        return "unknown"
    if status.state.running:
        return "running"
    if status.state.terminated:
        return "terminated"
    return "waiting" if status.state.waiting else "unknown"


def _readiness_failing(given: ContainerInput, kind: ContainerKind) -> bool:
    status = given.status
    if kind == "init" or status is None or status.ready or not status.state.running:
        return False
    started = status.state.running.started_at
    probe = given.container.readiness_probe
    patience = max(START_UP, probe.initial_delay_seconds + probe.period_seconds if probe else 0.0)
    return started is not None and (given.now - started).total_seconds() > patience


def _probe_kill(
    events: tuple[Event, ...],
) -> tuple[Observation | None, Literal["none", "liveness", "startup"]]:
    for event in with_reason(events, "Killing", "Unhealthy"):
        if event.reason == "Killing" and "failed liveness probe" in event.message:
            return observed(event), "liveness"
        if event.reason == "Killing" and "failed startup probe" in event.message:
            return observed(event), "startup"
    return None, "none"


def _kill_probe(
    kind: Literal["none", "liveness", "startup"], given: ContainerInput, events: tuple[Event, ...]
) -> ProbeFacts:
    if kind == "liveness":
        return probe_facts("Liveness", given.container.liveness_probe, events)
    if kind == "startup":
        return probe_facts("Startup", given.container.startup_probe, events)
    return ProbeFacts()


def _signature(log: LogFacts, *, failing: bool) -> LogSignature | None:
    """The failure that matters: for a container that works, only one that repeats and is recent."""
    for signature in log.signatures:
        recent = signature.seconds_ago is None or signature.seconds_ago < RECENT
        if failing or (recent and signature.count >= _HEALTHY_REPEATS and signature.kind not in _NOT_ITS_OWN):
            return signature
    return None


def _only_line(log: LogFacts) -> Observation | None:
    if log.signatures:
        return log.signatures[0].line
    return log.error


def _since(moment: datetime | None, now: datetime) -> float | None:
    return None if moment is None else max(0.0, (now - moment).total_seconds())


def _ran_for(ended: ContainerStateTerminated | None) -> float | None:
    if ended is None or ended.started_at is None or ended.finished_at is None:
        return None
    return max(0.0, (ended.finished_at - ended.started_at).total_seconds())


def _signal(ended: ContainerStateTerminated | None) -> str:
    number = ended.signal or (ended.exit_code - _FATAL_SIGNAL) if ended else 0
    try:
        return signals.Signals(number).name if number > 0 else ""
    except ValueError:
        return ""


def _last_exit(ended: ContainerStateTerminated | None, status: ContainerStatus | None) -> Observation | None:
    if ended is None or status is None:
        return None
    reason = f" ({ended.reason})" if ended.reason else ""
    lasted = _ran_for(ended)
    after = f" after {seconds_in_words(lasted)}" if lasted is not None else ""
    restarts = (
        f", {status.restart_count} restart{'s' if status.restart_count != 1 else ''}"
        if status.restart_count
        else ""
    )
    return Observation(
        f"container {status.name} ended with exit code {ended.exit_code}{reason}{after}{restarts}",
        "container status",
        ended.finished_at,
    )


def _termination_message(ended: ContainerStateTerminated | None, name: str) -> Observation | None:
    if ended is None or not ended.message.strip() or ended.reason == "StartError":
        return None
    return Observation(ended.message.strip()[:600], f"termination message of {name}", ended.finished_at)


def _quantity(given: ContainerInput, of: Literal["limits", "requests"], resource: str) -> float | None:
    resources = given.container.resources
    quantity = (resources.limits if of == "limits" else resources.requests).get(resource)
    return None if quantity is None else parse_quantity(quantity)


def _used(metrics: ContainerMetrics | None, resource: str) -> float | None:
    quantity = metrics.usage.get(resource) if metrics else None
    return None if quantity is None else parse_quantity(quantity)


def _share(used: float | None, limit: float | None) -> float | None:
    return round(100 * used / limit, 1) if used is not None and limit else None


def _usage(
    memory: float | None, limit: float | None, cpu: float | None, cpu_limit: float | None
) -> Observation | None:
    parts = []
    if memory is not None:
        parts.append(
            f"memory {bytes_in_words(memory)}" + (f" of {bytes_in_words(limit)}" if limit else ", no limit")
        )
    if cpu is not None:
        parts.append(
            f"cpu {cores_in_words(cpu)}" + (f" of {cores_in_words(cpu_limit)}" if cpu_limit else ", no limit")
        )
    return Observation("uses " + ", ".join(parts), "metrics.k8s.io") if parts else None
