"""Why a placed pod's volumes are not there yet (attach/detach controller and kubelet texts, v1.36)."""

import re
from collections.abc import Iterable, Sequence

from handlers.extract.events import observed, with_reason
from handlers.sources.objects.event import Event
from handlers.sources.objects.pod import Pod
from rules.facts.pod import VolumeFacts, VolumeProblem

REASONS = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
_VOLUME = re.compile(r'volume "([^"]+)"|unmounted volumes=\[([^\]]+)\]')
_HOLDERS = re.compile(r"already used by pod\(s\) (.+?)(?: and \d+ pod\(s\) in different namespaces)?\s*$")
_PATTERNS: tuple[tuple[VolumeProblem, re.Pattern[str]], ...] = (
    ("multi_attach", re.compile(r"Multi-Attach error")),
    (
        "attach_limit",
        re.compile(r"(?i)attachment limit exceeded|attachment limit, rejecting|max volume count"),
    ),
    ("secret_missing", re.compile(r'secret "([^"]+)" not found')),
    ("configmap_missing", re.compile(r'configmap "([^"]+)" not found')),
    ("key_missing", re.compile(r"references non-existent (?:secret|config) key: (\S+)")),
    ("driver_missing", re.compile(r"driver name (\S+) not found in the list of registered CSI drivers")),
    (
        "access_denied",
        re.compile(r"(?i)access denied|UnauthorizedOperation|not authorized|permission denied"),
    ),
    ("wrong_type", re.compile(r"hostPath type check failed|wrong fs type|is not a directory")),
    ("attach_failed", re.compile(r"AttachVolume\.Attach failed")),
    ("mount_timeout", re.compile(r"timed out|deadline exceeded")),
)
"""First match wins; the general time-out is last since it is a symptom of the specific ones."""


def volume_facts(events: Iterable[Event], others: Sequence[Pod] = ()) -> VolumeFacts:
    """Classify the most telling attach or mount failure of a pod that has not begun; `others` may hold it."""
    failures = with_reason(events, *REASONS)
    if not failures:
        return VolumeFacts()
    event = min(failures, key=lambda failure: _classify(failure.message)[0])
    _, problem, name = _classify(event.message)
    holders = _holders(event.message)
    return VolumeFacts(
        problem=problem,
        volume=_volume(event.message),
        name=name,
        holders=holders,
        holder_node=next((p.spec.node_name for p in others if p.metadata.name in holders), ""),
        said=observed(event),
    )


def _classify(message: str) -> tuple[int, VolumeProblem, str]:
    for rank, (problem, pattern) in enumerate(_PATTERNS):
        found = pattern.search(message)
        if found:
            return rank, problem, found.group(1) if found.groups() else ""
    return len(_PATTERNS), "unknown", ""


def _volume(message: str) -> str:
    found = _VOLUME.search(message)
    return next((group for group in found.groups() if group), "") if found else ""


def _holders(message: str) -> tuple[str, ...]:
    found = _HOLDERS.search(message)
    return tuple(name.strip() for name in found[1].split(",")) if found else ()
