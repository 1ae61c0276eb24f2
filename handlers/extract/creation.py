"""Pods that the API server refused: what the owner's condition and FailedCreate events say (v1.36)."""

import re
from collections.abc import Iterable

from msgspec import Struct

from handlers.extract.events import observed, plain, with_reason
from handlers.sources.objects.event import Event
from handlers.sources.objects.meta import Condition
from rules.facts.pod import CreationFacts, RefusalKind
from rules.finding import Observation

_QUOTA = re.compile(r"exceeded quota: [^,]+, requested: (.+?), used: (.+?), limited: (.+?)\s*$")
_SERVICE_ACCOUNT = r'serviceaccount "([^"]+)" not found|error looking up service account \S+/([^:\s]+)'
_LIMIT_RANGE = (
    r"(?:maximum|minimum) \S+ usage per (?:Container|Pod|PersistentVolumeClaim) is"
    r"|max limit to request ratio per"
)
_PATTERNS: tuple[tuple[RefusalKind, re.Pattern[str]], ...] = (
    ("webhook_down", re.compile(r'failed calling webhook "([^"]+)"')),
    ("webhook_denied", re.compile(r'admission webhook "([^"]+)" denied')),
    ("quota_needs_limits", re.compile(r"failed quota: ([^:\s]+): must specify")),
    (
        "quota",
        re.compile(r"exceeded quota: ([^,\s]+)|status unknown for quota: ([^,\s]+)|insufficient quota"),
    ),
    ("pod_security", re.compile(r'violates PodSecurity "([^"]+)"')),
    ("service_account", re.compile(_SERVICE_ACCOUNT)),
    ("priority_class", re.compile(r"no PriorityClass with name (\S+) was found")),
    ("limit_range", re.compile(_LIMIT_RANGE)),
)
"""First match wins: what a webhook says may speak of anything."""


class _Refusal(Struct, frozen=True):
    """The API server's words, and how they are shown."""

    text: str
    said: Observation


def creation_facts(
    conditions: Iterable[Condition], events: Iterable[Event], *, wanted: int, existing: int
) -> CreationFacts:
    """Classify why an owner's pods are refused; "none" when they are not, or all of them exist by now."""
    refusal = _refusal(conditions, events)
    if refusal is None or existing >= wanted:
        return CreationFacts(wanted=wanted, existing=existing)
    kind, name = _classify(refusal.text)
    quota = _QUOTA.search(refusal.text)
    requested, used, limited = quota.groups() if quota else ("", "", "")
    return CreationFacts(
        refused=kind,
        said=refusal.said,
        wanted=wanted,
        existing=existing,
        name=name,
        requested=requested,
        used=used,
        limited=limited,
    )


def _refusal(conditions: Iterable[Condition], events: Iterable[Event]) -> _Refusal | None:
    failed = with_reason(events, "FailedCreate", "ReplicaSetCreateError")
    for condition in conditions:
        if condition.type == "ReplicaFailure" and condition.status == "True":
            at = failed[0].last_seen if failed else condition.last_transition_time
            text = plain(condition.message)
            return _Refusal(text, Observation(text, f"condition ReplicaFailure {condition.reason}", at))
    return _Refusal(plain(failed[0].message), observed(failed[0])) if failed else None


def _classify(text: str) -> tuple[RefusalKind, str]:
    for kind, pattern in _PATTERNS:
        found = pattern.search(text)
        if found:
            return kind, next((group for group in found.groups() if group), "")
    return "unknown", ""
