"""How a container's runs ended, and whether that matters now."""

import signal as signals
from datetime import datetime

from msgspec import Struct

from handlers.extract.duration import seconds
from handlers.extract.events import plain
from handlers.extract.pod_status import ENDED, is_sidecar
from handlers.sources.objects.container import Container, ContainerStateTerminated, ContainerStatus
from handlers.sources.objects.pod import Pod
from rules.facts.container import ContainerKind
from rules.finding import Observation
from rules.units import seconds_in_words

RECENT = 3600.0
"""Seconds for which an ended run still matters; older restarts are history (kubectl keeps showing them)."""
_FATAL_SIGNAL = 128
_MESSAGE_CHARACTERS = 600


class Member(Struct, frozen=True, kw_only=True):
    """One container of a pod: its spec, its status (None: not reported yet), and what kind it is."""

    pod: Pod
    spec: Container
    status: ContainerStatus | None
    kind: ContainerKind

    @classmethod
    def of(cls, pod: Pod, spec: Container, status: ContainerStatus | None, *, is_init: bool) -> "Member":
        """A container as `container_pairs` yields it."""
        kind: ContainerKind = "main" if not is_init else "sidecar" if is_sidecar(spec) else "init"
        return cls(pod=pod, spec=spec, status=status, kind=kind)


class Run(Struct, frozen=True, kw_only=True):
    """The run that ended last; times in seconds."""

    exit_code: int | None = None
    reason: str = ""
    signal: str = ""
    ran_for: float | None = None
    ended_ago: float | None = None
    said: Observation | None = None
    message: Observation | None = None


def ended_run(status: ContainerStatus | None) -> ContainerStateTerminated | None:
    """The run that ended last: the current state when it is terminated, else the last state."""
    if status is None:
        return None
    return status.state.terminated or status.last_state.terminated


def last_run(status: ContainerStatus | None, now: datetime) -> Run:
    """Describe the run that ended last; empty when none has."""
    ended = ended_run(status)
    if status is None or ended is None:
        return Run()
    return Run(
        exit_code=ended.exit_code,
        reason=ended.reason,
        signal=_signal(ended),
        ran_for=_ran_for(ended),
        ended_ago=since(ended.finished_at, now),
        said=_sentence(ended, status),
        message=_termination_message(ended, status.name),
    )


def must_run(member: Member) -> bool:
    """Whether even a clean end is wrong: sidecars, and containers with restart policy Always."""
    if member.kind == "sidecar":
        return True
    return member.kind == "main" and _policy(member) == "Always"


def will_restart(member: Member) -> bool:
    """Whether the kubelet starts the container again when it has ended (as it ended, if it has)."""
    if member.pod.status.phase in ENDED or member.pod.metadata.deletion_timestamp:
        return False
    if member.kind == "sidecar" or _policy(member) == "Always":
        return member.kind != "init" or not _ended_well(member)
    return _policy(member) == "OnFailure" and not _ended_well(member)


def has_crashed(member: Member, now: datetime) -> bool:
    """Whether it ended by itself and that matters now: crash-looping, failed, or again within the hour.

    Containers that ended because the pod was done, evicted, refused or deleted did not end by themselves.
    """
    status, pod = member.status, member.pod
    if status is None or pod.status.phase == "Succeeded" or _ended_with_its_pod(member):
        return False
    waiting, ended = status.state.waiting, status.state.terminated
    if waiting and waiting.reason == "CrashLoopBackOff":
        return True
    if ended:
        return ended.exit_code != 0 or (must_run(member) and pod.status.phase not in ENDED)
    last = status.last_state.terminated
    if last is None or last.finished_at is None or (last.exit_code == 0 and not must_run(member)):
        return False
    return (now - last.finished_at).total_seconds() < RECENT


def wants_previous_log(status: ContainerStatus | None) -> bool:
    """Whether the run that matters is the one before the current one."""
    return bool(status and status.restart_count and not status.state.terminated)


def since(moment: datetime | None, now: datetime) -> float | None:
    """Seconds since a moment, never negative; None when it is unknown."""
    return None if moment is None else max(0.0, (now - moment).total_seconds())


def _policy(member: Member) -> str:
    """A container may have a restart policy of its own (Kubernetes 1.34)."""
    return member.spec.restart_policy or member.pod.spec.restart_policy


def _ended_well(member: Member) -> bool:
    ended = member.status.state.terminated if member.status else None
    return ended is not None and ended.exit_code == 0


def _ended_with_its_pod(member: Member) -> bool:
    pod = member.pod
    if pod.status.phase == "Failed":
        targeted = any(c.type == "DisruptionTarget" and c.status == "True" for c in pod.status.conditions)
        return bool(pod.status.reason) or targeted or member.kind == "sidecar"
    ended = member.status.state.terminated if member.status else None
    deleted = pod.metadata.deletion_timestamp
    if ended is None or deleted is None or ended.finished_at is None:
        return False
    # The deletion timestamp of a pod lies at the end of its grace period.
    return ended.finished_at >= deleted - seconds(pod.metadata.deletion_grace_period_seconds)


def _ran_for(ended: ContainerStateTerminated) -> float | None:
    if ended.started_at is None or ended.finished_at is None:
        return None
    return max(0.0, (ended.finished_at - ended.started_at).total_seconds())


def _signal(ended: ContainerStateTerminated) -> str:
    number = ended.signal or ended.exit_code - _FATAL_SIGNAL
    try:
        return signals.Signals(number).name if number > 0 else ""
    except ValueError:
        return ""


def _sentence(ended: ContainerStateTerminated, status: ContainerStatus) -> Observation:
    reason = f" ({ended.reason})" if ended.reason else ""
    lasted = _ran_for(ended)
    after = f" after {seconds_in_words(lasted)}" if lasted is not None else ""
    count = status.restart_count
    restarts = f", {count} restart{'s' if count != 1 else ''}" if count else ""
    text = f"container {status.name} ended with exit code {ended.exit_code}{reason}{after}{restarts}"
    return Observation(text, "container status", ended.finished_at)


def _termination_message(ended: ContainerStateTerminated, name: str) -> Observation | None:
    message = plain(ended.message)[:_MESSAGE_CHARACTERS]
    if not message or ended.reason == "StartError":
        return None
    return Observation(message, f"termination message of {name}", ended.finished_at)
