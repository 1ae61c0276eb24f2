"""Why a pod's network sandbox cannot be made (VPC CNI and containerd texts)."""

from collections.abc import Iterable

from handlers.extract.events import observed, with_reason
from handlers.sources.objects.event import Event
from rules.facts.pod import SandboxFacts, SandboxProblem

_NO_ADDRESS = (
    "failed to assign an IP address",
    "no available IP",
    "InsufficientFreeAddresses",
    "InsufficientCidrBlocks",
)
_MARKS: tuple[tuple[SandboxProblem, tuple[str, ...]], ...] = (
    ("no_ip_address", _NO_ADDRESS),
    ("cni_agent_down", ("AddNetwork gRPC call", "127.0.0.1:50051", "ipamd")),
    ("cni_not_ready", ("cni plugin not initialized", "NetworkPluginNotReady", "network is not ready")),
)


def sandbox_facts(events: Iterable[Event]) -> SandboxFacts:
    """Classify the newest sandbox failure; problem "none" without one."""
    failures = with_reason(events, "FailedCreatePodSandBox", "NetworkNotReady")
    if not failures:
        return SandboxFacts()
    newest = failures[0]
    return SandboxFacts(
        problem=_problem(newest.message),
        said=observed(newest),
        failures=sum(event.times for event in failures),
    )


def _problem(message: str) -> SandboxProblem:
    return next((kind for kind, marks in _MARKS if any(mark in message for mark in marks)), "unknown")
