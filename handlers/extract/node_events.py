"""What events about a node say: the EKS node monitoring agent's warnings, memory kills, clean-up, reboots."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from handlers.extract.events import newest_first, observed, with_reason
from handlers.extract.node_conditions import AGENT
from handlers.sources.objects.event import Event
from rules.facts.node import AgentWarning, WarningKind
from rules.finding import Observation

_CODED = re.compile(r"^(?P<code>[A-Z][A-Za-z0-9]+): ")
_KINDS: Mapping[str, WarningKind] = {
    "BandwidthInExceeded": "bandwidth",
    "BandwidthOutExceeded": "bandwidth",
    "PPSExceeded": "packets",
    "LinkLocalExceeded": "packets",
    "ConntrackExceeded": "connections",
    "ConntrackExceededKernel": "connections",
    "IPAMDNoIPs": "addresses",
    "IPAMDInconsistentState": "network",
    "IPAMDRepeatedlyRestart": "network",
    "KubeProxyNotReady": "network",
    "MissingIPRoutes": "network",
    "MissingIPRules": "network",
    "MissingDefaultRoutes": "network",
    "PortConflict": "network",
    "UnexpectedRejectRule": "network",
    "EBSVolumeIOPSExceeded": "volume_io",
    "EBSVolumeThroughputExceeded": "volume_io",
    "EBSInstanceIOPSExceeded": "volume_io",
    "EBSInstanceThroughputExceeded": "volume_io",
    "IODelays": "volume_io",
    "ApproachingKernelPidMax": "process_ids",
    "ApproachingMaxOpenFiles": "process_ids",
    "ExcessiveZombieProcesses": "process_ids",
    "KubeletFailed": "kubelet",
    "ContainerRuntimeFailed": "kubelet",
    "RepeatedRestart": "kubelet",
    "ClockUnsynchronized": "clock",
    "TimeDrift": "clock",
}
"""Codes of the agent → what ran short; codes of later versions count as other."""
_OOM = ("SystemOOM", "OOMKilling")
_CLEAN_UP = ("FreeDiskSpaceFailed", "ImageGCFailed", "ContainerGCFailed")
_INTERRUPTED = ("SpotInterrupted", "SpotInterruption", "InstanceTerminating", "InstanceStopping")


def agent_warnings(events: Iterable[Event]) -> tuple[AgentWarning, ...]:
    """The agent's warnings, one of each code, the most frequent first.

    Their reason is the type of the condition they belong to, and the code begins the message.
    """
    by_code: defaultdict[str, list[Event]] = defaultdict(list)
    for event in events:
        code = _CODED.match(event.message) if event.reason in AGENT and event.type == "Warning" else None
        if code:
            by_code[code["code"]].append(event)
    found = (_warning(code, newest_first(seen)) for code, seen in by_code.items())
    return tuple(sorted(found, key=lambda warning: (-warning.times, warning.name)))


def _warning(code: str, seen: Sequence[Event]) -> AgentWarning:
    times = sum(event.times for event in seen)
    return AgentWarning(name=code, kind=_KINDS.get(code, "other"), times=times, said=observed(seen[0]))


def newest(events: Iterable[Event], *reasons: str) -> Observation | None:
    """The newest event of these reasons, as evidence."""
    found = with_reason(events, *reasons)
    return observed(found[0]) if found else None


def memory_kill(events: Iterable[Event]) -> Observation | None:
    """A process that the kernel killed because the whole node, or a container in it, ran out of memory."""
    return newest(events, *_OOM)


def clean_up_failure(events: Iterable[Event]) -> Observation | None:
    """Image clean-up that could not free what it had to."""
    return newest(events, *_CLEAN_UP)


def interruption(events: Iterable[Event]) -> Observation | None:
    """A notice that AWS takes the machine back."""
    return newest(events, *_INTERRUPTED)
