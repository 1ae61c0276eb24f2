"""Pods that the API server refused: what the owner's condition and FailedCreate events say (Kubernetes 1.36)."""

import re
from collections.abc import Iterable

from handlers.extract.events import observed, with_reason
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from rules.facts.pod import CreationFacts, RefusalKind
from rules.finding import Observation

_QUOTA = re.compile(r"exceeded quota: ([^,]+), requested: (.+?), used: (.+?), limited: (.+?)\s*$")
_PATTERNS: tuple[tuple[RefusalKind, re.Pattern[str]], ...] = (
    ("quota", re.compile(r"exceeded quota: ([^,\s]+)|insufficient quota to match")),
    ("quota_needs_limits", re.compile(r"failed quota: ([^:\s]+): must specify")),
    ("webhook_down", re.compile(r'failed calling webhook "([^"]+)"')),
    ("webhook_denied", re.compile(r'admission webhook "([^"]+)" denied')),
    ("pod_security", re.compile(r'violates PodSecurity "([^"]+)"')),
    (
        "service_account",
        re.compile(r'serviceaccount "([^"]+)" not found|error looking up service account \S+/([^:\s]+)'),
    ),
    ("priority_class", re.compile(r"no PriorityClass with name (\S+) was found")),
    (
        "limit_range",
        re.compile(
            r"(?:maximum|minimum) \S+ usage per (?:Container|Pod) is|max limit/request ratio|limitrange",
            re.IGNORECASE,
        ),
    ),
)


def creation_facts(
    conditions: Iterable[Condition], events: Iterable[Event], *, wanted: int, existing: int
) -> CreationFacts:
    """Classify why an owner's pods are refused; "none" when they are not, or when all of them exist by now."""
    said = _said(conditions, events)
    if said is None or existing >= wanted:
        return CreationFacts(wanted=wanted, existing=existing)
    kind, name = _refusal(said.text)
    quota = _QUOTA.search(said.text.removesuffix(f" ({said.text.rpartition(' (')[2]}"))
    return CreationFacts(
        refused=kind,
        said=said,
        wanted=wanted,
        existing=existing,
        name=name,
        requested=quota.group(2) if quota else "",
        used=quota.group(3) if quota else "",
        limited=quota.group(4) if quota else "",
    )


def _said(conditions: Iterable[Condition], events: Iterable[Event]) -> Observation | None:
    failed = with_reason(events, "FailedCreate", "ReplicaSetCreateError")
    for condition in conditions:
        if condition.type == "ReplicaFailure" and condition.status == "True":
            at = failed[0].last_seen if failed else condition.last_transition_time
            return Observation(condition.message, f"condition ReplicaFailure {condition.reason}", at)
    return observed(failed[0]) if failed else None


def _refusal(text: str) -> tuple[RefusalKind, str]:
    for kind, pattern in _PATTERNS:
        found = pattern.search(text)
        if found:
            return kind, next((group for group in found.groups() if group), "")
    return "unknown", ""
