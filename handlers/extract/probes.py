"""What probes do, and what their last failure said (kubelet prober texts, Kubernetes 1.36)."""

import re
from collections.abc import Iterable
from typing import Literal

from handlers.extract.events import observed, with_reason
from handlers.sources.objects.container import Probe
from handlers.sources.objects.event import Event
from rules.facts.container import ProbeFacts, ReadinessProblem

ProbeKind = Literal["Liveness", "Readiness", "Startup"]
_STATUS = re.compile(r"statuscode: (\d{3})")
_OUTCOMES: tuple[tuple[ReadinessProblem, tuple[str, ...]], ...] = (
    ("http_status", ("statuscode:",)),
    ("refused", ("connection refused", "connection reset")),
    ("not_serving", ("NOT_SERVING", "failed to connect service")),
    ("timeout", ("Client.Timeout", "deadline exceeded", "timed out", "i/o timeout")),
)


def probe_facts(kind: ProbeKind, probe: Probe | None, events: Iterable[Event]) -> ProbeFacts:
    """Describe a probe and its newest failure among the container's events."""
    failed = [
        e for e in with_reason(events, "Unhealthy", "ProbeWarning") if e.message.startswith(f"{kind} probe")
    ]
    newest = failed[0] if failed else None
    status = _STATUS.search(newest.message) if newest else None
    return ProbeFacts(
        does=_words(probe) if probe else "",
        timeout=probe.timeout_seconds if probe else 1,
        allows=allowance(probe) if probe else 0,
        problem=_problem(newest.message, probe) if newest else "none",
        status_code=int(status.group(1)) if status else None,
        failures=sum(event.times for event in failed),
        said=observed(newest) if newest else None,
    )


def allowance(probe: Probe) -> int:
    """Seconds a probe gives before it acts."""
    return probe.initial_delay_seconds + probe.period_seconds * probe.failure_threshold


def _words(probe: Probe) -> str:
    """Say what a probe does ("GET :8080/healthz every 10 s, timeout 1 s, 3 failures")."""
    if probe.http_get:
        does = f"GET :{probe.http_get.port}{probe.http_get.path}"
    elif probe.tcp_socket:
        does = f"TCP :{probe.tcp_socket.port}"
    elif probe.grpc:
        does = f"gRPC :{probe.grpc.port}"
    else:
        does = "exec " + " ".join(probe.exec.command if probe.exec else ())[:80]
    delay = f", after {probe.initial_delay_seconds} s" if probe.initial_delay_seconds else ""
    return (
        f"{does} every {probe.period_seconds} s{delay}, timeout {probe.timeout_seconds} s, "
        f"{probe.failure_threshold} failure{'s' if probe.failure_threshold > 1 else ''}"
    )


def _problem(message: str, probe: Probe | None) -> ReadinessProblem:
    for problem, marks in _OUTCOMES:
        if any(mark in message for mark in marks):
            return problem
    return "exec" if probe and probe.exec else "unknown"
