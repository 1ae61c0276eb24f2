"""A namespace from what was read of it: its deletion, quotas and who they refuse, defaults and walls."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from handlers.extract.events import newest_first, observed
from handlers.extract.namespace_deletion import deletion_facts
from handlers.extract.pod_state import STARTING
from handlers.extract.pod_status import looks_healthy, pod_status
from handlers.extract.quantity import quantity_or_none
from handlers.sources.objects.event import Event
from handlers.sources.objects.network import Namespace
from handlers.sources.objects.network_policy import NetworkPolicy
from handlers.sources.objects.pod import Pod
from handlers.sources.objects.quota import LimitRange, LimitRangeItem, ResourceQuota
from rules.facts.namespace import NamespaceFacts, QuotaFacts, QuotaRefusal
from rules.finding import ObjectRef

FULL = 100.0
_SHOWN = 2
_NEEDS = {
    "quotas": "quotas",
    "events": "refusals",
    "limit_ranges": "limits",
    "policies": "default_deny",
    "pods": "pods_unwell",
}
"""What was read → the fact that needs it."""
_ENFORCE = "pod-security.kubernetes.io/enforce"
_REFUSED = re.compile(
    r"exceeded quota: (?P<quota>[^,\s]+), requested: (?P<requested>.+?), used: (?P<used>.+?),"
    r" limited: (?P<limited>[^;\n]+?)\s*$"
)


class NamespaceReads(Struct, frozen=True, kw_only=True):
    """What was read; a list that could not be read is empty, and `missing` says why, by its name here."""

    namespace: Namespace
    now: datetime
    quotas: Sequence[ResourceQuota] = ()
    limit_ranges: Sequence[LimitRange] = ()
    policies: Sequence[NetworkPolicy] = ()
    events: Sequence[Event] = ()
    pods: Sequence[Pod] = ()
    missing: Mapping[str, str] = {}


def namespace_facts(reads: NamespaceReads) -> NamespaceFacts:
    """Judge one namespace."""
    namespace = reads.namespace
    deletion = deletion_facts(namespace, reads.now)
    refusals = refusals_of(reads.events)
    unwell = [pod for pod in reads.pods if is_unwell(pod, reads.now)]
    return NamespaceFacts(
        ref=namespace.ref,
        top_owner=namespace.ref,
        deletion=deletion,
        quotas=quota_facts(reads.quotas),
        refusals=refusals,
        limits=tuple(_words(item) for each in reads.limit_ranges for item in each.spec.limits),
        pod_security=namespace.metadata.labels.get(_ENFORCE, ""),
        default_deny=tuple(each.metadata.name for each in reads.policies if _chooses_all(each)),
        pods=len(reads.pods),
        pods_unwell=len(unwell),
        states_of_unwell=tuple(
            f"{count} {state}" for state, count in Counter(map(pod_status, unwell)).most_common(5)
        ),
        effect=_effect(refusals, under_way=deletion.under_way),
        depends_on=tuple(ObjectRef("APIService", name) for name in deletion.dead_apis),
        missing={fact: reads.missing[part] for part, fact in _NEEDS.items() if reads.missing.get(part)},
    )


def is_unwell(pod: Pod, now: datetime) -> bool:
    """Whether a pod shows a symptom and is not just starting."""
    made = pod.metadata.creation_timestamp
    young = made is not None and (now - made).total_seconds() < STARTING
    return not looks_healthy(pod) and not young


def quota_facts(quotas: Iterable[ResourceQuota]) -> tuple[QuotaFacts, ...]:
    """Every resource of every quota, the fullest first; one whose status is not computed yet is left out."""
    found = [one for quota in quotas for one in _resources(quota)]
    return tuple(sorted(found, key=lambda one: (-one.share, one.name)))


def _resources(quota: ResourceQuota) -> Iterable[QuotaFacts]:
    for resource, hard in quota.status.hard.items():
        used = quota.status.used.get(resource)
        most, taken = quantity_or_none(hard), quantity_or_none(used)
        if most is None or taken is None:
            continue
        # A limit of none at all is a prohibition: nothing is used up until somebody asks.
        share = 100 * taken / most if most else (FULL if taken else 0.0)
        name = quota.metadata.name
        yield QuotaFacts(
            name=f"{name} {resource}",
            quota=name,
            resource=resource,
            used=str(used),
            hard=str(hard),
            share=round(share, 1),
        )


def refusals_of(events: Iterable[Event]) -> tuple[QuotaRefusal, ...]:
    """Who was refused by which quota, each quota once."""
    by_quota: dict[str, list[tuple[Event, re.Match[str]]]] = {}
    for event in newest_first(events):
        found = _REFUSED.search(event.message) if event.type == "Warning" else None
        if found:
            by_quota.setdefault(found["quota"], []).append((event, found))
    return tuple(_refusal(quota, seen) for quota, seen in by_quota.items())


def _refusal(quota: str, seen: Sequence[tuple[Event, re.Match[str]]]) -> QuotaRefusal:
    newest, words = seen[0]
    owners = dict.fromkeys(f"{e.involved_object.kind} {e.involved_object.name}" for e, _ in seen)
    return QuotaRefusal(
        name=quota,
        owners=_few(tuple(owners)),
        requested=words["requested"],
        used=words["used"],
        limited=words["limited"],
        said=observed(newest),
    )


def _few(names: tuple[str, ...]) -> tuple[str, ...]:
    rest = len(names) - _SHOWN
    return (*names[:_SHOWN], f"{rest} more") if rest > 0 else names


def _chooses_all(policy: NetworkPolicy) -> bool:
    chosen = policy.spec.pod_selector
    return not chosen.match_labels and not chosen.match_expressions


def _words(item: LimitRangeItem) -> str:
    """What a LimitRange sets for one type ("Container: default request memory 128Mi")."""
    parts = (
        ("default request", item.default_request),
        ("default limit", item.default),
        ("at least", item.min),
        ("at most", item.max),
    )
    told = [f"{what} {name} {amount}" for what, amounts in parts for name, amount in amounts.items()]
    return f"{item.type}: {', '.join(told) or 'nothing set'}"


def _effect(refusals: Sequence[QuotaRefusal], *, under_way: bool) -> str:
    if under_way:
        return "Nothing new can be made in it, and its name cannot be used again until it is gone"
    owners = [owner for refusal in refusals for owner in refusal.owners]
    if owners:
        return f"Cannot make more pods: {', '.join(owners)}; pods that run are not touched"
    return ""
